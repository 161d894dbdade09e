"""The subjects behind a figure: as a list in pages, as what they add up to, and counted out to a quantile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope
from libs.common.database.types import Identity64
from libs.common.http.cursors import Keyset
from services.metrics.declare import Count, Duration, Live, Rate, Source
from services.metrics.storage.conditions import Filter, SqlFacts, within
from services.metrics.storage.figures import cells, live_conditions
from services.metrics.storage.tables import contribution, duration, subject

BY_SUBJECT = Keyset(((subject.c.subject_id, False),))
_TIMED = ((duration.c.subject_id, False), (duration.c.by, False), (duration.c.round, False))
_BY_VALUE = Keyset(_TIMED)
_BY_TIME = {time: Keyset(((duration.c[time], False), *_TIMED)) for time in ("elapsed", "working")}
# A page that shows the subject at a quantile begins so many before it.
_BEFORE = 5


@dataclass(frozen=True, slots=True)
class Totals:
    """What a list adds up to: subjects, what they add to the figure, and behind a rate how much is its part.

    `number` is None where each subject adds one.
    """

    subjects: int
    number: int | None
    part: int | None = None


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


@dataclass(frozen=True)
class DrillDown:
    """The subjects behind a figure. A list that is `sorted_by` a time has places, and a quantile at `percent`.

    Each row tells by `in_part` how often it is in the part of a rate, by `adds` what it adds to the figure.
    """

    source: Source
    code: str
    wanted: Filter
    scope: Scope
    listed: Select[Any]
    keyset: Keyset
    sorted_by: str | None = None
    percent: int = 0

    async def totals(self, connection: AsyncConnection) -> Totals:
        """Return the totals of the whole list, whatever its page: from the cells, else by counting."""
        figure = self.source.by_code[self.code]
        if isinstance(figure, Duration):
            found = (await cells(connection, self.source, self.code, self.wanted, self.scope, ())).get(())
            number = found.elapsed.count if found else 0
            return Totals(number, None)
        codes = figure.of if isinstance(figure, Rate) else (self.code,)
        counts = [self.source.by_code[code] for code in codes]
        if all(isinstance(count, Count) and count.of and count.once and not count.by for count in counts):
            found = (await cells(connection, self.source, "", self._without_live(), self.scope, ())).get(())
            number = sum(found.counts.get(code, 0) for code in codes) if found else 0
            part = found.counts.get(figure.part, 0) if isinstance(figure, Rate) and found else 0
            return Totals(number, None, part if isinstance(figure, Rate) else None)
        rows = self.listed.order_by(None).subquery()
        statement = select(func.count(), func.sum(rows.c.adds), func.sum(cast(rows.c.in_part, Identity64)))
        subjects, number, part = (await connection.execute(statement)).one()
        is_rate, is_live = isinstance(figure, Rate), isinstance(figure, Live)
        return Totals(
            int(subjects), None if is_live else int(number or 0), int(part or 0) if is_rate else None
        )

    def _without_live(self) -> Filter:
        # The dimension of a duration only says which time is shown beside a subject.
        codes = {name: code for name, code in self.wanted.codes.items() if name in self.source.dim_names}
        return Filter(codes, self.wanted.month_from, self.wanted.month_to)

    async def counted_out(
        self, connection: AsyncConnection, page: Sequence[Row[Any]], count: int, filters: Mapping[str, Any]
    ) -> Quantile | None:
        """Return the quantile of a sorted list of so many rows, for one of its pages; None for any other list.

        `filters` are those of the list's cursors.
        """
        if self.sorted_by is None or not page:
            return None
        rank = -(-count * self.percent // 100)
        skipped = max(rank - 1 - _BEFORE, 0)
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
    source: Source,
    code: str,
    wanted: Filter,
    scope: Scope,
    now: datetime,
    quantile_of: tuple[str, int] | None = None,
    order: str | None = None,
) -> DrillDown:
    """Return the subjects behind a figure, each with its time of the code asked for or of the whole.

    Behind a rate are those that it is divided by. `quantile_of` is for durations alone: by which time the list is
    sorted, and at which percentage it is marked. `order` is one of number and times, with - for descending.
    """
    figure = source.by_code[code]
    shown: tuple[Any, ...] = (
        subject,
        *(duration.c[name] for name in ("subject_id", "by", "round", "elapsed", "working")),
    )
    joined: Any
    behind: list[ColumnElement[bool]]
    if isinstance(figure, Duration):
        joined = duration.join(subject, _is_of(duration))
        by = wanted.codes.get(figure.by, figure.whole)
        listed = (
            select(*shown, null().label("in_part"), literal(1).label("adds"))
            .select_from(joined)
            .where(
                duration.c.code == code,
                duration.c.by == by,
                *within(source, duration, duration.c.dims, wanted, scope),
            )
        )
        if quantile_of is None:
            return DrillDown(source, code, wanted, scope, listed, _keyset(order, _BY_VALUE))
        return DrillDown(source, code, wanted, scope, listed, _BY_TIME[quantile_of[0]], *quantile_of)
    if isinstance(figure, Live):
        facts = SqlFacts(source.facts, subject.c.facts)
        behind = [subject.c.is_live, figure.where(facts, now), *live_conditions(source, wanted, now)]
        part, number, joined = null(), literal(1), _with_times(source, wanted, subject)
        behind += within(source, subject, subject.c.dims, wanted, scope)
    else:
        of, part, number = _behind(source, code, wanted, scope)
        joined = _with_times(source, wanted, subject.join(of, of.c.subject_id == subject.c.subject_id))
        behind = [subject.c.source == source.code]
    listed = select(*shown, part.label("in_part"), number.label("adds")).select_from(joined).where(*behind)
    return DrillDown(source, code, wanted, scope, listed, _keyset(order, BY_SUBJECT))


def _keyset(order: str | None, plain: Keyset) -> Keyset:
    """Return the order of a list that is asked for by its name, before what makes it unique; else the plain one."""
    if order is None:
        return plain
    name = order.removeprefix("-")
    column = subject.c.number if name == "number" else duration.c[name]
    # Only a subject without the time has none: where it has, what a list of times is unique by has values too.
    return Keyset(((column, order != name), *plain.columns), nulls_last=name != "number")


def _is_of(table: Any) -> ColumnElement[bool]:
    return and_(table.c.source == subject.c.source, table.c.subject_id == subject.c.subject_id)


def _behind(source: Source, code: str, wanted: Filter, scope: Scope) -> tuple[Any, Any, Any]:
    """Return what subjects add to a figure of counts: subject, the rate's part, and the number."""
    figure, column = source.by_code[code], contribution.c
    of = figure.of if isinstance(figure, Rate) else (code,)
    part = figure.part if isinstance(figure, Rate) else None
    count = source.count(of[0])
    conditions = within(source, contribution, column.cell, wanted, scope)

    def number(codes: Sequence[str | None]) -> ColumnElement[Any]:
        if count.on:
            return func.sum(case((column.code.in_(codes), column.number), else_=0))
        values = [
            func.coalesce(cast(column.counts[counted].as_string(), Identity64), 0)
            for counted in codes
            if counted is not None
        ]
        total = sum(values[1:], values[0])
        return func.sum(total) if count.by else total

    numbers = (number(of).label("adds"), (number([part]) if part else null()).label("in_part"))
    statement = select(column.subject_id, *numbers)
    if count.on:
        conditions.append(column.code.in_({*of, part} - {None}))
    else:
        conditions.append(column.code == count.by)
        if count.by in wanted.codes:
            conditions.append(column.cell[len(source.dims)].as_string() == wanted.codes[count.by])
    statement = statement.where(*conditions)
    if count.on or count.by:
        behind = statement.group_by(column.subject_id).having(number(of) > 0).subquery()
    else:
        behind = statement.where(number(of) > 0).subquery()
    return behind, behind.c.in_part, behind.c.adds


def _with_times(source: Source, wanted: Filter, joined: Any) -> Any:
    """Join the time of the code asked for, or of the whole, in its latest round: a subject is listed once."""
    later = duration.alias("later")
    conditions = [_is_of(duration), false()]
    for timed in source.durations[:1]:
        is_later = and_(
            *(later.c[name] == duration.c[name] for name in ("source", "code", "subject_id", "by")),
            later.c.round > duration.c.round,
        )
        conditions = [
            _is_of(duration),
            duration.c.code == timed.code,
            duration.c.by == wanted.codes.get(timed.by, timed.whole),
            ~select(later.c.round).where(is_later).exists(),
        ]
    return joined.outerjoin(duration, and_(*conditions))
