"""Dead letters: messages that could not be handled, kept with their reason until they are replayed or discarded."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import RowMapping, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite

from libs.common.bus import Partition, Received
from libs.common.database.engine import Database
from libs.common.database.tables import dead_letter, inbox
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, from_received


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

    def event(self) -> IncomingEvent:
        """Read it as an event. Raises UnreadableEventError."""
        return from_received(self.received)


async def keep(work: UnitOfWork, subscription: str, received: Received, reason: Reason, detail: str) -> None:
    """Keep a message; keeping the same one again changes nothing."""
    insert = sqlite.insert if work.connection.dialect.name == "sqlite" else postgresql.insert
    headers = dict(received.headers)
    number = headers.get("ce_aggregateseq", b"")
    await work.connection.execute(
        insert(dead_letter)
        .values(
            subscription=subscription,
            topic=received.partition.topic,
            partition=received.partition.number,
            offset=received.offset,
            aggregate_id=received.key[:64],
            aggregate_seq=int(number) if number.isdigit() and len(number) < 10 else None,
            headers=[[name, b64encode(value).decode()] for name, value in received.headers],
            value=received.value,
            reason=reason,
            detail=detail,
            created_at=work.now,
        )
        .on_conflict_do_nothing()
    )


async def waiting_for(work: UnitOfWork, subscription: str, marks: Mapping[str, int]) -> list[Letter]:
    """Return the letters of these aggregates that wait behind a gap, in the order of their numbers."""
    if not marks:
        return []
    rows = await work.connection.execute(
        _open(subscription)
        .where(dead_letter.c.aggregate_id.in_(marks), dead_letter.c.reason == Reason.GAP)
        .order_by(dead_letter.c.aggregate_id, dead_letter.c.aggregate_seq)
        .limit(1_000)
    )
    return [_letter(row) for row in rows.mappings()]


async def resolve(work: UnitOfWork, ids: Sequence[int], resolution: str) -> None:
    """Mark letters as dealt with."""
    if ids:
        await work.connection.execute(
            update(dead_letter)
            .where(dead_letter.c.id.in_(ids))
            .values(resolved_at=work.now, resolution=resolution)
        )


async def settle(work: UnitOfWork, letter: Letter) -> bool:
    """Mark a replayed letter as dealt with if its aggregate's mark has reached it; tell whether it has."""
    mark = await work.connection.scalar(
        select(inbox.c.seq).where(
            inbox.c.subscription == letter.subscription, inbox.c.aggregate_id == letter.received.key
        )
    )
    done = letter.aggregate_seq is not None and mark is not None and mark >= letter.aggregate_seq
    if done:
        await resolve(work, [letter.id], "replayed")
    return done


async def discard(work: UnitOfWork, letter: Letter) -> None:
    """Give a letter up. If it is the next of its aggregate, the mark moves past it, so that the rest can follow."""
    await resolve(work, [letter.id], "discarded")
    if letter.aggregate_seq is None:
        return
    mark = inbox.c.subscription == letter.subscription, inbox.c.aggregate_id == letter.received.key
    moved = await work.connection.execute(
        update(inbox).where(*mark, inbox.c.seq == letter.aggregate_seq - 1).values(seq=letter.aggregate_seq)
    )
    if moved.rowcount == 0 and letter.aggregate_seq == 1:
        insert = sqlite.insert if work.connection.dialect.name == "sqlite" else postgresql.insert
        await work.connection.execute(
            insert(inbox)
            .values(subscription=letter.subscription, aggregate_id=letter.received.key, seq=1)
            .on_conflict_do_nothing()
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
