"""The cases behind a figure: as a list in pages, as what they add up to, and counted out to a quantile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Place
from libs.common.http.cursors import Keyset
from services.metrics.domain.activities import ACTIVITY_NAMES
from services.metrics.domain.facts import GRADES, TOTAL
from services.metrics.domain.satisfaction import GRADE_NAMES, SATISFIED, WELL_SATISFIED
from services.metrics.storage.conditions import (
    LIVE_COUNTS,
    RATES,
    Filter,
    age_at,
    by_late_entry,
    ended_counts,
    from_ledger,
    in_stage,
    live_counts,
    overlap_saved,
    stages_open,
    verdict,
    within,
)
from services.metrics.storage.tables import activity_fact, case_fact, case_figure, stage_figure, stage_time

BY_CASE = Keyset(((case_fact.c.case_id, False),))
_TIMED = ((stage_time.c.case_id, False), (stage_time.c.stage, False), (stage_time.c.round, False))
BY_STAGE = Keyset(_TIMED)
BY_TIME = {measure: Keyset(((stage_time.c[measure], False), *_TIMED)) for measure in ("elapsed", "working")}
STAGE_MEASURE = "stage"
# A page that shows the case at a quantile begins so many cases before it.
_CASES_BEFORE = 5


@dataclass(frozen=True, slots=True)
class Totals:
    """What a drill-down adds up to: its cases, and where it is behind them what its figure counts beside cases.

    That is how many of a rate's kept their time, the minutes of overlap saved, or what was done on the cases.
    """

    cases: int
    on_time: int | None = None
    overlap_saved_minutes: int | None = None
    acts: int | None = None


@dataclass(frozen=True, slots=True)
class Quantile:
    """The exact quantile of a list that is sorted by a time, by the nearest rank.

    The `rank`-th of `count` took `minutes`. `first` is the place of the page's first row, counted from 1; the page
    after `cursor` shows the quantile, the first page where that is None.
    """

    time: str
    percent: int
    rank: int
    count: int
    minutes: int
    cursor: str | None
    first: int


def _kept(measure: str, wanted: Filter, place: Place) -> Select[Any] | None:
    """Return the select of a drill-down's totals, where they are kept: cases, and those on time or what was done."""
    if wanted.age is not None:
        return None
    none: ColumnElement[Any] = literal(0)
    if measure in ACTIVITY_NAMES:
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
        "on_time_by_late_entry": (count["limit_by_late_entry"], none),
        "gap": (count["gap_cases"], none),
        "ceiling": (count["ceiling"], count["ceiling_kept"]),
        "from_ledger": (count["closed_ledger"], none),
        **{each: (count[each], count[f"{each}_on_time"]) for each in RATES[1:] if each != "ceiling"},
        **{each: (count[each], none) for each in _COUNTED_ALIKE},
        **{
            name: (sum((count[f"rated_{grade}"] for grade in GRADE_NAMES if grade >= least), none), none)
            for name, least in (
                ("rated", 1),
                ("rated_satisfied", SATISFIED),
                ("rated_well_satisfied", WELL_SATISFIED),
            )
        },
    }
    if measure not in named:
        return None
    return select(*(func.sum(each) for each in named[measure])).where(*within(case_figure, wanted, place))


# Measures that have the name of their count.
_COUNTED_ALIKE = (
    *("closed", "unpromised", "special", "special_overdue"),
    *("withdrawn", "withdrawn_overdue", "refused", "refused_overdue"),
    *("agreed_by_late_entry", "planned_by_late_entry"),
    *GRADES,
)


