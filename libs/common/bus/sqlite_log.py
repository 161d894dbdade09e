"""The bus port as a durable log in one SQLite file: for a laptop and for tests, several processes at once.

Each bus has one connection on one thread of its own. The file is in WAL mode and every commit is synced, so
what `send` has acknowledged is there after a crash. Groups work as on Kafka: members renew a session by
polling; whenever one comes, leaves or lets its session end, the group's generation rises, the partitions are
divided anew among the members in the order of their names, and only a member of the current generation
commits. Nothing is ever deleted.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from uuid import uuid4

from libs.common.bus import sqlite_groups as groups
from libs.common.bus.port import BusError, Message, Partition, PositionLostError, Received, refuse_oversize
from libs.common.bus.sqlite_file import (
    GLANCE,
    append,
    connect,
    data_version,
    end,
    ensure_topics,
    partitions,
    read,
    sleepers,
    transaction,
)
from libs.common.database.sqlite import DamagedFileError, check_file

P = ParamSpec("P")
T = TypeVar("T")


class SqliteBus:
    """The bus in one file, which is created when it is first used.

    `session` is the seconds without a poll after which a member's partitions go to others.
    """

    def __init__(self, path: Path, session: float = 10.0) -> None:
        self.path = path.absolute()
        self.session = session
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-log")
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def check_file(self) -> None:
        """Raise BusError unless the file is whole and can be written."""
        try:
            await asyncio.to_thread(check_file, self.path)
        except DamagedFileError as error:
            raise BusError(str(error)) from error

    async def ensure_topics(self, topics: Mapping[str, int]) -> None:
        """Create the topics that do not exist yet; leave the others alone. Raises BusError."""
        await self.run(ensure_topics, topics)

    async def producer(self) -> "SqliteProducer":
        """Open a producer. Raises BusError."""
        await self.run(data_version)
        return SqliteProducer(self)

    async def consumer(self, group: str, topics: Sequence[str]) -> "SqliteConsumer":
        """Join a group; a group without a position reads from the start. Raises BusError."""
        consumer = SqliteConsumer(self, group, topics)
        await self.run(consumer.join)
        sleepers.wake(self.path)
        return consumer

    async def run(
        self,
        job: Callable[Concatenate[sqlite3.Connection, P], T],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> T:
        """Run a job with the connection on the bus's thread. Raises BusError."""
        if self._closed:
            raise BusError("the bus is closed")

        def work() -> T:
            if self._connection is None:
                self._connection = connect(self.path)
            return job(self._connection, *arguments, **named)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
            raise BusError(
                f"{'the disk is full' if full else 'the log failed'}: {error} ({self.path})"
            ) from error

    async def close(self) -> None:
        """Close the file; members that were not closed lose their partitions when their session ends."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()


class SqliteProducer:
    """Sends batches; after an error it is closed and says so."""

    def __init__(self, bus: SqliteBus) -> None:
        self._bus = bus
        self._closed = False

    async def send(self, batch: Sequence[Message]) -> None:
        """Make a batch durable, all of it or nothing. Raises BusError, after which the producer is closed."""
        if self._closed:
            raise BusError("the producer is closed")
        try:
            refuse_oversize(batch)
            await self._bus.run(append, batch)
        except BaseException:
            self._closed = True
            raise
        sleepers.wake(self._bus.path)

    async def close(self) -> None:
        """Send no more."""
        self._closed = True


class SqliteConsumer:
    """A member of a group."""

    def __init__(self, bus: SqliteBus, group: str, topics: Sequence[str]) -> None:
        self._bus = bus
        self._group = group
        self._topics = set(topics)
        self._name = str(uuid4())
        self._generation = 0
        self._renewed_at = 0.0
        self._positions: dict[Partition, int] = {}
        self._ends: dict[Partition, int] = {}
        self._closed = False

    def join(self, connection: sqlite3.Connection) -> None:
        """Become a member. Raises BusError when a topic does not exist."""
        for topic in self._topics:
            partitions(connection, topic)
        self._renew(connection)

    def _renew(self, connection: sqlite3.Connection) -> None:
        """Prolong the session, or join again if it has ended; put out the members whose session has ended."""
        session = int(self._bus.session * 1000)
        with transaction(connection):
            now = groups.now(connection)
            gone = connection.execute(
                "DELETE FROM member WHERE team = ? AND expires_at <= ?", (self._group, now)
            )
            stayed = connection.execute(
                "UPDATE member SET expires_at = ? WHERE team = ? AND name = ?",
                (now + session, self._group, self._name),
            )
            if not stayed.rowcount:
                connection.executemany(
                    "INSERT INTO member VALUES (?, ?, ?, ?)",
                    [(self._group, self._name, topic, now + session) for topic in self._topics],
                )
            divided_anew = gone.rowcount or not stayed.rowcount
            if divided_anew:
                groups.raise_generation(connection, self._group)
        self._renewed_at = time.monotonic()
        if divided_anew:
            sleepers.wake(self._bus.path)

    async def poll(self, most: int, wait: float) -> list[Received]:
        """Return up to `most` messages of the partitions that it owns now. Raises BusError."""
        if self._closed:
            raise BusError("the consumer is closed")
        until = time.monotonic() + wait
        seen = -1
        with sleepers.listening(self._bus.path) as news:
            while True:
                news.clear()
                found, seen = await self._bus.run(self._look, most, seen)
                left = until - time.monotonic()
                if found or left <= 0:
                    self._advance(found)
                    return found
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, GLANCE)):
                        await news.wait()
                        seen = -1

    def _look(self, connection: sqlite3.Connection, most: int, seen: int) -> tuple[list[Received], int]:
        """Read what is new, unless the file's version is still the one that was seen."""
        if time.monotonic() - self._renewed_at > self._bus.session / 4:
            self._renew(connection)
        # Taken before the read: what is written in between is then read at the next look.
        version = data_version(connection)
        if version == seen:
            return [], seen
        found: list[Received] = []
        with transaction(connection, "DEFERRED"):
            self._follow_group(connection)
            for lane, position in self._positions.items():
                self._ends[lane] = end(connection, lane)
                found += read(connection, lane, position, most - len(found))
        return found, version

    def _follow_group(self, connection: sqlite3.Connection) -> None:
        """Take up this member's part when the group was divided anew."""
        generation = groups.generation(connection, self._group)
        if generation == self._generation:
            return
        self._generation = generation
        self._positions = groups.part(connection, self._group, self._name)
        self._ends = {}

    def _advance(self, found: Sequence[Received]) -> None:
        for lane, position in {received.partition: received.offset + 1 for received in found}.items():
            # To the end of the order, so that no partition starves.
            del self._positions[lane]
            self._positions[lane] = position

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """Store the next offsets to read. Raises PositionLostError when the part was lost."""
        if positions:
            await self._bus.run(self._commit, positions)

    def _commit(self, connection: sqlite3.Connection, positions: Mapping[Partition, int]) -> None:
        with transaction(connection):
            if (
                self._generation != groups.generation(connection, self._group)
                or not groups.is_member(connection, self._group, self._name)
                or positions.keys() - self._positions.keys()
            ):
                raise PositionLostError(f"the group {self._group} was divided anew")
            connection.executemany(
                "INSERT INTO position VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET place = excluded.place",
                [(self._group, *lane, place) for lane, place in positions.items()],
            )

    def lag(self) -> Mapping[Partition, int]:
        """Return how many messages lay behind what was polled at the last poll."""
        return {lane: end - self._positions[lane] for lane, end in self._ends.items()}

    async def close(self) -> None:
        """Leave the group; never raises."""
        if self._closed:
            return
        self._closed = True
        with suppress(BusError):
            await self._bus.run(self._leave)
            sleepers.wake(self._bus.path)

    def _leave(self, connection: sqlite3.Connection) -> None:
        with transaction(connection):
            connection.execute("DELETE FROM member WHERE team = ? AND name = ?", (self._group, self._name))
            groups.raise_generation(connection, self._group)
