"""Gaps, overlaps and the sum check of a case (HK-03; vectors E04)."""

from dataclasses import replace

import pytest

from services.hookup.domain.values.durations import minute_of
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.timesheet import (
    Overlap,
    TimeSheet,
    overlaps,
    running_gap,
    time_sheet,
)
from tests.services.hookup.domain.samples import CALENDAR, POLICY, VECTORS, at
from tests.services.hookup.domain.timesheet_samples import find_gaps, gap, overlap, pause, stage

E04 = VECTORS["E04"]
E04_STAGES = [Interval(Stage(name), at(start), at(end)) for name, start, end in E04["input"]["stages"]]


def test_e04_gaps() -> None:
    rows = [
        [gap.after, gap.before, gap.workdays, gap.minutes / 60, "GAP" if gap.is_gap else "HANDOVER_OK"]
        for gap in find_gaps(E04_STAGES, [])
    ]
    assert rows == E04["result"]["gaps"]


def test_e04_overlaps_and_violations() -> None:
    found = overlaps(E04_STAGES)
    allowed = [[[one.first, one.second], one.minutes / 60] for one in found if one.allowed]
    unsafe = [[[one.first, one.second], one.minutes / 60] for one in found if one.unsafe]
    assert allowed == E04["result"]["overlaps"]
    assert unsafe == E04["result"]["violations"]
    assert len(found) == len(allowed) + len(unsafe)


def test_e04_sum_check() -> None:
    sheet = time_sheet(E04_STAGES, [])
    assert sheet.elapsed == minute_of(at("2022-07-12 11:00")) - minute_of(at("2022-07-04 09:00"))
    assert sheet.gaps == (4 * 60) + 2790
    assert sheet.overlap_saving == (5 + 2) * 60
    assert sheet.elapsed == sheet.stages + sheet.pauses + sheet.gaps


def test_handover_by_the_next_working_day_is_no_gap() -> None:
    accept = stage(Stage.ACCEPT, "09-30 09:00", "09-30 10:00")
    monday = find_gaps([accept, stage(Stage.SURVEY_DESIGN, "10-08 17:00", None)], [])
    later = find_gaps([accept, stage(Stage.SURVEY_DESIGN, "10-09 08:30", None)], [])
    assert [(found.workdays, found.is_gap) for found in monday + later] == [(1, False), (2, True)]


def test_paused_days_and_minutes_are_no_gap() -> None:
    stages = [
        stage(Stage.CONTRACT, "08-01 09:00", "08-01 10:00"),
        stage(Stage.EXTERNAL_WORKS, "08-05 10:00", None),
    ]
    assert find_gaps(stages, []) == [gap(stages[-2], stages[-1], 4, 4 * 1440, True)]
    paused = [pause("08-02 10:00", "08-05 09:00")]
    assert find_gaps(stages, paused) == [gap(stages[-2], stages[-1], 1, 1440 + 60, False)]
    assert find_gaps(stages, [pause("08-02 10:00", None)])[0].minutes == 1440


def test_a_long_stage_covers_what_follows_it() -> None:
    stages = [
        stage(Stage.SURVEY_DESIGN, "08-01 09:00", "08-20 10:00"),
        stage(Stage.CONTRACT, "08-02 09:00", "08-03 10:00"),
        stage(Stage.EXTERNAL_WORKS, "08-18 10:00", "08-19 10:00"),
        stage(Stage.TURN_ON, "08-20 11:00", "08-20 12:00"),
    ]
    assert find_gaps(stages, []) == [gap(stages[0], stages[-1], 0, 60, False)]


def test_after_an_open_stage_there_is_no_gap() -> None:
    stages = [stage(Stage.CONTRACT, "08-01 09:00", None), stage(Stage.PERMIT, "08-20 09:00", None)]
    assert find_gaps(stages, []) == []


