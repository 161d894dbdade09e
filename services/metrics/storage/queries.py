"""Figures out of the database, merged over any group of cells."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Place, PlaceKind
from libs.common.database.engine import Database
from libs.common.http.cursors import Keyset
from services.metrics.domain.activities import Act, Activity
from services.metrics.domain.facts import CASE_COUNTS, TOTAL
from services.metrics.domain.histogram import quantile
from services.metrics.storage.conditions import (
    LIVE_COUNTS,
    RATES,
    Filter,
    age_at,
    ended_counts,
    in_stage,
    live_counts,
    overlap_saved,
    stages_open,
    verdict,
    within,
)
from services.metrics.storage.tables import (
    ALL,
    activity_fact,
    activity_figure,
    case_fact,
    case_figure,
    histogram_sum,
    pause_figure,
    stage_fact,
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


BY_CASE = Keyset(((case_fact.c.case_id, False),))
BY_STAGE = Keyset(((stage_fact.c.case_id, False), (stage_fact.c.stage, False)))
STAGE_MEASURE = "stage"
ACTIVITIES = frozenset(map(str, Activity))


@dataclass(frozen=True, slots=True)
class Totals:
    """What a drill-down adds up to: its cases, and where it is behind them what its figure counts beside cases.

    That is how many of a rate's kept their time, the minutes of overlap saved, or what was done on the cases.
    """

    cases: int
    on_time: int | None = None
    overlap_saved_minutes: int | None = None
    acts: int | None = None


def _kept(measure: str, wanted: Filter, place: Place) -> Select[Any] | None:
    """Return the select of a drill-down's totals, where they are kept: cases, and those on time or what was done."""
    if wanted.age is not None:
        return None
    none: ColumnElement[Any] = literal(0)
    if measure in ACTIVITIES:
        fact = activity_fact.c
        counts: list[ColumnElement[Any]] = [func.count(fact.case_id.distinct()), func.sum(fact["count"])]
        return select(*counts).where(fact.activity == measure, *within(activity_fact, wanted, place))
    if measure == STAGE_MEASURE:
        stage = stage_figure.c.stage == (wanted.stage or TOTAL)
        cases: ColumnElement[Any] = func.sum(stage_figure.c["count"])
        return select(cases, none).where(stage, *within(stage_figure, wanted, place))
    count = case_figure.c
    judged, kept = count["limit_judged"], count["limit_judged_on_time"]
    named = {
        "limit": (judged, kept),
        "on_time": (kept, kept),
        "late": (judged - kept, none),
        "gap": (count["gap_cases"], none),
        **{each: (count[each], count[f"{each}_on_time"]) for each in RATES[1:]},
        **{each: (count[each], none) for each in ("closed", "unpromised", "special", "withdrawn", "refused")},
    }
    if measure not in named:
        return None
    return select(*(func.sum(each) for each in named[measure])).where(*within(case_figure, wanted, place))


@dataclass(frozen=True, slots=True)
class DrillDown:
    """The cases behind a figure, as a list in pages and as their totals."""

    measure: str
    listed: Select[Any]
    keyset: Keyset
    kept: Select[Any] | None

    async def totals(self, connection: AsyncConnection) -> Totals:
        """Return the totals of all cases of the list, whatever its page: from the figures, else by counting them."""
        if self.kept is not None:
            cases, on_time = (await connection.execute(self.kept)).one()
            if self.measure in ACTIVITIES:
                return Totals(int(cases), acts=int(on_time or 0))
            saved = None
        else:
            behind = self.listed.subquery()
            counts = select(
                func.count(),
                func.sum(case((behind.c.verdict.is_(True), 1), else_=0)),
                func.sum(behind.c.overlap_saved),
            ).select_from(behind)
            cases, on_time, saved = (await connection.execute(counts)).one()
        return Totals(
            int(cases or 0),
            int(on_time or 0) if self.measure in RATES else None,
            int(saved or 0) if self.measure == "overlap_saved" else None,
        )


def drill_down(measure: str, wanted: Filter, place: Place, now: datetime) -> DrillDown:
    """Return the cases behind a figure, with the time of the stage asked for or of the whole case."""
    conditions = {**live_counts(now), **ended_counts()}
    same_case = stage_fact.c.case_id == case_fact.c.case_id
    columns = (
        *(each for each in case_fact.c if each is not case_fact.c.outcome),
        verdict(measure).label("verdict"),
        overlap_saved.label("overlap_saved"),
        stages_open().label("stages_open"),
        stage_fact.c.case_id,
        stage_fact.c.stage,
        stage_fact.c.elapsed,
        stage_fact.c.working,
    )
    if measure == STAGE_MEASURE:
        joined = stage_fact.join(case_fact, same_case)
        found = select(*columns).select_from(joined).where(*within(stage_fact, wanted, place))
        found = found if wanted.stage else found.where(stage_fact.c.stage == TOTAL)
        return DrillDown(measure, found, BY_STAGE, _kept(measure, wanted, place))
    timed = and_(same_case, stage_fact.c.stage == (wanted.stage or TOTAL))
    found = select(*columns).select_from(case_fact.outerjoin(stage_fact, timed))
    if measure in ACTIVITIES:
        done = select(activity_fact.c.case_id).where(
            activity_fact.c.activity == measure, *within(activity_fact, wanted, place)
        )
        found = found.where(case_fact.c.case_id.in_(done))
        return DrillDown(measure, found, BY_CASE, _kept(measure, wanted, place))
    found = found.where(conditions[measure], *within(case_fact, wanted, place))
    if wanted.stage is not None and measure in LIVE_COUNTS:
        found = found.where(in_stage(wanted.stage))
    if wanted.age is not None:
        found = found.where(age_at(now) == wanted.age)
    return DrillDown(measure, found, BY_CASE, _kept(measure, wanted, place))
