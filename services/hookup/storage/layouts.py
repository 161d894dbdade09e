"""Each utility's own layout of ledgers, as it was last saved."""

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.http.etags import version_changed
from services.hookup.ledger.own_layout import USUAL, Layout
from services.hookup.storage.tables import import_layout

_c = import_layout.c


async def find(connection: AsyncConnection, utility: str) -> tuple[Layout, int]:
    """Return a utility's layout and its version; the usual one, version 0, where none was saved."""
    row = (await connection.execute(select(_c.layout, _c.version).where(_c.utility == utility))).one_or_none()
    return (USUAL, 0) if row is None else (msgspec.convert(row.layout, Layout), row.version)


async def save(work: UnitOfWork, utility: str, layout: Layout, version: int, by: str) -> int:
    """Save a layout over the version that was seen; return the new one. Raises `version-changed`."""
    values = {
        "layout": msgspec.to_builtins(layout),
        "version": version + 1,
        "updated_at": work.now,
        "updated_by": by,
    }
    statement = (
        update(import_layout).where(_c.utility == utility, _c.version == version).values(values)
        if version
        else upsert(work, import_layout).values(utility=utility, **values).on_conflict_do_nothing()
    )
    if (await work.connection.execute(statement)).rowcount != 1:
        raise version_changed()
    return version + 1
