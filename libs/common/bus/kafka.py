"""The bus port on Kafka, through aiokafka.

What aiokafka 0.14 makes us do ourselves:

- One batch of a partition is under way at a time. Were two queued and the first refused, a broker that knows
  nothing yet of this producer would still take the second, and a key's order would break.
- An idempotent batch is retried for ever, and `stop` waits for it: every send has a deadline here, and the
  sender is cancelled before `stop`.
- Heartbeats go on while the reader is stuck: a member that has not polled for a session gives up its
  partitions, and a group that hands out none for long is an error, so that the consumer is opened anew.
- After a rebalance a member may get back a partition that another has moved on since: only what was polled
  since the last rebalance can be committed.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.partitioner import murmur2
from aiokafka.structs import TopicPartition

from libs.common.bus.kafka_client import FAILURES, OPENING, KafkaAccess, start, stop
from libs.common.bus.port import (
    LARGEST_MESSAGE,
    BusError,
    Message,
    Partition,
    PositionLostError,
    Received,
    refuse_oversize,
)

SHORTEST_SESSION = 6.0
"""Seconds: a broker with default settings refuses a shorter session of a group's member."""

REPLICAS = 3
PAUSE = 0.1
"""Seconds between two tries to create topics."""


@lru_cache(maxsize=65536)
def _hash(key: str) -> int:
    # aiokafka's murmur2 is plain Python: 6 µs, twice the cost of all else that a message needs.
    return int(murmur2(key.encode())) & 0x7FFFFFFF


class KafkaBus:
    """The bus on a Kafka cluster.

    `access` of a cluster in clear text is its `host:port[,host:port]`; `session` the seconds without a poll after
    which a member's partitions go to others; `deadline` the seconds within which a batch or a commit is acknowledged
    or fails.
    """

    def __init__(self, access: KafkaAccess | str, session: float = 10.0, deadline: float = 6.0) -> None:
        self.access = KafkaAccess(access) if isinstance(access, str) else access
        self._options = self.access.options()
        self._session = session
        self._deadline = deadline

    async def ensure_topics(self, topics: Mapping[str, int]) -> None:
        """Create the topics that do not exist yet, on up to three brokers each. Raises BusError."""
        admin = AIOKafkaAdminClient(**self._options)
        try:
            async with asyncio.timeout(OPENING):
                await admin.start()
                replicas = min(REPLICAS, len((await admin.describe_cluster())["brokers"]))
                missing = [NewTopic(name, partitions, replicas) for name, partitions in topics.items()]
                while True:
                    missing = await _create(admin, missing)
                    if not missing:
                        return
                    await asyncio.sleep(PAUSE)
        except FAILURES as error:
            raise BusError(f"topics could not be created: {await self.access.reason(error)}") from error
        finally:
            await admin.close()

    async def producer(self) -> "KafkaProducer":
        """Open an idempotent producer. Raises BusError."""
        kafka = AIOKafkaProducer(
            **self._options,
            # Half: one retry fits into the deadline.
            request_timeout_ms=int(self._deadline * 500),
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            max_batch_size=LARGEST_MESSAGE,
        )
        producer = KafkaProducer(kafka, self._deadline)
        await start(kafka, producer.close, self.access)
        return producer

    async def consumer(self, group: str, topics: Sequence[str]) -> "KafkaConsumer":
        """Join a group and wait for the partitions that it gives. Raises BusError."""
        session = max(self._session, SHORTEST_SESSION)
        kafka = AIOKafkaConsumer(
            **self._options,
            # A join is answered when the other members have noticed: it must not time out before.
            request_timeout_ms=int((session + self._deadline) * 1000),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(session * 1000),
            rebalance_timeout_ms=int(session * 1000),
            max_poll_interval_ms=int(self._session * 1000),
            heartbeat_interval_ms=int(self._session * 100),
        )
        consumer = KafkaConsumer(kafka, self._session, self._deadline)
        kafka.subscribe(list(topics), listener=consumer)
        await start(kafka, consumer.close, self.access)
        return consumer

    async def close(self) -> None:
        """Do nothing: every producer and consumer has connections of its own."""


async def _create(admin: AIOKafkaAdminClient, topics: list[NewTopic]) -> list[NewTopic]:
    """Create topics; return those to be tried again. Raises KafkaError."""
    errors = {}
    for name, code, _ in (await admin.create_topics(topics)).topic_errors:
        error = errors[name] = for_code(code)
        if not error.retriable and error not in (NoError, TopicAlreadyExistsError):
            raise error(name)
    return [topic for topic in topics if errors[topic.name].retriable]


