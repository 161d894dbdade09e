"""Connections to a SQLite file; each has a thread, which must end before the event loop does."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.process_files import make_private


class DamagedFileError(Exception):
    """A database file is damaged or cannot be written; the text says which, and what to do."""


def check_file(path: Path) -> None:
    """Raise DamagedFileError unless a SQLite file is intact and writable; a missing file is valid.

    Reads the whole file, so call it in a thread.
    """
    if not path.exists():
        return
    for file in (path, *(path.with_name(f"{path.name}-{kind}") for kind in ("wal", "shm"))):
        make_private(file)
    try:
        with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
            answers = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
            if answers != ["ok"]:
                raise damaged(path, answers[0] if answers else "no answer")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if is_damage(error):
            raise damaged(path, str(error)) from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
            raise DamagedFileError(
                f"{path} cannot be written ({error}): give this user write access to it and its folder"
            ) from error
        if code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise


def damaged(path: Path, how: str) -> DamagedFileError:
    """Return the error of a damaged file."""
    detail = how.replace("\n", " ")
    return DamagedFileError(
        f"{path} is damaged ({detail}): restore it from a backup, docs/operations.md says how"
    )


def is_damage(error: BaseException | None) -> bool:
    """Tell whether an error of the driver says that the file is damaged."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return isinstance(error, sqlite3.Error) and code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SqliteFile:
    """Opens connections to one file, and closes all of them at the end.

    When a task is cancelled while it opens a connection, the driver closes it in its thread without being awaited:
    the thread would call an event loop that is closed.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._connector = partial(sqlite3.connect, path)
        self._opened = WeakSet[_Connection]()

    async def open(self) -> aiosqlite.Connection:
        """Open one more connection."""
        connection = _Connection(self._connector)
        self._opened.add(connection)
        return await connection

    async def close(self) -> None:
        """Close every connection after its current statement."""
        for connection in list(self._opened):
            if (stopped := connection.stop()) is not None:
                await stopped


class _Connection(aiosqlite.Connection):
    def __init__(self, connector: partial[sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        # A process that ends with an error must not wait for a connection that is never closed.
        self._thread.daemon = True
        self._stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        # The thread ends at the first stop; the future of a second one would never complete.
        if self._stopped is None:
            self._stopped = super().stop()
        return self._stopped


def prepare_sqlite(engine: AsyncEngine, *, begin: str, read_only: bool) -> None:
    """Set what each connection of an engine needs: WAL, durable commits, foreign keys, our own BEGIN."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        # The driver's implicit BEGIN is off: its deferred transaction may fail when it upgrades to a write.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "busy_timeout = 30000",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"query_only = {'ON' if read_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)
