"""A small database and its events, for the tests of what moves events and time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from libs.common.bus import Partition, Received
from libs.common.database.engine import Database
from libs.common.database.tables import dead_letter, house, inbox, outbox, timer
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import EventPayload, IncomingEvent, OutgoingEvent, outgoing, to_message
from libs.common.timers import Timer

NOW = datetime(2022, 11, 8, 2, 0, tzinfo=UTC)
TOPIC = "sqn.sample.events"

metadata = MetaData()
# Without a unique key, so that a second effect of one event would show.
effect = Table(
    "effect",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("aggregate_id", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
)
account = Table(
    "account",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
)


class Noted(EventPayload):
    """Something was noted."""

    service: ClassVar[str] = "sample"
    event: ClassVar[str] = "noted"

    text: str = ""


def noted(key: str, seq: int, topic: str = TOPIC, text: str = "") -> OutgoingEvent:
    return replace(outgoing(Noted(text=text), key=key, aggregate_seq=seq, time=NOW), topic=topic)


def received(key: str, seq: int, offset: int | None = None) -> Received:
    """The message of an event; where no offset is said, the same event has the same place."""
    event = noted(key, seq)
    message = to_message(
        event_id=event.event_id,
        topic=TOPIC,
        key=key,
        aggregate_seq=seq,
        type=event.type,
        payload=event.payload,
        traceparent=event.traceparent,
        created_at=event.time,
    )
    place = int.from_bytes(key.encode()[-3:]) * 10_000 + seq if offset is None else offset
    return Received(Partition(TOPIC, 0), place, key, message.value, message.headers)


async def create_tables(database: Database) -> None:
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
        await connection.run_sync(metadata.create_all)


async def fill_outbox(database: Database, topic: str, *, keys: int, each: int, text: str = "") -> None:
    """Write `each` events of every key, the keys taking turns, in transactions as commands would."""
    for start in range(1, each + 1, 50):
        async with database.unit_of_work(NOW) as work:
            for seq in range(start, min(start + 50, each + 1)):
                work.publish(*(noted(f"key-{key}", seq, topic, text) for key in range(keys)))


async def take_effect(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
    """A handler: note each event."""
    await work.connection.execute(
        insert(effect), [{"aggregate_id": event.aggregate_id, "seq": event.aggregate_seq} for event in events]
    )


async def pass_on(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
    """A handler: note each event and publish another for it."""
    await take_effect(events, work)
    work.publish(*(noted(event.aggregate_id, event.aggregate_seq, "sqn.next.events") for event in events))


async def fired(due: Timer, work: UnitOfWork) -> None:
    """A timer's handler: note that it has fired."""
    await work.connection.execute(insert(effect), {"aggregate_id": due.aggregate_id, "seq": 1})


async def effects(database: Database) -> dict[str, list[int]]:
    """The numbers that took effect, per aggregate, in the order in which they did."""
    found: dict[str, list[int]] = {}
    async with database.reading() as connection:
        for row in await connection.execute(select(effect).order_by(effect.c.id)):
            found.setdefault(row.aggregate_id, []).append(row.seq)
    return found


async def marks(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        rows = await connection.execute(select(inbox.c.aggregate_id, inbox.c.seq))
        return {row.aggregate_id: row.seq for row in rows}


async def letters(database: Database) -> list[tuple[str, int | None, str, str | None]]:
    """Key, number, reason and resolution of every letter, in the order in which they were kept."""
    async with database.reading() as connection:
        rows = await connection.execute(
            select(
                dead_letter.c.aggregate_id,
                dead_letter.c.aggregate_seq,
                dead_letter.c.reason,
                dead_letter.c.resolution,
            ).order_by(dead_letter.c.id)
        )
        return [(key, seq, reason, resolution) for key, seq, reason, resolution in rows]


async def unpublished(database: Database) -> int:
    async with database.reading() as connection:
        count = select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
        return await connection.scalar(count) or 0


async def outbox_rows(database: Database) -> list[tuple[str, int]]:
    async with database.reading() as connection:
        rows = await connection.execute(select(outbox.c.key, outbox.c.aggregate_seq).order_by(outbox.c.seq))
        return [(key, seq) for key, seq in rows]


async def waiting(database: Database) -> int:
    """Return the number of timers."""
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(timer)) or 0
