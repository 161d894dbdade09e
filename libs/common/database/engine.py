"""A service's database: PostgreSQL in production, SQLite on a laptop, one code path above."""

import asyncio
import contextvars
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import msgspec
import structlog
from sqlalchemy import String, bindparam, event, exc, func, select
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from libs.common.auth.callers import Scope
from libs.common.database.batcher import Batcher, RetryAloneError, apart
from libs.common.database.group_commit import GroupCommit
from libs.common.database.sqlite import (
    DamagedFileError,
    SqliteFile,
    check_file,
    damaged,
    is_damage,
    prepare_sqlite,
)
from libs.common.database.tls import split_tls
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.records import OPTION, Records
from libs.common.notifier import Notifier

log = structlog.get_logger(__name__)

# How often the file is checked, which reads all of it.
CHECK_SECONDS = 600.0

# Until the transaction ends, so that the next reader of the connection starts without.
_SET_SCOPE = select(
    func.set_config("app.scope_kind", bindparam("kind", type_=String), True),
    func.set_config("app.scope_code", bindparam("code", type_=String), True),
)

T = TypeVar("T")
Action = Callable[[UnitOfWork], Awaitable[T]]
_InTurn = tuple[str, datetime, Action[Any], contextvars.Context]


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


class Database:
    """Connections to one database; its commits notify the relay of this process."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 16,
        statement_timeout_ms: int = 15_000,
        row_security: bool = False,
        records: Records | None = None,
    ) -> None:
        """Open a database, with keys of sealed `records`; `row_security`: policies by scope (PostgreSQL alone)."""
        self.url, self.records = url, records
        self.committed = Notifier()
        common: dict[str, Any] = {
            "json_serializer": _to_json,
            "json_deserializer": msgspec.json.decode,
            # Bound parameters must not appear in errors, which are logged.
            "hide_parameters": True,
            "execution_options": {OPTION: records},
        }
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._row_security = row_security and not self.is_sqlite
        if self.is_sqlite:
            path = parsed.database or ":memory:"
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._file = SqliteFile(path)
            common["async_creator"] = self._file.open
            # One writer connection: commands queue for it in order instead of failing with "database is locked".
            self._writer = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60, **common)
            self._reader = create_async_engine(url, pool_size=4, max_overflow=4, **common)
            prepare_sqlite(self._writer, begin="BEGIN IMMEDIATE", read_only=False)
            prepare_sqlite(self._reader, begin="BEGIN", read_only=True)
        else:
            settings = {
                "statement_timeout": str(statement_timeout_ms),
                "idle_in_transaction_session_timeout": "30000",
                "application_name": "sqn",
            }
            plain, tls = split_tls(parsed)
            self._writer = self._reader = create_async_engine(
                plain,
                pool_size=pool_size,
                # An overflow connection would be closed on return: under load, one per command.
                max_overflow=0,
                pool_use_lifo=True,
                connect_args={"server_settings": settings, "timeout": 10, **tls},
                **common,
            )
            event.listens_for(self._writer.sync_engine, "checkout")(_refuse_closed)
        self._shared = GroupCommit(self._reader, self._writer)
        self._in_turn = Batcher[_InTurn, Any](self._run_in_turn)
        self.damage: str | None = None
        """What is wrong with the database's file, once that is known: this process is of no use then."""
        self._checking: asyncio.Task[None] | None = None
        self._check_at = 0.0
        if self.is_sqlite:
            for engine in (self._reader, self._writer):
                event.listens_for(engine.sync_engine, "handle_error")(self._note_damage)

    @asynccontextmanager
    async def unit_of_work(self, now: datetime) -> AsyncIterator[UnitOfWork]:
        """Open one transaction; it commits when the block ends and rolls back when the block raises.

        `now` is the instant of the command; rows and events written in the block carry it.
        """
        async with self._writer.connect() as connection:
            async with connection.begin():
                work = UnitOfWork(connection, now, connection.dialect, records=self.records)
                yield work
                await work.flush()
            if work.published:
                self.committed.set()

    async def run(self, now: datetime, action: Action[T], *, shared: bool = False, in_turn: str = "") -> T:
        """Run an action in a transaction and return its result once it is committed.

        With `shared`, concurrent commands share the transaction, which costs less (group commit). The action
        must read by `UnitOfWork.one`, write by `UnitOfWork.write` with a check of the version that it read, and
        detect its own effect when it is run again: after any error it is run again alone.

        With `in_turn`, concurrent actions run one after the other in one transaction: for actions that would wait
        for each other's commit, since all take what only one can have, such as the next number. `in_turn` names what
        is taken: every process takes it in this order, so that no two wait for each other. An action that fails is
        rolled back to its savepoint and run again alone.
        """
        if in_turn:
            try:
                result: T = await self._in_turn.do((in_turn, now, action, contextvars.copy_context()))
            except RetryAloneError as error:
                log.debug("action_alone", cause=repr(error.__cause__))
            else:
                return result
        if shared:
            work = UnitOfWork(None, now, self._writer.dialect, self._shared, self.records)
            try:
                result = await action(work)
                await self._shared.commit(*work.take())
            except RetryAloneError as error:
                log.debug("command_alone", cause=repr(error.__cause__))
            else:
                if work.published:
                    self.committed.set()
                return result
        async with self.unit_of_work(now) as work:
            return await action(work)

    async def _run_in_turn(self, actions: list[_InTurn]) -> list[Any]:
        published = False
        results: list[Any] = [None] * len(actions)
        order = sorted(range(len(actions)), key=lambda index: actions[index][0])
        async with self._writer.connect() as connection, connection.begin():
            for index in order:
                _, now, action, context = actions[index]
                work = UnitOfWork(connection, now, connection.dialect, records=self.records)
                try:
                    # Alone, an action needs no savepoint: its error rolls back the whole transaction.
                    async with connection.begin_nested() if len(actions) > 1 else nullcontext():
                        # Each in its caller's context, which holds the trace that its events carry on.
                        task = asyncio.create_task(_done(action, work), context=context)
                        results[index] = await task
                except Exception as error:
                    if len(actions) == 1:
                        raise
                    results[index] = apart(error)
                else:
                    published |= work.published
        if published:
            self.committed.set()
        return results

    @asynccontextmanager
    async def reading(
        self, scope: Scope | None = None, *, is_snapshot: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """Open a connection for reading; on PostgreSQL the reads of one block are one snapshot only if asked for.

        With a scope the database's own policies, where it has them, show what that scope may see and no more,
        whatever a statement forgets.
        """
        async with self._reader.connect() as connection:
            if is_snapshot and not self.is_sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            if scope is not None and self._row_security:
                await connection.execute(_SET_SCOPE, {"kind": scope.kind, "code": scope.code})
            yield connection

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """Open the writing connection inside a transaction, for migrations."""
        async with self._writer.connect() as connection:
            if self.is_sqlite:
                # SQLite changes a table by copying and dropping it; dropping would delete the rows that refer to it.
                await _foreign_keys(connection, on=False)
            try:
                async with connection.begin():
                    yield connection
            finally:
                if self.is_sqlite:
                    await _foreign_keys(connection, on=True)

    async def check_file(self) -> None:
        """Raise DamagedFileError unless the SQLite file is intact and writable; no check on PostgreSQL."""
        if self.is_sqlite:
            await asyncio.to_thread(check_file, self._file.path)

    def look_after_file(self) -> None:
        """Start a check of the file if the last one is long ago; its result is in `damage`."""
        if self.is_sqlite and self._checking is None and monotonic() >= self._check_at:
            self._checking = asyncio.create_task(self._check())

    async def _check(self) -> None:
        try:
            await self.check_file()
        except DamagedFileError as error:
            self.damage = str(error)
        except sqlite3.Error as error:
            log.warning("file_not_checked", error=repr(error))
        finally:
            self._checking = None
            self._check_at = monotonic() + CHECK_SECONDS

    def _note_damage(self, context: ExceptionContext) -> None:
        if is_damage(context.original_exception):
            self.damage = str(damaged(self._file.path, str(context.original_exception)))

    async def close(self) -> None:
        """Close every connection."""
        if self._checking is not None:
            await asyncio.wait({self._checking})
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()
        if self.is_sqlite:
            await self._file.close()


async def _done(action: Action[T], work: UnitOfWork) -> T:
    result = await action(work)
    await work.flush()
    return result


async def _foreign_keys(connection: AsyncConnection, *, on: bool) -> None:
    # On the driver's connection, since SQLite ignores this pragma inside a transaction.
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    # After a restart of PostgreSQL all pooled connections are dead; asking the driver costs no round trip.
    if connection.driver_connection.is_closed():
        raise exc.DisconnectionError("the server has closed this connection")


# SQLSTATE classes and codes: connection, resources, system, credentials; rolled back for another's sake; shutting
# down or starting; no such database; read only after a failover; lock not to be had.
_WAIT_SQLSTATES = ("08", "53", "58", "28", "40", "57P", "3D000", "25006", "55P03")
_WAIT_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
}


def is_unavailable(error: BaseException) -> bool:
    """Tell whether an error is caused by the state of the database, so that a retry may help."""
    if isinstance(error, OSError | exc.TimeoutError | exc.InterfaceError):
        return True
    if isinstance(error, exc.DBAPIError):
        if error.connection_invalidated:
            return True
        # Raised by asyncpg itself: a connection that broke or was abandoned during an operation.
        if isinstance(error, exc.InternalError) and getattr(error.orig, "sqlstate", None) is None:
            return True
        error = error.orig or error
    if isinstance(error, sqlite3.Error):
        # The low byte is the kind of error, the rest are details.
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _WAIT_SQLITE
    return str(getattr(error, "sqlstate", None)).startswith(_WAIT_SQLSTATES)
