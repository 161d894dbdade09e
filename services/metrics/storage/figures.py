"""Differences into the tables of figures: few statements a batch."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.metrics.domain.activities import ActivityCell
from services.metrics.domain.facts import CASE_COUNTS, StageCell
from services.metrics.domain.figures import Deltas, Extremes, StageDelta
from services.metrics.storage.bulk import inserting, run
from services.metrics.storage.tables import (
    ALL,
    SUM_DIMS,
    activity_fact,
    activity_figure,
    case_figure,
    histogram_sum,
    pause_figure,
    stage_figure,
    stage_histogram,
    stage_time,
)

MEASURES = ("elapsed", "working")


async def add(connection: AsyncConnection, deltas: Deltas) -> None:
    """Bring differences to effect.

    The facts that they come from must be written before, and no other fold may do the same at the same time.
    """
    await _add_stage_times(connection, deltas)
    buckets = [
        {**cell._asdict(), "measure": measure, "bucket": bucket, "count": count}
        for (cell, measure, bucket), count in deltas.buckets.items()
        if count
    ]
    await _add(connection, stage_histogram, ("count",), buckets)
    await _add(connection, histogram_sum, ("count",), _summed(deltas))
    await _add(
        connection,
        case_figure,
        CASE_COUNTS,
        [
            {**cell._asdict(), **dict.fromkeys(CASE_COUNTS, 0), **counts}
            for cell, counts in deltas.cases.items()
            if any(counts.values())
        ],
    )
    await _add(
        connection,
        pause_figure,
        ("count", "days"),
        [
            {**cell._asdict(), "count": count, "days": days}
            for cell, (count, days) in deltas.pauses.items()
            if count or days
        ],
    )
    await _add_acts(connection, deltas)


async def _add_acts(connection: AsyncConnection, deltas: Deltas) -> None:
    facts = []
    sums: dict[ActivityCell, list[int]] = defaultdict(lambda: [0, 0])
    for (case_id, cell), (count, amount) in deltas.acts.items():
        facts.append({"case_id": case_id, **cell._asdict(), "count": count, "amount": amount})
        into = sums[cell]
        into[0] += count
        into[1] += amount
    figures = [{**cell._asdict(), "count": count, "amount": amount} for cell, (count, amount) in sums.items()]
    for table, rows in ((activity_fact, facts), (activity_figure, figures)):
        await _add(connection, table, ("count", "amount"), rows)


def _summed(deltas: Deltas) -> list[dict[str, Any]]:
    """Add buckets up over length classes and either months or utilities."""
    sums: dict[tuple[str | int, ...], int] = defaultdict(int)
    for (cell, measure, bucket), count in deltas.buckets.items():
        sums[cell.district, cell.utility, cell.supply, cell.stage, ALL, measure, bucket] += count
        sums[ALL, ALL, cell.supply, cell.stage, cell.month, measure, bucket] += count
    names = (*SUM_DIMS, "measure", "bucket")
    return [{**dict(zip(names, key, strict=True)), "count": count} for key, count in sums.items() if count]


async def _add(
    connection: AsyncConnection, table: Table, counts: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    if not rows:
        return
    statement = inserting(connection, table)
    sums = {name: table.c[name] + statement.excluded[name] for name in counts}
    adding = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums)
    await run(connection, adding, table, rows)
    if shrunk := [row for row in rows if any(row[name] < 0 for name in counts)]:
        empty = and_(*(table.c[name] == 0 for name in counts))
        await connection.execute(
            delete(table).where(_is_cell(table), empty), [_cell(table, row) for row in shrunk]
        )


async def _add_stage_times(connection: AsyncConnection, deltas: Deltas) -> None:
    added = [
        {**cell._asdict(), **_sums(delta, "added")}
        for cell, delta in deltas.stages.items()
        if delta.elapsed.added
    ]
    if added:
        statement = inserting(connection, stage_figure)
        sqlite = connection.dialect.name == "sqlite"
        least, greatest = (func.min, func.max) if sqlite else (func.least, func.greatest)
        new = statement.excluded
        sets: dict[str, ColumnElement[Any]] = {"count": stage_figure.c["count"] + new["count"]}
        for measure in MEASURES:
            for name, merge in (("min", least), ("max", greatest)):
                column = f"{measure}_{name}"
                sets[column] = merge(stage_figure.c[column], new[column])
            column = f"{measure}_sum"
            sets[column] = stage_figure.c[column] + new[column]
        adding = statement.on_conflict_do_update(index_elements=list(stage_figure.primary_key), set_=sets)
        await run(connection, adding, stage_figure, added)
    removed = [
        {**{f"of_{name}": value for name, value in cell._asdict().items()}, **_bound(_sums(delta, "removed"))}
        for cell, delta in deltas.stages.items()
        if delta.elapsed.removed
    ]
    if removed:
        await connection.execute(_REMOVE, removed)
        keys = [{name: row[name] for name in row if name.startswith("of_")} for row in removed]
        await connection.execute(
            delete(stage_figure).where(_is_cell(stage_figure), stage_figure.c["count"] == 0), keys
        )


def _sums(delta: StageDelta, side: str) -> dict[str, int]:
    sums = {"count": len(getattr(delta.elapsed, side))}
    for measure in MEASURES:
        extremes: Extremes = getattr(delta, measure)
        values: list[int] = getattr(extremes, side)
        sums[f"{measure}_sum"] = sum(values)
        sums[f"{measure}_min"] = min(values)
        sums[f"{measure}_max"] = max(values)
    return sums


def _bound(values: Mapping[str, int]) -> dict[str, int]:
    return {f"less_{name}": value for name, value in values.items()}


def _cell(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"of_{column.name}": row[column.name] for column in table.primary_key}


def _is_cell(table: Table) -> ColumnElement[bool]:
    return and_(*(column == bindparam(f"of_{column.name}") for column in table.primary_key))


def _found_anew(extreme: ColumnElement[int]) -> ScalarSelect[int]:
    cell = (stage_time.c[name] == bindparam(f"of_{name}") for name in StageCell._fields)
    # Without any fact left the row goes in the next statement.
    return select(func.coalesce(extreme, 0)).where(*cell).scalar_subquery()


def _removal() -> Any:
    figure = stage_figure.c
    values: dict[str, ColumnElement[Any]] = {"count": figure["count"] - bindparam("less_count")}
    for measure in MEASURES:
        low, high, total = (figure[f"{measure}_{name}"] for name in ("min", "max", "sum"))
        fact = stage_time.c[measure]
        values[total.name] = total - bindparam(f"less_{total.name}")
        # Only what was the extreme can leave a wrong one behind.
        values[low.name] = case(
            (low >= bindparam(f"less_{low.name}"), _found_anew(func.min(fact))), else_=low
        )
        values[high.name] = case(
            (high <= bindparam(f"less_{high.name}"), _found_anew(func.max(fact))), else_=high
        )
    return update(stage_figure).where(_is_cell(stage_figure)).values(values)


_REMOVE = _removal()
