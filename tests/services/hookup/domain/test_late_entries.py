"""What is entered after it happened: in time, late, to be approved; what an announced breach allows; disputes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from libs.common.aggregate import Actor
from libs.common.places import Service
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.parts.promises import Promise
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.clock_policy import BreachApproval, ClockPolicy
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.entries import (
    Act,
    ApprovalGround,
    Claim,
    EntryMark,
    Grounds,
    LateEntryState,
    approval_from,
    in_time_until,
)
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose, places_on_lists
from services.hookup.domain.verbs.late_entries import decide_late_entry, enter
from tests.services.hookup.domain.samples import CALENDAR, VECTORS, at
from tests.support.hookup import RULES, designed, go_through, new_case, submitted_case

GROUNDS = Grounds("现场记录三日后才交回", "scan-1")
HEAD = Approver("head-1", supervises=False)
SUPERVISOR = Approver("supervisor-1", supervises=True)
CLOCK = ClockPolicy()


def act(
    case: Case,
    now: str,
    claimed: str | None = None,
    *,
    grounds: Grounds | None = None,
    entry_id: str = "e-1",
    by: str = "clerk-1",
    what: Act = Act.METER_LIVE,
    **particulars: Any,
) -> None:
    """Enter an act as a command does: after what was due, recorded now."""
    instant = at(now)
    case.actor = Actor(instant)
    case.catch_up(instant, RULES)
    case.actor = Actor(instant, by)
    claim = Claim(act=what, claimed_at=at(claimed or now), **particulars)
    enter(case, claim, grounds, entry_id, instant, by, RULES)


def decide(case: Case, now: str, by: Approver, entry_id: str = "e-1", reason: str | None = None) -> None:
    instant = at(now)
    case.actor = Actor(instant)
    case.catch_up(instant, RULES)
    case.actor = Actor(instant, by.subject)
    decide_late_entry(case, entry_id, instant, by, RULES, decline_reason=reason)


def nothing_outside() -> Case:
    """A case without an external line, due on Thursday, 7 July, 17:30, whose acceptance runs."""
    return go_through(
        submitted_case(declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.TURN_ON, "2022-07-06 10:00", None),
    )


def refused(code: str, case: Case, step: Callable[[], None]) -> None:
    before = len(case.pending_events), case.state, case.due, list(case.stages)
    with pytest.raises(RuleError, match=code):
        step()
    assert (len(case.pending_events), case.state, case.due, list(case.stages)) == before


def last(case: Case, event: str) -> Any:
    return next(each for each in reversed(case.pending_events) if each.event == event).data


# -- when an act is in time


def test_e21_in_time_late_and_very_late() -> None:
    vector = VECTORS["E21"]
    ended = at("2022-09-29 16:00")
    assert in_time_until(ended, CLOCK, CALENDAR) == at(vector["recorded_in_time_until"])
    assert approval_from(ended, CLOCK, CALENDAR) == at(vector["late_until"])
    assert at(vector["very_late_from"]) > approval_from(ended, CLOCK, CALENDAR)


@pytest.mark.parametrize(
    ("now", "mark"),
    [
        ("2022-09-29 16:00", EntryMark.IN_TIME),
        ("2022-09-30 17:30", EntryMark.IN_TIME),
        ("2022-09-30 17:31", EntryMark.LATE),
        ("2022-10-08 17:30", EntryMark.LATE),
        ("2022-10-08 17:31", None),
    ],
)
def test_an_act_is_marked_by_when_it_is_entered(now: str, mark: EntryMark | None) -> None:
    case = go_through(submitted_case("2022-09-29 09:00"), (Stage.SURVEY_DESIGN, "2022-09-29 10:00", None))

    def complete(grounds: Grounds | None = None) -> None:
        act(
            case, now, "2022-09-29 16:00", what=Act.COMPLETE_STAGE, stage=Stage.SURVEY_DESIGN, grounds=grounds
        )

    if mark is None:
        case.catch_up(at(now), RULES)
        refused("late-entry-needs-approval", case, complete)
        complete(GROUNDS)
        assert case.late_entries[0].needs is ApprovalGround.VERY_LATE
        assert case.open_stages == [Stage.SURVEY_DESIGN]
        assert not case.marked_entries
        return
    complete()
    assert last(case, "stage_completed")["entry"] is mark
    assert [entry.mark for entry in case.marked_entries] == ([mark] if mark is EntryMark.LATE else [])
    survey = case.stage(Stage.SURVEY_DESIGN)
    assert survey is not None
    assert (survey.end, survey.end_recorded_at) == (at("2022-09-29 16:00"), at(now))


# -- what waits for its approver


def very_late() -> Case:
    case = go_through(
        submitted_case("2022-08-01 09:00", declared_dm=2000), (Stage.SURVEY_DESIGN, "2022-08-01 10:00", None)
    )
    act(
        case,
        "2022-08-05 09:00",
        "2022-08-02 11:00",
        what=Act.COMPLETE_STAGE,
        stage=Stage.SURVEY_DESIGN,
        grounds=GROUNDS,
    )
    return case


def test_what_waits_moves_no_clock_and_is_applied_as_claimed_when_it_is_approved() -> None:
    case = very_late()
    assert last(case, "late_entry_requested")["claimed_at"] == at("2022-08-02 11:00")
    assert case.open_stages == [Stage.SURVEY_DESIGN]
    assert places_on_lists(work(case, RULES))[Whose.APPROVER]
    refused(
        "approver-is-asker",
        case,
        lambda: decide(case, "2022-08-05 10:00", Approver("clerk-1", supervises=False)),
    )
    decide(case, "2022-08-05 10:00", HEAD)
    entry = case.late_entries[0]
    assert (entry.state, entry.decided_by, entry.decided_at) == (
        LateEntryState.APPROVED,
        "head-1",
        at("2022-08-05 10:00"),
    )
    ended = last(case, "stage_completed")
    assert (ended["completed_at"], ended["entry"]) == (at("2022-08-02 11:00"), EntryMark.APPROVED)
    marked = case.marked_entries[0]
    assert (marked.recorded_by, marked.recorded_at, marked.mark) == (
        "clerk-1",
        at("2022-08-05 10:00"),
        EntryMark.APPROVED,
    )
    case_after(case, "2022-08-05 11:00")
    refused("late-entry-decided", case, lambda: decide(case, "2022-08-05 11:00", HEAD))
    refused("late-entry-unknown", case, lambda: decide(case, "2022-08-05 11:00", HEAD, "e-2"))


def test_what_is_declined_is_on_record_and_takes_no_effect() -> None:
    case = very_late()
    decide(case, "2022-08-05 10:00", HEAD, reason="照片没有日期")
    assert case.open_stages == [Stage.SURVEY_DESIGN]
    assert (case.late_entries[0].state, case.late_entries[0].decline_reason) == (
        LateEntryState.DECLINED,
        "照片没有日期",
    )
    assert last(case, "late_entry_decided")["approved"] is False


def test_an_act_waits_once_and_what_can_never_be_is_refused_at_once() -> None:
    case = very_late()

    def again(what: Act, stage: Stage, claimed: str) -> None:
        act(case, "2022-08-05 09:30", claimed, what=what, stage=stage, grounds=GROUNDS, entry_id="e-2")

    refused(
        "late-entry-pending",
        case,
        lambda: again(Act.COMPLETE_STAGE, Stage.SURVEY_DESIGN, "2022-08-02 12:00"),
    )
    # Before its survey there is no contract, whoever approves.
    refused("stage-out-of-order", case, lambda: again(Act.START_STAGE, Stage.CONTRACT, "2022-08-01 09:30"))
    # What follows from an act that waits may wait as well.
    again(Act.START_STAGE, Stage.CONTRACT, "2022-08-02 11:00")
    assert [entry.claim.act for entry in case.late_entries] == [Act.COMPLETE_STAGE, Act.START_STAGE]


def test_two_days_of_a_policy_are_a_matter_of_the_policy() -> None:
    strict = ClockPolicy(in_time_workdays=0, approval_workdays=0)
    ended = at("2022-09-29 16:00")
    assert in_time_until(ended, strict, CALENDAR) == at("2022-09-29 17:30")


# -- after an announced breach


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


def case_after(case: Case, now: str) -> Case:
    case.catch_up(at(now), RULES)
    return case


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
        submitted_case(supply=Service.HEAT, declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None)
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


# -- what was announced, and what was settled


def handed_over(stage_started: str) -> Case:
    """A case whose survey ended on Monday, 4 July, 10:00, so that a gap is announced on Tuesday at 17:30."""
    case = go_through(
        submitted_case("2022-07-01 09:00", declared_dm=2000),
        (Stage.SURVEY_DESIGN, "2022-07-01 10:00", "2022-07-04 10:00"),
    )
    case_after(case, stage_started)
    return case


def start_contract(case: Case, now: str, claimed: str, grounds: Grounds | None = None) -> None:
    act(case, now, claimed, what=Act.START_STAGE, stage=Stage.CONTRACT, grounds=grounds)


def test_a_gap_that_was_announced_is_not_claimed_away() -> None:
    case = handed_over("2022-07-06 09:00")
    assert last(case, "gap_detected")["since"] == at("2022-07-04 10:00")
    refused(
        "late-entry-needs-approval",
        case,
        lambda: start_contract(case, "2022-07-06 09:00", "2022-07-05 17:00"),
    )
    start_contract(case, "2022-07-06 09:00", "2022-07-05 17:00", GROUNDS)
    assert case.late_entries[0].needs is ApprovalGround.AFTER_GAP
    assert Whose.SUPERVISOR in places_on_lists(work(case, RULES))
    refused("supervisor-needed", case, lambda: decide(case, "2022-07-06 10:00", HEAD))
    decide(case, "2022-07-06 10:00", SUPERVISOR)
    assert case.open_stages == [Stage.CONTRACT]


def test_a_gap_is_not_covered_afterwards_by_another_stage_either() -> None:
    case = handed_over("2022-07-06 09:00")
    start_contract(case, "2022-07-06 09:00", "2022-07-06 09:00")
    assert case.open_stages == [Stage.CONTRACT]
    refused(
        "late-entry-needs-approval",
        case,
        lambda: act(case, "2022-07-06 09:30", "2022-07-05 11:00", what=Act.START_STAGE, stage=Stage.PERMIT),
    )


@pytest.mark.parametrize(
    ("now", "claimed"),
    [
        # Before it is announced: the hand-over of the next working day, entered on it.
        ("2022-07-05 17:29", "2022-07-05 09:00"),
        # The gap stays as long as it is on the day of its entry.
        ("2022-07-06 09:00", "2022-07-06 08:30"),
    ],
)
def test_what_leaves_the_gap_as_it_is_waits_for_nobody(now: str, claimed: str) -> None:
    case = handed_over(now)
    start_contract(case, now, claimed)
    assert case.open_stages == [Stage.CONTRACT]


def with_a_date(agreed: date) -> Case:
    case = submitted_case("2022-07-01 09:00", declared_dm=2001)
    act(case, "2022-07-01 10:00", what=Act.AGREE_DATE, agreed=agreed, document_ref="paper-1")
    return case


def test_a_date_is_put_off_by_somebody_else_and_brought_forward_by_anybody() -> None:
    case = with_a_date(date(2022, 7, 20))
    act(case, "2022-07-04 10:00", what=Act.AGREE_DATE, agreed=date(2022, 7, 19), document_ref="paper-2")
    assert last(case, "date_agreed")["agreed_before"] == date(2022, 7, 20)
    later: dict[str, Any] = {"agreed": date(2022, 7, 20), "document_ref": "paper-3"}
    case_after(case, "2022-07-18 10:00")
    refused(
        "late-entry-needs-approval", case, lambda: act(case, "2022-07-18 10:00", what=Act.AGREE_DATE, **later)
    )
    act(case, "2022-07-18 10:00", what=Act.AGREE_DATE, grounds=GROUNDS, **later)
    assert (case.agreed, case.late_entries[0].needs) == (date(2022, 7, 19), ApprovalGround.LATER_DUE)
    assert Whose.APPROVER in places_on_lists(work(case, RULES))
    decide(case, "2022-07-18 11:00", HEAD)
    assert case.agreed == date(2022, 7, 20)


def test_a_length_brings_no_later_date_with_it() -> None:
    case = with_a_date(date(2022, 7, 20))
    refused(
        "late-entry-needs-approval",
        case,
        lambda: act(
            case,
            "2022-07-04 10:00",
            what=Act.CHANGE_LENGTH,
            length_kind=LengthKind.DESIGNED,
            length_dm=2500,
            agreed=date(2022, 7, 21),
            document_ref="paper-2",
        ),
    )


def lengthened(case: Case, now: str, length_dm: int, grounds: Grounds | None = None) -> None:
    act(
        case,
        now,
        what=Act.CHANGE_LENGTH,
        length_kind=LengthKind.DESIGNED,
        length_dm=length_dm,
        grounds=grounds,
    )


@pytest.mark.parametrize("length_dm", [501, 2001], ids=["ten days", "no limit"])
def test_a_longer_limit_after_the_survey_needs_an_approver(length_dm: int) -> None:
    case = go_through(
        submitted_case("2022-07-01 09:00", declared_dm=500),
        (Stage.SURVEY_DESIGN, "2022-07-01 10:00", None),
    )
    # While it is surveyed the design is being made.
    lengthened(case, "2022-07-01 11:00", 501)
    lengthened(case, "2022-07-01 11:30", 500)
    case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-01 12:00"), RULES)
    refused("late-entry-needs-approval", case, lambda: lengthened(case, "2022-07-04 09:00", length_dm))
    lengthened(case, "2022-07-04 09:00", 400)
    lengthened(case, "2022-07-04 09:00", length_dm, GROUNDS)
    assert (case.designed_dm, case.late_entries[0].needs) == (400, ApprovalGround.LATER_DUE)
    decide(case, "2022-07-04 10:00", HEAD)
    assert case.designed_dm == length_dm


@pytest.mark.parametrize(
    ("designed_dm", "built_dm", "violations"),
    [
        (600, 540, []),
        (520, 500, []),
        (600, 500, ["CLASS_NOT_AS_BUILT"]),
        (1900, 501, []),
        (480, 1, []),
    ],
    ids=["of its class", "a tenth shorter", "of a shorter class", "of its class all the same", "shortest"],
)
def test_a_limit_that_was_designed_and_not_built_is_a_violation(
    designed_dm: int, built_dm: int, violations: list[str]
) -> None:
    case = submitted_case("2022-07-01 09:00", declared_dm=designed_dm)
    lengthened(case, "2022-07-01 10:00", designed_dm)
    assert case.violations() == []
    act(
        case,
        "2022-07-01 11:00",
        what=Act.CHANGE_LENGTH,
        length_kind=LengthKind.AS_BUILT,
        length_dm=built_dm,
    )
    assert case.violations() == violations


# -- acts that pad a rate


@pytest.mark.parametrize(
    ("end", "now", "mark"),
    [
        ("2022-07-04 10:01", "2022-07-04 10:01", None),
        ("2022-07-05 10:00", "2022-07-05 10:00", EntryMark.IN_TIME),
        ("2022-07-04 10:01", "2022-07-06 09:00", EntryMark.LATE),
    ],
    ids=["a minute", "a day", "a minute, entered late"],
)
def test_the_end_of_a_pause_counts_as_entered_in_time_if_it_took_a_day_out(
    end: str, now: str, mark: EntryMark | None
) -> None:
    case = submitted_case("2022-07-01 09:00", declared_dm=2000)
    start = at("2022-07-04 10:00")
    case_after(case, "2022-07-04 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    case.decide_pause("p", start, "head-1", RULES, approve=True)
    act(case, now, end, what=Act.RESUME, pause_id="p")
    assert last(case, "case_resumed").get("entry") is mark


# -- pauses and the breach


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


# -- the stop event


def turned_on_at_five() -> Case:
    case = nothing_outside()
    act(case, "2022-07-07 17:05", "2022-07-07 17:00")
    return case


def test_e22_the_meter_stops_the_clock_when_the_user_confirms_or_says_nothing() -> None:
    vector = VECTORS["E22"]
    confirmed = turned_on_at_five()
    confirmed.confirm(at("2022-07-07 18:00"), RULES)
    silent = turned_on_at_five()
    assert silent.confirm_by(RULES) == at("2022-07-08 17:05")
    case_after(silent, "2022-07-08 17:06")
    for case, key in ((confirmed, "confirmed 07-07 18:00"), (silent, "no answer by 07-08 17:05")):
        assert case.finished_at == at(vector[key]["stop"])
        assert case.on_time is not None
        assert case.on_time.judged is vector[key]["on_time"]


def test_after_a_dispute_only_the_user_confirms() -> None:
    case = turned_on_at_five()
    case_after(case, "2022-07-08 09:00")
    case.dispute_meter_live("没有水", at("2022-07-08 09:00"), "C-1")
    act(case, "2022-07-08 11:00")
    signed = at("2022-07-08 12:00")
    case.actor = Actor(signed, "clerk-1", "C-1", in_stead=True, document_ref="paper-1")
    refused("confirmation-after-dispute", case, lambda: case.confirm(signed, RULES))
    case.actor = Actor(signed, "C-1")
    case.confirm(signed, RULES)
    assert case.state is CaseState.CLOSED


def test_without_a_dispute_the_counter_confirms_by_the_users_document() -> None:
    case = turned_on_at_five()
    signed = at("2022-07-07 18:00")
    case.actor = Actor(signed, "clerk-1", "C-1", in_stead=True, document_ref="paper-1")
    case.confirm(signed, RULES)
    assert case.state is CaseState.CLOSED


def test_e22_a_dispute_keeps_the_clock_running_until_live_is_confirmed() -> None:
    vector = VECTORS["E22"]["disputed 07-08 09:00, live again 07-08 11:00, confirmed 07-08 12:00"]
    case = turned_on_at_five()
    case_after(case, "2022-07-08 09:00")
    case.dispute_meter_live("没有水", at("2022-07-08 09:00"), "C-1")
    assert (case.state, case.meter_live_at) == (CaseState.IN_PROGRESS, None)
    assert last(case, "meter_live_disputed")["meter_live_at"] == at("2022-07-07 17:00")
    assert case.is_overdue(at("2022-07-08 09:00"))
    # Live again cannot have been before the user said that it was not.
    refused(
        "before-dispute",
        case_after(case, "2022-07-08 11:00"),
        lambda: act(case, "2022-07-08 11:00", "2022-07-08 08:59"),
    )
    act(case, "2022-07-08 11:00")
    case.confirm(at("2022-07-08 12:00"), RULES)
    assert case.finished_at == at(vector["stop"])
    assert case.on_time is not None
    assert case.on_time.judged is vector["on_time"]


def test_a_meter_that_is_recorded_late_gives_the_user_a_day_from_then() -> None:
    case = nothing_outside()
    act(case, "2022-07-08 17:00", "2022-07-07 17:31")
    assert case.confirm_by(RULES) == at("2022-07-09 17:00")
    case.confirm(at("2022-07-09 17:00"), RULES)
    assert case.finished_at == at("2022-07-07 17:31")


# -- the promise of a date


def signed(length_dm: int) -> Case:
    return go_through(
        submitted_case(declared_dm=length_dm),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
    )


def test_a_line_that_grows_after_the_contract_brings_its_date_with_it() -> None:
    case = signed(2000)
    promise = Promise(date(2022, 8, 1), "paper-1")
    case.change_length(LengthKind.DESIGNED, 2001, at("2022-07-07 10:00"), "clerk-1", RULES, promise)
    assert case.violations() == []
    assert case.due is not None
    assert case.due.judged_at == at("2022-08-01 17:30")


def test_a_correction_takes_back_what_rested_on_the_error() -> None:
    case = signed(2000)
    designed(case, 2001, "2022-07-07 10:00")
    assert case.violations() == ["NO_PROMISED_DATE"]
    designed(case, 1999, "2022-07-07 11:00")
    assert case.violations() == []


def test_a_date_that_is_agreed_after_the_contract_is_a_violation_for_good() -> None:
    case = signed(2001)
    case.agree_date(date(2022, 8, 1), "paper-1", at("2022-07-06 10:01"), RULES)
    assert case.violations() == ["NO_PROMISED_DATE"]


def test_what_is_read_in_is_neither_late_nor_in_time() -> None:
    case = new_case()
    case.actor = Actor(at("2023-01-01 09:00"), "reader", read_in=True)
    case.submit(declared_dm=0, complete=True, rules=RULES)
    claim = Claim(act=Act.START_STAGE, claimed_at=at("2022-07-04 10:00"), stage=Stage.SURVEY_DESIGN)
    enter(case, claim, None, "e-1", at("2023-01-01 09:00"), "reader", RULES)
    assert {each.data["entry"] for each in case.pending_events} == {EntryMark.LEDGER}
    assert not case.late_entries


@pytest.mark.parametrize("minutes", [0, 1])
def test_the_breach_is_announced_a_moment_after_the_due_time(minutes: int) -> None:
    case = nothing_outside()
    now: datetime = at("2022-07-07 17:30") + timedelta(minutes=minutes)
    case.catch_up(now, RULES)
    assert case.breach_announced is bool(minutes)
