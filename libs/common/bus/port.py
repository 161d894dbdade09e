"""The bus port: `send`, `poll` and `commit` with the same guarantees in every adapter.

Guarantees, checked by one conformance suite against every adapter:

- messages of one key are read in the order in which they were sent;
- `send` returns only when every message of the batch is durable; after an error any prefix of each key's
  messages may be there, so the sender repeats from its first unacknowledged message with a new producer;
- a consumer resumes from the committed position of its group; what was polled and not committed comes again;
- a partition belongs to one member of a group at a time; `commit` by a member that has lost it fails.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec

LARGEST_MESSAGE = 1_000_000
"""Bytes of key, value and headers together: what a Kafka broker takes with its default settings."""


class BusError(Exception):
    """An operation of the bus failed; the producer or consumer must be closed and reopened."""


class PositionLostError(BusError):
    """A commit was refused: the group was rebalanced since the poll, or the member's session ended.

    The consumer stays open: it continues at the stored positions of its present partitions.
    """


class Partition(NamedTuple):
    """One ordered part of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send: bytes under a key, with headers."""

    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    def size(self) -> int:
        """Return the bytes of key, value and headers."""
        headers = sum(len(name.encode()) + len(value) for name, value in self.headers)
        return len(self.key.encode()) + len(self.value) + headers


def refuse_oversize(batch: Sequence[Message]) -> None:
    """Raise BusError when a message is larger than any adapter carries."""
    for message in batch:
        if (size := message.size()) > LARGEST_MESSAGE:
            raise BusError(f"a message for {message.topic} has {size} bytes, more than {LARGEST_MESSAGE}")


class Received(msgspec.Struct, frozen=True, gc=False):
    """A received message with its partition and offset."""

    partition: Partition
    offset: int
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class Producer(Protocol):
    """Sends batches; one task at a time."""

    async def send(self, batch: Sequence[Message]) -> None:
        """Make a batch durable in order per key. Raises BusError, after which the producer is closed."""
        ...

    async def close(self) -> None:
        """Release resources; never raises."""
        ...


class Consumer(Protocol):
    """Reads the partitions that its group gives it; one task at a time."""

    async def poll(self, most: int, wait: float) -> list[Received]:
        """Return up to `most` messages, ordered per partition, waiting up to `wait` seconds for the first."""
        ...

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """Store the offset of the next message to read, per partition. Raises PositionLostError."""
        ...

    def lag(self) -> Mapping[Partition, int]:
        """Return the number of messages not polled yet, per owned partition, as far as is known."""
        ...

    async def close(self) -> None:
        """Leave the group; never raises."""
        ...


class Bus(Protocol):
    """Opens producers and consumers."""

    async def ensure_topics(self, topics: Mapping[str, int]) -> None:
        """Create the topics that do not exist yet, with that many partitions each; leave the others alone."""
        ...

    async def producer(self) -> Producer:
        """Open a producer. Raises BusError."""
        ...

    async def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Join a group; a group without a position reads from the start. Raises BusError."""
        ...

    async def close(self) -> None:
        """Release resources; never raises."""
        ...