def test_order_of_recording_does_not_matter() -> None:
    assert find_gaps(E04_STAGES[::-1], []) == find_gaps(E04_STAGES, [])
    assert overlaps(E04_STAGES[::-1]) == overlaps(E04_STAGES)


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        pytest.param(
            [
                stage(Stage.EXTERNAL_WORKS, "08-01 09:00", "08-01 10:00"),
                stage(Stage.SURVEY_DESIGN, "08-02 09:00", "08-02 10:00"),
            ],
            overlap(Stage.EXTERNAL_WORKS, Stage.SURVEY_DESIGN, 0, allowed=False, unsafe=True),
            id="works before design begins",
        ),
        pytest.param(
            [
                stage(Stage.EXTERNAL_WORKS, "08-02 09:00", "08-02 10:00"),
                stage(Stage.SURVEY_DESIGN, "08-01 09:00", "08-02 09:30"),
            ],
            overlap(Stage.SURVEY_DESIGN, Stage.EXTERNAL_WORKS, 30, allowed=False, unsafe=False),
            id="works while design runs",
        ),
        pytest.param(
            [
                stage(Stage.TURN_ON, "08-01 09:00", "08-01 10:00"),
                stage(Stage.EXTERNAL_WORKS, "08-02 09:00", "08-02 10:00"),
            ],
            overlap(Stage.TURN_ON, Stage.EXTERNAL_WORKS, 0, allowed=False, unsafe=True),
            id="turn-on before works",
        ),
        pytest.param(
            [
                stage(Stage.TURN_ON, "08-01 09:30", "08-01 09:30"),
                stage(Stage.EXTERNAL_WORKS, "08-01 09:00", "08-01 10:00"),
            ],
            overlap(Stage.EXTERNAL_WORKS, Stage.TURN_ON, 0, allowed=False, unsafe=True),
            id="turn-on in no time while works run",
        ),
        pytest.param(
            [
                stage(Stage.TURN_ON, "08-02 09:00", "08-02 10:00"),
                stage(Stage.EXTERNAL_WORKS, "08-01 09:00", None),
            ],
            overlap(Stage.EXTERNAL_WORKS, Stage.TURN_ON, 60, allowed=False, unsafe=True),
            id="turn-on while works are still open",
        ),
        pytest.param(
            [
                stage(Stage.CONTRACT, "08-01 09:00", "08-01 12:00"),
                stage(Stage.TURN_ON, "08-01 11:00", "08-01 13:00"),
            ],
            overlap(Stage.CONTRACT, Stage.TURN_ON, 60, allowed=False, unsafe=False),
            id="not listed, not dangerous",
        ),
    ],
)
def test_one_overlap(intervals: list[Interval], expected: Overlap) -> None:
    # The pair runs side by side from the later start.
    begins = max(interval.start for interval in intervals)
    assert overlaps(intervals) == [replace(expected, start=begins)]


def test_stages_that_touch_do_not_overlap() -> None:
    assert (
        overlaps(
            [
                stage(Stage.EXTERNAL_WORKS, "08-01 09:00", "08-02 10:00"),
                stage(Stage.TURN_ON, "08-02 10:00", "08-02 11:00"),
            ]
        )
        == []
    )


def test_works_taken_up_again_after_a_failed_turn_on_are_no_violation() -> None:
    stages = [
        stage(Stage.EXTERNAL_WORKS, "08-01 09:00", "08-02 10:00"),
        stage(Stage.TURN_ON, "08-02 10:00", "08-02 11:00"),
        stage(Stage.EXTERNAL_WORKS, "08-03 09:00", "08-03 10:00"),
        stage(Stage.TURN_ON, "08-03 10:00", "08-03 11:00"),
    ]
    assert overlaps(stages) == []


def test_what_is_open_runs_until_now() -> None:
    stages = [stage(Stage.ACCEPT, "08-01 09:00", None), stage(Stage.SURVEY_DESIGN, "08-01 10:00", None)]
    now = at("2022-08-01 12:00")
    assert overlaps(stages, now)[0].minutes == 120
    assert overlaps(stages)[0].minutes == 0
    assert time_sheet(stages, [], now) == TimeSheet(180, 180, 0, 0, 300, 120)
    assert time_sheet(stages, []) == TimeSheet(60, 60, 0, 0, 60, 0)


def test_time_that_no_stage_covers_runs_until_now() -> None:
    stages = [stage(Stage.ACCEPT, "08-01 09:00", "08-01 10:00")]
    spans = [pause("08-02 10:00", "08-03 10:00")]
    now = at("2022-08-04 10:00")
    running = running_gap(stages, spans, now, CALENDAR, POLICY)
    assert running is not None
    sheet = time_sheet(stages, spans, now)
    assert sheet == TimeSheet(3 * 1440 + 60, 60, 1440, running.minutes, 60, 0)
    assert running.minutes == 2 * 1440


