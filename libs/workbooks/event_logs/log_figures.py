"""Figures of an event log: the durations of activities and stages, and oddities.

Most systems log completions only. Such an event is taken to last from the case's previous event, and a case's first
events from the case's start; without one they have no duration. These durations include waiting: they are upper
bounds of the work, comparable within one log.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import Generic

from libs.workbooks.event_logs.event_log import Event, Log, LogMapping, S, activity_name, read_log
from libs.workbooks.files.workbook import read_workbook

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Figure(Generic[S]):
    """The times of an activity or a stage in microseconds, exact; None where no event has a duration.

    `events` are all, `timed` those with a duration. The 90th percentile is the nearest rank.
    """

    name: str
    stage: S | None
    events: int
    timed: int
    mean: Fraction | None
    median: Fraction | None
    p90: int | None


@dataclass(frozen=True, slots=True)
class LogReport(Generic[S]):
    """The figures of each activity and stage, and the oddities as (kind in Chinese, count)."""

    cases: int
    events: int
    activities: Sequence[Figure[S]]
    stages: Sequence[Figure[S]]
    oddities: Mapping[str, int]
    bad_rows: Sequence[int]


def report_log(content: bytes, mapping: LogMapping[S], order: Iterable[S]) -> LogReport[S]:
    """Read a log and compute its figures. Raises the problems of `read_workbook` and `log-columns-missing`."""
    return log_figures(read_log(read_workbook(content), mapping), mapping.stages, order)


def log_figures(log: Log, stages_by_activity: Mapping[str, S], order: Iterable[S]) -> LogReport[S]:
    """Compute the figures of a log, once only, since oddities are counted in it. Stages are sorted by `order`."""
    stage_of = {activity_name(activity): stage for activity, stage in stages_by_activity.items()}
    times, counts = _durations(log)
    stages: dict[S, list[int]] = defaultdict(list)
    stage_counts: Counter[S] = Counter()
    for activity, count in counts.items():
        if stage := stage_of.get(activity):
            stages[stage] += times[activity]
            stage_counts[stage] += count
        else:
            log.oddities["未对应到环节的活动"] += 1
    return LogReport(
        cases=len({event.case for event in log.events}),
        events=len(log.events),
        activities=[
            _figure(activity, stage_of.get(activity), counts[activity], times[activity])
            for activity in sorted(counts)
        ],
        stages=[
            _figure(stage, stage, stage_counts[stage], stages[stage])
            for stage in order
            if stage in stage_counts
        ],
        oddities={kind: count for kind, count in sorted(log.oddities.items()) if count},
        bad_rows=log.bad_rows,
    )


def _durations(log: Log) -> tuple[dict[str, list[int]], Counter[str]]:
    """Return by activity the durations of its events in microseconds, and how many events it has."""
    by_case: dict[str, list[Event]] = defaultdict(list)
    for event in log.events:
        by_case[event.case].append(event)
    times: dict[str, list[int]] = defaultdict(list)
    for case, events in by_case.items():
        ordered = sorted(events, key=attrgetter("end", "row"))
        log.oddities["行的次序与时间不一致的件"] += ordered != events
        previous = log.case_starts.get(case)
        if previous is not None and previous > ordered[0].end:
            log.oddities["有事件早于开始时间的件"] += 1
            previous = None
        for end, together in groupby(ordered, attrgetter("end")):
            at_once = list(together)
            unsaid = sum(event.start is None for event in at_once)
            if len(at_once) > 1 and previous is not None:
                # Their order is unknown: each may have taken the whole time.
                log.oddities["同一时刻完成、用时都从上一时刻算起的事件"] += unsaid
            for event in at_once:
                start = event.start or previous
                if start is None:
                    log.oddities["没有用时的事件"] += 1
                elif start > end:
                    log.oddities["完成早于开始的事件"] += 1
                else:
                    times[event.activity].append((end - start) // _MICROSECOND)
            previous = end
    return times, Counter(event.activity for event in log.events)


def _figure(name: str, stage: S | None, events: int, durations: Iterable[int]) -> Figure[S]:
    times = sorted(durations)
    count = len(times)
    if not count:
        return Figure(name, stage, events, 0, None, None, None)
    return Figure(
        name,
        stage,
        events,
        count,
        mean=Fraction(sum(times), count),
        median=Fraction(times[(count - 1) // 2] + times[count // 2], 2),
        p90=times[(9 * count + 9) // 10 - 1],
    )
