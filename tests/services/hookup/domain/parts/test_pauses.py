"""Pauses of a case and what they do to its due times (vectors E02)."""

from datetime import timedelta

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from tests.services.hookup.domain.clock_samples import ACCEPTED, due_of, stop
from tests.services.hookup.domain.samples import VECTORS, at
from tests.support.hookup import RULES, designed, go_through, read_in, submitted_case


@pytest.mark.parametrize(("vector", "submitted"), [("E01", "2022-09-30 16:40"), ("E01c", "2022-09-30 17:45")])
def test_due_times_of_a_case_in_all_three_readings(vector: str, submitted: str) -> None:
    case = submitted_case(submitted, declared_dm=420)
    expected = VECTORS[vector]
    for reading in ("working", "calendar_roll", "calendar_strict"):
        kind, _, receipt, instant = expected[reading]
        assert (case.length_class, str(case.receipt)) == (kind, receipt)
        assert getattr(case.due, reading) == at(instant)
    assert due_of(case).judged_at == due_of(case).calendar_roll


def test_a_pause_moves_the_due_times_by_the_days_after_its_start() -> None:
    case, expected = submitted_case(ACCEPTED, declared_dm=1200), VECTORS["E03"]
    assert due_of(case).working == at(expected["no_pause_working"])
    assert due_of(case).calendar_roll == at(expected["no_pause_calendar_roll"])
    stop(case, "2022-08-03 10:00", None)
    # While it is open nobody knows how long it takes.
    assert due_of(case).working == at(expected["no_pause_working"])
    case.resume("p", at("2022-08-08 09:00"), RULES)
    assert due_of(case).working == at(expected["with_pause_working"])
    assert due_of(case).calendar_roll == at(expected["with_pause_calendar_roll"])
    go_through(
        case,
        (Stage.SURVEY_DESIGN, "2022-08-08 10:00", "2022-08-09 10:00"),
        (Stage.CONTRACT, "2022-08-09 10:00", "2022-08-10 10:00"),
        (Stage.EXTERNAL_WORKS, "2022-08-10 10:00", "2022-08-16 10:00"),
        (Stage.TURN_ON, "2022-08-16 10:00", None),
    )
    case.report_meter_live(at("2022-08-17 10:00"), RULES)
    case.confirm(at("2022-08-17 11:00"), RULES)
    closed = case.pending_events[-1].data
    assert closed["working_days"] == expected["elapsed_working_if_done_0817"]
    assert closed["elapsed_days"] == 16 - len(expected["excluded"])
    assert closed["on_time"] == {
        "judged": False,
        "working": True,
        "calendar_roll": False,
        "calendar_strict": False,
    }
    assert closed["pauses"] == [{"reason": PauseReason.USER_DECISION, "count": 1, "days": 5}]


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [
        # 08-03 to 08-08 and 08-05 to 08-09 are six days together, not nine.
        (("2022-08-03 10:00", "2022-08-08 09:00"), ("2022-08-05 10:00", "2022-08-09 09:00"), "2022-08-17"),
        (("2022-08-03 10:00", "2022-08-08 09:00"), ("2022-08-04 10:00", "2022-08-05 09:00"), "2022-08-16"),
    ],
)
def test_pauses_that_overlap_count_as_their_union(
    first: tuple[str, str], second: tuple[str, str], day: str
) -> None:
    case = submitted_case(ACCEPTED, declared_dm=1200)
    stop(case, first[0], None, "a")
    stop(case, second[0], None, "b")
    for pause_id, (_, end) in sorted({"a": first, "b": second}.items(), key=lambda each: each[1][1]):
        assert case.state is CaseState.PAUSED
        case.resume(pause_id, at(end), RULES)
    assert case.state is CaseState.ACCEPTED
    assert due_of(case).calendar_roll == at(f"{day} 17:30")


def test_a_pause_within_a_day_takes_nothing_out() -> None:
    case = submitted_case(ACCEPTED, declared_dm=1200)
    before = case.due
    stop(case, "2022-08-03 08:40", "2022-08-03 17:20")
    assert case.due == before


