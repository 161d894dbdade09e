"""What would undo an announced breach or gap, or put off a date, waits for an approver."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from libs.casework.domain.work import places_on_lists
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.clock_policy import BreachApproval, ClockPolicy
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.entries import (
    Act,
    ApprovalGround,
    Claim,
)
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose, WorkKind
from services.hookup.domain.verbs.late_entries import decide_late_entry, enter
from tests.services.hookup.domain.entry_samples import (
    GROUNDS,
    HEAD,
    SUPERVISOR,
    act,
    case_after,
    decide,
    last,
    nothing_outside,
    refused,
)
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, go_through, submitted_case


def test_an_overdue_case_becomes_on_time_only_by_an_approved_entry_and_stays_recognisable() -> None:
    case = nothing_outside()
    refused(
        "late-entry-needs-approval",
        case_after(case, "2022-07-07 17:31"),
        lambda: act(case, "2022-07-07 17:31", "2022-07-07 17:00"),
    )
    act(case, "2022-07-07 17:31", "2022-07-07 17:00", grounds=GROUNDS)
    assert case.late_entries[0].needs is ApprovalGround.AFTER_BREACH
    assert case.is_overdue(at("2022-07-08 09:00"))
    # The utility's own head is as interested as its clerk.
    refused("supervisor-needed", case, lambda: decide(case, "2022-07-08 09:00", HEAD))
    lists = places_on_lists(work(case, RULES))
    assert Whose.SUPERVISOR in lists
    assert Whose.APPROVER not in lists
    decide(case, "2022-07-08 09:00", SUPERVISOR)
    assert case.state is CaseState.TURNED_ON
    # The user has a day from when it was recorded.
    assert case.confirm_by(RULES) == at("2022-07-09 09:00")
    case.confirm(at("2022-07-08 10:00"), RULES)
    closed = last(case, "case_closed")
    assert (case.finished_at, closed["on_time"]["judged"]) == (at("2022-07-07 17:00"), True)
    assert (closed["breached"], closed["by_late_entry"]) == (True, True)


def test_what_waits_for_the_head_is_the_supervisors_once_the_breach_is_announced() -> None:
    case = go_through(
        submitted_case("2022-08-01 09:00", declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-08-01 10:00", "2022-08-01 11:00"),
        (Stage.CONTRACT, "2022-08-01 11:00", "2022-08-01 12:00"),
        (Stage.TURN_ON, "2022-08-01 13:00", None),
    )
    # Very late by this policy before the case is due on Thursday.
    rules = replace(RULES, clock=ClockPolicy(in_time_workdays=0, approval_workdays=0))
    claim = Claim(act=Act.METER_LIVE, claimed_at=at("2022-08-01 14:00"))
    enter(case, claim, GROUNDS, "e-1", at("2022-08-02 09:00"), "clerk-1", rules)
    assert case.late_entries[0].needs is ApprovalGround.VERY_LATE
    assert Whose.APPROVER in places_on_lists(work(case, rules))
    case_after(case, "2022-08-05 09:00")
    lists = places_on_lists(work(case, rules))
    assert (Whose.SUPERVISOR in lists, Whose.APPROVER in lists) == (True, False)
    refused("supervisor-needed", case, lambda: decide(case, "2022-08-05 09:00", HEAD))


def test_a_policy_may_let_the_utility_approve() -> None:
    rules = type(RULES)(
        RULES.policy, RULES.calendar, clock=ClockPolicy(breach_approval=BreachApproval.APPROVER)
    )
    case = nothing_outside()
    act(case, "2022-07-07 17:31", "2022-07-07 17:00", grounds=GROUNDS)
    decide_late_entry(case, "e-1", at("2022-07-08 09:00"), HEAD, rules)
    assert case.state is CaseState.TURNED_ON


def test_a_late_meter_needs_nobody() -> None:
    case = nothing_outside()
    act(case, "2022-07-08 10:00", "2022-07-08 09:30")
    case.confirm(at("2022-07-08 11:00"), RULES)
    closed = last(case, "case_closed")
    assert (closed["on_time"]["judged"], closed["breached"], closed["by_late_entry"]) == (False, True, False)


def test_a_case_on_time_that_was_entered_in_time_is_no_late_entry() -> None:
    case = nothing_outside()
    act(case, "2022-07-07 17:05", "2022-07-07 17:00")
    case.confirm(at("2022-07-07 18:00"), RULES)
    closed = last(case, "case_closed")
    assert (closed["on_time"]["judged"], closed["breached"], closed["by_late_entry"]) == (True, False, False)


@pytest.mark.parametrize("length_dm", [1, 2001], ids=["a longer class", "out of the limits"])
def test_a_length_that_would_undo_the_breach_waits(length_dm: int) -> None:
    case = submitted_case(declared_dm=0)
    particulars: dict[str, Any] = {"length_kind": LengthKind.DESIGNED, "length_dm": length_dm}
    refused(
        "late-entry-needs-approval",
        case_after(case, "2022-07-08 09:00"),
        lambda: act(case, "2022-07-08 09:00", what=Act.CHANGE_LENGTH, **particulars),
    )
    act(case, "2022-07-08 09:00", what=Act.CHANGE_LENGTH, grounds=GROUNDS, **particulars)
    assert case.designed_dm is None
    refused("supervisor-needed", case, lambda: decide(case, "2022-07-08 10:00", HEAD))
    decide(case, "2022-07-08 10:00", SUPERVISOR)
    assert case.designed_dm == length_dm


def test_a_length_that_moves_no_date_waits_for_nobody() -> None:
    case = submitted_case(declared_dm=1)
    act(
        case,
        "2022-07-12 09:00",
        what=Act.CHANGE_LENGTH,
        length_kind=LengthKind.DESIGNED,
        length_dm=480,
    )
    assert case.breach_announced
    assert case.designed_dm == 480


def test_heat_that_was_overdue_by_its_plan_keeps_the_breach_when_a_date_is_agreed() -> None:
    case = go_through(
        submitted_case(supply=Supply.HEAT, declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None)
    )
    planned = case.due.judged_at if case.due else None
    assert planned is not None
    particulars: dict[str, Any] = {"agreed": date(2022, 8, 1), "document_ref": "paper-1"}
    refused(
        "late-entry-needs-approval",
        case_after(case, "2022-07-18 09:00"),
        lambda: act(case, "2022-07-18 09:00", what=Act.AGREE_DATE, **particulars),
    )
    act(case, "2022-07-18 09:00", what=Act.AGREE_DATE, grounds=GROUNDS, **particulars)
    decide(case, "2022-07-18 10:00", SUPERVISOR)
    assert case.agreed == date(2022, 8, 1)
    assert case.due is not None
    assert (case.due.judged_at, case.due.calendar_strict) == (planned, at("2022-08-01 17:30"))
    assert case.is_overdue(at("2022-07-18 10:00"))


def test_a_special_case_that_is_overdue_is_not_the_utilitys_to_approve() -> None:
    case = submitted_case(declared_dm=0)
    case.request_special(Special(PauseReason.CROSSING, "scan-3", "clerk-1"))
    case_after(case, "2022-07-08 09:00")
    assert Whose.SUPERVISOR in places_on_lists(work(case, RULES))
    refused("supervisor-needed", case, lambda: case.approve_special(at("2022-07-08 09:00"), HEAD, RULES))
    case.approve_special(at("2022-07-08 09:00"), SUPERVISOR, RULES)
    assert last(case, "special_case_approved")["overdue"] is True


def test_who_withdraws_or_is_refused_while_overdue_stays_on_record() -> None:
    endings: tuple[Callable[[Case, datetime], None], ...] = (
        lambda case, instant: case.withdraw(instant),
        lambda case, instant: case.refuse(RefusalCode.OUT_OF_COVERAGE, instant),
    )
    for ending in endings:
        for instant, overdue in (("2022-07-07 17:30", False), ("2022-07-07 17:31", True)):
            case = submitted_case(declared_dm=0)
            case_after(case, instant)
            ending(case, at(instant))
            assert case.pending_events[-1].data["overdue"] is overdue


def pending(case: Case, rules: Rules = RULES) -> list[Whose]:
    return [item.whose for item in work(case, rules) if item.kind is WorkKind.DECIDE_LATE_ENTRY]


def test_what_waits_is_the_supervisors_to_approve_once_it_would_shorten_an_announced_gap() -> None:
    case = go_through(
        submitted_case("2022-07-01 09:00", declared_dm=2000),
        (Stage.SURVEY_DESIGN, "2022-07-01 10:00", "2022-07-04 10:00"),
    )
    # Very late by this policy on the day after the survey, before a gap is announced on Tuesday at the close.
    rules = replace(RULES, clock=ClockPolicy(in_time_workdays=0, approval_workdays=0))
    claim = Claim(act=Act.START_STAGE, stage=Stage.CONTRACT, claimed_at=at("2022-07-04 11:00"))
    enter(case, claim, GROUNDS, "e-1", at("2022-07-05 09:00"), "clerk-1", rules)
    assert pending(case, rules) == [Whose.APPROVER]
    case_after(case, "2022-07-06 09:00")
    assert case.gap_since is not None
    refused("supervisor-needed", case, lambda: decide(case, "2022-07-06 09:00", HEAD))
    decide(case, "2022-07-06 09:00", HEAD, reason="照片没有日期")


def test_what_was_entered_after_a_breach_stays_the_supervisors_when_the_date_moves() -> None:
    case = nothing_outside()
    act(case, "2022-07-07 17:31", "2022-07-07 17:00", grounds=GROUNDS)
    assert pending(case) == [Whose.SUPERVISOR]
    by_utility = replace(RULES, clock=ClockPolicy(breach_approval=BreachApproval.APPROVER))
    assert pending(case, by_utility) == [Whose.APPROVER]
    case.overdue_for = at("2022-07-06 17:30")
    assert pending(case) == [Whose.SUPERVISOR]
    refused("supervisor-needed", case, lambda: decide(case, "2022-07-07 17:30", HEAD))
    case.withdraw(at("2022-07-08 09:00"))
    assert pending(case) == []


def test_what_was_entered_after_a_gap_is_not_the_utilitys_to_decline_either() -> None:
    case = go_through(
        submitted_case("2022-07-01 09:00", declared_dm=2000),
        (Stage.SURVEY_DESIGN, "2022-07-01 10:00", "2022-07-04 10:00"),
    )
    claimed = {"what": Act.START_STAGE, "stage": Stage.CONTRACT, "grounds": GROUNDS}
    act(case, "2022-07-06 09:00", "2022-07-05 17:00", **claimed)  # type: ignore[arg-type]  # passed on
    assert case.late_entries[0].needs is ApprovalGround.AFTER_GAP
    now, why = "2022-07-06 09:00", "照片没有日期"
    refused("supervisor-needed", case, lambda: decide(case, now, HEAD, reason=why))
    decide(case, now, SUPERVISOR, reason=why)
    assert pending(case) == []
