"""Figures out of the database, merged over any group of cells."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Place, PlaceKind
from libs.common.database.engine import Database
from services.metrics.domain.activities import ACTIVITY_NAMES, Act, Activity
from services.metrics.domain.facts import CASE_COUNTS, TOTAL
from services.metrics.domain.histogram import quantile
from services.metrics.storage.conditions import Filter, age_at, in_stage, live_counts, stages_open, within
from services.metrics.storage.tables import (
    ALL,
    activity_figure,
    case_fact,
    case_figure,
    histogram_sum,
    pause_figure,
    stage_figure,
    stage_histogram,
)
from services.metrics.storage.tables import judged_under as versions

PERCENTS = (50, 90, 99)
LIVE_DIMS = ("district", "utility", "supply", "length_class", "stage", "age")

Group = tuple[str, ...]
Counts = dict[str, int]
Acts = Mapping[str, Act]


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[AsyncConnection]:
    """Open a connection on which all that is read is of one instant, the watermark included."""
    async with database.reading() as connection:
        if not database.is_sqlite:
            await connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@dataclass(frozen=True, slots=True)
class Durations:
    """Exact sums and extremes in minutes, and quantiles within 1 %."""

    sum: int
    least: int
    greatest: int
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StageRow:
    """The stage times of one group."""

    group: Group
    count: int
    elapsed: Durations
    working: Durations


async def stage_figures(
    connection: AsyncConnection, wanted: Filter, place: Place, by: Sequence[str]
) -> list[StageRow]:
    """Return stage times merged by the given dimensions.

    Without a stage, neither asked for nor grouped by, it is the whole case: stages and whole cases do not add up.
    """
    figure = stage_figure.c
    histogram, part = _histogram(wanted, place, by)
    bucket = histogram.c
    whole = [] if "stage" in by or wanted.stage is not None else [TOTAL]
    keys = [figure[name] for name in by]
    sums: list[ColumnElement[Any]] = [func.sum(figure["count"])]
    for measure in ("elapsed", "working"):
        sums += [
            func.sum(figure[f"{measure}_sum"]),
            func.min(figure[f"{measure}_min"]),
            func.max(figure[f"{measure}_max"]),
        ]
    exact = select(*keys, *sums).where(*within(stage_figure, wanted, place)).group_by(*keys)
    keys = [bucket[name] for name in by]
    buckets = (
        select(*keys, bucket.measure, bucket.bucket, func.sum(bucket["count"]))
        .where(part, *within(histogram, wanted, place))
        .group_by(*keys, bucket.measure, bucket.bucket)
    )
    for stage in whole:
        exact, buckets = exact.where(figure.stage == stage), buckets.where(bucket.stage == stage)
    histograms: dict[tuple[Group, str], dict[int, int]] = defaultdict(dict)
    for *cell, measure, index, count in await connection.execute(buckets):
        histograms[tuple(cell), measure][index] = int(count)
    rows: list[StageRow] = []
    for found in await connection.execute(exact.order_by(*(figure[name] for name in by))):
        group = tuple(found[: len(by)])
        if found[len(by)] is None:
            continue
        count, *values = (int(value) for value in found[len(by) :])
        rows.append(
            StageRow(
                group,
                count,
                _durations(values[:3], histograms[group, "elapsed"]),
                _durations(values[3:], histograms[group, "working"]),
            )
        )
    return rows


def _histogram(wanted: Filter, place: Place, by: Sequence[str]) -> tuple[Table, ColumnElement[bool]]:
    """Return the table with the fewest rows that can answer, and the condition on which of them count."""
    summed = histogram_sum.c
    if wanted.length_class is None and "length_class" not in by:
        if wanted.month_from is wanted.month_to is None and "month" not in by:
            return histogram_sum, summed.month == ALL
        everywhere = place.kind is PlaceKind.CITY and wanted.district is wanted.utility is None
        if everywhere and {"district", "utility"}.isdisjoint(by):
            return histogram_sum, summed.utility == ALL
    return stage_histogram, true()


def _durations(exact: Sequence[int], histogram: dict[int, int]) -> Durations:
    total, least, greatest = exact
    quantiles = tuple(quantile(histogram, percent, least, greatest) for percent in PERCENTS)
    return Durations(total, least, greatest, quantiles)


async def case_figures(
    connection: AsyncConnection, wanted: Filter, place: Place, by: Sequence[str]
) -> list[tuple[Group, Counts]]:
    """Return the counts of ended cases, added up by the given dimensions."""
    keys = [case_figure.c[name] for name in by]
    sums = [func.sum(case_figure.c[name]) for name in CASE_COUNTS]
    statement = select(*keys, *sums).where(*within(case_figure, wanted, place))
    return await _grouped(connection, statement.group_by(*keys).order_by(*keys), by, CASE_COUNTS)


async def pause_figures(
    connection: AsyncConnection, wanted: Filter, place: Place, by: Sequence[str]
) -> list[tuple[Group, Counts]]:
    """Return count and excluded days of the pauses of closed cases, added up by the given dimensions."""
    keys = [pause_figure.c[name] for name in by]
    sums = [func.sum(pause_figure.c[name]) for name in ("count", "days")]
    statement = select(*keys, *sums).where(*within(pause_figure, wanted, place))
    return await _grouped(connection, statement.group_by(*keys).order_by(*keys), by, ("count", "days"))


async def activity_figures(
    connection: AsyncConnection, wanted: Filter, place: Place, by: Sequence[str]
) -> list[tuple[Group, Acts]]:
    """Return what was done on cases, added up by the given dimensions."""
    figure = activity_figure.c
    keys = [figure[name] for name in by]
    sums = (func.sum(figure["count"]), func.sum(figure.amount))
    statement = select(*keys, figure.activity, *sums).where(*within(activity_figure, wanted, place))
    groups: dict[Group, dict[str, Act]] = {}
    found = await connection.execute(statement.group_by(*keys, figure.activity).order_by(*keys))
    for *key, activity, count, amount in found:
        # Until a rebuild there may be what an earlier release counted.
        if activity in ACTIVITY_NAMES:
            act = Act(Activity(activity), int(count), int(amount))
            groups.setdefault(tuple(key), {})[act.activity] = act
    return list(groups.items())


async def live_figures(
    connection: AsyncConnection, wanted: Filter, place: Place, now: datetime
) -> list[tuple[Group, Counts]]:
    """Return the counts of live cases by LIVE_DIMS; a case in several stages has them joined by commas."""
    counts = live_counts(now)
    keys: dict[str, Any] = {name: case_fact.c[name] for name in LIVE_DIMS[:4]}
    keys |= {"stage": stages_open(), "age": age_at(now)}
    labelled = [key.label(f"key_{name}") for name, key in keys.items()]
    statement = select(*labelled, *(func.sum(case((each, 1), else_=0)) for each in counts.values())).where(
        counts["open"], *within(case_fact, wanted, place)
    )
    if wanted.stage is not None:
        statement = statement.where(in_stage(wanted.stage))
    labels = [each.name for each in labelled]
    return await _grouped(connection, statement.group_by(*labels).order_by(*labels), LIVE_DIMS, tuple(counts))


async def _grouped(
    connection: AsyncConnection, statement: Select[Any], by: Sequence[str], names: Sequence[str]
) -> list[tuple[Group, Counts]]:
    rows: list[tuple[Group, Counts]] = []
    for found in await connection.execute(statement):
        values = found[len(by) :]
        if values[0] is not None:
            counts = {name: int(value) for name, value in zip(names, values, strict=True)}
            rows.append((tuple(found[: len(by)]), counts))
    return rows


async def judged_under(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Return the policy versions by which cases have due times, each with the reading that it judges by."""
    found = await connection.execute(select(versions).order_by(*versions.primary_key))
    return [(row.policy_version, row.reading) for row in found]
