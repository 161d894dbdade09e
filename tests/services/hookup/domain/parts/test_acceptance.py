"""Deemed acceptance and the one correction."""

from datetime import date

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.timer_samples import fire
from tests.support.hookup import RULES, submitted_case


@pytest.mark.parametrize(
    ("submitted", "deemed", "receipt"),
    [
        ("2022-07-04 09:00", "2022-07-05 17:30", date(2022, 7, 4)),
        ("2022-07-08 16:00", "2022-07-11 17:30", date(2022, 7, 8)),
        ("2022-09-30 16:40", "2022-10-08 17:30", date(2022, 9, 30)),  # 8 October is a Saturday that is worked
        ("2022-09-30 17:45", "2022-10-09 17:30", date(2022, 10, 8)),  # and the 9th a Sunday that is worked
    ],
)
def test_who_is_not_answered_is_accepted_as_of_receipt(submitted: str, deemed: str, receipt: date) -> None:
    case = submitted_case(submitted, complete=False)
    assert fire(case, TimerKind.DEEMED_ACCEPTANCE) == at(deemed)
    assert (case.state, case.receipt, case.accepted_at) == (CaseState.ACCEPTED, receipt, at(submitted))
    assert case.pending_events[-1].data["automatic"] is True
    accept = case.stage(Stage.ACCEPT)
    assert accept is not None
    assert accept.end == at(deemed)


def test_a_correction_is_asked_once_and_its_answer_starts_the_wait_again() -> None:
    case = submitted_case(complete=False)
    case.request_correction(["用地证明", "身份证明"], at("2022-07-05 10:00"), RULES)
    asked = case.pending_events[-1].data
    assert (asked["item_count"], asked["answer_by"]) == (2, at("2022-07-12 17:30"))
    assert not case.timers(RULES)
    case.answer_correction(at("2022-07-08 18:00"))
    with pytest.raises(RuleError, match="correction-asked-already"):
        case.request_correction(["合同"], at("2022-07-11 10:00"), RULES)
    # After close on a Friday: received on Monday, deemed accepted on Tuesday.
    assert fire(case, TimerKind.DEEMED_ACCEPTANCE) == at("2022-07-12 17:30")
    assert (case.receipt, case.accepted_at) == (date(2022, 7, 11), at("2022-07-08 18:00"))


def test_an_acceptance_that_comes_too_late_gains_nothing() -> None:
    case = submitted_case(complete=False)
    case.catch_up(at("2022-07-05 17:30"), RULES)
    assert case.state is CaseState.SUBMITTED
    case.catch_up(at("2022-07-06 10:00"), RULES)
    assert (case.state, case.receipt) == (CaseState.ACCEPTED, date(2022, 7, 4))