def test_pauses_outside_stages_are_their_own_part() -> None:
    stages = [
        stage(Stage.ACCEPT, "08-01 09:00", "08-01 10:00"),
        stage(Stage.TURN_ON, "08-01 14:00", "08-01 15:00"),
    ]
    spans = [
        pause("08-01 09:30", "08-01 11:00"),
        pause("08-01 10:30", "08-01 12:00"),
        pause("08-01 14:30", None),
    ]
    assert time_sheet(stages, spans) == TimeSheet(360, 120, 120, 120, 120, 0)


def test_a_case_without_stages_has_an_empty_sheet() -> None:
    assert time_sheet([], [pause("08-01 09:30", "08-01 11:00")]) == TimeSheet(0, 0, 0, 0, 0, 0)


def test_of_stages_that_end_together_a_gap_follows_the_one_begun_last() -> None:
    stages = [
        stage(Stage.SURVEY_DESIGN, "08-01 09:00", "08-02 10:00"),
        stage(Stage.CONTRACT, "08-02 09:00", "08-02 10:00"),
        stage(Stage.EXTERNAL_WORKS, "08-02 11:00", None),
    ]
    assert find_gaps(stages, []) == [gap(stages[1], stages[2], 0, 60, False)]


def test_no_gap_runs_before_the_first_stage_nor_at_the_end_of_the_last() -> None:
    ended = [stage(Stage.ACCEPT, "08-01 09:00", "08-01 10:00")]
    assert running_gap([], [], at("2022-08-01 10:00"), CALENDAR, POLICY) is None
    assert running_gap(ended, [], at("2022-08-01 09:30"), CALENDAR, POLICY) is None
    assert running_gap(ended, [], at("2022-08-01 10:00"), CALENDAR, POLICY) is None
    assert running_gap(ended, [], at("2022-08-01 10:01"), CALENDAR, POLICY) is not None


def test_what_is_open_runs_until_the_end_of_a_pause_that_is_the_last_on_record() -> None:
    stages = [stage(Stage.ACCEPT, "08-01 09:00", None)]
    spans = [pause("08-01 10:00", "08-01 12:00")]
    assert time_sheet(stages, spans) == TimeSheet(180, 180, 0, 0, 180, 0)


def test_a_survey_taken_up_again_makes_works_unsafe_only_if_they_began_before_it() -> None:
    stages = [
        stage(Stage.SURVEY_DESIGN, "08-01 09:00", "08-01 09:00"),
        stage(Stage.EXTERNAL_WORKS, "08-01 09:00", "08-02 10:00"),
        stage(Stage.SURVEY_DESIGN, "08-03 09:00", "08-03 10:00"),
    ]
    assert not any(found.unsafe for found in overlaps(stages))


@pytest.mark.parametrize(
    ("turned_on", "again", "unsafe"),
    [
        ("08-02 12:00", "08-02 11:00", True),
        ("08-02 12:00", "08-02 12:00", False),
    ],
)
def test_works_taken_up_again_before_the_turn_on_ended_are_unsafe(
    turned_on: str, again: str, unsafe: bool
) -> None:
    stages = [
        stage(Stage.EXTERNAL_WORKS, "08-01 09:00", "08-02 10:00"),
        stage(Stage.TURN_ON, "08-02 10:00", turned_on),
        stage(Stage.EXTERNAL_WORKS, again, "08-02 13:00"),
    ]
    assert [found.unsafe for found in overlaps(stages)] == [True] * unsafe


def test_a_turn_on_at_the_instant_at_which_works_begin_and_end_is_not_before_them() -> None:
    stages = [
        stage(Stage.EXTERNAL_WORKS, "08-01 09:00", "08-01 09:00"),
        stage(Stage.TURN_ON, "08-01 09:00", "08-01 10:00"),
        stage(Stage.EXTERNAL_WORKS, "08-02 09:00", "08-02 10:00"),
    ]
    assert overlaps(stages) == []
