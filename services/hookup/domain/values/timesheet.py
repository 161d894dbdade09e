"""The division of a case's time: gaps (空档期), overlaps (压茬) and the sum check (HK-03).

All times are whole minutes. Open intervals run until `now`; without `now` until the last instant on record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.clock import local
from services.hookup.domain.values.durations import elapsed_minutes, minute_of
from services.hookup.domain.values.limits import LimitPolicy
from services.hookup.domain.values.pauses import PauseSpan, excluded_dates
from services.hookup.domain.values.stages import OVERLAP_ALLOWED, Interval, Stage

_NEVER = datetime.max.replace(tzinfo=UTC)
_ORDER = {stage: position for position, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Gap:
    """Time that no stage covers: after the end of `after`, before the start of `before`; None while it lasts.

    `workdays` leaves out paused days and `minutes` paused time. `is_gap` is False for a handover in time.
    """

    after: Stage
    before: Stage | None
    start: datetime
    end: datetime
    workdays: int
    minutes: int
    is_gap: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two stages side by side, or in a forbidden order (`unsafe`, then `minutes` may be 0)."""

    first: Stage
    second: Stage
    start: datetime
    minutes: int
    allowed: bool
    unsafe: bool


@dataclass(frozen=True, slots=True)
class TimeSheet:
    """The minutes of a case: elapsed = stages + pauses + gaps, always.

    `stages` is the time that a stage covers, `pauses` paused time outside of stages, `gaps` the rest.
    `overlap_saving` is the time saved by overlaps: `stage_sum` − `stages`.
    """

    elapsed: int
    stages: int
    pauses: int
    gaps: int
    stage_sum: int
    overlap_saving: int


def gaps(
    intervals: Iterable[Interval], spans: Sequence[PauseSpan], calendar: WorkCalendar, policy: LimitPolicy
) -> list[Gap]:
    """Find the times between the first and the last start that no stage covers, in order.

    A handover by the next working day is no gap; the policy says from how many working days on it is one.
    """
    result: list[Gap] = []
    latest: Interval | None = None
    for interval in _by_start(intervals):
        if latest is not None and latest.end is not None and interval.start > latest.end:
            result.append(
                _gap(latest.stage, latest.end, interval.stage, interval.start, spans, calendar, policy)
            )
        if latest is None or _end(interval) >= _end(latest):
            latest = interval
    return result


def hand_over_by(
    uncovered_since: datetime, spans: Sequence[PauseSpan], calendar: BusinessCalendar, policy: LimitPolicy
) -> datetime:
    """Return the close of the last day on which the next stage may begin without a gap, not counting paused days."""
    paused = excluded_dates(spans, None, policy, calendar)
    too_late = calendar.add_workdays(local(uncovered_since).date(), policy.handover_workdays + 1, paused)
    return calendar.close_of(calendar.add_workdays(too_late, -1))


def running_gap(
    intervals: Sequence[Interval],
    spans: Sequence[PauseSpan],
    now: datetime,
    calendar: WorkCalendar,
    policy: LimitPolicy,
) -> Gap | None:
    """Return the time since the last stage ended, up to now, where no stage runs; None while one does."""
    last = max(intervals, key=_end, default=None)
    if last is None or last.end is None or last.end >= now:
        return None
    return _gap(last.stage, last.end, None, now, spans, calendar, policy)


def _gap(
    after: Stage,
    start: datetime,
    before: Stage | None,
    end: datetime,
    spans: Sequence[PauseSpan],
    calendar: WorkCalendar,
    policy: LimitPolicy,
) -> Gap:
    paused = excluded_dates(spans, local(end).date(), policy, calendar)
    workdays = calendar.count_workdays(local(start).date(), local(end).date(), excluded=paused)
    window = (minute_of(start), minute_of(end))
    minutes = window[1] - window[0] - _covered(_pieces(spans, end), window)
    return Gap(after, before, start, end, workdays, minutes, workdays > policy.handover_workdays)


def overlaps(intervals: Sequence[Interval], now: datetime | None = None) -> list[Overlap]:
    """Return the pairs of stages that overlap, and those in an unsafe order.

    Unsafe (violation UNSAFE_OVERLAP): works before survey and design begin, turn-on before works end.
    """
    ordered = _by_start(intervals)
    first_starts: dict[Stage, datetime] = {}
    for interval in ordered:
        first_starts.setdefault(interval.stage, interval.start)
    last = now or _last_instant(intervals)
    result: list[Overlap] = []
    for first, second in combinations(ordered, 2):
        unsafe = _unsafe(first, second, first_starts)
        end = min(_end(first), _end(second))
        if first.stage is second.stage or not (unsafe or end > second.start):
            continue
        minutes = max(0, elapsed_minutes(second.start, min(end, last)))
        allowed = frozenset({first.stage, second.stage}) in OVERLAP_ALLOWED
        result.append(Overlap(first.stage, second.stage, second.start, minutes, allowed, unsafe))
    return result


def time_sheet(
    intervals: Sequence[Interval], spans: Sequence[PauseSpan], now: datetime | None = None
) -> TimeSheet:
    """Divide the time from the first start (ACCEPT) to the last end (TURN_ON) into stages, pauses and gaps.

    With `now` it is divided up to then, including a present gap.
    """
    if not intervals:
        return TimeSheet(0, 0, 0, 0, 0, 0)
    last = now or _last_instant([*intervals, *spans])
    stages = _pieces(intervals, last)
    ends = [end for _, end in stages] + ([] if now is None else [minute_of(now)])
    window = (min(start for start, _ in stages), max(ends))
    elapsed = window[1] - window[0]
    covered = _covered(stages, window)
    settled = _covered(stages + _pieces(spans, last), window)
    stage_sum = sum(end - start for start, end in stages)
    return TimeSheet(
        elapsed=elapsed,
        stages=covered,
        pauses=settled - covered,
        gaps=elapsed - settled,
        stage_sum=stage_sum,
        overlap_saving=stage_sum - covered,
    )


def _unsafe(first: Interval, second: Interval, first_starts: dict[Stage, datetime]) -> bool:
    match first.stage, second.stage:
        case Stage.EXTERNAL_WORKS, Stage.SURVEY_DESIGN:
            return first.start < first_starts[Stage.SURVEY_DESIGN]
        case Stage.EXTERNAL_WORKS, Stage.TURN_ON:
            return second.start < _end(first)
        case Stage.TURN_ON, Stage.EXTERNAL_WORKS:
            # Works that are reopened after a failed turn-on are no violation of that turn-on.
            return second.start < _end(first) or first.start < first_starts[Stage.EXTERNAL_WORKS]
    return False


def _by_start(intervals: Iterable[Interval]) -> list[Interval]:
    return sorted(intervals, key=lambda interval: (interval.start, _ORDER[interval.stage]))


def _end(interval: Interval) -> datetime:
    return interval.end or _NEVER


def _last_instant(spans: Iterable[Interval | PauseSpan]) -> datetime:
    return max((span.end or span.start for span in spans), default=_NEVER)


def _pieces(spans: Iterable[Interval | PauseSpan], last: datetime) -> list[tuple[int, int]]:
    return [(minute_of(span.start), minute_of(max(span.start, span.end or last))) for span in spans]


def _covered(pieces: Iterable[tuple[int, int]], window: tuple[int, int]) -> int:
    """Return the minutes of the union of pieces within a window."""
    total, reached = 0, window[0]
    for start, end in sorted(pieces):
        start, end = max(start, reached), min(end, window[1])
        if end > start:
            total += end - start
            reached = end
    return total
