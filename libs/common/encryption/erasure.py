"""Erasure of a person in the rows: the data keys go, and what the columns hold."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.encryption.columns import SealedColumn, by_table


async def erase_rows(
    connection: AsyncConnection, keys: Table, subject: str, columns: Iterable[SealedColumn], now: datetime
) -> None:
    """Drop the data keys of a person, and empty what these columns hold of them, their indexes with it."""
    # Locked first, in a statement of its own: a key that a rotation has just made is seen by the next one alone.
    await connection.execute(select(keys.c.version).where(keys.c.subject == subject).with_for_update())
    await connection.execute(
        update(keys).where(keys.c.subject == subject).values(wrapping_id=None, wrapped=None, dropped_at=now)
    )
    for table, some in by_table(columns).items():
        emptied = dict.fromkeys(cells_of(some))
        await connection.execute(update(table).where(table.c.subject == subject).values(emptied))


def cells_of(columns: Iterable[SealedColumn]) -> list[str]:
    """Return the names of sealed columns and of their indexes."""
    return [
        name
        for column in columns
        for name in (column.name, *(() if column.index is None else (column.index.name,)))
    ]
