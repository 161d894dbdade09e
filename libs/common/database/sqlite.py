"""Connections to a SQLite file, each a thread of its own that must have let go before the loop ends."""

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
    """Raise DamagedFileError unless a SQLite file is whole and can be written; one that is not there yet is good.

    Reads all of the file, so it belongs into a thread.
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
    """Opens connections to one file, and closes them whoever still holds them.

    When a task is cancelled while it opens a connection, the driver closes that one in its thread with nobody
    waiting: the thread would speak to a loop that is gone.
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
        """Close every connection after the statement that it is at."""
        for connection in list(self._opened):
            if (stopped := connection.stop()) is not None:
                await stopped


class _Connection(aiosqlite.Connection):
    def __init__(self, connector: partial[sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        # A process that dies of an error must not wait for a connection that nobody will close.
        self._thread.daemon = True
        self._stopped: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        # The thread ends at the first stop; the future of a second one would never be done.
        if self._stopped is None:
            self._stopped = super().stop()
        return self._stopped


def prepare_sqlite(engine: AsyncEngine, *, begin: str, read_only: bool) -> None:
    """Set what each connection of an engine needs: WAL, durable commits, foreign keys, our own BEGIN."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        # The driver's own BEGIN is off: it would open a deferred transaction that fails when it turns to writing.
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
