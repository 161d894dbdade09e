"""What a subject contributes to the cells, and what a batch of events changes in them; the engine's pure part."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.metrics.declare import Dims, Level, Source, Time
from services.metrics.domain.histogram import Minutes


class CellKey(NamedTuple):
    """A cell: its level, the codes of the source's dimensions, that of the further one, and the month.

    What a roll-up does not keep is empty.
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
        """Whether it counts nothing."""
        return not self.counts and not self.elapsed.count

    def add(self, delta: "Delta") -> bool:
        """Bring a change to effect; tell whether an extreme has to be found anew among the times."""
        for code, number in delta.counts.items():
            if changed := self.counts.get(code, 0) + number:
                self.counts[code] = changed
            else:
                self.counts.pop(code, None)
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
    """The change of a cell; of times how often each value came or, below zero, left."""

    counts: dict[str, int] = field(default_factory=dict)
    elapsed: dict[int, int] = field(default_factory=dict)
    working: dict[int, int] = field(default_factory=dict)

    def count(self, code: str, number: int) -> None:
        """Add to a count."""
        self.counts[code] = self.counts.get(code, 0) + number

    def time(self, time: Time, sign: int) -> None:
        """Add a time, or take it away."""
        self.elapsed[time.elapsed] = self.elapsed.get(time.elapsed, 0) + sign
        self.working[time.working] = self.working.get(time.working, 0) + sign


class CountKey(NamedTuple):
    """Which of a subject's counts: of a table of cells, of a code of its further dimension, in a month."""

    table: str
    by: str
    month: str


@dataclass(slots=True)
class Contribution:
    """All that a subject contributes by its facts; its times by duration, code and round."""

    dims: Dims = ()
    counts: dict[CountKey, dict[str, int]] = field(default_factory=dict)
    times: dict[tuple[str, str, int], Time] = field(default_factory=dict)


@dataclass(slots=True)
class Subject:
    """One subject: its number, where it is counted, its facts, and what it contributes as far as is stored."""

    id: str
    shard: int
    number: str
    dims: Dims
    facts: Any
    stored: Contribution = field(default_factory=Contribution)


def contribution_of(source: Source, dims: Dims, facts: Any) -> Contribution:
    """Return what a subject contributes: a function of its facts alone."""
    contribution = Contribution(dims)
    for duration in source.durations:
        for time in duration.of(facts):
            contribution.times[duration.code, time.by, time.round] = time
    month = source.ended_in(facts)
    if month is None:
        return contribution
    for count, number_of in source.counts:
        number = number_of(facts)
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

    def act(self, subject: Subject, code: str, month: str, number: int) -> None:
        """Add what an event counts for."""
        for delta in self._deltas(subject.shard, "", subject.dims, "", month):
            delta.count(code, number)

    def move(self, subject: Subject, after: Contribution) -> None:
        """Take away what the subject contributed and add what it contributes now."""
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

    def _deltas(self, shard: int, table: str, dims: Dims, by: str, month: str) -> Iterator[Delta]:
        cells = self.cells[shard]
        for level in self._source.levels[table]:
            yield cells[cell_key(self._source, level, dims, by, month)]


def cell_key(source: Source, level: Level, dims: Dims, by: str, month: str) -> CellKey:
    """Return the cell of a level in which something counts."""
    if level.keeps is None:
        return CellKey(level.name, dims, by, month)
    keeps = level.keeps
    return CellKey(
        level.name,
        tuple(code if name in keeps else "" for name, code in zip(source.dim_names, dims, strict=True)),
        by if level.by in keeps else "",
        month if "month" in keeps else "",
    )
