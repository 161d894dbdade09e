"""The file of the SQLite bus: topics, and the messages of their partitions."""

import asyncio
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import msgspec

from libs.common.bus.port import BusError, Message, Partition, Received

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


class Sleepers:
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


sleepers = Sleepers()


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, and create it when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        with transaction(connection):
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
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
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


def ensure_topics(connection: sqlite3.Connection, topics: Mapping[str, int]) -> None:
    """Create the topics that do not exist yet."""
    with transaction(connection):
        connection.executemany("INSERT INTO topic VALUES (?, ?) ON CONFLICT DO NOTHING", topics.items())


def data_version(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has written to the file."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def partitions(connection: sqlite3.Connection, topic: str) -> int:
    """Return the number of partitions of a topic. Raises BusError when it does not exist."""
    row = connection.execute("SELECT partitions FROM topic WHERE name = ?", (topic,)).fetchone()
    if row is None:
        raise BusError(f"there is no topic {topic}")
    return int(row[0])


def end(connection: sqlite3.Connection, lane: Partition) -> int:
    """Return the offset of the next message to be written to a partition."""
    last = "SELECT max(place) FROM message WHERE topic = ? AND number = ?"
    place = connection.execute(last, lane).fetchone()[0]
    return 0 if place is None else int(place) + 1


def append(connection: sqlite3.Connection, batch: Sequence[Message]) -> None:
    """Write a batch, all of it or nothing. Raises BusError when a topic does not exist."""
    with transaction(connection):
        counts = {topic: partitions(connection, topic) for topic in {message.topic for message in batch}}
        ends: dict[Partition, int] = {}
        rows = []
        for message in batch:
            lane = Partition(message.topic, crc32(message.key.encode()) % counts[message.topic])
            place = ends[lane] if lane in ends else end(connection, lane)
            ends[lane] = place + 1
            rows.append((*lane, place, message.key, _pack(message.headers), message.value))
        connection.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)", rows)


def read(connection: sqlite3.Connection, lane: Partition, position: int, most: int) -> list[Received]:
    """Return up to `most` messages of a partition from a position on."""
    rows = connection.execute(
        "SELECT place, key, value, headers FROM message WHERE topic = ? AND number = ? AND place >= ?"
        " ORDER BY place LIMIT ?",
        (*lane, position, most),
    )
    return [Received(lane, place, key, value, _unpack(headers)) for place, key, value, headers in rows]