class KafkaProducer:
    """Sends batches; after an error it is closed and says so."""

    def __init__(self, kafka: AIOKafkaProducer, deadline: float) -> None:
        self._kafka = kafka
        self._deadline = deadline
        self._closed = False

    async def send(self, batch: Sequence[Message]) -> None:
        """Make a batch durable on all in-sync replicas. Raises BusError; the producer is then closed."""
        if self._closed:
            raise BusError("the producer is closed")
        try:
            refuse_oversize(batch)
            async with asyncio.timeout(self._deadline):
                await self._send(batch)
        except BaseException as error:
            await self.close()
            if isinstance(error, FAILURES):
                raise BusError(f"a batch was not acknowledged: {error!r}") from error
            raise

    async def _send(self, batch: Sequence[Message]) -> None:
        lanes: defaultdict[TopicPartition, list[Message]] = defaultdict(list)
        for message in batch:
            partitions = await self._kafka.partitions_for(message.topic)
            lanes[TopicPartition(message.topic, _hash(message.key) % len(partitions))].append(message)
        for turn in zip_longest(*(self._pack(messages) for messages in lanes.values())):
            sent = [
                await self._kafka.send_batch(packed, lane.topic, partition=lane.partition)
                for lane, packed in zip(lanes, turn, strict=True)
                if packed
            ]
            await asyncio.gather(*sent)

    def _pack(self, messages: Iterable[Message]) -> Iterator[Any]:
        """Fill aiokafka's batches one after another; an empty one takes a message of any size."""
        packed = self._kafka.create_batch()
        for message in messages:
            content = {
                "timestamp": None,
                "key": message.key.encode(),
                "value": message.value,
                "headers": list(message.headers),
            }
            if packed.append(**content) is None:
                yield packed
                packed = self._kafka.create_batch()
                packed.append(**content)
        packed.close()
        yield packed

    async def close(self) -> None:
        """Drop what is not acknowledged and disconnect; never raises."""
        if self._closed:
            return
        self._closed = True
        # aiokafka's `stop` waits for every batch as long as there is a sender, so the sender goes first: at
        # the first cancellation it ends what is on the wire, at the second it drops that too.
        sender, self._kafka._sender = self._kafka._sender.sender_task, None
        for _ in range(2):
            if sender and not sender.done():
                sender.cancel()
                await asyncio.wait({sender}, timeout=self._deadline / 2)
        await stop(self._kafka, self._kafka.client, self._deadline)


class KafkaConsumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka carries no types
    """A member of a group."""

    def __init__(self, kafka: AIOKafkaConsumer, session: float, deadline: float) -> None:
        self._kafka = kafka
        self._session = session
        self._deadline = deadline
        self._committing = asyncio.Lock()
        self._polled: set[Partition] = set()
        self._polled_at = self._unassigned_since = time.monotonic()
        self._assigned = False
        self._lag: dict[Partition, int] = {}

    async def on_partitions_revoked(self, _revoked: object) -> None:
        """Forget what was polled, once a commit under way has its answer."""
        async with self._committing:
            self._polled.clear()
            self._assigned = False
            self._unassigned_since = time.monotonic()

    def on_partitions_assigned(self, _assigned: object) -> None:
        """Note that the group has given this member its part."""
        self._assigned = True

    async def poll(self, most: int, wait: float) -> list[Received]:
        """Return up to `most` messages of the partitions that the group gives it now. Raises BusError."""
        try:
            # During a rebalance `getmany` waits beyond its own time-out.
            async with asyncio.timeout(wait):
                found = await self._kafka.getmany(timeout_ms=int(wait * 1000), max_records=most)
        except TimeoutError:
            found = {}
        except (KafkaError, OSError) as error:
            raise BusError(f"nothing could be read: {error!r}") from error
        self._polled_at = time.monotonic()
        if not self._assigned and self._polled_at - self._unassigned_since > OPENING:
            raise BusError(f"the group has given no partitions for {OPENING:.0f} s")
        self._polled.update(Partition(*lane) for lane in found)
        await self._measure()
        return [_received(record) for records in found.values() for record in records]

    async def _measure(self) -> None:
        self._lag = {
            # Where the high water is known, so is the position: this does not wait.
            Partition(*lane): high - await self._kafka.position(lane)
            for lane in self._kafka.assignment()
            if (high := self._kafka.highwater(lane)) is not None
        }

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """Store the next offsets to read. Raises PositionLostError after a rebalance or an ended session."""
        if not positions:
            return
        async with self._committing:
            if lost := positions.keys() - self._polled:
                raise PositionLostError(f"not polled since the group was last divided: {sorted(lost)}")
            # aiokafka leaves the group then, and for a moment would commit as if it belonged to none.
            if time.monotonic() - self._polled_at >= self._session:
                raise PositionLostError("the session ended without a poll")
            try:
                async with asyncio.timeout(self._deadline):
                    await self._kafka.commit({TopicPartition(*lane): at for lane, at in positions.items()})
            except (CommitFailedError, IllegalStateError) as error:
                raise PositionLostError(f"the group was divided anew: {error!r}") from error
            except FAILURES as error:
                raise BusError(f"positions were not stored: {error!r}") from error

    def lag(self) -> Mapping[Partition, int]:
        """Return how many messages lie behind what was polled, by the last answers of the brokers."""
        return self._lag

    async def close(self) -> None:
        """Leave the group; never raises."""
        await stop(self._kafka, self._kafka._client, self._deadline)


def _received(record: Any) -> Received:
    return Received(
        Partition(record.topic, record.partition),
        record.offset,
        # A foreign producer may send what ours never does; one such record must not stop the reader.
        (record.key or b"").decode(errors="replace"),
        record.value or b"",
        tuple([(name, value or b"") for name, value in record.headers]),
    )
