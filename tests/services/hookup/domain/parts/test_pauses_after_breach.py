"""Pauses and what was announced before them."""

from datetime import date

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.transitions import CaseState
from tests.services.hookup.domain.entry_samples import case_after, last
from tests.services.hookup.domain.samples import VECTORS, at
from tests.support.hookup import RULES, submitted_case


def paused_from(start: str, approved: str | None = None) -> Case:
    case = submitted_case(declared_dm=0)
    case_after(case, start)
    pause = Pause("p", PauseReason.CROSSING, "scan-1", at(start), "clerk-1")
    case.request_pause(pause, at(start), RULES)
    case_after(case, approved or start)
    case.decide_pause("p", at(approved or start), "head-1", RULES, approve=True)
    return case


def test_a_pause_begun_after_the_breach_hides_nothing() -> None:
    case = paused_from("2022-07-08 09:00")
    assert case.state is CaseState.PAUSED
    assert case.is_overdue(at("2022-07-08 09:00"))
    assert case.running_due_at == at("2022-07-07 17:30")


@pytest.mark.parametrize("start", ["2022-07-06 08:31", "2022-07-07 17:29"])
def test_what_is_asked_for_after_the_breach_does_not_begin_before_it(start: str) -> None:
    """The due time would move behind the instant at which the breach was published (二（一）1)."""
    case = submitted_case(declared_dm=0)
    case_after(case, "2022-07-07 18:00")
    asked = at("2022-07-07 18:00")
    with pytest.raises(RuleError, match="pause-after-breach"):
        case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", at(start), "clerk-1"), asked, RULES)
    case.request_pause(
        Pause("p", PauseReason.CROSSING, "scan-1", at("2022-07-07 17:30"), "clerk-1"), asked, RULES
    )
    case.decide_pause("p", at("2022-07-08 09:00"), "head-1", RULES, approve=True)
    case.resume("p", at("2022-07-11 09:00"), RULES)
    assert case.breach_announced
    assert case.is_overdue(at("2022-07-11 09:00"))


def test_the_day_on_which_a_pause_begins_is_consumed_and_may_be_missed() -> None:
    case = paused_from("2022-07-07 10:00")
    assert not case.is_overdue(at("2022-07-07 17:30"))
    case_after(case, "2022-07-07 17:31")
    assert case.is_overdue(at("2022-07-07 17:31"))
    assert case.pending_events[-1].event == "case_overdue"


def test_a_pause_before_the_last_day_stops_the_clock() -> None:
    case = paused_from("2022-07-06 10:00")
    case_after(case, "2022-07-20 09:00")
    assert not case.is_overdue(at("2022-07-20 09:00"))
    assert case.running_due_at is None


def test_a_late_approval_takes_out_only_what_lies_after_it() -> None:
    case = submitted_case("2022-07-04 09:00", declared_dm=2000)
    asked = at("2022-07-05 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", asked, "clerk-1"), asked, RULES)
    case.decide_pause("p", at("2022-08-08 09:00"), "head-1", RULES, approve=True)
    told = last(case, "case_paused")
    assert told["counts_from"] == date.fromisoformat(VECTORS["E20"]["counts_from"])
    assert told["stops_at"] == at("2022-08-05 00:00")
    before = case.due
    case.resume("p", at("2022-08-09 17:00"), RULES)
    # It was due on 14 July: nothing of August moves that.
    assert before is not None
    assert case.due == before
