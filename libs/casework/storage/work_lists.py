"""Work lists as columns of a case's row: what is due first for each party, and all tasks; read within a scope."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Select,
    Table,
    Text,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.domain.work import WorkItem, places_on_lists
from libs.common.aggregate import Aggregate
from libs.common.auth.callers import Caller, narrow
from libs.common.database.code_lists import has_code, joined
from libs.common.database.engine import Database
from libs.common.database.personal import impersonal
from libs.common.database.types import UtcDateTime
from libs.common.http.cursors import MOST_COUNTED, Keyset
from libs.common.store import Store

A = TypeVar("A", bound=Aggregate[Any, Any])
Turn = TypeVar("Turn", bound=StrEnum)

OPEN_TASKS: Final = "open_tasks"
"""The column of all tasks of a case, each as its party and kind; null in rows that were stored without it."""


@cache
def column_names(turns: type[StrEnum]) -> Mapping[Any, str]:
    """Return the column names of the work lists, by party."""
    return {turn: f"{turn}_due_at" for turn in turns}


def work_columns(turns: type[StrEnum]) -> list[Column[Any]]:
    """Return the columns of the work lists, null where the party has no task, and the one of all tasks."""
    due_columns = [Column(name, UtcDateTime) for name in column_names(turns).values()]
    return [*due_columns, Column(OPEN_TASKS, Text, info=impersonal("待办的种类与期限"))]


def index_work(table: Table, turns: Iterable[StrEnum]) -> None:
    """Add a partial index for each of these work lists, of the cases that are on it."""
    for turn in turns:
        due = due_column(table, turn)
        is_listed = due.is_not(None)
        Index(
            f"{table.name}_work_{turn}", due, table.c.id, postgresql_where=is_listed, sqlite_where=is_listed
        )


def due_column(table: Table, turn: StrEnum) -> Column[Any]:
    """Return the column of a party's work list."""
    return table.c[column_names(type(turn))[turn]]


def due_columns(table: Table, turns: type[Turn]) -> Mapping[Turn, Column[Any]]:
    """Return the columns of all work lists, by party."""
    return {turn: due_column(table, turn) for turn in turns}


def _has_task(table: Table, turn: StrEnum, kind: StrEnum) -> ColumnElement[bool]:
    """Return the condition on cases in which a party has a task of a kind."""
    return has_code(table.c[OPEN_TASKS], _task(turn, kind))


def _task(turn: StrEnum, kind: StrEnum) -> str:
    return f"{turn}:{kind}"


def work_values(
    items: Sequence[WorkItem[Any, Any, Any]], turns: type[StrEnum], case_due_at: datetime | None = None
) -> Mapping[str, datetime | str | None]:
    """Return the values of the work list columns for the tasks of a case, which is itself due at an instant."""
    places = places_on_lists(items, case_due_at)
    due_times = {name: places.get(turn) for turn, name in column_names(turns).items()}
    return {**due_times, OPEN_TASKS: joined(sorted({_task(item.whose, item.kind) for item in items}))}


@dataclass(frozen=True, slots=True)
class WorkFilters:
    """Filters of work lists; None means no filter. `values` are those of columns, by their names.

    `mine` are the caller's own cases, or those of all others. `task` is of a task of those whose list it is; the list
    is in the order of all their tasks nevertheless.
    """

    values: Mapping[str, object]
    overdue: bool | None = None
    mine: bool | None = None
    task: StrEnum | None = None


@dataclass(frozen=True, slots=True)
class WorkCount:
    """How many cases are on a party's work list: all, overdue, and due within a working day."""

    total: int
    is_exceeded: bool
    overdue: int
    due_soon: int


