"""What the tests of the time sheet share: stages, pauses, and what is found of them."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from services.hookup.domain.values.durations import minute_of
from services.hookup.domain.values.pauses import PauseReason, PauseSpan
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.timesheet import (
    Gap,
    Overlap,
    gaps,
)
from tests.services.hookup.domain.samples import CALENDAR, POLICY, at

ORIGIN = at("2022-09-28 08:00")


def stage(name: Stage, start: str, end: str | None) -> Interval:
    return Interval(name, at(f"2022-{start}"), at(f"2022-{end}") if end else None)


def pause(start: str, end: str | None) -> PauseSpan:
    return PauseSpan(PauseReason.CAPACITY, at(f"2022-{start}"), at(f"2022-{end}") if end else None)


@st.composite
def span_times(draw: st.DrawFn) -> tuple[datetime, datetime]:
    # Coarse enough that spans touch and coincide, with seconds so that minutes are cut.
    start = ORIGIN + timedelta(seconds=draw(st.integers(0, 300)) * 670)
    return start, start + timedelta(seconds=draw(st.integers(0, 80)) * 670)


@st.composite
def stage_lists(draw: st.DrawFn) -> list[Interval]:
    """One to eight stages in any order, some of them twice."""
    times = draw(st.lists(span_times(), min_size=1, max_size=8))
    return [Interval(draw(st.sampled_from(Stage)), start, end) for start, end in times]


PAUSES = st.lists(
    span_times().map(lambda times: PauseSpan(PauseReason.CROSSING, times[0], times[1])), max_size=4
)


def minutes_of(spans: list[Interval] | list[PauseSpan]) -> set[int]:
    """Every minute that some span covers, one by one."""
    found: set[int] = set()
    for item in spans:
        assert item.end is not None
        found.update(range(minute_of(item.start), minute_of(item.end)))
    return found


def overlap(first: Stage, second: Stage, minutes: int, *, allowed: bool, unsafe: bool) -> Overlap:
    """An overlap whose start the test puts in."""
    return Overlap(first, second, ORIGIN, minutes, allowed=allowed, unsafe=unsafe)


def gap(after: Interval, before: Interval, workdays: int, minutes: int, is_gap: bool) -> Gap:
    assert after.end is not None
    return Gap(after.stage, before.stage, after.end, before.start, workdays, minutes, is_gap)


def find_gaps(intervals: list[Interval], spans: list[PauseSpan]) -> list[Gap]:
    return gaps(intervals, spans, CALENDAR, POLICY)
