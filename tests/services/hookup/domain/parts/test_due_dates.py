"""Reminders, due times, gaps: what a case waits for."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.timesheet import gaps
from tests.services.hookup.domain.clock_samples import stop
from tests.services.hookup.domain.samples import at
from tests.services.hookup.domain.timer_samples import SECOND, fire, names
from tests.support.hookup import RULES, go_through, ready_case, submitted_case


def test_reminder_and_overdue_go_by_the_strict_and_the_judged_reading_over_the_holidays() -> None:
    case = go_through(submitted_case("2022-09-30 16:40"), (Stage.SURVEY_DESIGN, "2022-09-30 16:50", None))
    assert case.timers(RULES) == {
        # Of 50 minutes of work before the strict date, 30.
        TimerKind.DUE_REMINDER: at("2022-09-30 17:10"),
        TimerKind.DUE_SOON: at("2022-09-30 17:30"),  # the last working day before 5 October
        TimerKind.OVERDUE: at("2022-10-08 17:30") + SECOND,
    }
    fire(case, TimerKind.DUE_REMINDER)
    reminder = case.pending_events[-1].data
    assert reminder["told"] == ("utility:W-371502",)
    fire(case, TimerKind.DUE_SOON)
    assert case.pending_events[-1].data["strict_due_at"] == at("2022-10-05 17:30")
    fire(case, TimerKind.OVERDUE)
    assert case.pending_events[-1].data["due_at"] == at("2022-10-08 17:30")
    assert case.pending_events[-1].data["told"] == ("utility:W-371502", "district:371502")
    assert [each.kind for each in case.told] == ["due_reminder", "due_soon", "overdue"]
    assert not case.timers(RULES)
    for kind in TimerKind:
        case.fire(kind, at("2022-10-09 12:00"), RULES)
    assert names(case)[-2:] == ["due_soon", "case_overdue"]


def test_each_due_time_is_reported_once_and_a_new_one_again() -> None:
    case = go_through(submitted_case(declared_dm=None), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    case.catch_up(at("2022-07-08 10:00"), RULES)
    case.catch_up(at("2022-07-08 11:00"), RULES)
    assert names(case)[-2:] == ["due_soon", "case_overdue"]
    case.change_length(LengthKind.DESIGNED, 420, at("2022-07-08 12:00"), "clerk-1", RULES)
    case.catch_up(at("2022-08-01 09:00"), RULES)
    assert names(case).count("case_overdue") == 2
    assert names(case).count("due_soon") == 2


def test_a_case_that_ends_at_its_due_instant_is_in_time() -> None:
    case = ready_case()
    due = case.due.judged_at if case.due else None
    assert due == at("2022-07-11 17:30")
    assert not case.is_overdue(due)
    assert case.is_overdue(due + SECOND)
    case.catch_up(due, RULES)
    case.report_meter_live(due, RULES)
    case.confirm(due, RULES)
    assert "case_overdue" not in names(case)
    assert case.on_time is not None
    assert case.on_time.judged is True


def test_while_paused_a_case_waits_for_nothing_and_afterwards_again() -> None:
    case = go_through(submitted_case(), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    waited = case.timers(RULES)
    start = at("2022-07-05 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    assert case.timers(RULES) == waited
    case.decide_pause("p", start, "approver-1", RULES, approve=True)
    assert not case.timers(RULES)
    assert not case.is_overdue(at("2023-01-01 09:00"))
    case.catch_up(at("2022-07-25 10:00"), RULES)
    case.resume("p", at("2022-07-25 10:00"), RULES)
    assert case.timers(RULES) == {
        # By the clock it was due on 20 July, within the pause.
        TimerKind.DUE_REMINDER: at("2022-07-25 10:00"),
        TimerKind.DUE_SOON: at("2022-07-28 17:30"),
        TimerKind.OVERDUE: at("2022-07-29 17:30") + SECOND,
    }


@pytest.mark.parametrize(
    ("idle_from", "alert"),
    [
        ("2022-07-05 10:00", "2022-07-06 17:30"),
        ("2022-07-08 10:00", "2022-07-11 17:30"),
        ("2022-09-30 10:00", "2022-10-08 17:30"),
        ("2022-10-08 10:00", "2022-10-09 17:30"),
    ],
)
def test_no_stage_at_the_close_of_the_next_working_day_is_a_gap(idle_from: str, alert: str) -> None:
    began = at(idle_from) - timedelta(minutes=30)
    case = submitted_case(began, declared_dm=2001)
    case.start_stage(Stage.SURVEY_DESIGN, began)
    case.complete_stage(Stage.SURVEY_DESIGN, at(idle_from), RULES)
    assert fire(case, TimerKind.GAP) == at(alert)
    assert case.pending_events[-1].data["since"] == at(idle_from)
    assert case.pending_events[-1].data["after_stage"] is Stage.SURVEY_DESIGN
    assert TimerKind.GAP not in case.timers(RULES)
    case.start_stage(Stage.CONTRACT, at(alert))
    assert TimerKind.GAP not in case.timers(RULES)
    case.complete_stage(Stage.CONTRACT, at(alert), RULES)
    assert TimerKind.GAP in case.timers(RULES)


def test_a_gap_is_counted_with_the_days_of_a_pause_taken_out() -> None:
    case = submitted_case(declared_dm=2001)
    start = at("2022-07-05 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    case.decide_pause("p", start, "approver-1", RULES, approve=True)
    case.resume("p", at("2022-07-20 10:00"), RULES)
    # 5 July, the day the pause began, is the one working day of a handover: from 21 July on it is a gap.
    assert case.timers(RULES)[TimerKind.GAP] == at("2022-07-20 17:30")
    for day, is_gap in (("20", False), ("21", True)):
        begun = deepcopy(case)
        begun.start_stage(Stage.SURVEY_DESIGN, at(f"2022-07-{day} 17:00"))
        assert [gap.is_gap for gap in gaps(begun.stages, begun.spans, RULES.calendar, RULES.policy)] == [
            is_gap
        ]


def test_a_pause_within_a_day_moves_no_alert() -> None:
    """The alert and the ledger say the same of a stage that ended on 5 July, a pause on 6 July, a start on 7 July."""
    case = go_through(
        submitted_case(declared_dm=2001), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00")
    )
    start = at("2022-07-06 09:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    case.decide_pause("p", start, "approver-1", RULES, approve=True)
    case.resume("p", at("2022-07-06 16:00"), RULES)
    assert case.timers(RULES)[TimerKind.GAP] == at("2022-07-06 17:30")
    case.start_stage(Stage.CONTRACT, at("2022-07-07 17:00"))
    found = gaps(case.stages, case.spans, RULES.calendar, RULES.policy)
    assert [(gap.workdays, gap.is_gap) for gap in found if gap.after is Stage.SURVEY_DESIGN] == [(2, True)]


def test_catching_up_does_all_in_the_order_of_its_instants() -> None:
    case = submitted_case(complete=False)
    case.catch_up(at("2022-07-30 09:00"), RULES)
    happened = case.pending_events[2:]
    assert [each.event for each in happened] == [
        "stage_completed",
        "case_accepted",
        "gap_detected",
        "due_reminder",
        "due_soon",
        "case_overdue",
    ]
    assert [each.at for each in happened] == sorted(each.at for each in happened)


def test_a_case_whose_new_date_has_not_passed_waits_for_no_breach_while_it_is_paused() -> None:
    case = go_through(submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    case.catch_up(at("2022-07-08 09:00"), RULES)
    case.change_length(LengthKind.DESIGNED, 2000, at("2022-07-08 09:00"), "clerk-1", RULES)
    stop(case, "2022-07-08 10:00", None)
    assert case.overdue_for is not None
    assert TimerKind.OVERDUE not in case.timers(RULES)


def test_a_case_that_has_no_date_any_more_reminds_nobody() -> None:
    case = go_through(submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    case.catch_up(at("2022-07-07 09:00"), RULES)
    assert names(case)[-2:] == ["due_reminder", "due_soon"]
    case.change_length(LengthKind.DESIGNED, 2001, at("2022-07-07 10:00"), "clerk-1", RULES)
    assert case.timers(RULES) == {}


def test_nobody_is_reminded_of_a_case_before_it_was_accepted() -> None:
    early = replace(RULES, policy=replace(RULES.policy, warning_workdays=5))
    case = submitted_case(declared_dm=0, complete=False)
    case.accept(at("2022-07-04 10:00"), early)
    assert case.timers(early)[TimerKind.DUE_SOON] == at("2022-07-04 10:00")


def test_where_no_working_minute_is_left_there_is_no_reminder() -> None:
    # Accepted at the close before seven days of holidays, and due within them by the strict reading.
    timers = submitted_case("2022-09-30 17:30", declared_dm=0).timers(RULES)
    assert TimerKind.DUE_SOON in timers
    assert TimerKind.DUE_REMINDER not in timers


def test_who_helps_the_user_is_told_as_well() -> None:
    helped = replace(RULES, agents={"W-371502": ("a-1", "a-2")})
    case = go_through(
        submitted_case(rules=helped), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None), rules=helped
    )
    fire(case, TimerKind.DUE_SOON, helped)
    assert case.told[-1].whom == ("utility:W-371502", "agent:a-2")
