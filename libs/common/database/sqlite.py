"""Connections to a SQLite file, each a thread of its own that must have let go before the loop ends."""

import asyncio
import sqlite3
from functools import partial
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class SqliteFile:
    """Opens connections to one file, and closes them whoever still holds them.

    When a task is cancelled while it opens a connection, the driver closes that one in its thread with nobody
    waiting: the thread would speak to a loop that is gone.
    """

    def __init__(self, path: str) -> None:
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
