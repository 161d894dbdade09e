"""Cases as they are read: one, a page of a list, and what happened to one; each narrowed to the caller's place."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Row, Select, select

from libs.common.aggregate import Aggregate
from libs.common.auth.callers import Place, narrow
from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.http.cursors import Keyset
from libs.common.problems import NOT_FOUND
from libs.common.store import Store

A = TypeVar("A", bound=Aggregate[Any, Any])
_IN_ORDER: Final = Keyset(((outbox.c.aggregate_seq, False),))


async def one_of(database: Database, store: Store[A, Any], case_id: str, place: Place) -> A:
    """Return a case. Raises the problem `not-found`, also for a case that the caller may not see."""
    columns = store.table.c
    statement = select(store.record_text, columns.version).where(columns.id == case_id)
    async with database.reading() as connection:
        row = (await connection.execute(narrow(statement, place, store.scopes))).mappings().one_or_none()
    if row is None:
        raise NOT_FOUND(store.missing)
    return store.read(row)


def selected(store: Store[Any, Any], order: Keyset) -> Select[Any]:
    """Return the statement that `page_of` takes, to be narrowed further: all cases, with what orders them."""
    return select(store.record_text, store.table.c.version, *(column for column, _ in order.columns))


async def page_of(
    database: Database,
    store: Store[A, Any],
    statement: Select[Any],
    order: Keyset,
    *,
    place: Place,
    limit: int,
    cursor: str | None,
    filters: Mapping[str, Any],
) -> tuple[list[A], str | None]:
    """Return a page of the cases that a statement selects and a place sees, and the cursor of the next.

    `filters` are the list's parameters, of JSON types. Raises `cursor-invalid`.
    """
    statement = narrow(statement, place, store.scopes)
    statement = order.page(statement, limit=limit, cursor=cursor, filters=filters)
    async with database.reading() as connection:
        rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
    page, following = order.split(rows, limit=limit, filters=filters)
    return [store.read(row._mapping) for row in page], following


async def history_of(
    database: Database,
    store: Store[Any, Any],
    topic: str,
    case_id: str,
    place: Place,
    *,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[Row[Any]], str | None]:
    """Return a page of what happened to a case, in order, and the cursor of the next: rows of the outbox.

    Raises `not-found` as `one_of` does, and `cursor-invalid`.
    """
    columns = store.table.c
    seen = narrow(select(columns.id).where(columns.id == case_id), place, store.scopes)
    statement: Select[Any] = select(
        outbox.c.aggregate_seq, outbox.c.type, outbox.c.created_at, outbox.c.payload
    ).where(outbox.c.topic == topic, outbox.c.key == case_id)
    statement = _IN_ORDER.page(statement, limit=limit, cursor=cursor, filters={"case": case_id})
    async with database.reading() as connection:
        if await connection.scalar(seen) is None:
            raise NOT_FOUND(store.missing)
        rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
    return _IN_ORDER.split(rows, limit=limit, filters={"case": case_id})
