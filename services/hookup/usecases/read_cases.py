"""Read cases: one, or a page of a filtered list, narrowed to the caller's scope."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Select, and_

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.clock import local, midnight
from libs.common.database.code_lists import has_code
from libs.common.database.engine import Database
from libs.common.http.cursors import Keyset, Total
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.numbers import case_number, own_number
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.storage.cases import CASES, in_joint
from services.hookup.storage.tables import hookup_case

_c = hookup_case.c


def _of_few(column: Column[Any]) -> tuple[Column[Any], ...]:
    """Return the order by a column with few values."""
    return (column, _c.utility, _c.submitted_at, _c.id)


_BY_UTILITY: Final = (_c.utility, _c.submitted_at, _c.id)
# By the names that rows of a list have; each ends with what is unique.
_COLUMNS: Final[Mapping[str, tuple[Column[Any], ...]]] = {
    "submitted_at": (_c.submitted_at, _c.id),
    "due_at": (_c.due_at, _c.id),
    "finished_at": (_c.finished_at, _c.id),
    "number": (_c.number,),
    "utility": _BY_UTILITY,
    "district": (_c.district, _c.submitted_at, _c.id),
    "supply": _of_few(_c.supply),
    "state": _of_few(_c.state),
    "length_class": _of_few(_c.length_class),
}
NEWEST: Final = "newest"
DUE: Final = "due"
ORDERS: Final[Mapping[str, Keyset]] = {
    NEWEST: Keyset(((_c.submitted_at, True), (_c.id, True))),
    DUE: Keyset(((_c.running_due_at, False), (_c.id, False))),
    **{
        f"{'-' if descending else ''}{name}": Keyset(
            tuple((column, descending) for column in columns), nulls_last=bool(columns[0].nullable)
        )
        for name, columns in _COLUMNS.items()
        for descending in (False, True)
    },
}
# A utility has one district and one supply, so that its cases are sorted by them as they are.
_OF_ONE_UTILITY: Final = {
    f"{sign}{name}": f"{sign}utility" for name in ("district", "supply") for sign in ("", "-")
}
# A part of a number is searched from so many characters on: an index by three of them serves it.
LEAST_PART: Final = 3


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a list; None means no filter."""

    district: str | None = None
    utility: str | None = None
    supply: Supply | None = None
    stage: Stage | None = None
    length_class: LengthClass | None = None
    state: CaseState | None = None
    overdue: bool | None = None
    special: bool | None = None
    due_today: bool | None = None
    number: str | None = None
    customer_ref: str | None = None
    submitted_from: datetime | None = None
    submitted_before: datetime | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    finished_from: datetime | None = None
    finished_before: datetime | None = None

    def apply(self, statement: Select[Any], now: datetime) -> Select[Any]:
        """Add the conditions to a statement on cases; overdue and due today are evaluated at `now`.

        Due today means due by the end of this day and not overdue yet.
        """
        for column, value in (
            (_c.district, self.district),
            (_c.utility, self.utility),
            (_c.supply, self.supply),
            (_c.length_class, self.length_class),
            (_c.state, self.state),
            (_c.special, self.special),
            (_c.customer_ref, self.customer_ref),
        ):
            if value is not None:
                statement = statement.where(column == value)
        if self.stage is not None:
            statement = statement.where(_c.finished_at.is_(None), has_code(_c.open_stages, self.stage))
        if self.overdue is True:
            statement = statement.where(_c.running_due_at < now)
        elif self.overdue is False:
            statement = statement.where(_c.running_due_at.is_(None) | (_c.running_due_at >= now))
        if self.due_today is not None:
            tomorrow = midnight(local(now).date() + timedelta(days=1))
            due = and_(_c.running_due_at.is_not(None), _c.running_due_at >= now, _c.running_due_at < tomorrow)
            statement = statement.where(due if self.due_today else ~due)
        if self.number is not None:
            statement = statement.where(numbered(_c.number, self.number))
        for column, first, end in (
            (_c.submitted_at, self.submitted_from, self.submitted_before),
            (_c.due_at, self.due_from, self.due_before),
            (_c.finished_at, self.finished_from, self.finished_before),
        ):
            if first is not None:
                statement = statement.where(column >= first)
            if end is not None:
                statement = statement.where(column < end)
        return statement


def numbered(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Return the condition on a case number: equal to a whole one, else that it has the text as a part.

    A number that is shorter than a part may be is meant whole, too. Parts ignore letter case: a ledger may have been
    imported before numbers had a canonical form.
    """
    number = case_number(text)
    if len(number) < LEAST_PART or own_number(number):
        return column == number
    return column.icontains(number, autoescape=True)


async def one_case(database: Database, case_id: str, scope: Scope) -> Case:
    """Return a case. Raises the problem `not-found`, also for a case that the caller may not see."""
    return await CASES.find(database, case_id, scope)


async def cases_of_joint(database: Database, joint_id: str, caller: Caller) -> list[Case]:
    """Return a joint application's cases that a caller may see."""
    statement = CASES.select().where(in_joint(joint_id, caller)).order_by(_c.id)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    return [CASES.read(row, database.records) for row in rows]


async def page_of_cases(
    database: Database,
    filters: Filters,
    scope: Scope,
    now: datetime,
    *,
    order: str = NEWEST,
    limit: int,
    cursor: str | None,
) -> tuple[list[Case], str | None]:
    """Return a page in an order of `ORDERS`, and the next cursor; `DUE` lists running cases only.

    Cases without the time that a list is sorted by come last.
    """
    is_of_one = scope.kind is ScopeKind.UTILITY or filters.utility is not None
    keyset = ORDERS[_OF_ONE_UTILITY.get(order, order) if is_of_one else order]
    statement = _list(filters, order, now, *(column for column, _ in keyset.columns))
    shape = {"order": order, **asdict(filters)}
    return await CASES.page(database, statement, scope, keyset, limit=limit, cursor=cursor, filters=shape)


async def total_of_cases(
    database: Database, filters: Filters, scope: Scope, now: datetime, *, order: str = NEWEST
) -> Total:
    """Count the cases of a list, up to a bound."""
    return await CASES.total(database, _list(filters, order, now), scope)


def _list(filters: Filters, order: str, now: datetime, *columns: ColumnElement[Any]) -> Select[Any]:
    statement = filters.apply(CASES.select(*columns), now)
    return statement.where(_c.running_due_at.is_not(None)) if order == DUE else statement
