"""What a fold writes: at most one statement of a kind for each table."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.bulk import insert, remove, replace
from services.metrics.contributions import Cell, CellKey, Contribution, CountKey, Deltas, Subject
from services.metrics.declare import Dims, Level, Source
from services.metrics.storage import tables
from services.metrics.storage.known import key_text, packed

Row = dict[str, Any]


class Acts:
    """What the events of a batch add, by subject, count and cell."""

    def __init__(self) -> None:
        self.numbers: Counter[tuple[str, str, Dims, str]] = Counter()

    def add(self, subject: Subject, code: str, month: str, number: int) -> None:
        """Add what one event counts for."""
        self.numbers[subject.id, code, subject.dims, month] += number


async def write_subjects(
    connection: AsyncConnection, source: Source, changed: Sequence[tuple[Subject, Contribution]], acts: Acts
) -> None:
    """Write the facts of subjects, what differs in what they contribute, and what events have added."""
    subjects: list[Row] = []
    times: dict[bool, list[Row]] = {True: [], False: []}
    counts: dict[bool, list[Row]] = {True: list(_acts(source, acts)), False: []}
    for subject, after in changed:
        subjects.append(
            {
                **_of(source, subject),
                **_place(after.dims),
                "number": subject.number,
                "dims": subject.dims,
                "is_live": source.is_live(subject.facts),
                "facts": subject.facts,
            }
        )
        before, moved = subject.stored, subject.stored.dims != after.dims
        times[False] += _times(source, subject, before, before.times.keys() - after.times.keys())
        new = {key for key, time in after.times.items() if moved or before.times.get(key) != time}
        times[True] += _times(source, subject, after, new)
        gone = before.counts.keys() if moved else before.counts.keys() - after.counts.keys()
        counts[False] += _counts(source, subject, before, gone)
        came = {key for key, of in after.counts.items() if moved or before.counts.get(key) != of}
        counts[True] += _counts(source, subject, after, came)
    await replace(connection, tables.subject, subjects)
    for table, rows, adding in ((tables.duration, times, ()), (tables.contribution, counts, ("number",))):
        await remove(connection, table, rows[False])
        await replace(connection, table, rows[True], adding=adding)


def _of(source: Source, subject: Subject) -> Row:
    return {"source": source.code, "subject_id": subject.id}


def _place(dims: Dims) -> Row:
    return {"district": dims[0], "utility": dims[1]}


def _times(
    source: Source, subject: Subject, contribution: Contribution, keys: Iterable[tuple[str, str, int]]
) -> Iterator[Row]:
    for key in keys:
        time = contribution.times[key]
        yield {
            **_of(source, subject),
            **_place(contribution.dims),
            **time._asdict(),
            "code": key[0],
            "shard": subject.shard,
            "dims": contribution.dims,
        }


def _counts(
    source: Source, subject: Subject, contribution: Contribution, keys: Iterable[CountKey]
) -> Iterator[Row]:
    for key in keys:
        yield {
            **_of(source, subject),
            **_place(contribution.dims),
            "code": key.table,
            "cell": (*contribution.dims, key.by, key.month),
            "month": key.month,
            "number": 0,
            "counts": contribution.counts[key],
        }


def _acts(source: Source, acts: Acts) -> Iterator[Row]:
    for (subject_id, code, dims, month), number in acts.numbers.items():
        yield {
            "source": source.code,
            "subject_id": subject_id,
            **_place(dims),
            "code": code,
            "cell": (*dims, "", month),
            "month": month,
            "number": number,
            "counts": {},
        }


async def write_judged(
    connection: AsyncConnection, source: Source, judged: Collection[tuple[str, str]]
) -> None:
    """Keep policy versions and their readings."""
    rows = [
        {"source": source.code, "policy_version": version, "reading": reading}
        for version, reading in sorted(judged)
    ]
    await replace(connection, tables.judged, rows)


async def write_cells(
    connection: AsyncConnection, source: Source, deltas: Deltas, cells: Mapping[int, dict[CellKey, Cell]]
) -> None:
    """Bring changes to the cells, which are all known; the times behind them must be written before."""
    levels = {level.name: level for of_table in source.levels.values() for level in of_table}
    new: list[Row] = []
    rows: list[Row] = []
    empty: list[Row] = []
    for shard, changes in deltas.cells.items():
        known = cells[shard]
        for key, delta in changes.items():
            cell = known[key]
            to = new if cell.is_empty else rows
            if cell.add(delta):
                await _find_extremes(connection, source, levels[key.level], shard, key, cell)
            row = {"source": source.code, "cell": key_text(key), "shard": shard}
            if cell.is_empty:
                empty.append(row)
                continue
            to.append(
                {
                    **row,
                    **_place(key.dims),
                    "level": key.level,
                    "month": key.month,
                    "content": packed(cell),
                }
            )
    await remove(connection, tables.cell, empty)
    await insert(connection, tables.cell, new)
    await replace(connection, tables.cell, rows)


async def _find_extremes(
    connection: AsyncConnection, source: Source, level: Level, shard: int, key: CellKey, cell: Cell
) -> None:
    """Find the least and the greatest times of a cell among all that are behind it."""
    column = tables.duration.c
    conditions: list[ColumnElement[bool]] = [
        column.source == source.code,
        column.code == level.name.partition("/")[0],
        column.shard == shard,
    ]
    conditions += [
        value == code
        for value, code in (
            (column.by, key.by),
            (column.month, key.month),
            *((column.dims[n].as_string(), code) for n, code in enumerate(key.dims)),
        )
        if code
    ]
    values = (column.elapsed, column.working)
    extremes = select(*(extreme(value) for value in values for extreme in (func.min, func.max)))
    least, greatest, *working = (await connection.execute(extremes.where(*conditions))).one()
    cell.elapsed.least, cell.elapsed.greatest = least, greatest
    cell.working.least, cell.working.greatest = working
