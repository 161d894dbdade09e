"""The inbox: every event takes effect exactly once and in order, although it may arrive twice or late.

One transaction holds the high-water mark of each aggregate, the effect, and new outbox rows; the bus position is
committed after it. An event at or below the mark is a repetition and is passed over; one beyond the next
number shows a gap and waits as a dead letter until what is missing has come.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import dead_letters
from libs.common.bus import Received
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
from libs.common.telemetry import DEAD_LETTERS, HANDLER_FAILURES, use_traceparent

log = structlog.get_logger(__name__)

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

    `read` returns an event's `content`, before its transaction begins; what it raises counts as raised by the
    handler.
    """

    name: str
    topics: tuple[str, ...]
    handler: Handler
    group: Callable[[AsyncConnection], Awaitable[str]] | None = None
    keys: frozenset[str] | None = None
    read: Callable[[IncomingEvent], Any] | None = None

    def wants(self, received: Received) -> bool:
        """Tell whether a message is of an aggregate that is listened to."""
        return self.keys is None or received.key in self.keys


class GroupChangedError(Exception):
    """A batch was polled for a consumer group that is no longer the subscription's; it had no effect."""


class Arrived(msgspec.Struct, frozen=True, gc=False):
    """A message as it was read: without an event it is unreadable, else `error` is raised when its turn comes."""

    received: Received
    event: IncomingEvent | None
    error: Exception | None


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

    def read(self, batch: Sequence[Received]) -> list[Arrived]:
        """Read the messages that are listened to, which needs no database; what cannot be read is kept later."""
        return [self._read(received) for received in batch if self._subscription.wants(received)]

    def _read(self, received: Received) -> Arrived:
        try:
            event = from_received(received)
        except UnreadableEventError as error:
            return Arrived(received, None, error)
        try:
            if self._subscription.read is not None:
                event.content = self._subscription.read(event)
        except Exception as error:
            return Arrived(received, event, error)
        return Arrived(received, event, None)

    async def apply(self, batch: Sequence[Received], group: str | None = None) -> None:
        """Bring a batch to effect. Afterwards each message has taken effect, was a repetition, or is kept.

        Raises only when the database cannot be reached, or when `group`, for which the batch was polled, is no
        longer the subscription's: then nothing of what failed is lost, since the position is not committed.
        """
        await self.take(self.read(batch), group)

    async def take(self, batch: Sequence[Arrived], group: str | None = None) -> None:
        """Bring a batch to effect that has been read, as `apply` does."""
        if not batch:
            return
        await self._apply(batch, group)
        await self._follow(set(filter(is_key, {arrived.received.key for arrived in batch})), group)

    async def _apply(self, batch: Sequence[Arrived], group: str | None) -> None:
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
            log.error("event_failed", subscription=name, key=batch[0].received.key, exc_info=failure)
            HANDLER_FAILURES.labels(name).inc()
            # The text of any other error may hold a value of the event.
            detail = str(failure) if isinstance(failure, InvalidEventError) else type(failure).__name__
            await self._keep(batch[0].received, Reason.HANDLER_FAILED, detail)

    async def _follow(self, aggregates: set[str], group: str | None) -> None:
        """Let letters follow that waited for a gap which is now closed."""
        name = self._subscription.name
        while letters := await dead_letters.next_in_line(self._database, name, aggregates):
            await self._apply([self._read(letter.received) for letter in letters], group)
            log.info("letters_followed", subscription=name, count=len(letters))

    async def _keep(self, received: Received, reason: Reason, detail: str) -> None:
        async with self._database.unit_of_work(self._clock.now()) as work:
            await dead_letters.keep(work, self._subscription.name, [(received, reason, detail)])
        DEAD_LETTERS.labels(self._subscription.name, reason).inc()

    async def _apply_together(self, batch: Sequence[Arrived], group: str | None = None) -> None:
        kept = [
            (arrived.received, Reason.UNREADABLE, str(arrived.error))
            for arrived in batch
            if arrived.event is None
        ]
        async with self._database.unit_of_work(self._clock.now()) as work:
            marks = await self._lock_marks(
                work, {arrived.event.aggregate_id for arrived in batch if arrived.event}
            )
            await self._check_group(work, group)
            before = dict(marks)
            ready: list[IncomingEvent] = []
            for arrived in batch:
                if (event := arrived.event) is None:
                    continue
                expected = marks.get(event.aggregate_id, 0) + 1
                if event.aggregate_seq == expected:
                    if arrived.error is not None:
                        raise arrived.error
                    marks[event.aggregate_id] = expected
                    ready.append(event)
                elif event.aggregate_seq > expected:
                    detail = f"number {event.aggregate_seq} came where {expected} was expected"
                    kept.append((arrived.received, Reason.GAP, detail))
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
        await self._apply_together([self._read(letter.received)])
        await self._follow({letter.received.key}, None)
        return await dead_letters.has_taken_effect(self._database, letter)


def _must_wait(error: Exception) -> bool:
    return is_unavailable(error) or isinstance(error, GroupChangedError)
