"""The relay: carries committed events from the outbox to the bus, in order, by one elected process a service."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Any

import structlog
import uuid_utils
from sqlalchemy import RowMapping, delete, func, select, update

from libs.common.bus import Bus, Producer
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.events import to_message
from libs.common.lease import LeaseHolder
from libs.common.telemetry import OUTBOX_LAG_ROWS, OUTBOX_LAG_SECONDS

log = structlog.get_logger(__name__)

BATCH = 500
# What a slow line carries within the deadline: else a batch of large events would fail again and again.
BATCH_BYTES = 4_000_000
LEASE_SECONDS = 10.0
# A send must end well before the lease does, or a second relay would send the same beside it.
SEND_SECONDS = 5.0
KEEP_PUBLISHED = timedelta(days=7)

_COLUMNS = (
    outbox.c.event_id,
    outbox.c.topic,
    outbox.c.key,
    outbox.c.aggregate_seq,
    outbox.c.type,
    outbox.c.payload,
    outbox.c.traceparent,
    outbox.c.created_at,
)
_NEXT = (
    select(outbox.c.seq, *_COLUMNS).where(outbox.c.published_at.is_(None)).order_by(outbox.c.seq).limit(BATCH)
)


class Relay:
    """Publishes the outbox of one service. Two relays would break order within an aggregate: hence the lease."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        *,
        poll_seconds: float = 0.1,
        keep_published: timedelta | None = KEEP_PUBLISHED,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._keep_published = keep_published
        self._lease = LeaseHolder(database, clock, "relay", LEASE_SECONDS)
        self._producer: Producer | None = None

    async def step(self) -> int:
        """Publish one batch if this process holds the lease; return how many events were acknowledged.

        Raises what the database or the bus raise; then `reset` must be called before the next step.
        """
        if not await self._lease.hold():
            return 0
        async with self._database.reading() as connection:
            rows = (await connection.execute(_NEXT)).mappings().all()
        if not rows:
            OUTBOX_LAG_ROWS.set(0)
            OUTBOX_LAG_SECONDS.set(0)
            return 0
        sizes = accumulate(len(row["payload"]) for row in rows)
        rows = rows[: max(1, sum(size <= BATCH_BYTES for size in sizes))]
        await self._send(rows)
        seqs = [row["seq"] for row in rows]
        now = self._clock.now()
        async with self._database.unit_of_work(now) as work:
            await work.connection.execute(
                update(outbox)
                .where(outbox.c.seq.between(seqs[0], seqs[-1]), outbox.c.seq.in_(seqs))
                .values(published_at=now)
            )
        return len(rows)

    async def _send(self, rows: Sequence[RowMapping]) -> None:
        messages = [to_message(**_event(row)) for row in rows]
        async with asyncio.timeout(SEND_SECONDS):
            if self._producer is None:
                self._producer = await self._bus.producer()
            await self._producer.send(messages)

    async def reset(self) -> None:
        """Drop the producer after an error; the next step starts from the first unpublished event."""
        self._lease.doubt()
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.close()

    async def rest(self, published: int) -> None:
        """Wait for the next commit or the next poll; not at all while batches come back full."""
        if published < BATCH:
            await self._database.committed.sleep(self._poll_seconds)

    async def measure(self) -> None:
        """Set the lag gauges: events not yet published, and how many seconds ago the oldest was committed."""
        waiting = outbox.c.published_at.is_(None)
        async with self._database.reading() as connection:
            count = await connection.scalar(select(func.count()).where(waiting).select_from(outbox)) or 0
            oldest = await connection.scalar(
                select(outbox.c.event_id).where(waiting).order_by(outbox.c.seq).limit(1)
            )
        OUTBOX_LAG_ROWS.set(count)
        # An event's own time may lie years back, as in a ledger; its id says when it was written.
        written = uuid_utils.UUID(oldest).timestamp / 1000 if oldest else time.time()
        OUTBOX_LAG_SECONDS.set(max(time.time() - written, 0.0))

    async def purge(self, most: int = 5_000) -> int:
        """Delete what was published longer ago than events are kept, at most so many; return how many went."""
        if self._keep_published is None:
            return 0
        old = (
            select(outbox.c.seq)
            .where(outbox.c.published_at < self._clock.now() - self._keep_published)
            .order_by(outbox.c.published_at)
            .limit(most)
        )
        async with self._database.unit_of_work(self._clock.now()) as work:
            result = await work.connection.execute(delete(outbox).where(outbox.c.seq.in_(old)))
            return result.rowcount

    async def stop(self) -> None:
        """Close the producer and hand the lease on."""
        await self.reset()
        await self._lease.release()


def _event(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seq"}
