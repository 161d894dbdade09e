"""The pause of an ordinary permit (O3)."""

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.permit_pauses import pause_start
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.permit_items import Decision, PermitKind, PermitMode
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.verbs.commitments import withdraw_commitment
from tests.services.hookup.domain.clock_samples import stop
from tests.services.hookup.domain.permit_checks import refused
from tests.services.hookup.domain.permit_samples import (
    LIVE,
    at,
    decide,
    decide_all,
    file,
    filing,
    surveyed_case,
)
from tests.support.hookup import read_in


def pause(case: Case, asked: str, starts: str = "2022-07-05 11:00") -> None:
    found = Pause("p", PauseReason.PERMIT_ORDINARY, "scan", at(starts), "clerk-1")
    case.request_pause(found, at(asked), LIVE)


def approve(case: Case, moment: str) -> None:
    case.decide_pause("p", at(moment), "approver-1", LIVE, approve=True)


def state_of(case: Case) -> CaseState:
    """The state as it is now: on the attribute itself the type checker would hold on to the last one compared."""
    return case.state


def test_the_pause_of_an_ordinary_permit_ends_with_the_last_decision() -> None:
    case = surveyed_case()
    file(case, filing())
    pause(case, "2022-07-05 12:00")
    approve(case, "2022-07-05 13:00")
    assert state_of(case) is CaseState.PAUSED
    first, second = case.permits
    decide(case, first, "2022-07-06 09:00")
    assert state_of(case) is CaseState.PAUSED
    decide(case, second, "2022-07-07 09:00", Decision.REFUSED)
    assert state_of(case) is CaseState.IN_PROGRESS
    assert case.pause("p").ended_at == at("2022-07-07 09:00")


def test_a_pause_that_is_approved_after_the_decision_has_ended_with_it() -> None:
    case = surveyed_case()
    file(case, filing())
    pause(case, "2022-07-05 12:00")
    decide_all(case, "2022-07-06 09:00")
    approve(case, "2022-07-06 10:00")
    assert case.state is CaseState.IN_PROGRESS
    assert case.pause("p").ended_at == at("2022-07-06 09:00")


def test_without_a_permit_on_file_the_clock_does_not_stop_for_one() -> None:
    case = surveyed_case()
    case.start_stage(Stage.PERMIT, at("2022-07-05 11:00"))
    refused("permit-not-filed", case, lambda: pause(case, "2022-07-05 12:00"))
    file(case, filing(), moment="2022-07-05 14:00")
    refused("permit-not-filed", case, lambda: pause(case, "2022-07-05 15:00"))
    pause(case, "2022-07-05 15:00", "2022-07-05 14:00")


@pytest.mark.parametrize("mode", [PermitMode.COMMITMENT, PermitMode.RECORD, PermitMode.EXEMPT])
def test_where_nothing_ordinary_is_waited_for_the_clock_does_not_stop(mode: PermitMode) -> None:
    case = surveyed_case()
    file(case, filing(mode=mode))
    refused("permit-not-ordinary", case, lambda: pause(case, "2022-07-05 12:00"))


def test_once_it_is_decided_no_pause_begins() -> None:
    case = surveyed_case()
    file(case, filing())
    decide_all(case, "2022-07-05 16:00")
    refused("permit-not-ordinary", case, lambda: pause(case, "2022-07-05 17:00"))


# The scheme reply was sent on Tuesday at 10:00: in time is until the close of Wednesday.
@pytest.mark.parametrize(
    ("filed", "in_time"),
    [("2022-07-06 17:30", True), ("2022-07-06 17:30:01", False), ("2022-07-07 09:00", False)],
)
def test_only_what_is_filed_soon_after_the_scheme_reply_stops_the_clock(filed: str, in_time: bool) -> None:
    case = surveyed_case()
    file(case, filing(), moment=filed)
    if in_time:
        pause(case, "2022-07-07 09:00", filed)
    else:
        refused("permit-filed-late", case, lambda: pause(case, "2022-07-07 09:00", filed))


def test_what_is_filed_too_late_does_not_prolong_the_pause_of_what_was_in_time() -> None:
    case = surveyed_case()
    file(case, filing(PermitKind.TREES))
    pause(case, "2022-07-05 12:00")
    approve(case, "2022-07-05 13:00")
    file(case, filing(PermitKind.PLANNING), moment="2022-07-07 10:00")
    decide(case, case.permits[0], "2022-07-08 09:00")
    assert case.state is CaseState.IN_PROGRESS
    assert case.pause("p").ended_at == at("2022-07-08 09:00")


def test_a_form_in_another_mode_in_time_does_not_make_a_later_choice_of_approval_timely() -> None:
    case = surveyed_case()
    (item,) = file(case, filing(PermitKind.TREES, PermitMode.COMMITMENT))
    withdraw_commitment(case, item.id, at("2022-07-08 09:00"), LIVE)
    for starts in ("2022-07-05 11:00", "2022-07-08 09:00"):
        with pytest.raises(RuleError, match="permit-filed-late"):
            pause(case, "2022-07-08 10:00", starts)


def test_the_pause_may_run_from_the_first_item_that_waits() -> None:
    case = surveyed_case()
    assert pause_start(case, LIVE) is None
    file(case, filing(PermitKind.TREES))
    file(case, filing(PermitKind.PLANNING), moment="2022-07-05 14:00")
    assert pause_start(case, LIVE) == at("2022-07-05 11:00")
    decide(case, case.permits[0], "2022-07-05 15:00")
    assert pause_start(case, LIVE) == at("2022-07-05 14:00")


def test_a_pause_for_another_reason_waits_for_no_permit() -> None:
    case = surveyed_case()
    file(case, filing())
    decide_all(case, "2022-07-05 12:00")
    stop(case, "2022-07-05 13:00", None)
    assert case.state is CaseState.PAUSED
    assert case.pause("p").ended_at is None


@pytest.mark.parametrize(("filed", "in_time"), [("2022-07-06 17:30", True), ("2022-07-06 17:30:01", False)])
def test_in_a_ledger_the_stage_stands_for_what_was_filed(filed: str, in_time: bool) -> None:
    case = read_in(surveyed_case())
    case.start_stage(Stage.PERMIT, at(filed))
    if in_time:
        pause(case, filed, filed)
    else:
        refused("permit-filed-late", case, lambda: pause(case, filed, filed))
    refused("permit-not-filed", case, lambda: pause(case, filed, "2022-07-06 17:00"))
