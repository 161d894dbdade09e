"""The inbox: every event takes effect exactly once and in order, although it may arrive twice or late.

One transaction holds the high-water mark of each aggregate, the effect, and new outbox rows; the bus position is
committed after it. An event at or below the mark is a repetition and is passed over; one beyond the next
number shows a gap and waits as a dead letter until what is missing has come.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import dead_letters
from libs.common.bus import Bus, Consumer, Partition, PositionLostError, Received
from libs.common.clock import Clock
from libs.common.database import bulk
from libs.common.database.engine import Database, is_unavailable
from libs.common.database.tables import inbox
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.dead_letters import Letter, Reason
from libs.common.events import (
    IncomingEvent,
    InvalidEventError,
    UnreadableEventError,
    from_received,
    is_key,
)
from libs.common.telemetry import CONSUMER_LAG, DEAD_LETTERS, HANDLER_FAILURES, use_traceparent

log = structlog.get_logger(__name__)

BATCH = 2_000
ATTEMPTS = 3

Handler = Callable[[Sequence[IncomingEvent], UnitOfWork], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a service listens to: the handler gets events in order per aggregate, each exactly once.

    A handler works inside the given transaction only. It raises for an event that it cannot take, and is then
    called again with half the batch until the one at fault is alone.

    `group` names the consumer group where that may change: a new one reads from the start. It is asked before
    each poll and again inside each transaction, so that what was polled for an earlier group has no effect.

    With `keys` only events of these aggregates count; the others are passed over unread.
    """

    name: str
    topics: tuple[str, ...]
    handler: Handler
    group: Callable[[AsyncConnection], Awaitable[str]] | None = None
    keys: frozenset[str] | None = None

    def wants(self, received: Received) -> bool:
        """Tell whether a message is of an aggregate that is listened to."""
        return self.keys is None or received.key in self.keys


class GroupChangedError(Exception):
    """A batch was polled for a consumer group that is no longer the subscription's; it had no effect."""


@dataclass(frozen=True, slots=True)
class _Arrived:
    received: Received
    event: IncomingEvent


class Inbox:
    """Applies events of one subscription to one database."""

    def __init__(self, database: Database, clock: Clock, subscription: Subscription) -> None:
        self._database = database
        self._clock = clock
        self._subscription = subscription

    async def group(self) -> str | None:
        """Return the present consumer group of a subscription where that may change."""
        if self._subscription.group is None:
            return None
        async with self._database.reading() as connection:
            return await self._subscription.group(connection)

    async def apply(self, batch: Sequence[Received], group: str | None = None) -> None:
        """Bring a batch to effect. Afterwards each message has taken effect, was a repetition, or is kept.

        Raises only when the database cannot be reached, or when `group`, for which the batch was polled, is no
        longer the subscription's: then nothing of what failed is lost, since the position is not committed.
        """
        batch = [received for received in batch if self._subscription.wants(received)]
        if not batch:
            return
        await self._apply(batch, group)
        await self._follow({received.key for received in batch if is_key(received.key)}, group)

    async def _apply(self, batch: Sequence[Received], group: str | None) -> None:
        failure: Exception | None = None
        for _ in range(1 if len(batch) > 1 else ATTEMPTS):
            try:
                await self._apply_together(batch, group)
                return
            except Exception as error:
                if _must_wait(error):
                    raise
                failure = error
        name = self._subscription.name
        if len(batch) > 1:
            log.warning("batch_failed", subscription=name, error=repr(failure), size=len(batch))
            middle = len(batch) // 2
            await self._apply(batch[:middle], group)
            await self._apply(batch[middle:], group)
        else:
            log.error("event_failed", subscription=name, key=batch[0].key, exc_info=failure)
            HANDLER_FAILURES.labels(name).inc()
            # The text of any other error may hold a value of the event.
            detail = str(failure) if isinstance(failure, InvalidEventError) else type(failure).__name__
            await self._keep(batch[0], Reason.HANDLER_FAILED, detail)

    async def _follow(self, aggregates: set[str], group: str | None) -> None:
        """Let letters follow that waited for a gap which is now closed."""
        name = self._subscription.name
        while letters := await dead_letters.next_in_line(self._database, name, aggregates):
            await self._apply([letter.received for letter in letters], group)
            log.info("letters_followed", subscription=name, count=len(letters))

    async def _keep(self, received: Received, reason: Reason, detail: str) -> None:
        async with self._database.unit_of_work(self._clock.now()) as work:
            await dead_letters.keep(work, self._subscription.name, [(received, reason, detail)])
        DEAD_LETTERS.labels(self._subscription.name, reason).inc()

    async def _apply_together(self, batch: Sequence[Received], group: str | None = None) -> None:
        arrived: list[_Arrived] = []
        kept: list[tuple[Received, Reason, str]] = []
        for received in batch:
            try:
                arrived.append(_Arrived(received, from_received(received)))
            except UnreadableEventError as error:
                kept.append((received, Reason.UNREADABLE, str(error)))
        async with self._database.unit_of_work(self._clock.now()) as work:
            marks = await self._lock_marks(work, {each.event.aggregate_id for each in arrived})
            await self._check_group(work, group)
            before = dict(marks)
            ready: list[IncomingEvent] = []
            for each in arrived:
                event = each.event
                expected = marks.get(event.aggregate_id, 0) + 1
                if event.aggregate_seq == expected:
                    marks[event.aggregate_id] = expected
                    ready.append(event)
                elif event.aggregate_seq > expected:
                    detail = f"number {event.aggregate_seq} came where {expected} was expected"
                    kept.append((each.received, Reason.GAP, detail))
            await self._handle(work, ready)
            await dead_letters.keep(work, self._subscription.name, kept)
            await self._store_marks(work, before, marks)
            await dead_letters.settle(work, self._subscription.name, marks.keys())
        for _, reason, _ in kept:
            DEAD_LETTERS.labels(self._subscription.name, reason).inc()

    async def _check_group(self, work: UnitOfWork, group: str | None) -> None:
        if group is not None and self._subscription.group is not None:
            present = await self._subscription.group(work.connection)
            if present != group:
                raise GroupChangedError(f"polled for {group}, now it is {present}")

    async def _handle(self, work: UnitOfWork, events: Sequence[IncomingEvent]) -> None:
        if events:
            with use_traceparent(events[0].traceparent, f"consume {self._subscription.name}"):
                await self._subscription.handler(events, work)

    async def _lock_marks(self, work: UnitOfWork, aggregates: set[str]) -> dict[str, int]:
        if not aggregates:
            return {}
        rows = await work.connection.execute(
            select(inbox.c.aggregate_id, inbox.c.seq)
            .where(
                inbox.c.subscription == self._subscription.name,
                inbox.c.aggregate_id.in_(bulk.among(work.connection, aggregates)),
            )
            .order_by(inbox.c.aggregate_id)
            .with_for_update()
        )
        return {row.aggregate_id: row.seq for row in rows}

    async def _store_marks(
        self, work: UnitOfWork, before: Mapping[str, int], after: Mapping[str, int]
    ) -> None:
        name = self._subscription.name
        moved = sorted(key for key in after if after[key] != before.get(key))
        rows = [{"subscription": name, "aggregate_id": key, "seq": after[key]} for key in moved]
        # A plain INSERT: when another consumer was quicker the transaction fails and the batch is tried again.
        await bulk.insert(work.connection, inbox, [row for row in rows if row["aggregate_id"] not in before])
        await bulk.replace(work.connection, inbox, [row for row in rows if row["aggregate_id"] in before])

    async def replay(self, letter: Letter, *, over_gap: bool = False) -> bool:
        """Try a kept message again; tell whether it took effect. Raises what the handler raises.

        With `over_gap` what is missing before it is given up: for events that will never come.
        """
        if over_gap:
            async with self._database.unit_of_work(self._clock.now()) as work:
                await dead_letters.close_gap(work, letter)
        await self._apply_together([letter.received])
        await self._follow({letter.received.key}, None)
        return await dead_letters.has_taken_effect(self._database, letter)


