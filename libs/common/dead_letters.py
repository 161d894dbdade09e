"""Dead letters: messages that could not be handled, kept with their reason until they are replayed or discarded."""

from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    ScalarSelect,
    Select,
    bindparam,
    delete,
    func,
    select,
    update,
)

from libs.common.bus import Partition, Received
from libs.common.database.engine import Database
from libs.common.database.tables import dead_letter, inbox
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.events import LAST_SEQ, is_key


class Reason(StrEnum):
    """Why a message was kept."""

    UNREADABLE = "unreadable"
    GAP = "gap"
    HANDLER_FAILED = "handler_failed"


@dataclass(frozen=True, slots=True)
class Letter:
    """A kept message."""

    id: int
    subscription: str
    received: Received
    aggregate_seq: int | None
    reason: Reason
    detail: str
    created_at: datetime


async def keep(work: UnitOfWork, subscription: str, kept: Sequence[tuple[Received, Reason, str]]) -> None:
    """Keep messages with reason and detail; keeping one again only tells the newest reason."""
    if not kept:
        return
    statement = upsert(work.connection.dialect, dead_letter)
    statement = statement.on_conflict_do_update(
        index_elements=["subscription", "topic", "partition", "offset"],
        set_={"reason": statement.excluded.reason, "detail": statement.excluded.detail},
        where=dead_letter.c.resolved_at.is_(None),
    )
    rows = [
        {
            "subscription": subscription,
            "topic": received.partition.topic,
            "partition": received.partition.number,
            "offset": received.offset,
            # What is no aggregate's id has no place among the aggregates; the detail names it.
            "aggregate_id": received.key if is_key(received.key) else "",
            "aggregate_seq": _number(dict(received.headers)),
            "headers": [[_storable(name), b64encode(value).decode()] for name, value in received.headers],
            "value": received.value,
            "reason": reason,
            "detail": _storable(detail),
            "created_at": work.now,
        }
        for received, reason, detail in kept
    ]
    await work.connection.execute(statement, rows)


def _number(headers: Mapping[str, bytes]) -> int | None:
    number = headers.get("ce_aggregateseq", b"")
    return int(number) if number.isdigit() and len(number) <= 10 and 0 < int(number) <= LAST_SEQ else None


def _storable(text: str) -> str:
    # PostgreSQL takes no NUL in texts, and what cannot be kept would stop the consumer for good.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _mark(letter: Any) -> ScalarSelect[int]:
    return (
        select(inbox.c.seq)
        .where(inbox.c.subscription == letter.subscription, inbox.c.aggregate_id == letter.aggregate_id)
        .scalar_subquery()
    )


def _of_aggregates() -> tuple[ColumnElement[bool], ...]:
    return (
        dead_letter.c.subscription == bindparam("name"),
        dead_letter.c.resolved_at.is_(None),
        dead_letter.c.aggregate_id.in_(bindparam("aggregates", expanding=True)),
    )


# Built once: both run for every batch, and to build them takes longer than to run them.
_SETTLE = (
    update(dead_letter)
    .where(*_of_aggregates(), dead_letter.c.aggregate_seq <= _mark(dead_letter.c))
    .values(resolved_at=bindparam("now"), resolution="replayed")
)
_WAITING = (
    select(
        *dead_letter.c,
        _mark(dead_letter.c).label("mark"),
        func.dense_rank()
        .over(partition_by=dead_letter.c.aggregate_id, order_by=dead_letter.c.aggregate_seq)
        .label("turn"),
    )
    .where(*_of_aggregates(), dead_letter.c.reason == Reason.GAP)
    .subquery()
)
_NEXT_IN_LINE = (
    select(_WAITING)
    .where(_WAITING.c.aggregate_seq == func.coalesce(_WAITING.c.mark, 0) + _WAITING.c.turn)
    .order_by(_WAITING.c.aggregate_id, _WAITING.c.aggregate_seq)
    .limit(1_000)
)


async def next_in_line(database: Database, subscription: str, aggregates: Collection[str]) -> list[Letter]:
    """Return letters of these aggregates that waited for a gap which is closed, in order, at most a thousand."""
    async with database.reading() as connection:
        rows = await connection.execute(_NEXT_IN_LINE, {"name": subscription, "aggregates": list(aggregates)})
        return [_letter(row) for row in rows.mappings()]


