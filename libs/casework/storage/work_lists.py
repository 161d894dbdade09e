"""Work lists as columns of a case's row: by each who may be waited for, what is due of them first."""

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
    """Return the names of the columns that a case is sorted by, by whose work list it is."""
    return {turn: f"{turn}_due_at" for turn in turns}


def work_columns(turns: type[StrEnum]) -> list[Column[Any]]:
    """Return the columns of the work lists; each is null where nothing waits for them."""
    return [Column(name, UtcDateTime) for name in column_names(turns).values()]


def index_work(table: Table, turns: type[StrEnum]) -> None:
    """Give each work list its index; it holds the cases that are on the list and no others."""
    for turn, name in column_names(turns).items():
        due = table.c[name]
        is_listed = due.is_not(None)
        Index(
            f"{table.name}_work_{turn}", due, table.c.id, postgresql_where=is_listed, sqlite_where=is_listed
        )


def work_places(
    items: Iterable[WorkItem[Any, Any, Any]], turns: type[StrEnum]
) -> Mapping[str, datetime | None]:
    """Return the values of the columns of the work lists for what there is to do on a case."""
    places = places_on_lists(items)
    return {name: places.get(turn) for turn, name in column_names(turns).items()}


def work_order(table: Table, turn: StrEnum) -> Keyset:
    """Return the order of somebody's work list."""
    return Keyset(((table.c[column_names(type(turn))[turn]], False), (table.c.id, False)))
