"""Work lists as columns of a case's row: one column per party, with the earliest due time of its tasks."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Column, Index, Table

from libs.casework.domain.work import WorkItem, places_on_lists
from libs.common.database.types import UtcDateTime
from libs.common.http.cursors import Keyset


@cache
def column_names(turns: type[StrEnum]) -> Mapping[Any, str]:
    """Return the column names of the work lists, by party."""
    return {turn: f"{turn}_due_at" for turn in turns}


def work_columns(turns: type[StrEnum]) -> list[Column[Any]]:
    """Return the columns of the work lists; null where the party has no task."""
    return [Column(name, UtcDateTime) for name in column_names(turns).values()]


def index_work(table: Table, turns: type[StrEnum]) -> None:
    """Add a partial index for each work list, of the cases that are on it."""
    for turn, name in column_names(turns).items():
        due = table.c[name]
        is_listed = due.is_not(None)
        Index(
            f"{table.name}_work_{turn}", due, table.c.id, postgresql_where=is_listed, sqlite_where=is_listed
        )


def work_places(
    items: Iterable[WorkItem[Any, Any, Any]], turns: type[StrEnum]
) -> Mapping[str, datetime | None]:
    """Return the values of the work list columns for the tasks of a case."""
    places = places_on_lists(items)
    return {name: places.get(turn) for turn, name in column_names(turns).items()}


def work_order(table: Table, turn: StrEnum) -> Keyset:
    """Return the sort order of a party's work list."""
    return Keyset(((table.c[column_names(type(turn))[turn]], False), (table.c.id, False)))
