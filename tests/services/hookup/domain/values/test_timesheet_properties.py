"""The time sheet of any stages and pauses: what always holds."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from libs.common.clock import local
from services.hookup.domain.values.durations import minute_of
from services.hookup.domain.values.pauses import PauseSpan, excluded_dates
from services.hookup.domain.values.stages import OVERLAP_ALLOWED, Interval, Stage
from services.hookup.domain.values.timesheet import (
    overlaps,
    running_gap,
    time_sheet,
)
from tests.services.hookup.domain.samples import CALENDAR, POLICY
from tests.services.hookup.domain.timesheet_samples import (
    PAUSES,
    find_gaps,
    minutes_of,
    span_times,
    stage_lists,
)


@given(stage_lists(), PAUSES)
def test_the_sheet_is_what_counting_every_minute_gives(
    intervals: list[Interval], spans: list[PauseSpan]
) -> None:
    sheet = time_sheet(intervals, spans)
    first = min(minute_of(item.start) for item in intervals)
    last = max(minute_of(item.end) for item in intervals if item.end)
    staged = minutes_of(intervals)
    paused = minutes_of(spans) - staged & set(range(first, last))
    assert sheet.elapsed == last - first
    assert sheet.stages == len(staged)
    assert sheet.pauses == len(paused & set(range(first, last)))
    assert sheet.gaps == len(set(range(first, last)) - staged - paused)
    assert sheet.elapsed == sheet.stages + sheet.pauses + sheet.gaps
    assert sheet.overlap_saving == sheet.stage_sum - sheet.stages >= 0


@given(stage_lists(), PAUSES)
def test_gaps_add_up_to_the_sheets_gaps(intervals: list[Interval], spans: list[PauseSpan]) -> None:
    assert sum(gap.minutes for gap in find_gaps(intervals, spans)) == time_sheet(intervals, spans).gaps


@given(stage_lists(), PAUSES, st.integers(0, 10_000))
def test_gaps_and_the_running_one_add_up_to_the_sheets_gaps_of_now(
    intervals: list[Interval], spans: list[PauseSpan], minutes: int
) -> None:
    now = max(interval.end for interval in intervals if interval.end) + timedelta(minutes=minutes)
    running = running_gap(intervals, spans, now, CALENDAR, POLICY)
    found = [*find_gaps(intervals, spans), *([running] if running else [])]
    assert sum(gap.minutes for gap in found) == time_sheet(intervals, spans, now).gaps


@given(stage_lists(), PAUSES)
def test_gap_workdays_are_those_walked(intervals: list[Interval], spans: list[PauseSpan]) -> None:
    paused = excluded_dates(spans, None, POLICY, CALENDAR)
    boundaries: list[tuple[date, date]] = []
    ordered = sorted(intervals, key=lambda item: item.start)
    for position, (_, following) in enumerate(pairwise(ordered), start=1):
        reached = max(item.end for item in ordered[:position] if item.end)
        if following.start > reached:
            boundaries.append((local(reached).date(), local(following.start).date()))
    walked = [
        sum(
            CALENDAR.is_workday(day) and day not in paused
            for day in (after + timedelta(days=n + 1) for n in range((upto - after).days))
        )
        for after, upto in boundaries
    ]
    found = find_gaps(intervals, spans)
    assert [gap.workdays for gap in found] == walked
    assert all(gap.is_gap == (gap.workdays >= 2) for gap in found)


@given(stage_lists())
def test_overlaps_are_bounded_and_never_both_allowed_and_unsafe(intervals: list[Interval]) -> None:
    longest = max(minute_of(item.end) - minute_of(item.start) for item in intervals if item.end)
    for one in overlaps(intervals):
        assert one.first is not one.second
        assert 0 <= one.minutes <= longest
        assert not (one.allowed and one.unsafe)
        assert one.allowed == (frozenset({one.first, one.second}) in OVERLAP_ALLOWED)


@given(st.permutations(list(Stage)), span_times())
def test_one_stage_after_another_has_no_overlap(order: list[Stage], times: tuple[datetime, datetime]) -> None:
    start, end = times
    length = end - start
    intervals = [Interval(name, start + length * n, start + length * (n + 1)) for n, name in enumerate(order)]
    assert [one for one in overlaps(intervals) if not one.unsafe] == []
    assert time_sheet(intervals, []).overlap_saving == 0
    assert find_gaps(intervals, []) == []
