"""The log of a utility's own system, one row an event of a stage: how long each activity took, and what is odd.

An event that is logged as completed only, as most systems do, is taken to last from the case's event before it, and
a case's first event from the case's own start; without one it has no duration. Such a time holds waiting too: it
bounds the work from above, and is comparable within one log.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import msgspec

from libs.common.clock import SHANGHAI
from libs.common.problems import define
from services.hookup.domain.stages import Stage
from services.hookup.ledger.header import find_header, plain_heading
from services.hookup.ledger.rows import text_of, wall_time
from services.hookup.ledger.unpack import Cell
from services.hookup.ledger.workbook import Workbook, read_workbook

NO_LOG = define("log-columns-missing", 422, "找不到日志的列")
_MICROSECOND = timedelta(microseconds=1)
_STARTED, _COMPLETED = "START", "COMPLETE"


class LogMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which column holds what, by its heading, and which stage each activity belongs to.

    `end` is when an event was logged; `start`, or a `lifecycle` of start and complete, says when the work began.
    `case_start` and `case_end` repeat on each row of a case.
    """

    case: str
    activity: str
    end: str
    start: str | None = None
    lifecycle: str | None = None
    case_start: str | None = None
    case_end: str | None = None
    stages: dict[str, Stage] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """One completed activity; `start` is None where the log does not say it."""

    row: int
    case: str
    activity: str
    start: datetime | None
    end: datetime