def test_a_pause_that_was_not_approved_takes_nothing_out() -> None:
    case = submitted_case(ACCEPTED, declared_dm=1200)
    before = case.due
    start = at("2022-08-03 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    case.decide_pause("p", start, "approver-1", RULES, approve=False)
    designed(case, 1100, "2022-08-08 10:00")
    assert case.due == before
    with pytest.raises(RuleError, match="not-in-this-state"):
        case.resume("p", at("2022-08-08 09:00"), RULES)


def test_who_asks_for_a_pause_cannot_approve_it_but_may_see_it_declined() -> None:
    case = submitted_case()
    start = at("2022-07-04 10:00")
    case.request_pause(Pause("p", PauseReason.CROSSING, "scan-1", start, "clerk-1"), start, RULES)
    for approve in (True, False):
        with pytest.raises(RuleError, match="approver-is-asker"):
            case.decide_pause("p", start, "clerk-1", RULES, approve=approve)
    case.decide_pause("p", start, "approver-1", RULES, approve=True)
    with pytest.raises(RuleError, match="pause-decided"):
        case.decide_pause("p", start, "approver-2", RULES, approve=False)


@pytest.mark.parametrize(
    ("start", "asked", "allowed"),
    [
        ("2022-09-30 10:00", "2022-10-08 17:29", True),  # holidays between: the next working day
        ("2022-09-30 10:00", "2022-10-09 00:01", False),  # a Sunday that is worked: the second
        ("2022-10-08 10:00", "2022-10-09 23:59", True),
        ("2022-09-29 10:00", "2022-09-30 09:00", True),
        ("2022-09-29 10:00", "2022-10-08 09:00", False),
    ],
)
def test_a_pause_is_asked_for_one_working_day_after_its_start_at_the_latest(
    start: str, asked: str, allowed: bool
) -> None:
    case = submitted_case("2022-09-29 09:00", declared_dm=1200)
    pause = Pause("p", PauseReason.USER_DECISION, "scan-1", at(start), "clerk-1")
    if allowed:
        case.request_pause(pause, at(asked), RULES)
        return
    with pytest.raises(RuleError, match="pause-too-late"):
        case.request_pause(pause, at(asked), RULES)


def test_a_pause_does_not_begin_before_the_acceptance() -> None:
    case = submitted_case(complete=False)
    case.accept(at("2022-07-04 11:00"), RULES)
    pause = Pause("p", PauseReason.USER_DECISION, "scan-1", at("2022-07-04 10:59"), "clerk-1")
    with pytest.raises(RuleError, match="pause-before-acceptance"):
        case.request_pause(pause, at("2022-07-04 12:00"), RULES)


def test_a_pause_is_not_resumed_before_its_start_nor_twice_nor_by_another_name() -> None:
    case = submitted_case()
    stop(case, "2022-07-05 10:00", None)
    stop(case, "2022-07-05 11:00", None, "q")
    with pytest.raises(RuleError, match="resume-before-pause"):
        case.resume("p", at("2022-07-05 09:59"), RULES)
    with pytest.raises(RuleError, match="pause-unknown"):
        case.resume("r", at("2022-07-05 12:00"), RULES)
    case.resume("p", at("2022-07-05 12:00"), RULES)
    with pytest.raises(RuleError, match="pause-not-open"):
        case.resume("p", at("2022-07-05 13:00"), RULES)
    assert case.paused


@pytest.mark.parametrize(
    ("filed", "code"),
    [
        ("2022-07-05 16:00", None),  # while the survey still runs
        ("2022-07-07 16:00", None),  # one working day after the reply of 6 July
        ("2022-07-08 08:30", "permit-filed-late"),
    ],
)
def test_a_permit_stops_the_clock_only_if_it_was_filed_in_time(filed: str, code: str | None) -> None:
    case = go_through(
        submitted_case(declared_dm=1200),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-06 10:00"),
        (Stage.PERMIT, filed, None),
    )
    read_in(case)
    pause = Pause("p", PauseReason.PERMIT_ORDINARY, "scan-1", at(filed), "clerk-1")
    if code is None:
        case.request_pause(pause, at(filed), RULES)
        return
    with pytest.raises(RuleError, match=code):
        case.request_pause(pause, at(filed), RULES)


def test_a_permit_stops_the_clock_from_its_filing_and_not_without_it() -> None:
    case = go_through(submitted_case(declared_dm=1200), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    read_in(case)
    start = at("2022-07-05 10:00")
    with pytest.raises(RuleError, match="permit-not-filed"):
        case.request_pause(Pause("p", PauseReason.PERMIT_ORDINARY, "scan-1", start, "c"), start, RULES)
    case.start_stage(Stage.PERMIT, start)
    for wrong in (start - timedelta(minutes=1), start + timedelta(minutes=1)):
        with pytest.raises(RuleError, match="permit-not-filed"):
            case.request_pause(Pause("p", PauseReason.PERMIT_ORDINARY, "scan-1", wrong, "c"), wrong, RULES)
    case.request_pause(Pause("p", PauseReason.PERMIT_ORDINARY, "scan-1", start, "c"), start, RULES)
