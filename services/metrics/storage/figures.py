"""Figures out of the database, merged over shards and over any group of cells."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.database.engine import Database
from services.metrics.contributions import Cell
from services.metrics.declare import Count, Duration, Figure, Level, Live, Mean, Panel, Rate, Source
from services.metrics.domain.months import month_of
from services.metrics.storage import tables
from services.metrics.storage.conditions import Filter, SqlFacts, in_months, seen, within
from services.metrics.storage.known import key_of, unpacked

Group = tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What a group counts, by figure; times by duration."""

    counts: dict[str, int]
    times: dict[str, Cell]


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[AsyncConnection]:
    """Open a connection on which all that is read is of one instant, the watermark included."""
    async with database.reading() as connection:
        if not database.is_sqlite:
            await connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def parts_of(figure: Figure) -> tuple[str, ...]:
    """Return the counts and durations that a figure is made of."""
    match figure:
        case Rate(part=part, of=of, from_ledger=from_ledger):
            return (part, *of, *([from_ledger] if from_ledger else []))
        case Mean(total=total, count=count):
            return total, count
    return (figure.code,)


async def tallies(
    connection: AsyncConnection,
    source: Source,
    panels: Sequence[Panel],
    wanted: Filter,
    scope: Scope,
    now: datetime,
) -> list[dict[Group, Tally]]:
    """Return of each panel what its groups count of which any of its figures counts something, in their order.

    Without dimensions there is one group even when nothing counts. Months narrow nothing that is live. Panels share
    what is read.
    """
    this_month = replace(wanted, month_from=month_of(now), month_to=month_of(now))
    merged: dict[tuple[str, bool, Group], dict[Group, Cell]] = {}
    rows: list[tuple[Group, dict[str, int]]] | None = None
    found = []
    for panel in panels:
        figures = {part for code in panel.codes for part in parts_of(source.by_code[code])}
        groups: dict[Group, Tally] = defaultdict(
            lambda: Tally({}, {}), {} if panel.by else {(): Tally({}, {})}
        )
        if live := figures & {figure.code for figure in source.live}:
            if rows is None:
                rows = await live_rows(connection, source, source.live, wanted, scope, now)
            for group, counts in roll_up(source, rows, panel.by):
                groups[group].counts |= {code: counts[code] for code in live}
        for table in source.levels:
            mine = figures & _in_table(source, table)
            if not mine:
                continue
            narrowed = this_month if panel.this_month else wanted
            by = _read_by(source, table, panels, panel, narrowed, scope)
            key = table, panel.this_month, by
            if key not in merged:
                merged[key] = await cells(connection, source, table, narrowed, scope, by)
            for group, cell in _fewer(merged[key], by, panel.by).items():
                if table in mine:
                    groups[group].times[table] = cell
                elif counts := {code: cell.counts[code] for code in mine & cell.counts.keys()}:
                    groups[group].counts |= counts
        found.append(dict(sorted(groups.items())))
    return found


def _read_by(
    source: Source, table: str, panels: Sequence[Panel], panel: Panel, wanted: Filter, scope: Scope
) -> Group:
    """Return the dimensions by which a table is read for a panel: of counts those of all that its level answers."""
    if table:
        return panel.by
    level = level_of(source, table, wanted, scope, panel.by)
    counts = [
        other.by
        for other in panels
        if other.this_month == panel.this_month
        and source.dimensions_of_counts >= {*other.by}
        and level_of(source, table, wanted, scope, other.by) == level
    ]
    return tuple(dict.fromkeys(name for by in counts for name in by))


def _fewer(merged: Mapping[Group, Cell], by: Group, wanted: Group) -> Mapping[Group, Cell]:
    if by == wanted:
        return merged
    places = [by.index(name) for name in wanted]
    fewer: dict[Group, Cell] = defaultdict(Cell)
    for group, cell in merged.items():
        fewer[tuple(group[at] for at in places)].merge(cell)
    return fewer


def _in_table(source: Source, table: str) -> set[str]:
    """Return the figures that a table of cells holds."""
    found = set()
    for figure in source.figures:
        match figure:
            case Count(by=by) if by == table:
                found.add(figure.code)
            case Duration(code=code) if code == table:
                found.add(code)
    return found


