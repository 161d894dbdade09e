"""After a restore: whoever was erased since the backup is erased again, before the service answers anybody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Table, inspect, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.log import AuditLog
from libs.common.database.engine import Database
from libs.common.encryption.columns import SealedColumn, by_table, inventory
from libs.common.encryption.erasure import cells_of, erase_rows

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 1_000


async def apply_erasures(database: Database, audit: AuditLog, now: datetime) -> Sequence[str]:
    """Erase those of whom an erasure is noted and something is there; return their ids.

    The database may be of an earlier release: columns that it does not have are passed over. A forged note is told in
    the log and erases nobody. Raises `files-unavailable`: who cannot know whom to erase must not serve.
    """
    metadata = audit.tables.entry.metadata
    keys = metadata.tables.get("data_key")
    if keys is None:
        return []
    noted = await audit.external.erased()
    erased: list[str] = []
    for start in range(0, len(noted), _AT_ONCE):
        async with database.unit_of_work(now) as uow:
            present = await uow.connection.run_sync(_present, inventory(metadata), keys)
            if present is None:
                return []
            some = noted[start : start + _AT_ONCE]
            for subject in await _left(uow.connection, keys, present, some):
                if not await audit.external.is_noted(subject):
                    log.error("erasure_note_not_genuine", subject=subject)
                    continue
                await erase_rows(uow.connection, keys, subject, present, now)
                erased.append(subject)
    if erased:
        log.warning("erased_again", subjects=erased)
    return erased


def _present(
    connection: Connection, columns: Sequence[SealedColumn], keys: Table
) -> list[SealedColumn] | None:
    """Return the sealed columns that the database has; None where it has no data keys at all."""
    inspector: Any = inspect(connection)
    tables = set(inspector.get_table_names())
    if keys.name not in tables:
        return None
    there = {
        table.name: {column["name"] for column in inspector.get_columns(table.name)}
        for table in {column.table for column in columns}
        if table.name in tables
    }
    return [column for column in columns if set(cells_of([column])) <= there.get(column.table.name, set())]


async def _left(
    connection: AsyncConnection, keys: Table, columns: Sequence[SealedColumn], subjects: Sequence[str]
) -> list[str]:
    """Return those of these persons of whom a key or a value is there."""
    found = [select(keys.c.subject).where(keys.c.wrapped.is_not(None), keys.c.subject.in_(subjects))]
    for table, some in by_table(columns).items():
        is_filled = or_(*(table.c[name].is_not(None) for name in cells_of(some)))
        found.append(select(table.c.subject).where(table.c.subject.in_(subjects), is_filled))
    return sorted(await connection.scalars(union(*found)))