@dataclass(slots=True)
class Log:
    """What a file says: events in the order of its rows, when cases start, and what is odd, by kind."""

    events: list[Event] = field(default_factory=list)
    case_starts: dict[str, datetime] = field(default_factory=dict)
    oddities: Counter[str] = field(default_factory=Counter)
    bad_rows: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figure:
    """The times of an activity or a stage in microseconds, exact; None where no event has a duration.

    `events` are all, `timed` those with a duration. The 90th percentile is the nearest rank.
    """

    name: str
    stage: Stage | None
    events: int
    timed: int
    mean: Fraction | None
    median: Fraction | None
    p90: int | None


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a log says of each activity and each stage, and its oddities as (kind in Chinese, how many)."""

    cases: int
    events: int
    activities: Sequence[Figure]
    stages: Sequence[Figure]
    oddities: Mapping[str, int]
    bad_rows: Sequence[int]


def report_log(content: bytes, mapping: LogMapping) -> LogReport:
    """Read a log and work out its figures. Raises the problems of `read_workbook` and `log-columns-missing`."""
    return log_figures(read_log(read_workbook(content), mapping), mapping.stages)


def log_figures(log: Log, stage_of: Mapping[str, Stage]) -> LogReport:
    """Work out the figures of a log that was read, once: what is odd is counted in it."""
    times, counts = _durations(log)
    stages: dict[Stage, list[int]] = defaultdict(list)
    stage_counts: Counter[Stage] = Counter()
    for activity, count in counts.items():
        if stage := stage_of.get(activity):
            stages[stage] += times[activity]
            stage_counts[stage] += count
        else:
            log.oddities["未对应到环节的活动"] += 1
    return LogReport(
        cases=len({each.case for each in log.events}),
        events=len(log.events),
        activities=[
            _figure(activity, stage_of.get(activity), counts[activity], times[activity])
            for activity in sorted(counts)
        ],
        stages=[
            _figure(stage, stage, stage_counts[stage], stages[stage])
            for stage in Stage
            if stage in stage_counts
        ],
        oddities={kind: count for kind, count in sorted(log.oddities.items()) if count},
        bad_rows=log.bad_rows,
    )


def read_log(book: Workbook, mapping: LogMapping) -> Log:
    """Read a log's events. A row without case, activity or time is passed over and its number kept.

    Raises the problem `log-columns-missing`.
    """
    columns = {
        plain_heading(heading): role
        for role, heading in msgspec.structs.asdict(mapping).items()
        if isinstance(heading, str)
    }
    for sheet in book.sheets:
        header = find_header(sheet.lines, lambda text: columns.get(plain_heading(text), ""))
        if header and {"case", "activity", "end"} <= set(header.headings):
            break
    else:
        raise NO_LOG(f"表头里没有“{mapping.case}”“{mapping.activity}”“{mapping.end}”这三列")
    reader = _Reader(Log(), has_ends=mapping.case_end is not None)
    for number, values in sheet.lines:
        if number > header.row:
            reader.read(number, dict(zip(header.headings, values, strict=False)))
    return reader.finished()


class _Reader:
    """Reads rows one by one; starts wait for the completion that belongs to them."""

    def __init__(self, log: Log, *, has_ends: bool) -> None:
        self._log = log
        self._has_ends = has_ends
        self._open: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._starts: dict[str, set[str]] = defaultdict(set)
        self._ended: dict[str, bool] = {}
        self._offsets: set[timedelta | None] = set()
        self._seen: set[tuple[str, str, datetime]] = set()

    def read(self, row: int, cells: Mapping[str, Cell]) -> None:
        log = self._log
        case, activity = text_of(cells.get("case")), text_of(cells.get("activity"))
        end = self._instant(cells.get("end"))
        if not case or not activity or end is None:
            log.bad_rows.append(row)
            return
        self._note_case(case, cells)
        lifecycle = text_of(cells.get("lifecycle")).upper() or _COMPLETED
        if lifecycle == _STARTED:
            self._open[case, activity].append(end)
            return
        if lifecycle != _COMPLETED:
            log.oddities["既非开始也非完成的事件"] += 1
            return
        if (case, activity, end) in self._seen:
            log.oddities["重复的事件"] += 1
        self._seen.add((case, activity, end))
        waiting = self._open[case, activity]
        start = self._instant(cells.get("start")) or (waiting.pop(0) if waiting else None)
        log.events.append(Event(row, case, activity, start, end))

    def finished(self) -> Log:
        """Note what is known only at the end, and return the log."""
        odd = self._log.oddities
        odd["有开始没有完成的事件"] = sum(map(len, self._open.values()))
        odd["没有办结时间的件"] = sum(not ended for ended in self._ended.values())
        odd["各行的开始时间互相矛盾的件"] = sum(len(each) > 1 for each in self._starts.values())
        odd["时间带有的不同时区偏移"] = len(self._offsets) if len(self._offsets) > 1 else 0
        return self._log

    def _note_case(self, case: str, cells: Mapping[str, Cell]) -> None:
        if self._has_ends:
            self._ended[case] = self._ended.get(case, False) or cells.get("case_end") is not None
        if text := text_of(cells.get("case_start")):
            self._starts[case].add(text)
            start = self._instant(cells.get("case_start"))
            if start is not None:
                self._log.case_starts.setdefault(case, start)

    def _instant(self, value: Cell) -> datetime | None:
        """Return an instant; a time without a zone is Shanghai's."""
        if isinstance(value, datetime):
            return value.replace(tzinfo=SHANGHAI).astimezone(UTC)
        if not isinstance(value, str):
            return None
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            written = wall_time(value)
            if written is None:
                return None
            found = written
        if found.tzinfo is None:
            return found.replace(tzinfo=SHANGHAI).astimezone(UTC)
        self._offsets.add(found.utcoffset())
        return found.astimezone(UTC)


def _durations(log: Log) -> tuple[dict[str, list[int]], Counter[str]]:
    """Return by activity the durations of its events in microseconds, and how many events it has."""
    by_case: dict[str, list[Event]] = defaultdict(list)
    for event in log.events:
        by_case[event.case].append(event)
    times: dict[str, list[int]] = defaultdict(list)
    for case, events in by_case.items():
        ordered = sorted(events, key=lambda each: (each.end, each.row))
        log.oddities["行的次序与时间不一致的件"] += ordered != events
        previous = log.case_starts.get(case)
        if previous is not None and previous > ordered[0].end:
            log.oddities["有事件早于开始时间的件"] += 1
            previous = None
        for event in ordered:
            start = event.start or previous
            previous = event.end
            if start is None:
                log.oddities["没有用时的事件"] += 1
            elif start > event.end:
                log.oddities["完成早于开始的事件"] += 1
            else:
                times[event.activity].append((event.end - start) // _MICROSECOND)
    return times, Counter(each.activity for each in log.events)


def _figure(name: str, stage: Stage | None, events: int, durations: Iterable[int]) -> Figure:
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