@dataclass(frozen=True, slots=True)
class DrillDown:
    """The cases behind a figure, as a list in pages and as their totals.

    One that is `sorted_by` a time has positions, and a quantile at `percent`.
    """

    measure: str
    listed: Select[Any]
    keyset: Keyset
    kept: Select[Any] | None
    sorted_by: str | None = None
    percent: int = 0

    async def totals(self, connection: AsyncConnection) -> Totals:
        """Return the totals of all cases of the list, whatever its page: from the figures, else by counting them."""
        if self.kept is not None:
            cases, on_time = (await connection.execute(self.kept)).one()
            if self.measure in ACTIVITY_NAMES:
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

    async def counted_out(
        self, connection: AsyncConnection, page: Sequence[Row[Any]], count: int, filters: Mapping[str, Any]
    ) -> Quantile | None:
        """Return the quantile of a sorted list of so many cases, for one of its pages; None for any other list.

        `filters` are those of the list's cursors.
        """
        if self.sorted_by is None or not page:
            return None
        rank = -(-count * self.percent // 100)
        skipped = max(rank - 1 - _CASES_BEFORE, 0)
        ordered = self._ordered().offset(skipped).limit(rank - skipped)
        rows = (await connection.execute(ordered)).all()
        cursor = self.keyset.split(rows, limit=1, filters=filters)[1] if skipped else None
        first = await self._place_of(connection, page[0])
        return Quantile(self.sorted_by, self.percent, rank, count, int(rows[-1][0]), cursor, first)

    async def _place_of(self, connection: AsyncConnection, row: Row[Any]) -> int:
        columns = [column for column, _ in self.keyset.columns]
        bound = [literal(row._mapping[column], column.type) for column in columns]
        before = self._ordered().order_by(None).where(tuple_(*columns) < tuple_(*bound)).subquery()
        return 1 + int(await connection.scalar(select(func.count()).select_from(before)) or 0)

    def _ordered(self) -> Select[Any]:
        columns = [column for column, _ in self.keyset.columns]
        return self.listed.with_only_columns(*columns).order_by(*columns)


def drill_down(
    measure: str, wanted: Filter, place: Place, now: datetime, quantile_of: tuple[str, int] | None = None
) -> DrillDown:
    """Return the cases behind a figure, with the time of the stage asked for or of the whole case.

    `quantile_of` is for stage times alone: by which time the list is sorted, and at which percentage it is marked.
    """
    conditions = {**live_counts(now), **ended_counts()}
    same_case = stage_time.c.case_id == case_fact.c.case_id
    columns = (
        *(each for each in case_fact.c if each is not case_fact.c.outcome),
        verdict(measure).label("verdict"),
        overlap_saved.label("overlap_saved"),
        by_late_entry.label("by_late_entry"),
        from_ledger.label("from_ledger"),
        stages_open().label("stages_open"),
        *(stage_time.c[name] for name in ("case_id", "stage", "round", "elapsed", "working")),
    )
    kept = _kept(measure, wanted, place)
    if measure == STAGE_MEASURE:
        joined = stage_time.join(case_fact, same_case)
        found = select(*columns).select_from(joined).where(*within(stage_time, wanted, place))
        found = found if wanted.stage else found.where(stage_time.c.stage == TOTAL)
        if quantile_of is None:
            return DrillDown(measure, found, BY_STAGE, kept)
        sorted_by, percent = quantile_of
        return DrillDown(measure, found, BY_TIME[sorted_by], kept, sorted_by, percent)
    timed = and_(same_case, stage_time.c.stage == (wanted.stage or TOTAL), _is_latest_round())
    found = select(*columns).select_from(case_fact.outerjoin(stage_time, timed))
    if measure in ACTIVITY_NAMES:
        done = select(activity_fact.c.case_id).where(
            activity_fact.c.activity == measure, *within(activity_fact, wanted, place)
        )
        found = found.where(case_fact.c.case_id.in_(done))
        return DrillDown(measure, found, BY_CASE, kept)
    found = found.where(conditions[measure], *within(case_fact, wanted, place))
    if wanted.stage is not None and measure in LIVE_COUNTS:
        found = found.where(in_stage(wanted.stage))
    if wanted.age is not None:
        found = found.where(age_at(now) == wanted.age)
    return DrillDown(measure, found, BY_CASE, kept)


def _is_latest_round() -> ColumnElement[bool]:
    """Return the condition that no later round of the same stage of the case has ended: a case is listed once."""
    later = stage_time.alias("later")
    return ~(
        select(later.c.round)
        .where(
            later.c.case_id == stage_time.c.case_id,
            later.c.stage == stage_time.c.stage,
            later.c.round > stage_time.c.round,
        )
        .exists()
    )
