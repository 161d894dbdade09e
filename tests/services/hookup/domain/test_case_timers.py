"""What a case waits for, what happens when nobody comes, and how it ends."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from libs.common.places import Service
from libs.common.rules import RuleError
from libs.common.workdays import WorkCalendar
from services.hookup.domain.case import Case
from services.hookup.domain.values.clock_policy import ClockPolicy, StopEvent
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.timesheet import gaps
from services.hookup.domain.values.transitions import CaseState
from tests.services.hookup.domain.samples import CALENDAR, at
from tests.support.hookup import RULES, go_through, may_end, ready_case, submitted_case

SECOND = timedelta(seconds=1)


def names(case: Case) -> list[str]:
    return [each.event for each in case.pending_events]


def fire(case: Case, kind: TimerKind, rules: Rules = RULES) -> datetime:
    """Fire what the case waits for, at the instant at which it waits for it."""
    due = case.timers(rules)[kind]
    case.fire(kind, due, rules)
    assert case.pending_events[-1].at == due
    return due


# -- deemed acceptance and the one correction


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


# -- due soon, overdue, gaps


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


# -- amended calendars


def amended(*workdays: date, version: int = 2) -> Rules:
    """The rules with days that are rest days now."""
    days = {date(2004, 1, 1) + timedelta(n): True for n in range(8401)}
    worked = {day: CALENDAR.is_workday(day) for day in days} | dict.fromkeys(workdays, False)
    return Rules(RULES.policy, WorkCalendar(worked, CALENDAR.settled, version=version))


def test_an_amended_calendar_moves_a_due_time_that_is_still_to_come() -> None:
    case = submitted_case("2022-07-06 09:00")  # due Monday, 11 July
    case.apply_calendar(at("2022-07-11 17:29"), amended(date(2022, 7, 11)))
    assert case.due is not None
    assert case.due.judged_at == at("2022-07-12 17:30")
    assert names(case)[-1] == "due_recomputed"
    assert case.pending_events[-1].data["calendar_version"] == 2


@pytest.mark.parametrize("moment", ["2022-07-11 17:30", "2022-07-12 09:00"])
def test_a_due_time_that_has_passed_is_never_moved(moment: str) -> None:
    case = submitted_case("2022-07-06 09:00")
    before = case.due
    case.apply_calendar(at(moment), amended(date(2022, 7, 11)))
    assert case.due == before
    assert "due_recomputed" not in names(case)


@pytest.mark.parametrize(
    "begin", [lambda: submitted_case("2022-07-06 09:00"), lambda: submitted_case(complete=False)]
)
def test_a_calendar_that_changes_nothing_for_a_case_says_nothing(begin: Callable[[], Case]) -> None:
    case = begin()
    told = names(case)
    case.apply_calendar(at("2022-07-07 09:00"), amended(date(2022, 8, 1)))
    assert names(case) == told


def test_a_due_time_in_a_year_without_a_notice_is_provisional() -> None:
    assert max(CALENDAR.settled) == 2026
    late, early = submitted_case("2026-12-30 09:00"), submitted_case("2026-12-21 09:00")
    assert late.due is not None
    assert early.due is not None
    assert (late.due.provisional, early.due.provisional) == (True, False)


# -- the end


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


# -- stages


def signed(supply: Service) -> Case:
    return go_through(
        submitted_case(supply=supply),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
    )


def test_gas_is_not_turned_on_before_its_works_end() -> None:
    case = signed(Service.GAS)
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    case.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 10:00"))
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    may_end(case)
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-08 10:00"), RULES)
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.TURN_ON, at("2022-07-08 09:59"))
    case.start_stage(Stage.TURN_ON, at("2022-07-08 10:00"))
    assert case.violations() == []


@pytest.mark.parametrize("supply", [Service.WATER, Service.HEAT])
def test_water_and_heat_turned_on_before_the_works_end_is_a_violation_on_record(supply: Service) -> None:
    case = signed(supply)
    with pytest.raises(RuleError, match="stage-out-of-order"):
        case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    case.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-06 10:00"))
    case.start_stage(Stage.TURN_ON, at("2022-07-07 10:00"))
    assert "UNSAFE_OVERLAP" in case.violations()
    with pytest.raises(RuleError, match="stages-open"):
        case.report_meter_live(at("2022-07-07 11:00"), RULES)
    may_end(case)
    case.complete_stage(Stage.EXTERNAL_WORKS, at("2022-07-07 12:00"), RULES)
    with pytest.raises(RuleError, match="before-start"):
        case.report_meter_live(at("2022-07-07 11:59"), RULES)
    case.report_meter_live(at("2022-07-07 12:00"), RULES)


def test_works_before_the_survey_are_a_stop_for_gas_and_a_violation_for_water() -> None:
    gas, water = submitted_case(supply=Service.GAS), submitted_case()
    with pytest.raises(RuleError, match="stage-out-of-order"):
        gas.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-04 10:00"))
    water.start_stage(Stage.EXTERNAL_WORKS, at("2022-07-04 10:00"))
    water.start_stage(Stage.SURVEY_DESIGN, at("2022-07-04 11:00"))
    assert "UNSAFE_OVERLAP" in water.violations()


REFUSED_MOVES: list[tuple[str, Callable[[Case], None]]] = [
    ("stage-already-started", lambda case: case.start_stage(Stage.SURVEY_DESIGN, at("2022-07-05 11:00"))),
    ("stage-completed", lambda case: case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-05 11:00"), RULES)),
    ("stage-not-started", lambda case: case.complete_stage(Stage.PERMIT, at("2022-07-05 11:00"), RULES)),
    ("stage-ends-otherwise", lambda case: case.complete_stage(Stage.ACCEPT, at("2022-07-05 11:00"), RULES)),
    ("stage-ends-otherwise", lambda case: case.complete_stage(Stage.TURN_ON, at("2022-07-05 11:00"), RULES)),
    ("not-accepted", lambda case: case.start_stage(Stage.PERMIT, at("2022-07-04 09:00") - SECOND)),
    ("stage-not-started", lambda case: case.report_meter_live(at("2022-07-06 11:00"), RULES)),
]


@pytest.mark.parametrize(("code", "move"), REFUSED_MOVES)
def test_a_stage_begins_once_and_ends_once(code: str, move: Callable[[Case], None]) -> None:
    case = submitted_case("2022-07-04 08:30", complete=False)
    case.accept(at("2022-07-04 09:00"), RULES)
    go_through(may_end(case), (Stage.SURVEY_DESIGN, "2022-07-04 08:40", "2022-07-05 10:00"))
    with pytest.raises(RuleError, match=code):
        move(case)


def test_a_stage_does_not_end_before_it_begins() -> None:
    case = go_through(submitted_case(), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    with pytest.raises(RuleError, match="before-start"):
        case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-04 09:59"), RULES)


def test_before_acceptance_only_the_survey_begins() -> None:
    case = submitted_case(complete=False)
    for stage in (Stage.CONTRACT, Stage.PERMIT, Stage.EXTERNAL_WORKS, Stage.TURN_ON):
        with pytest.raises(RuleError, match="not-accepted"):
            case.start_stage(stage, at("2022-07-04 10:00"))
    go_through(case, (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-04 11:00"))


def test_without_a_line_there_are_no_permits_and_no_works() -> None:
    case = go_through(
        submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-04 11:00")
    )
    for stage in (Stage.PERMIT, Stage.EXTERNAL_WORKS):
        with pytest.raises(RuleError, match="stage-not-needed"):
            case.start_stage(stage, at("2022-07-04 11:00"))
    go_through(
        case,
        (Stage.CONTRACT, "2022-07-04 11:00", "2022-07-04 12:00"),
        (Stage.TURN_ON, "2022-07-04 14:00", None),
    )


def test_turning_on_needs_survey_and_contract_complete() -> None:
    case = go_through(submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    steps: list[Callable[[], None]] = [
        lambda: case.complete_stage(Stage.SURVEY_DESIGN, at("2022-07-04 11:00"), RULES),
        lambda: case.start_stage(Stage.CONTRACT, at("2022-07-04 11:00")),
        lambda: case.complete_stage(Stage.CONTRACT, at("2022-07-04 12:00"), RULES),
    ]
    for step in steps:
        with pytest.raises(RuleError, match="stage-out-of-order"):
            case.start_stage(Stage.TURN_ON, at("2022-07-04 12:00"))
        step()
    case.start_stage(Stage.TURN_ON, at("2022-07-04 12:00"))
