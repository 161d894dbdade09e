"""The contributions of subjects to cells, and the changes of a batch of events; the pure part of the engine."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.metrics.declare import Dims, Level, Source, Time
from services.metrics.domain.histogram import Minutes


class CellKey(NamedTuple):
    """The key of a cell: its level, the codes of the source's dimensions, that of the further one, and the month.

    Dimensions that a roll-up drops are empty.
    """

    level: str
    dims: Dims
    by: str
    month: str


@dataclass(slots=True)
class Cell:
    """The contents of a cell."""

    counts: dict[str, int] = field(default_factory=dict)
    elapsed: Minutes = field(default_factory=Minutes)
    working: Minutes = field(default_factory=Minutes)

    @property
    def is_empty(self) -> bool:
        """Whether all counts are zero."""
        return not self.counts and not self.elapsed.count

    def add(self, delta: "Delta") -> bool:
        """Apply a change; tell whether a minimum or maximum has to be recomputed from the stored times."""
        for code, number in delta.counts.items():
            if changed := self.counts.get(code, 0) + number:
                self.counts[code] = changed
            else:
                self.counts.pop(code, None)
        if not delta.elapsed:
            return False
        is_open = self.elapsed.change(delta.elapsed)
        return self.working.change(delta.working) or is_open

    def merge(self, other: "Cell") -> None:
        """Add another cell."""
        for code, number in other.counts.items():
            self.counts[code] = self.counts.get(code, 0) + number
        if other.elapsed.count:
            self.elapsed.merge(other.elapsed)
            self.working.merge(other.working)


@dataclass(slots=True)
class Delta:
    """The change of a cell; for times the number of each value added or, if negative, removed."""

    counts: dict[str, int] = field(default_factory=dict)
    elapsed: dict[int, int] = field(default_factory=dict)
    working: dict[int, int] = field(default_factory=dict)

    def count(self, code: str, number: int) -> None:
        """Add to a count."""
        self.counts[code] = self.counts.get(code, 0) + number

    def time(self, time: Time, sign: int) -> None:
        """Add or remove a time."""
        self.elapsed[time.elapsed] = self.elapsed.get(time.elapsed, 0) + sign
        self.working[time.working] = self.working.get(time.working, 0) + sign


class CountKey(NamedTuple):
    """The key of a subject's counts: table of cells, code of its further dimension, month."""

    table: str
    by: str
    month: str


@dataclass(slots=True)
class Contribution:
    """All counts and times that follow from a subject's facts; times by duration, code and round."""

    dims: Dims = ()
    counts: dict[CountKey, dict[str, int]] = field(default_factory=dict)
    times: dict[tuple[str, str, int], Time] = field(default_factory=dict)


@dataclass(slots=True)
class Subject:
    """One subject: its number, its dimensions, its facts, and its stored contribution."""

    id: str
    shard: int
    number: str
    dims: Dims
    facts: Any
    stored: Contribution = field(default_factory=Contribution)


def contribution_of(source: Source, dims: Dims, facts: Any) -> Contribution:
    """Return the contribution of a subject, which depends on its facts only."""
    contribution = Contribution(dims)
    for duration in source.durations:
        for time in duration.of(facts):
            contribution.times[duration.code, time.by, time.round] = time
    month = source.ended_in(facts)
    if month is None:
        return contribution
    for count, number_of in source.counts:
        number = number_of(facts)
        if not number:
            continue
        by = {"": int(number)} if isinstance(number, int) else number
        for code, value in by.items():
            if value:
                counts = contribution.counts.setdefault(CountKey(count.by, code, month), {})
                counts[count.code] = value
    return contribution


class Deltas:
    """The changes of one batch, by shard and cell."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.cells: dict[int, dict[CellKey, Delta]] = defaultdict(lambda: defaultdict(Delta))
        self._of_levels: dict[tuple[int, str, Dims, str, str], list[Delta]] = {}

    def act(self, subject: Subject, code: str, month: str, number: int) -> None:
        """Add the counts of an event."""
        for delta in self._deltas(subject.shard, "", subject.dims, "", month):
            delta.count(code, number)

    def move(self, subject: Subject, after: Contribution) -> None:
        """Subtract a subject's previous contribution and add the present one."""
        before = subject.stored
        moved = before.dims != after.dims
        for contribution, other, sign in ((before, after, -1), (after, before, 1)):
            for key, counts in contribution.counts.items():
                if moved or other.counts.get(key) != counts:
                    for delta in self._deltas(subject.shard, key.table, contribution.dims, key.by, key.month):
                        for code, number in counts.items():
                            delta.count(code, sign * number)
            for time_key, time in contribution.times.items():
                if moved or other.times.get(time_key) != time:
                    table = time_key[0]
                    for delta in self._deltas(subject.shard, table, contribution.dims, time.by, time.month):
                        delta.time(time, sign)

    def _deltas(self, shard: int, table: str, dims: Dims, by: str, month: str) -> list[Delta]:
        """Return the changes of the cells of all levels; the same ones are asked for many times in a batch."""
        key = (shard, table, dims, by, month)
        if (deltas := self._of_levels.get(key)) is None:
            cells, levels = self.cells[shard], self._source.levels[table]
            deltas = self._of_levels[key] = [
                cells[cell_key(self._source, level, dims, by, month)] for level in levels
            ]
        return deltas


def cell_key(source: Source, level: Level, dims: Dims, by: str, month: str) -> CellKey:
    """Return the key of the cell of a level."""
    if level.keeps is None:
        return CellKey(level.name, dims, by, month)
    keeps = level.keeps
    return CellKey(
        level.name,
        tuple([code if name in keeps else "" for name, code in zip(source.dim_names, dims, strict=True)]),
        by if level.by in keeps else "",
        month if "month" in keeps else "",
    )
