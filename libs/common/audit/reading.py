"""Entries for an auditor's page, the newest first, by who, about whom, what for, what and when."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.entries import Action, Result
from libs.common.audit.tables import AuditTables
from libs.common.http.cursors import Keyset


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What is asked for: each that is given must hold; `since` is within the period, `until` no more."""

    actor: str | None = None
    subject: str | None = None
    purpose: str | None = None
    action: Action | None = None
    result: Result | None = None
    since: datetime | None = None
    until: datetime | None = None


async def find_entries(
    connection: AsyncConnection,
    tables: AuditTables,
    filters: AuditFilters,
    *,
    limit: int,
    cursor: str | None = None,
) -> tuple[Sequence[Row[Any]], str | None]:
    """Return a page of entries and the cursor of the next one. Raises `cursor-invalid`."""
    c = tables.entry.c
    given: Mapping[str, Any] = {name: value for name, value in asdict(filters).items() if value is not None}
    statement = select(tables.entry).where(
        *(c[name] == str(value) for name, value in given.items() if name in c),
        *([c.recorded_at >= filters.since] if filters.since else []),
        *([c.recorded_at < filters.until] if filters.until else []),
    )
    order = Keyset(((c.recorded_at, True), (c.id, True)))
    return await order.read(connection, statement, limit=limit, cursor=cursor, filters=given)
