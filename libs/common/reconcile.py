"""After a restore: what the topic has and the database has not, and the other way round.

A service that keeps its outbox for ever knows every event that it has published, so the comparison is exact:

- *unsent*: marked as published and not in the topic: the database is ahead. They are published again.
- *unknown*: in the topic and not in the database: it is behind. Their numbers would be given to other events, so they
  are taken into the outbox as published: whoever would use such a number again is refused, and the case is fenced.
- *contrary*: one number, two events: the numbers have been used again already. No program can tell which is right.

A service that listens may have been set back behind its position, and would never see again what lies between:

- *passed over*: before the group's position, not in effect and not kept as a letter.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy import insert, select, update

from libs.common.bus import Bus, BusError, Partition, Received
from libs.common.database.engine import Database
from libs.common.database.tables import dead_letter, inbox, outbox
from libs.common.events import IncomingEvent, UnreadableEventError, from_received
from libs.common.inbox import Subscription

MOST = 5_000
QUIET_POLLS = 3
EMPTY_POLLS = 60


@dataclass
class Published:
    """How a service's outbox and its topic differ."""

    unsent: list[int] = field(default_factory=list)
    unknown: list[IncomingEvent] = field(default_factory=list)
    contrary: list[IncomingEvent] = field(default_factory=list)

    @property
    def fenced(self) -> list[str]:
        """Return the aggregates that the database knows only in part."""
        return sorted({each.aggregate_id for each in self.unknown})


async def read_to_end(bus: Bus, topics: Sequence[str], group: str) -> AsyncIterator[Received]:
    """Yield what lies before a group, or for a new one everything, and commit nothing. Raises BusError."""
    consumer = await bus.consumer(group, topics)
    try:
        quiet = 0
        while True:
            batch = await consumer.poll(MOST, 0.5)
            for received in batch:
                yield received
            quiet = 0 if batch else quiet + 1
            lag = consumer.lag()
            if any(lag.values()) and quiet > EMPTY_POLLS:
                raise BusError(f"{sum(lag.values())} messages of {', '.join(topics)} do not come")
            # A topic without a message tells no lag; a group that has just been joined does not yet.
            if quiet >= (QUIET_POLLS if lag and not any(lag.values()) else EMPTY_POLLS):
                return
    finally:
        await consumer.close()


async def compare_published(database: Database, bus: Bus, topic: str) -> Published:
    """Compare the outbox with its topic. No relay may run meanwhile. Raises BusError."""
    async with database.reading() as connection:
        rows = await connection.execute(
            select(
                outbox.c.key, outbox.c.aggregate_seq, outbox.c.event_id, outbox.c.seq, outbox.c.published_at
            ).where(outbox.c.topic == topic)
        )
        known, missing = {}, {}
        for key, number, event_id, seq, published_at in rows:
            known[key, number] = event_id
            if published_at is not None:
                missing[event_id] = seq
    found = Published()
    async for received in read_to_end(bus, [topic], f"reconcile.{uuid4()}"):
        try:
            event = from_received(received)
        except UnreadableEventError:
            # Not ours: what listens has it as a letter.
            continue
        missing.pop(event.id, None)
        place = (event.aggregate_id, event.aggregate_seq)
        if place not in known:
            found.unknown.append(event)
            # What the relay has sent twice is one event.
            known[place] = event.id
        elif known[place] != event.id:
            found.contrary.append(event)
    found.unsent = sorted(missing.values())
    return found


async def repair_published(database: Database, topic: str, found: Published, now: datetime) -> None:
    """Let the relay publish again what is unsent, and take what is unknown into the outbox as published."""
    async with database.unit_of_work(now) as work:
        for start in range(0, len(found.unsent), MOST):
            await work.connection.execute(
                update(outbox)
                .where(outbox.c.seq.in_(found.unsent[start : start + MOST]))
                .values(published_at=None)
            )
        if found.unknown:
            await work.connection.execute(
                insert(outbox),
                [
                    {
                        "event_id": each.id,
                        "topic": topic,
                        "key": each.aggregate_id,
                        "aggregate_seq": each.aggregate_seq,
                        "type": each.type,
                        "payload": each.data,
                        "traceparent": each.traceparent,
                        "created_at": each.time,
                        "published_at": now,
                    }
                    for each in found.unknown
                ],
            )


async def passed_over(database: Database, bus: Bus, subscription: Subscription, group: str) -> list[str]:
    """Return the aggregates whose events lie before the group's position and have never taken effect.

    No worker may run meanwhile: this joins its group to see what would still come. Raises BusError.
    """
    to_come: set[tuple[Partition, int]] = set()
    async for received in read_to_end(bus, subscription.topics, group):
        to_come.add((received.partition, received.offset))
    async with database.reading() as connection:
        name = subscription.name
        marks = {
            row.aggregate_id: row.seq
            for row in await connection.execute(select(inbox).where(inbox.c.subscription == name))
        }
        kept = {
            (Partition(row.topic, row.partition), row.offset)
            for row in await connection.execute(
                select(dead_letter.c.topic, dead_letter.c.partition, dead_letter.c.offset).where(
                    dead_letter.c.subscription == name
                )
            )
        }
    lost: set[str] = set()
    async for received in read_to_end(bus, subscription.topics, f"reconcile.{uuid4()}"):
        if not subscription.wants(received):
            continue
        try:
            event = from_received(received)
        except UnreadableEventError:
            continue
        place = (received.partition, received.offset)
        behind = event.aggregate_seq > marks.get(event.aggregate_id, 0)
        if behind and place not in to_come and place not in kept:
            lost.add(event.aggregate_id)
    return sorted(lost)
