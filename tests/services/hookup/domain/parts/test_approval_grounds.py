"""Which acts need an approver, and which do not though they come late or touch a date (二（一）1; O4; HK-02)."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.entries import Act, ApprovalGround, Claim, EntryMark
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.work import WorkKind
from services.hookup.domain.verbs.late_entries import enter
from tests.services.hookup.domain.clock_samples import stop
from tests.services.hookup.domain.entry_samples import (
    GROUNDS,
    SUPERVISOR,
    act,
    case_after,
    decide,
    last,
    nothing_outside,
)
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, go_through, submitted_case

SURVEYED = (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00")
NOW = at("2022-07-06 09:00")


def length(kind: LengthKind, length_dm: int, now: datetime = NOW) -> Claim:
    return Claim(act=Act.CHANGE_LENGTH, claimed_at=now, length_kind=kind, length_dm=length_dm)


def agree(agreed: date, now: datetime = NOW) -> Claim:
    return Claim(act=Act.AGREE_DATE, claimed_at=now, agreed=agreed, document_ref="paper-1")


def ground(case: Case, claim: Claim) -> ApprovalGround | None:
    """Why an act that is entered at once needs an approver."""
    return case.approval_ground(claim, claim.claimed_at, RULES)


def heat(*stages: tuple[Stage, str, str | None]) -> Case:
    return go_through(submitted_case(supply=Supply.HEAT, declared_dm=100), SURVEYED, *stages)


def test_a_meter_that_was_live_at_the_due_instant_undoes_the_breach() -> None:
    case = case_after(nothing_outside(), "2022-07-07 17:31")
    now = at("2022-07-07 17:31")
    for claimed, needs in (("17:30", ApprovalGround.AFTER_BREACH), ("17:31", None)):
        claim = Claim(act=Act.METER_LIVE, claimed_at=at(f"2022-07-07 {claimed}"))
        assert case.approval_ground(claim, now, RULES) is needs


def test_the_end_of_a_pause_that_a_supervisor_approved_needs_nobody() -> None:
    case = go_through(submitted_case(declared_dm=0), (*SURVEYED[:2], None))
    pause = Pause("p", PauseReason.CROSSING, "scan-1", at("2022-07-06 16:00"), "clerk-1")
    case.request_pause(pause, at("2022-07-06 16:00"), RULES)
    case_after(case, "2022-07-08 09:00")
    case.decide_pause("p", at("2022-07-08 09:00"), "city-1", RULES, approve=True, supervises=True)
    assert case.breach_announced
    due_at = case.judged_at
    ended = Claim(act=Act.RESUME, claimed_at=at("2022-07-11 10:00"), pause_id="p")
    assert ground(case, ended) is None
    # Though the case is due later by it.
    case.perform(ended, "clerk-1", RULES)
    assert case.judged_at != due_at


def test_a_gap_that_was_not_announced_is_shortened_by_nobody_special() -> None:
    case = go_through(submitted_case(declared_dm=2000), SURVEYED)
    claim = Claim(act=Act.START_STAGE, stage=Stage.CONTRACT, claimed_at=at("2022-07-06 09:00"))
    now = at("2022-07-07 09:00")
    assert case.approval_ground(claim, now, RULES) is None
    case_after(case, "2022-07-07 09:00")
    assert case.approval_ground(claim, now, RULES) is ApprovalGround.AFTER_GAP
    # What cannot be done at all is said when it is done.
    again = Claim(act=Act.START_STAGE, stage=Stage.SURVEY_DESIGN, claimed_at=at("2022-07-06 09:00"))
    assert case.approval_ground(again, now, RULES) is None


def test_a_hand_over_in_time_is_no_gap_though_there_was_one_before() -> None:
    case = case_after(go_through(submitted_case(declared_dm=2000), SURVEYED), "2022-07-07 09:00")
    go_through(case, (Stage.CONTRACT, "2022-07-07 09:00", "2022-07-07 10:00"))
    assert case.gap_since is not None
    claim = Claim(act=Act.START_STAGE, stage=Stage.EXTERNAL_WORKS, claimed_at=at("2022-07-07 11:00"))
    assert case.approval_ground(claim, at("2022-07-08 09:00"), RULES) is None


@pytest.mark.parametrize(
    ("agreed", "needs"),
    [
        (date(2022, 8, 19), None),
        (date(2022, 8, 20), None),
        (date(2022, 8, 21), ApprovalGround.LATER_DUE),
    ],
)
def test_a_date_is_put_off_by_a_later_one(agreed: date, needs: ApprovalGround | None) -> None:
    case = heat((Stage.EXTERNAL_WORKS, "2022-07-05 11:00", None))
    assert ground(case, agree(date(2022, 8, 20))) is ApprovalGround.LATER_DUE
    case.agree_date(date(2022, 8, 20), "paper-1", NOW, RULES)
    assert ground(case, agree(agreed)) is needs


def test_the_first_date_needs_nobody_before_the_works_though_it_is_later_than_the_plan() -> None:
    assert ground(heat(), agree(date(2022, 12, 1))) is None


@pytest.mark.parametrize(("built", "needs"), [(299, None), (300, None), (301, ApprovalGround.LATER_DUE)])
def test_of_a_line_as_built_only_a_longer_one_than_before_needs_an_approver(
    built: int, needs: ApprovalGround | None
) -> None:
    case = go_through(submitted_case(), SURVEYED, (Stage.EXTERNAL_WORKS, "2022-07-05 11:00", None))
    assert ground(case, length(LengthKind.AS_BUILT, 300)) is None
    case.change_length(LengthKind.AS_BUILT, 300, NOW, "clerk-1", RULES)
    assert ground(case, length(LengthKind.AS_BUILT, built)) is needs


def test_a_line_that_had_nothing_due_may_have_a_limit() -> None:
    case = go_through(submitted_case(declared_dm=2001), SURVEYED)
    assert case.judged_at is None
    assert ground(case, length(LengthKind.DESIGNED, 2000)) is None


def test_a_length_that_cannot_be_is_refused_when_it_is_entered() -> None:
    case = go_through(submitted_case(), SURVEYED, (Stage.EXTERNAL_WORKS, "2022-07-05 11:00", None))
    assert ground(case, length(LengthKind.DESIGNED, 0)) is None
    assert ground(case, length(LengthKind.DESIGNED, 501)) is ApprovalGround.LATER_DUE


def test_what_moves_a_date_is_never_marked() -> None:
    now = at("2022-08-01 09:00")
    for claim in (length(LengthKind.DESIGNED, 100), agree(date(2022, 8, 20))):
        assert submitted_case().entry_mark(claim, now, RULES) is None


def test_the_end_of_a_pause_is_marked_by_what_that_pause_takes_out() -> None:
    case = go_through(submitted_case(declared_dm=2000), (*SURVEYED[:2], None))
    stop(case, "2022-07-05 10:00", None, "long")
    stop(case, "2022-07-06 09:00", None, "short")
    now = at("2022-07-06 10:00")
    for pause_id, claimed, mark in (
        ("long", now, EntryMark.IN_TIME),
        ("short", now, None),
        ("short", at("2022-07-06 09:00"), None),
    ):
        claim = Claim(act=Act.RESUME, claimed_at=claimed, pause_id=pause_id)
        assert case.entry_mark(claim, now, RULES) is mark


def test_the_mark_is_of_the_act_and_of_nothing_after_it() -> None:
    case = nothing_outside()
    act(case, "2022-07-07 10:00", "2022-07-07 09:00")
    assert last(case, "meter_live")["entry"] is EntryMark.IN_TIME
    case.confirm(at("2022-07-07 11:00"), RULES)
    assert "entry" not in last(case, "case_closed")


def test_what_was_decided_waits_no_more() -> None:
    case = nothing_outside()
    act(case, "2022-07-07 17:31", "2022-07-07 17:00", grounds=GROUNDS)
    assert [entry.id for entry in case.pending_entries] == ["e-1"]
    decide(case, "2022-07-08 09:00", SUPERVISOR, reason="与抄表记录不符")
    assert case.pending_entries == []


@pytest.mark.parametrize(("workdays", "due_at"), [(1, "2022-07-11 17:30"), (3, "2022-07-13 17:30")])
def test_what_waits_for_an_approval_has_a_limit_of_its_own_also_once_the_case_is_late(
    workdays: int, due_at: str
) -> None:
    rules = replace(RULES, service=replace(RULES.service, decision_workdays=workdays))
    now = at("2022-07-08 10:00")
    case = go_through(submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    case.catch_up(now, rules)
    assert case.is_overdue(now)
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", now, "clerk-1"), now, rules)
    case.request_special(Special(PauseReason.CROSSING, "scan-2", "clerk-1", asked_at=now))
    claim = Claim(act=Act.COMPLETE_STAGE, stage=Stage.SURVEY_DESIGN, claimed_at=at("2022-07-04 11:00"))
    enter(case, claim, GROUNDS, "e-1", now, "clerk-1", rules)
    kinds = {WorkKind.DECIDE_PAUSE, WorkKind.DECIDE_SPECIAL, WorkKind.DECIDE_LATE_ENTRY}
    waiting = [item for item in work(case, rules) if item.kind in kinds]
    assert {item.kind for item in waiting} == kinds
    assert {(item.since, item.due_at) for item in waiting} == {(now, at(due_at))}
