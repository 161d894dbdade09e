"""Rotation of keys as a job: in batches, while the service reads and writes, begun again wherever it was stopped.

What is left to do is what the rows say, so nothing is remembered of a run: a data key that another key wraps, an
index that another key made. An old key leaves the environment when nothing is left of it.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, func, select, update

from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.columns import SealedColumn
from libs.common.encryption.sealer import Sealer

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rotation is: of the data keys, or of an index by its column; `left` is counted before the batch."""

    what: str
    done: int
    left: int


async def rotate(
    database: Database, clock: Clock, sealer: Sealer, columns: Sequence[SealedColumn], batch: int = BATCH
) -> AsyncGenerator[Progress]:
    """Wrap every data key by the present key, and make every index by the present one; yield after each batch."""
    left = await _count(database, sealer.table, sealer.table.c.wrapping_id != sealer.ring.wrapping_id)
    while left:
        async with database.unit_of_work(clock.now()) as uow:
            done = await _rewrap(uow, sealer, batch)
        yield Progress("data_key", done, left)
        left = max(left - done, 0) if done else 0
    for column in columns:
        if column.index is not None:
            async for progress in _reindex(database, clock, sealer, column, column.index, batch):
                yield progress


async def _rewrap(uow: UnitOfWork, sealer: Sealer, batch: int) -> int:
    keys = sealer.table
    rows = await uow.connection.execute(
        select(keys)
        .where(keys.c.wrapping_id != sealer.ring.wrapping_id)
        .order_by(keys.c.subject, keys.c.version)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    found = rows.all()
    for row in found:
        await uow.connection.execute(
            update(keys)
            .where(keys.c.subject == row.subject, keys.c.version == row.version)
            .values(sealer.rewrapped(row))
        )
    return len(found)


async def _reindex(
    database: Database, clock: Clock, sealer: Sealer, column: SealedColumn, index: Any, batch: int
) -> AsyncGenerator[Progress]:
    table = column.table
    is_old = index.not_like(f"{sealer.ring.indexing_id}.%")
    left, after = await _count(database, table, is_old), ""
    while left:
        async with database.unit_of_work(clock.now()) as uow:
            statement = select(table.c.id, table.c.subject, table.c[column.name]).where(is_old)
            if after:
                statement = statement.where(table.c.id > after)
            rows = (
                (await uow.connection.execute(statement.order_by(table.c.id).limit(batch).with_for_update()))
                .mappings()
                .all()
            )
            texts = await sealer.opened(uow.connection, [column], rows)
            for row, opened in zip(rows, texts, strict=True):
                text = opened[column.name]
                # Of one who was erased nothing is to be found.
                made = None if text is None else sealer.index(column, text)
                await uow.connection.execute(
                    update(table).where(table.c.id == row["id"]).values({index.name: made})
                )
        if not rows:
            return
        after = rows[-1]["id"]
        yield Progress(column.path, len(rows), left)
        left = max(left - len(rows), 0)


async def _count(database: Database, table: Table, condition: Any) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
