"""The end of a case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.common.aggregate import Actor
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.clock_policy import ClockPolicy, StopEvent
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose, Work, WorkKind
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.timer_samples import SECOND, fire
from tests.support.hookup import RULES, ready_case, submitted_case


def test_a_user_confirms_within_24_hours_and_not_a_second_later() -> None:
    live = at("2022-07-08 14:00")
    late = ready_case()
    late.report_meter_live(live, RULES)
    with pytest.raises(RuleError, match="confirmed-too-late"):
        late.confirm(live + timedelta(hours=24) + SECOND, RULES)
    with pytest.raises(RuleError, match="before-start"):
        late.confirm(live - SECOND, RULES)
    case = ready_case()
    case.report_meter_live(live, RULES)
    assert case.pending_events[-1].data["confirm_by"] == live + timedelta(hours=24)
    case.catch_up(live + timedelta(hours=24), RULES)
    case.confirm(live + timedelta(hours=24), RULES)
    assert (case.finished_at, case.confirmed_at) == (live, live + timedelta(hours=24))
    assert case.confirmed_by_user is True


def test_a_policy_may_end_the_time_with_the_confirmation() -> None:
    rules = replace(RULES, clock=ClockPolicy(stop_event=StopEvent.CONFIRMATION))
    live, confirmed = at("2022-07-08 14:00"), at("2022-07-09 10:00")
    case = ready_case()
    case.report_meter_live(live, rules)
    case.confirm(confirmed, rules)
    assert (case.finished_at, case.confirmed_at) == (confirmed, confirmed)


def test_without_a_confirmation_the_meter_counts() -> None:
    case = ready_case()
    live = at("2022-07-08 14:00")
    case.report_meter_live(live, RULES)
    assert case.timers(RULES) == {TimerKind.CONFIRMATION_ABSENT: live + timedelta(hours=24)}
    fire(case, TimerKind.CONFIRMATION_ABSENT)
    assert (case.state, case.finished_at, case.confirmed_by_user) == (CaseState.CLOSED, live, False)
    closed = case.pending_events[-1].data
    # 4 July 09:00 to 8 July 14:00.
    assert closed["elapsed_minutes"] == 4 * 1440 + 5 * 60
    assert closed["working_minutes"] == 4 * 450 - 30 + 240
    assert (closed["elapsed_days"], closed["working_days"]) == (4, 4)
    assert (closed["stage_minutes"], closed["gap_minutes"], closed["pause_minutes"]) == (
        4 * 1440 + 4 * 60,
        60,
        0,
    )


@pytest.mark.parametrize("code", RefusalCode)
def test_a_refusal_for_arrears_is_marked_for_review(code: RefusalCode) -> None:
    before, after = submitted_case(complete=False), submitted_case()
    for case, accepted, state in ((before, False, CaseState.REJECTED), (after, True, CaseState.TERMINATED)):
        case.refuse(code, at("2022-07-04 10:00"), "W-371502-20220701-0009")
        assert (case.state, case.finished_at) == (state, at("2022-07-04 10:00"))
        said = case.pending_events[-1].data
        assert said["needs_regulator_review"] is (code is RefusalCode.ARREARS_OF_APPLICANT)
        assert said["after_acceptance"] is accepted


def test_a_duplicate_names_the_case_that_goes_on() -> None:
    case = submitted_case()
    with pytest.raises(RuleError, match="duplicate-not-named"):
        case.refuse(RefusalCode.DUPLICATE, at("2022-07-04 10:00"))
    assert case.finished_at is None
    case.refuse(RefusalCode.DUPLICATE, at("2022-07-04 10:00"), "W-371502-20220701-0009")
    assert case.pending_events[-1].data["duplicate_of"] == case.duplicate_of == "W-371502-20220701-0009"


def live(moment: str = "2022-07-08 10:00") -> Case:
    case = ready_case()
    case.report_meter_live(at(moment), RULES)
    return case


def test_a_dispute_comes_no_earlier_than_the_live_meter_nor_the_next_one_than_the_last_dispute() -> None:
    case = live()
    with pytest.raises(RuleError, match="before-start"):
        case.dispute_meter_live("没有水", at("2022-07-08 09:59"), "C-1")
    for moment in ("2022-07-08 10:00", "2022-07-08 12:00"):
        case.dispute_meter_live("没有水", at(moment), "C-1")
        case.report_meter_live(at(moment), RULES, "photo-1")
    case.dispute_meter_live("没有水", at("2022-07-08 14:00"), "C-1")
    with pytest.raises(RuleError, match="before-dispute"):
        case.report_meter_live(at("2022-07-08 13:00"), RULES, "photo-2")
    case.report_meter_live(at("2022-07-08 15:00"), RULES, "photo-2")
    # The clock, by which nobody acts, confirms nothing in the user's stead.
    case.confirm(at("2022-07-08 16:00"), RULES)
    assert case.state is CaseState.CLOSED


def test_the_user_confirms_from_when_the_live_meter_was_recorded() -> None:
    case = ready_case()
    case.actor = Actor(at("2022-07-08 11:00"), "clerk-1")
    case.report_meter_live(at("2022-07-08 10:00"), RULES)

    def waiting() -> list[Work]:
        return [item for item in work(case, RULES) if item.kind is WorkKind.CONFIRM]

    told = Work(WorkKind.CONFIRM, Whose.APPLICANT, at("2022-07-08 11:00"), at("2022-07-09 11:00"))
    assert waiting() == [told]
    # Of records from before that was kept.
    case.meter_live_recorded_at = None
    assert waiting() == [replace(told, since=at("2022-07-08 10:00"), due_at=at("2022-07-09 10:00"))]
    case.confirm(at("2022-07-08 12:00"), RULES)
    assert waiting() == []
    assert [item for item in work(ready_case(), RULES) if item.kind is WorkKind.CONFIRM] == []


def test_a_closed_case_keeps_its_figures_and_an_open_one_was_not_on_time_yet() -> None:
    case = live()
    assert (case.closed, case.on_time_by_late_entry) == (None, False)
    case.confirm(at("2022-07-08 11:00"), RULES)
    assert case.closed is not None
    assert case.closed.working_days == 4
