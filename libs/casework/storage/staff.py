"""The staff of each utility: whom its cases are assigned to, and whom notes mention. A service keeps its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.personal import unsealed
from libs.common.database.types import Json
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import check_version, version_changed


@dataclass(frozen=True, slots=True, eq=False)
class StaffLists:
    """The lists of a service: display names by the subjects of their accounts, a row a utility."""

    table: Table

    async def all(self, connection: AsyncConnection) -> Mapping[str, Mapping[str, str]]:
        """Return the display names of each utility's staff, by utility and subject."""
        return {row.utility: row.names for row in await connection.execute(select(self.table))}

    async def of(self, connection: AsyncConnection, utility: str) -> tuple[Mapping[str, str], int]:
        """Return a utility's staff and their version; version 0 where none was saved."""
        statement = select(self.table).where(self.table.c.utility == utility)
        row = (await connection.execute(statement)).one_or_none()
        return ({}, 0) if row is None else (row.names, row.version)

    async def save(self, uow: UnitOfWork, utility: str, names: Mapping[str, str], expected: int) -> None:
        """Replace a utility's staff at the expected version. Raises `version-changed`."""
        row = {"utility": utility, "version": expected + 1, "names": dict(sorted(names.items()))}
        if expected == 0:
            try:
                await uow.connection.execute(insert(self.table).values(row))
            except IntegrityError:
                raise version_changed() from None
            return
        columns = self.table.c
        changed = await uow.connection.execute(
            update(self.table).where(columns.utility == utility, columns.version == expected).values(row)
        )
        check_version(changed.rowcount, 1)


def staff_lists(metadata: MetaData) -> StaffLists:
    """Define the table in a service's metadata."""
    return StaffLists(
        Table(
            "staff_list",
            metadata,
            Column("utility", String(20), primary_key=True),
            Column("version", Integer, nullable=False),
            Column("names", Json, nullable=False, info=unsealed("工作人员姓名", "与其所办事项一并显示")),
        )
    )
