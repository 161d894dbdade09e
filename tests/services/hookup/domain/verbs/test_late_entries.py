"""Acts that are entered after they happened, in time, late and very late (vectors E21)."""

import pytest

from libs.casework.domain.work import places_on_lists
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.clock_policy import ClockPolicy
from services.hookup.domain.values.entries import (
    Act,
    ApprovalGround,
    EntryMark,
    Grounds,
    LateEntryState,
    approval_from,
    in_time_until,
)
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.work import Whose
from tests.services.hookup.domain.entry_samples import (
    CLOCK,
    GROUNDS,
    HEAD,
    act,
    case_after,
    decide,
    last,
    refused,
    very_late,
)
from tests.services.hookup.domain.samples import CALENDAR, VECTORS, at
from tests.support.hookup import RULES, go_through, submitted_case


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


def test_after_the_end_nothing_is_entered_late() -> None:
    case = very_late()
    case.withdraw(at("2022-08-05 09:30"))
    refused("not-in-this-state", case, lambda: decide(case, "2022-08-05 10:00", HEAD))
    refused(
        "not-in-this-state",
        case,
        lambda: act(
            case,
            "2022-08-05 10:00",
            "2022-08-02 11:00",
            what=Act.START_STAGE,
            stage=Stage.CONTRACT,
        ),
    )


def test_what_rests_on_an_entry_that_still_waits_is_not_applied_before_it() -> None:
    case = very_late()
    entered = {"what": Act.START_STAGE, "stage": Stage.TURN_ON, "grounds": GROUNDS, "entry_id": "e-2"}
    # Without the end of the survey, which waits, nothing is turned on.
    case.stages += go_through(
        submitted_case("2022-08-01 09:00", declared_dm=2000),
        (Stage.SURVEY_DESIGN, "2022-08-01 10:00", "2022-08-01 11:00"),
        (Stage.CONTRACT, "2022-08-01 11:00", "2022-08-01 12:00"),
        (Stage.EXTERNAL_WORKS, "2022-08-01 13:00", None),
    ).stages[2:]
    act(case, "2022-08-05 09:30", "2022-08-02 12:00", **entered)  # type: ignore[arg-type]  # passed on
    refused("stage-out-of-order", case, lambda: decide(case, "2022-08-05 10:00", HEAD, "e-2"))
    assert case.late_entries[1].state is LateEntryState.PENDING
    decide(case, "2022-08-05 10:00", HEAD)
    decide(case, "2022-08-05 10:00", HEAD, "e-2")
    assert case.open_stages == [Stage.EXTERNAL_WORKS, Stage.TURN_ON]
