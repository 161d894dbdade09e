"""Work lists as columns of a case's row: what is due first for each party, and all tasks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

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
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.domain.work import WorkItem, places_on_lists
from libs.common.database.code_lists import has_code, joined
from libs.common.database.personal import impersonal
from libs.common.database.types import UtcDateTime
from libs.common.http.cursors import MOST_COUNTED, Keyset

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


def has_task(table: Table, turn: StrEnum, kind: StrEnum) -> ColumnElement[bool]:
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


def work_order(table: Table, turn: StrEnum, *, nulls_last: bool = False) -> Keyset:
    """Return the sort order of a party's work list; with `nulls_last` cases without a task are on it, too."""
    return Keyset(((due_column(table, turn), False), (table.c.id, False)), nulls_last)


@dataclass(frozen=True, slots=True)
class WorkCount:
    """How many cases are on a party's work list: all, overdue, and due within a working day."""

    total: int
    is_exceeded: bool
    overdue: int
    due_soon: int


async def count_work(
    connection: AsyncConnection,
    lists: Mapping[str, tuple[Column[Any], Select[Any]]],
    now: datetime,
    soon: datetime,
) -> Mapping[str, WorkCount]:
    """Count work lists in one statement, each up to `MOST_COUNTED` cases from the most urgent on.

    Each list is the column of its due time and the statement that it is read by. `soon` is the instant until which
    what is due is due soon.
    """

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    counts = []
    for name, (due, statement) in lists.items():
        first = statement.with_only_columns(due.label("due_at")).order_by(due).limit(MOST_COUNTED + 1)
        at = first.subquery().c.due_at
        overdue, due_soon = number(at < now), number((at >= now) & (at <= soon))
        counts.append(select(literal(name), func.count(), overdue, due_soon).select_from(at.table))
    rows = (await connection.execute(union_all(*counts))).all()
    return {
        name: WorkCount(min(total, MOST_COUNTED), total > MOST_COUNTED, overdue, due_soon)
        for name, total, overdue, due_soon in rows
    }