async def settle(work: UnitOfWork, subscription: str, aggregates: Collection[str]) -> None:
    """Mark the letters of these aggregates as dealt with whose events have taken effect meanwhile."""
    await work.connection.execute(
        _SETTLE, {"name": subscription, "aggregates": list(aggregates), "now": work.now}
    )


async def has_taken_effect(database: Database, letter: Letter) -> bool:
    """Tell whether a letter was replayed."""
    async with database.reading() as connection:
        resolution = await connection.scalar(
            select(dead_letter.c.resolution).where(dead_letter.c.id == letter.id)
        )
    return resolution == "replayed"


async def discard(work: UnitOfWork, letter: Letter) -> None:
    """Give a letter up. If it is the next of its aggregate, the mark moves past it, so that the rest can follow."""
    await work.connection.execute(
        update(dead_letter)
        .where(dead_letter.c.id == letter.id, dead_letter.c.resolved_at.is_(None))
        .values(resolved_at=work.now, resolution="discarded")
    )
    if letter.aggregate_seq is not None and letter.received.key:
        await _raise_mark(work, letter, letter.aggregate_seq, inbox.c.seq == letter.aggregate_seq - 1)


async def close_gap(work: UnitOfWork, letter: Letter) -> bool:
    """Give up what is missing before a letter, so that it is the next; tell whether that could be done.

    It cannot while an earlier event of the aggregate is itself an open letter: that one is not missing.
    """
    if letter.aggregate_seq is None or not letter.received.key:
        return False
    earlier = await work.connection.scalar(
        select(func.count())
        .select_from(dead_letter)
        .where(
            dead_letter.c.subscription == letter.subscription,
            dead_letter.c.resolved_at.is_(None),
            dead_letter.c.aggregate_id == letter.received.key,
            dead_letter.c.aggregate_seq < letter.aggregate_seq,
        )
    )
    if earlier:
        return False
    await _raise_mark(work, letter, letter.aggregate_seq - 1, inbox.c.seq < letter.aggregate_seq - 1)
    return True


async def _raise_mark(work: UnitOfWork, letter: Letter, to: int, only: ColumnElement[bool]) -> None:
    row = {"subscription": letter.subscription, "aggregate_id": letter.received.key}
    # An aggregate that has no mark yet stands at none.
    statement = upsert(work.connection.dialect, inbox).values(**row, seq=0).on_conflict_do_nothing()
    await work.connection.execute(statement)
    await work.connection.execute(
        update(inbox)
        .where(inbox.c.subscription == letter.subscription, inbox.c.aggregate_id == letter.received.key, only)
        .values(seq=to)
    )


async def find(database: Database, *, after: int = 0, most: int = 100) -> list[Letter]:
    """Return open letters by id, a page at a time."""
    async with database.reading() as connection:
        rows = await connection.execute(
            _open(None).where(dead_letter.c.id > after).order_by(dead_letter.c.id).limit(most)
        )
        return [_letter(row) for row in rows.mappings()]


def _open(subscription: str | None) -> Select[tuple[object, ...]]:
    statement = select(*dead_letter.c).where(dead_letter.c.resolved_at.is_(None))
    return statement if subscription is None else statement.where(dead_letter.c.subscription == subscription)


def _letter(row: RowMapping) -> Letter:
    return Letter(
        id=row["id"],
        subscription=row["subscription"],
        received=Received(
            partition=Partition(row["topic"], row["partition"]),
            offset=row["offset"],
            key=row["aggregate_id"],
            value=row["value"],
            headers=tuple((name, b64decode(value)) for name, value in row["headers"]),
        ),
        aggregate_seq=row["aggregate_seq"],
        reason=Reason(row["reason"]),
        detail=row["detail"],
        created_at=row["created_at"],
    )


async def purge(work: UnitOfWork, before: datetime, most: int = 1_000) -> int:
    """Forget up to `most` letters that were dealt with before an instant; return how many."""
    old = select(dead_letter.c.id).where(dead_letter.c.resolved_at < before).limit(most)
    result = await work.connection.execute(delete(dead_letter).where(dead_letter.c.id.in_(old)))
    return result.rowcount
