"""The history of a case: its published events in the outbox."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, select

from libs.common.auth.callers import Scope, narrow
from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.http.cursors import Keyset
from libs.common.problems import NOT_FOUND
from libs.common.store import Store

_IN_ORDER: Final = Keyset(((outbox.c.aggregate_seq, False),))


async def history_of(
    database: Database,
    store: Store[Any, Any],
    case_id: str,
    scope: Scope,
    *,
    limit: int,
    cursor: str | None,
    without: Collection[str] = (),
) -> tuple[Sequence[Row[Any]], str | None]:
    """Return a page of a case's events in order, as rows of the outbox, and the next cursor.

    `without` are types of events that the caller may not see.
    Raises `not-found`, also for a case that the caller may not see, and `cursor-invalid`.
    """
    columns = store.table.c
    seen = narrow(select(columns.id).where(columns.id == case_id), scope, store.scopes)
    statement: Select[Any] = select(
        outbox.c.aggregate_seq, outbox.c.type, outbox.c.created_at, outbox.c.payload
    ).where(outbox.c.topic == store.topic, outbox.c.key == case_id)
    if without:
        statement = statement.where(outbox.c.type.not_in(sorted(without)))
    statement = _IN_ORDER.page(statement, limit=limit, cursor=cursor, filters={"case": case_id})
    async with database.reading() as connection:
        if await connection.scalar(seen) is None:
            raise NOT_FOUND(store.missing)
        rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
    return _IN_ORDER.split(rows, limit=limit, filters={"case": case_id})
