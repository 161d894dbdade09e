"""What all parts of a case read: its stages, when its clock stopped, and its due time."""

from datetime import date

import pytest

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.entries import EntryMark
from services.hookup.domain.values.stages import Interval, Stage
from tests.services.hookup.domain.clock_samples import stop
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, go_through, may_end, ready_case, submitted_case

RUNNING = (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None)


def interval(case: Case, stage: Stage) -> Interval:
    found = case.stage(stage)
    assert found is not None
    return found


def test_of_a_case_that_ended_nothing_runs_and_nothing_is_overdue() -> None:
    case = go_through(submitted_case("2022-07-04 09:00"), RUNNING)
    assert (case.open_stages, case.uncovered_since()) == ([Stage.SURVEY_DESIGN], None)
    case.withdraw(at("2022-07-05 10:00"))
    assert (case.open_stages, case.uncovered_since()) == ([], at("2022-07-04 09:00"))
    assert not case.is_overdue(at("2023-01-01 09:00"))


def test_the_turn_on_ends_with_the_live_meter_and_that_is_recorded_with_the_confirmation() -> None:
    case = ready_case()
    live, confirmed = at("2022-07-08 10:00"), at("2022-07-08 11:00")
    case.report_meter_live(live, RULES)
    case.confirm(confirmed, RULES)
    turn_on = interval(case, Stage.TURN_ON)
    assert (turn_on.end, turn_on.end_recorded_at) == (live, confirmed)
    completed = [item for item in case.pending_events if item.event == "stage_completed"][-1]
    assert (completed.at, completed.data["completed_at"]) == (confirmed, live)
    assert interval(case, Stage.CONTRACT).end_recorded_at == at("2022-07-06 10:00")


def test_a_stage_is_taken_up_again_from_its_end_on_and_has_another_round() -> None:
    case = may_end(go_through(submitted_case(), RUNNING))
    go_through(case, (Stage.PERMIT, "2022-07-04 11:00", "2022-07-05 11:00"))
    for stage in (Stage.SURVEY_DESIGN, Stage.EXTERNAL_WORKS):
        with pytest.raises(RuleError, match="before-start"):
            case.reopen(stage, at("2022-07-05 11:00"))
    with pytest.raises(RuleError, match="before-start"):
        case.reopen(Stage.PERMIT, at("2022-07-05 10:59"))
    case.reopen(Stage.PERMIT, at("2022-07-05 11:00"))
    case.complete_stage(Stage.PERMIT, at("2022-07-05 12:00"), RULES)
    rounds = [item.data["round"] for item in case.pending_events if item.event == "stage_completed"]
    # That of the acceptance is the first.
    assert rounds == [1, 1, 2]


def test_the_clock_stopped_with_the_first_of_the_pauses_that_are_open() -> None:
    case = go_through(submitted_case(declared_dm=2000), RUNNING)
    assert case.stopped_at is None
    for pause_id, start in (("a", "2022-07-05 10:00"), ("b", "2022-07-06 10:00"), ("c", "2022-07-07 10:00")):
        stop(case, start, None, pause_id)
    assert case.stopped_at == at("2022-07-06 00:00")
    case.resume("a", at("2022-07-08 10:00"), RULES)
    assert case.stopped_at == at("2022-07-07 00:00")


def test_before_its_acceptance_a_case_is_judged_by_no_date() -> None:
    case = submitted_case(complete=False)
    assert (case.judged_at, case.due_data(RULES)) == (None, None)
    assert not case.is_overdue(at("2023-01-01 09:00"))


def test_a_live_meter_ends_what_may_be_missed() -> None:
    case = ready_case()
    case.report_meter_live(at("2022-07-08 10:00"), RULES)
    assert case.running_due_at is None
    assert not case.is_overdue(at("2022-07-12 09:00"))


def test_where_nothing_is_due_nothing_is_missed_or_announced() -> None:
    case = go_through(submitted_case(declared_dm=2001), RUNNING)
    assert not case.breach_announced
    stop(case, "2022-07-05 10:00", None)
    assert case.running_due_at is None


def test_a_breach_that_is_kept_bounds_later_dates_and_no_earlier_one() -> None:
    case = go_through(submitted_case(supply=Supply.HEAT), RUNNING)
    case.catch_up(at("2022-07-18 09:00"), RULES)
    planned, case.mark = case.judged_at, EntryMark.APPROVED
    for agreed, judged in ((date(2022, 8, 1), planned), (date(2022, 7, 13), at("2022-07-13 17:30"))):
        case.agree_date(agreed, "paper-1", at("2022-07-18 09:00"), RULES)
        assert (case.breach_kept, case.judged_at) == (planned, judged)
