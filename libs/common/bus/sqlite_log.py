"""The bus port as a durable log in one SQLite file: for a laptop and for tests, several processes at once.

Each bus has one connection on one thread of its own. The file is in WAL mode and every commit is synced, so
what `send` has acknowledged is there after a crash. Groups work as on Kafka: members renew a session by
polling; whenever one comes, leaves or lets its session end, the group's generation rises, the partitions are
divided anew among the members in the order of their names, and only a member of the current generation
commits. Nothing is ever deleted.
"""

import asyncio
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from uuid import uuid4
from zlib import crc32

import msgspec

from libs.common.bus.port import BusError, Message, Partition, PositionLostError, Received, refuse_oversize
from libs.common.database.sqlite import DamagedFileError, check_file

GLANCE = 0.05
"""Seconds between two looks at what other processes have written; sends of this process wake at once."""

PATIENCE = 10.0
"""Seconds to wait for the write lock of another process."""

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS topic (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS message (
        topic TEXT, number INTEGER, place INTEGER,
        key TEXT NOT NULL, headers BLOB NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (topic, number, place)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS position (
        team TEXT, topic TEXT, number INTEGER, place INTEGER NOT NULL,
        PRIMARY KEY (team, topic, number)) STRICT, WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS team (name TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS member (
        team TEXT, name TEXT, topic TEXT, expires_at INTEGER NOT NULL,
        PRIMARY KEY (team, name, topic)) STRICT, WITHOUT ROWID""",
)

Headers = tuple[tuple[str, bytes], ...]
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Headers).decode

P = ParamSpec("P")
T = TypeVar("T")


class _Sleepers:
    """Who in this process waits for news of a file, on whichever event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: defaultdict[Path, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(
            set
        )

    @contextmanager
    def listening(self, path: Path) -> Iterator[asyncio.Event]:
        """Give an event that is set at each `wake`."""
        sleeper = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting[path].add(sleeper)
        try:
            yield sleeper[1]
        finally:
            with self._lock:
                self._waiting[path].discard(sleeper)

    def wake(self, path: Path) -> None:
        """Set the events of all who listen."""
        with self._lock:
            for loop, event in self._waiting[path]:
                loop.call_soon_threadsafe(event.set)


_sleepers = _Sleepers()


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
        await self.run(_ensure_topics, topics)

    async def producer(self) -> "SqliteProducer":
        """Open a producer. Raises BusError."""
        await self.run(_data_version)
        return SqliteProducer(self)

    async def consumer(self, group: str, topics: Sequence[str]) -> "SqliteConsumer":
        """Join a group; a group without a position reads from the start. Raises BusError."""
        consumer = SqliteConsumer(self, group, topics)
        await self.run(consumer.join)
        _sleepers.wake(self.path)
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
                self._connection = _connect(self.path)
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


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        with _transaction(connection):
            for statement in SCHEMA:
                connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for a lock here by itself, and several processes may open a new file at once.
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(GLANCE)


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Hold the write lock, or with DEFERRED see one state of the file; all or nothing."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # Some errors, a full disk among them, have rolled back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _ensure_topics(connection: sqlite3.Connection, topics: Mapping[str, int]) -> None:
    with _transaction(connection):
        connection.executemany("INSERT INTO topic VALUES (?, ?) ON CONFLICT DO NOTHING", topics.items())


def _data_version(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has written to the file."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _partitions(connection: sqlite3.Connection, topic: str) -> int:
    row = connection.execute("SELECT partitions FROM topic WHERE name = ?", (topic,)).fetchone()
    if row is None:
        raise BusError(f"there is no topic {topic}")
    return int(row[0])


def _end(connection: sqlite3.Connection, lane: Partition) -> int:
    """Return the offset of the next message to be written to a partition."""
    last = "SELECT max(place) FROM message WHERE topic = ? AND number = ?"
    place = connection.execute(last, lane).fetchone()[0]
    return 0 if place is None else int(place) + 1


def _append(connection: sqlite3.Connection, batch: Sequence[Message]) -> None:
    with _transaction(connection):
        counts = {topic: _partitions(connection, topic) for topic in {message.topic for message in batch}}
        ends: dict[Partition, int] = {}
        rows = []
        for message in batch:
            lane = Partition(message.topic, crc32(message.key.encode()) % counts[message.topic])
            place = ends[lane] if lane in ends else _end(connection, lane)
            ends[lane] = place + 1
            rows.append((*lane, place, message.key, _pack(message.headers), message.value))
        connection.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)", rows)


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
            await self._bus.run(_append, batch)
        except BaseException:
            self._closed = True
            raise
        _sleepers.wake(self._bus.path)

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
            _partitions(connection, topic)
        self._renew(connection)

    def _renew(self, connection: sqlite3.Connection) -> None:
        """Prolong the session, or join again if it has ended; put out the members whose session has ended."""
        session = int(self._bus.session * 1000)
        with _transaction(connection):
            now = _now(connection)
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
                _raise_generation(connection, self._group)
        self._renewed_at = time.monotonic()
        if divided_anew:
            _sleepers.wake(self._bus.path)

    async def poll(self, most: int, wait: float) -> list[Received]:
        """Return up to `most` messages of the partitions that it owns now. Raises BusError."""
        if self._closed:
            raise BusError("the consumer is closed")
        until = time.monotonic() + wait
        seen = -1
        with _sleepers.listening(self._bus.path) as news:
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
        version = _data_version(connection)
        if version == seen:
            return [], seen
        found: list[Received] = []
        with _transaction(connection, "DEFERRED"):
            self._follow_group(connection)
            for lane, position in self._positions.items():
                self._ends[lane] = _end(connection, lane)
                found += _read(connection, lane, position, most - len(found))
        return found, version

    def _follow_group(self, connection: sqlite3.Connection) -> None:
        """Take up this member's part when the group was divided anew."""
        generation = _generation(connection, self._group)
        if generation == self._generation:
            return
        self._generation = generation
        self._positions = _part(connection, self._group, self._name)
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
        with _transaction(connection):
            if (
                self._generation != _generation(connection, self._group)
                or not _is_member(connection, self._group, self._name)
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
            _sleepers.wake(self._bus.path)

    def _leave(self, connection: sqlite3.Connection) -> None:
        with _transaction(connection):
            connection.execute("DELETE FROM member WHERE team = ? AND name = ?", (self._group, self._name))
            _raise_generation(connection, self._group)


def _now(connection: sqlite3.Connection) -> int:
    """Return the milliseconds since 1970 on the clock that all processes on the file share."""
    query = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    return int(connection.execute(query).fetchone()[0])


def _generation(connection: sqlite3.Connection, group: str) -> int:
    return int(connection.execute("SELECT generation FROM team WHERE name = ?", (group,)).fetchone()[0])


def _raise_generation(connection: sqlite3.Connection, group: str) -> None:
    connection.execute(
        "INSERT INTO team VALUES (?, 1) ON CONFLICT DO UPDATE SET generation = generation + 1", (group,)
    )


def _is_member(connection: sqlite3.Connection, group: str, name: str) -> bool:
    query = "SELECT 1 FROM member WHERE team = ? AND name = ? AND expires_at > ?"
    return connection.execute(query, (group, name, _now(connection))).fetchone() is not None


def _part(connection: sqlite3.Connection, group: str, name: str) -> dict[Partition, int]:
    """Divide a group's partitions in turn among its members; return a member's part with its positions."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for topic, member in connection.execute(
        "SELECT topic, name FROM member WHERE team = ? ORDER BY name", (group,)
    ):
        members[topic].append(member)
    lanes = [
        Partition(topic, number)
        for topic in sorted(members)
        for number in range(_partitions(connection, topic))
    ]
    stored = "SELECT topic, number, place FROM position WHERE team = ?"
    positions = {
        Partition(topic, number): place for topic, number, place in connection.execute(stored, (group,))
    }
    return {
        lane: positions.get(lane, 0)
        for turn, lane in enumerate(lanes)
        if members[lane.topic][turn % len(members[lane.topic])] == name
    }


def _read(connection: sqlite3.Connection, lane: Partition, position: int, most: int) -> list[Received]:
    rows = connection.execute(
        "SELECT place, key, value, headers FROM message WHERE topic = ? AND number = ? AND place >= ?"
        " ORDER BY place LIMIT ?",
        (*lane, position, most),
    )
    return [Received(lane, place, key, value, _unpack(headers)) for place, key, value, headers in rows]
