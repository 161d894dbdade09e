"""Rotation of keys as a job: in batches, while the service reads and writes, begun again wherever it was stopped.

What is left to do is what the rows say, so nothing is remembered of a run: a data key that another key wraps, an
index that another key made, a data key that is older than it may be, a record that the present key has not sealed. An
old key leaves the environment when nothing
is left of it.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import MetaData, Table, and_, bindparam, func, select, tuple_, update

from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.ciphers import NotOpenedError
from libs.common.encryption.columns import SealedColumn
from libs.common.encryption.records import (
    Records,
    filled_columns,
    is_sealed,
    record_text,
    row_of,
    select_records,
    stored,
)
from libs.common.encryption.sealer import Sealer

log = structlog.get_logger(__name__)

BATCH: Final = 500
RECORDS: Final = 200
"""Records in one transaction, whose rows no command can change meanwhile."""
PERSONS: Final = 100
"""Persons in one transaction, since all of their values change in it."""
KEPT_REPLACED: Final = timedelta(minutes=10)
"""Who reads a value and then its key is done long before."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rotation is: of data keys, of an index by its column, or of a table's records.

    `left` is counted before the batch; `damaged` are its records that do not open, which stay as they are.
    """

    what: str
    done: int
    left: int
    damaged: int = 0


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


async def rotate_data_keys(
    database: Database,
    clock: Clock,
    sealer: Sealer,
    columns: Sequence[SealedColumn],
    older_than: datetime,
    batch: int = PERSONS,
) -> AsyncGenerator[Progress]:
    """Give every person whose data key was made before an instant a new one, and seal their values by it.

    A person's values change in one transaction with their key. The versions that were replaced longer ago than
    `KEPT_REPLACED` are dropped, those of this run by a later one. Persons of whom something is being written are
    passed over: the next run finds them. Yields after each batch.
    """
    keys, before = sealer.table.c, clock.now() - KEPT_REPLACED

    async def replace(uow: UnitOfWork, subjects: Sequence[str]) -> None:
        await sealer.replace_keys(uow, subjects, columns)

    async def drop(uow: UnitOfWork, subjects: Sequence[str]) -> None:
        await sealer.drop_replaced(uow, subjects, columns, before)

    is_there = keys.wrapped.is_not(None)
    is_old = and_(is_there, keys.dropped_at.is_(None), keys.created_at < older_than)
    is_replaced = and_(is_there, keys.dropped_at < before)
    for what, condition, change in (
        ("data_key", is_old, replace),
        ("data_key.replaced", is_replaced, drop),
    ):
        left = await _count(database, sealer.table, condition)
        persons = select(keys.subject).where(condition).distinct().order_by(keys.subject).limit(batch)
        found = persons
        while True:
            async with database.unit_of_work(clock.now()) as uow:
                subjects = (await uow.connection.scalars(found)).all()
                if subjects:
                    await change(uow, subjects)
            if not subjects:
                break
            yield Progress(what, len(subjects), left)
            left = max(left - len(subjects), 0)
            found = persons.where(keys.subject > subjects[-1])


async def seal_records(
    database: Database, clock: Clock, records: Records, metadata: MetaData, batch: int = RECORDS
) -> AsyncGenerator[Progress]:
    """Seal by the present key every record of a service that is not: in the clear, or under a former key.

    It changes no version, so nobody who saw the thing before conflicts with it. Yields after each batch.
    """
    for table in metadata.sorted_tables:
        if is_sealed(table):
            async for progress in _seal_table(database, clock, records, table, batch):
                yield progress


async def _seal_table(
    database: Database, clock: Clock, records: Records, table: Table, batch: int
) -> AsyncGenerator[Progress]:
    keys = list(table.primary_key)
    text = record_text(table).element
    is_old = text.not_like(f'"{records.prefix}%')
    if not records.is_writing:
        is_old = and_(is_old, text.like('"%'))
    left, after = await _count(database, table, is_old), None
    while left:
        statement = select_records(table).where(is_old).order_by(*keys).limit(batch)
        if after is not None:
            last = [bindparam(None, after[key.name], key.type) for key in keys]
            statement = statement.where(tuple_(*keys) > tuple_(*last))
        async with database.unit_of_work(clock.now()) as uow:
            rows = (await uow.connection.execute(statement.with_for_update())).mappings().all()
            damaged = [row_of(table, row) for row in rows if not await _seal_row(uow, records, table, row)]
        if not rows:
            return
        for row_name in damaged:
            log.error("record_not_opened", table=table.name, row=row_name)
        after = rows[-1]
        yield Progress(f"{table.name}.record", len(rows) - len(damaged), left, len(damaged))
        left = max(left - len(rows), 0)


async def _seal_row(uow: UnitOfWork, records: Records, table: Table, row: Mapping[Any, Any]) -> bool:
    """Seal the record of a locked row by the present key; tell whether it could be opened."""
    try:
        text = records.open(table, row_of(table, row), row["record"])
    except NotOpenedError:
        return False
    record = msgspec.json.decode(text)
    values = {name: record.get(name) for name in filled_columns(table)}
    values["record"] = stored(table, row_of(table, row), msgspec.Raw(text.encode()), records)
    is_row = and_(*(key == row[key.name] for key in table.primary_key))
    await uow.connection.execute(update(table).where(is_row).values(values))
    return True


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