@dataclass(frozen=True, eq=False)
class WorkLists(Generic[A, Turn]):
    """The work lists of one kind of case, each narrowed to the caller's scope, the most urgent first.

    A case is on the list of those in whose column of `due` it has a time. On the lists of `members` are instead those
    that meet a condition for the caller, without a task last. `owners` are the columns of who takes care of a case.
    """

    store: Store[A, Any]
    due: Mapping[Turn, Column[Any]]
    owners: tuple[Column[Any], ...] = ()
    members: Mapping[Turn, Callable[[Caller], ColumnElement[bool]]] = field(default_factory=dict)

    async def page(
        self,
        database: Database,
        caller: Caller,
        turn: Turn,
        filters: WorkFilters,
        now: datetime,
        *,
        limit: int,
        cursor: str | None,
        after: UUID | None,
    ) -> tuple[list[A], str | None]:
        """Return a page of a work list, and the cursor of the next one. Raises `cursor-invalid`.

        The first page begins after the case `after` where the list has it.
        """
        due, case_id, scope = self.due[turn], self.store.table.c.id, caller.scope
        order = Keyset(((due, False), (case_id, False)), nulls_last=self._lists_all(turn))
        statement = self._list(caller, turn, filters, now, due, case_id)
        shape = {"whose": turn, "subject": caller.subject, **asdict(filters)}
        if cursor is None and after is not None:
            cursor = await self.store.cursor_after(
                str(after), database, statement, scope, order, filters=shape
            )
        return await self.store.page(
            database, statement, scope, order, limit=limit, cursor=cursor, filters=shape
        )

    async def counts(
        self, database: Database, caller: Caller, filters: WorkFilters, now: datetime, soon: datetime
    ) -> Mapping[Turn, WorkCount]:
        """Count every work list, in one statement; `soon` is the instant until which what is due is due soon."""
        lists = {
            turn: (due, narrow(self._list(caller, turn, filters, now), caller.scope, self.store.scopes))
            for turn, due in self.due.items()
        }
        async with database.reading(caller.scope) as connection:
            return await _count(connection, lists, now, soon)

    def _lists_all(self, turn: Turn) -> bool:
        """Tell whether a list has cases without a time; where it has none, its index is read from an instant on."""
        return turn in self.members and bool(self.due[turn].nullable)

    def _list(
        self, caller: Caller, turn: Turn, filters: WorkFilters, now: datetime, *columns: Column[Any]
    ) -> Select[Any]:
        due, table, members = self.due[turn], self.store.table, self.members.get(turn)
        conditions = [due.is_not(None) if members is None else members(caller)]
        conditions += [table.c[name] == value for name, value in filters.values.items() if value is not None]
        if filters.task is not None:
            conditions.append(_has_task(table, turn, filters.task))
        if filters.overdue:
            conditions.append(due < now)
        elif filters.overdue is not None:
            conditions.append((due < now).is_not(True) if self._lists_all(turn) else due >= now)
        if filters.mine is not None:
            is_mine = or_(*(column == caller.subject for column in self.owners))
            conditions.append(is_mine if filters.mine else is_mine.is_not(True))
        return self.store.select(*columns).where(*conditions)


async def _count(
    connection: AsyncConnection,
    lists: Mapping[Turn, tuple[Column[Any], Select[Any]]],
    now: datetime,
    soon: datetime,
) -> Mapping[Turn, WorkCount]:
    """Count work lists in one statement, each up to `MOST_COUNTED` cases from the most urgent on.

    Each list is the column of its due time and the statement that it is read by.
    """

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    counts = []
    for turn, (due, statement) in lists.items():
        first = statement.with_only_columns(due.label("due_at")).order_by(due).limit(MOST_COUNTED + 1)
        at = first.subquery().c.due_at
        overdue, due_soon = number(at < now), number((at >= now) & (at <= soon))
        counts.append(select(literal(turn.value), func.count(), overdue, due_soon).select_from(at.table))
    rows = (await connection.execute(union_all(*counts))).all()
    counted = {
        name: WorkCount(min(total, MOST_COUNTED), total > MOST_COUNTED, overdue, due_soon)
        for name, total, overdue, due_soon in rows
    }
    return {turn: counted[turn] for turn in lists}
