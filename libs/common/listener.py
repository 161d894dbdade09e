"""The consuming loop of a subscription: poll, read, bring to effect, commit the position."""

import asyncio
from collections.abc import Sequence

import structlog

from libs.common.bus import Bus, Consumer, Partition, PositionLostError, Received
from libs.common.inbox import Arrived, Inbox, Subscription
from libs.common.telemetry import CONSUMER_LAG

log = structlog.get_logger(__name__)

BATCH = 4_000
PORTION = 500
FEW = 25
"""Messages that are polled and read at a time: to read so few takes no longer than the shortest statement."""

_Fetched = tuple[list[Received], list[Arrived]]


class Listener:
    """The consuming loop of one subscription: poll, apply, commit the position."""

    def __init__(self, bus: Bus, inbox_: Inbox, subscription: Subscription, group: str) -> None:
        self._bus = bus
        self._inbox = inbox_
        self._subscription = subscription
        self._group = group
        self._joined: str | None = None
        self._consumer: Consumer | None = None
        self._next: asyncio.Task[_Fetched] | None = None

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
        batch, arrived = await (self._next or self._fetch(self._consumer, wait))
        lag = dict(self._consumer.lag())
        # While there is a backlog the next batch is fetched and read as this one takes effect.
        self._next = asyncio.create_task(self._fetch(self._consumer, wait)) if len(batch) == BATCH else None
        if batch:
            await self._inbox.take(arrived, group)
            try:
                await self._consumer.commit(_positions(batch))
            except PositionLostError as error:
                # The batch has taken effect, so whoever reads it again passes it over. To leave the group now
                # would divide it once more, and take the position from the next member.
                log.info("position_lost", subscription=self._subscription.name, error=repr(error))
        for partition, behind in lag.items():
            CONSUMER_LAG.labels(self._subscription.name, partition.topic, str(partition.number)).set(behind)
        return len(batch)

    async def _fetch(self, consumer: Consumer, wait: float) -> _Fetched:
        """Poll a batch and read it. It gives way often, so as to take only the time that another batch waits."""
        batch: list[Received] = []
        arrived: list[Arrived] = []
        while len(batch) < BATCH:
            portion = await consumer.poll(min(PORTION, BATCH - len(batch)), 0 if batch else wait)
            batch += portion
            for start in range(0, len(portion), FEW):
                await asyncio.sleep(0)
                arrived += self._inbox.read(portion[start : start + FEW])
            if len(portion) < PORTION:
                break
        return batch, arrived

    async def reset(self) -> None:
        """Leave the group after an error; the next step joins it again from the committed position."""
        consumer, self._consumer = self._consumer, None
        fetching, self._next = self._next, None
        if fetching is not None:
            fetching.cancel()
            await asyncio.wait({fetching})
        if consumer is not None:
            await consumer.close()


def _positions(batch: Sequence[Received]) -> dict[Partition, int]:
    return {received.partition: received.offset + 1 for received in batch}