async def cells(
    connection: AsyncConnection,
    source: Source,
    table: str,
    wanted: Filter,
    scope: Scope,
    by: Sequence[str],
) -> dict[Group, Cell]:
    """Return the cells of a table, added up by dimensions, from the level with the fewest rows that can answer."""
    codes = dict(wanted.codes)
    duration = source.by_code.get(table)
    if isinstance(duration, Duration) and duration.by not in {*by, *codes}:
        codes[duration.by] = duration.whole
    level = level_of(source, table, replace(wanted, codes=codes), scope, by)
    column = tables.cell.c
    conditions = [
        column.source == source.code,
        column.level == level.name,
        seen(tables.cell, scope),
        *in_months(column.month, wanted),
        *(column[name] == codes[name] for name in ("district", "utility") if name in codes),
    ]
    found = await connection.execute(select(column.cell, column.content).where(*conditions))
    rows = [(text, content) for text, content in found]
    # There may be tens of thousands: the loop goes on with other requests meanwhile.
    return await asyncio.to_thread(_merged, source, level, rows, codes, by)


def level_of(source: Source, table: str, wanted: Filter, scope: Scope, by: Sequence[str]) -> Level:
    """Return the most rolled up level of a table that knows all dimensions that are asked for."""
    needed = {*by, *wanted.names}
    if scope.kind is not ScopeKind.CITY:
        needed.add(str(scope.kind))
    return next(level for level in source.levels[table] if level.keeps is None or needed <= level.keeps)


def _merged(
    source: Source, level: Level, rows: Sequence[tuple[str, str]], codes: Mapping[str, str], by: Sequence[str]
) -> dict[Group, Cell]:
    names = (*source.dim_names, level.by or "-", "month")
    places = [names.index(name) for name in by]
    narrow = [(names.index(name), code) for name, code in codes.items()]
    merged: dict[Group, Cell] = defaultdict(Cell)
    for text, content in rows:
        key = key_of(text)
        values = (*key.dims, key.by, key.month)
        if all(values[at] == code for at, code in narrow):
            merged[tuple(values[at] for at in places)].merge(unpacked(content))
    return merged


async def live_rows(
    connection: AsyncConnection,
    source: Source,
    figures: Sequence[Live],
    wanted: Filter,
    scope: Scope,
    now: datetime,
) -> list[tuple[Group, dict[str, int]]]:
    """Return counts of live subjects by all dimensions; where one has several codes they are joined by commas."""
    column = tables.subject.c
    facts = SqlFacts(source.facts, column.facts)
    keys = [column.dims[n].as_string() for n in range(len(source.dims))]
    keys += [dimension.live(facts, now) for dimension in source.live_dims if dimension.live]
    labelled = [key.label(f"key_{n}") for n, key in enumerate(keys)]
    sums = [func.sum(case((figure.where(facts, now), 1), else_=0)) for figure in figures]
    conditions = [
        column.is_live,
        *within(source, tables.subject, column.dims, wanted, scope),
        *live_conditions(source, wanted, now),
    ]
    labels = [label.name for label in labelled]
    rows = await connection.execute(select(*labelled, *sums).where(*conditions).group_by(*labels))
    return [
        (
            tuple(row[: len(keys)]),
            {figure.code: int(n) for figure, n in zip(figures, row[len(keys) :], strict=True)},
        )
        for row in rows
    ]


def live_conditions(source: Source, wanted: Filter, now: datetime) -> list[Any]:
    """Return the conditions on live subjects by dimensions that only these have."""
    facts = SqlFacts(source.facts, tables.subject.c.facts)
    conditions = []
    for dimension in source.live_dims:
        code = wanted.codes.get(dimension.name)
        if code is not None and dimension.live is not None:
            value = dimension.live(facts, now)
            if dimension.several:
                joined = literal(",").op("||")(value).op("||")(literal(","))
                conditions.append(joined.contains(f",{code},", autoescape=True))
            else:
                conditions.append(value == code)
    return conditions


def roll_up(
    source: Source, rows: Iterable[tuple[Group, dict[str, int]]], by: Sequence[str]
) -> Iterable[tuple[Group, dict[str, int]]]:
    """Add up rows of live subjects over fewer dimensions.

    One with several codes of a dimension counts under each of them when that is asked for, and once otherwise.
    """
    names = (*source.dim_names, *(dimension.name for dimension in source.live_dims))
    totals: dict[Group, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for group, counts in rows:
        keys: list[Group] = [()]
        for name in by:
            code = group[names.index(name)]
            codes = code.split(",") if source.dimension(name).several else [code]
            keys = [(*key, part) for key in keys for part in codes]
        for key in keys:
            for figure, count in counts.items():
                totals[key][figure] += count
    return [(group, dict(counts)) for group, counts in totals.items()]


async def judged_under(connection: AsyncConnection, source: Source) -> list[tuple[str, str]]:
    """Return the policy versions by which subjects have due times, each with the reading that it judges by."""
    column = tables.judged.c
    rows = await connection.execute(
        select(column.policy_version, column.reading)
        .where(column.source == source.code)
        .order_by(column.policy_version, column.reading)
    )
    return [(row.policy_version, row.reading) for row in rows]
