"""Reader of event logs of a utility's own system: one row per event of a stage, in any order."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec

from libs.common.problems import define
from libs.common.references import normal, visible
from libs.common.texts import narrow, plain
from libs.workbooks.files.frames import Cell, Opened
from libs.workbooks.files.workbook import Workbook
from libs.workbooks.ledgers.cell_faults import is_lost
from libs.workbooks.ledgers.header import find_header
from libs.workbooks.ledgers.merged import MergedDown
from libs.workbooks.ledgers.moments import MomentFault, moment_cell, read_instant
from libs.workbooks.ledgers.rows import text_of
from libs.workbooks.ledgers.template import plain_heading

NO_LOG = define("log-columns-missing", 422, "找不到日志的列")
S = TypeVar("S", bound=str)
_STARTED, _COMPLETED = "START", "COMPLETE"
# Kinds of oddities in a log's times, by fault.
_NO_TIMES: Mapping[MomentFault, str] = {
    MomentFault.PLACEHOLDER: "填为占位日期的时间",
    MomentFault.DAY_ONLY: "只有日期没有时刻的时间",
}


class LogMapping(msgspec.Struct, Generic[S], frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The headings of the columns by role, and the stage of each activity.

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
    stages: dict[str, S] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """One completed activity; `start` is None where the log has none."""

    row: int
    case: str
    activity: str
    start: datetime | None
    end: datetime


@dataclass(slots=True)
class Log:
    """The content of a log: events in the order of its rows, starts of cases, and oddities by kind."""

    events: list[Event] = field(default_factory=list)
    case_starts: dict[str, datetime] = field(default_factory=dict)
    oddities: Counter[str] = field(default_factory=Counter)
    bad_rows: list[int] = field(default_factory=list)


def read_log(book: Workbook, mapping: LogMapping[Any]) -> Log:
    """Read a log's events. A row without case, activity or time is skipped and its number noted.

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
    reader = _Reader(Log(), book.opened, has_ends=mapping.case_end is not None)
    merged = MergedDown(
        sheet.merged, header.row, (index for index, role in enumerate(header.headings) if role)
    )
    for number, values in sheet.lines:
        if number > header.row:
            merged.learn(number, values)
            cells = dict(zip(header.headings, values, strict=False))
            down = {header.headings[index]: value for index, value in merged.filled(number, values).items()}
            reader.read(number, {**cells, **down})
    return reader.finished()


def activity_name(written: str) -> str:
    """Return the canonical form of an activity's name, independent of character width."""
    return narrow(visible(written))


@dataclass(frozen=True, slots=True)
class _Mark:
    """The content of a row: an activity was started or completed at an instant, possibly with its start."""

    at: datetime
    is_end: bool
    row: int
    start: datetime | None


class _Reader:
    """Collects rows; starts are matched to completions at the end."""

    def __init__(self, log: Log, opened: Opened, *, has_ends: bool) -> None:
        self._log = log
        self._opened = opened
        self._has_ends = has_ends
        self._marks: dict[tuple[str, str], list[_Mark]] = defaultdict(list)
        self._starts: dict[str, set[datetime]] = defaultdict(set)
        self._ended: dict[str, bool] = {}
        self._offsets: set[timedelta] = set()

    def read(self, row: int, cells: Mapping[str, Cell]) -> None:
        log = self._log
        case, activity = (
            normal(text_of(cells.get("case"))),
            activity_name(text_of(cells.get("activity"))),
        )
        end = self._instant(cells.get("end"))
        if is_lost(cells.get("case"), is_identifier=True):
            log.oddities["编号是超过 15 位的数字而丢失末几位的行"] += 1
            case = ""
        if not case or not activity or end is None:
            log.bad_rows.append(row)
            return
        self._note_case(case, cells)
        lifecycle = plain(text_of(cells.get("lifecycle"))) or _COMPLETED
        if lifecycle not in (_STARTED, _COMPLETED):
            log.oddities["既非开始也非完成的事件"] += 1
            return
        is_end = lifecycle == _COMPLETED
        start = self._instant(cells.get("start")) if is_end else None
        self._marks[case, activity].append(_Mark(end, is_end, row, start))

    def finished(self) -> Log:
        """Match starts and completions, and return the log."""
        for (case, activity), marks in self._marks.items():
            self._pair(case, activity, sorted(marks, key=attrgetter("at", "is_end", "row")))
        self._log.events.sort(key=attrgetter("row"))
        self._log.case_starts = {case: min(starts) for case, starts in self._starts.items()}
        odd = self._log.oddities
        odd["没有办结时间的件"] = sum(not ended for ended in self._ended.values())
        odd["各行的开始时间互相矛盾的件"] = sum(len(starts) > 1 for starts in self._starts.values())
        odd["时间带有的不同时区偏移"] = len(self._offsets) if len(self._offsets) > 1 else 0
        return self._log

    def _pair(self, case: str, activity: str, marks: Iterable[_Mark]) -> None:
        """Match each completion with the earliest unmatched start, unless it has its own."""
        waiting: deque[datetime] = deque()
        last: datetime | None = None
        for mark in marks:
            if not mark.is_end:
                waiting.append(mark.at)
                continue
            self._log.oddities["重复的事件"] += mark.at == last
            last = mark.at
            start = mark.start or (waiting.popleft() if waiting else None)
            self._log.events.append(Event(mark.row, case, activity, start, mark.at))
        self._log.oddities["有开始没有完成的事件"] += len(waiting)

    def _note_case(self, case: str, cells: Mapping[str, Cell]) -> None:
        if self._has_ends:
            end = cells.get("case_end")
            is_end = end is not None and self._read(end) is not MomentFault.PLACEHOLDER
            self._ended[case] = self._ended.get(case, False) or is_end
        if (start := self._instant(cells.get("case_start"))) is not None:
            self._starts[case].add(start)

    def _instant(self, value: Cell) -> datetime | None:
        """Return an instant; a time without a zone is Shanghai's."""
        moment = None if value is None else self._read(value)
        return None if isinstance(moment, MomentFault) else moment

    def _read(self, value: Cell) -> datetime | MomentFault:
        cell = moment_cell(value, self._opened)
        text = narrow(cell) if isinstance(cell, str) else ""
        moment = read_instant(text or cell)
        if isinstance(moment, MomentFault):
            if moment in _NO_TIMES:
                self._log.oddities[_NO_TIMES[moment]] += 1
        elif text:
            with suppress(ValueError):
                if (offset := datetime.fromisoformat(text).utcoffset()) is not None:
                    self._offsets.add(offset)
        return moment