class Listener:
    """The consuming loop of one subscription: poll, apply, commit the position."""

    def __init__(self, bus: Bus, inbox_: Inbox, subscription: Subscription, group: str) -> None:
        self._bus = bus
        self._inbox = inbox_
        self._subscription = subscription
        self._group = group
        self._joined: str | None = None
        self._consumer: Consumer | None = None
        self._next: asyncio.Task[list[Received]] | None = None

    async def step(self, wait: float = 0.5) -> int:
        """Apply one batch and commit its position; return how many messages it had.

        Raises what the database or the bus raise; then `reset` must be called before the next step, and the
        messages come again.
        """
        group = await self._inbox.group() or self._group
        if group != self._joined:
            await self.reset()
        if self._consumer is None:
            self._consumer = await self._bus.consumer(group, self._subscription.topics)
            self._joined = group
        batch = await (self._next or self._consumer.poll(BATCH, wait))
        lag = dict(self._consumer.lag())
        # While there is a backlog the next batch is fetched as this one takes effect.
        self._next = asyncio.create_task(self._consumer.poll(BATCH, wait)) if len(batch) == BATCH else None
        if batch:
            await self._inbox.apply(batch, group)
            try:
                await self._consumer.commit(_positions(batch))
            except PositionLostError as error:
                # The batch has taken effect, so whoever reads it again passes it over. To leave the group now
                # would divide it once more, and take the position from the next member.
                log.info("position_lost", subscription=self._subscription.name, error=repr(error))
        for partition, behind in lag.items():
            CONSUMER_LAG.labels(self._subscription.name, partition.topic, str(partition.number)).set(behind)
        return len(batch)

    async def reset(self) -> None:
        """Leave the group after an error; the next step joins it again from the committed position."""
        consumer, self._consumer = self._consumer, None
        fetching, self._next = self._next, None
        if fetching is not None:
            fetching.cancel()
            await asyncio.wait({fetching})
        if consumer is not None:
            await consumer.close()


def _must_wait(error: Exception) -> bool:
    return is_unavailable(error) or isinstance(error, GroupChangedError)


def _positions(batch: Sequence[Received]) -> dict[Partition, int]:
    return {received.partition: received.offset + 1 for received in batch}
