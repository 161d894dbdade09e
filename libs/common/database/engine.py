"""A service's database: PostgreSQL in production, SQLite on a laptop, one code path above."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import event, exc
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.wake import Wake


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


class Database:
    """Connections to one database, and the wake-up that its commits give to the relay of this process."""

    def __init__(self, url: str, *, pool_size: int = 8, statement_timeout_ms: int = 15_000) -> None:
        self.url = url
        self.committed = Wake()
        common: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": msgspec.json.decode}
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            # One writer connection: commands queue here in order instead of failing with "database is locked".
            self._writer = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60, **common)
            self._reader = create_async_engine(url, pool_size=4, max_overflow=4, **common)
            _prepare_sqlite(self._writer, begin="BEGIN IMMEDIATE", read_only=False)
            _prepare_sqlite(self._reader, begin="BEGIN", read_only=True)
        else:
            settings = {
                "statement_timeout": str(statement_timeout_ms),
                "idle_in_transaction_session_timeout": "30000",
                "application_name": "sqn",
            }
            self._writer = self._reader = create_async_engine(
                url,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_use_lifo=True,
                connect_args={"server_settings": settings, "timeout": 10},
                **common,
            )

    @asynccontextmanager
    async def unit_of_work(self, now: datetime) -> AsyncIterator[UnitOfWork]:
        """Open one transaction; it commits when the block ends and rolls back when the block raises.

        `now` is the instant of the command; rows and events written in the block carry it.
        """
        async with self._writer.connect() as connection:
            async with connection.begin():
                work = UnitOfWork(connection, now)
                yield work
                await work.flush()
            if work.published:
                self.committed.set()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for reading; what is read in one block is not one snapshot on PostgreSQL."""
        async with self._reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """Open the writing connection inside a transaction, for migrations."""
        async with self._writer.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def _prepare_sqlite(engine: AsyncEngine, *, begin: str, read_only: bool) -> None:
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


def is_unavailable(error: BaseException) -> bool:
    """Tell whether an error means that the database cannot be reached now, so that waiting may help."""
    if isinstance(error, OSError | exc.TimeoutError | exc.InterfaceError):
        return True
    if isinstance(error, exc.DBAPIError):
        return error.connection_invalidated or isinstance(error, exc.OperationalError)
    return False
