"""The saved layouts of utilities for a kind of ledger."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.http.etags import version_changed
from libs.workbooks.ledgers.own_layout import USUAL, Layout


@dataclass(frozen=True, slots=True)
class Layouts:
    """The stored layouts."""

    table: Table

    async def find(self, connection: AsyncConnection, utility: str) -> tuple[Layout, int]:
        """Return a utility's layout and its version; the default layout with version 0 where none is saved."""
        columns = self.table.c
        statement = select(columns.layout, columns.version).where(columns.utility == utility)
        row = (await connection.execute(statement)).one_or_none()
        return (USUAL, 0) if row is None else (msgspec.convert(row.layout, Layout), row.version)

    async def save(self, uow: UnitOfWork, utility: str, layout: Layout, version: int, by: str) -> int:
        """Save a layout at the expected version; return the new version. Raises `version-changed`."""
        columns = self.table.c
        values = {
            "layout": msgspec.to_builtins(layout),
            "version": version + 1,
            "updated_at": uow.now,
            "updated_by": by,
        }
        statement = (
            update(self.table).where(columns.utility == utility, columns.version == version).values(values)
            if version
            else upsert(uow.dialect, self.table).values(utility=utility, **values).on_conflict_do_nothing()
        )
        if (await uow.connection.execute(statement)).rowcount != 1:
            raise version_changed()
        return version + 1
