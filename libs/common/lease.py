"""A lease on a role that only one process of a service may have, timed by the database's own clock."""

import os
import socket
import time
from datetime import timedelta

import uuid_utils
from sqlalchemy import CursorResult, Dialect, Interval, String, bindparam, literal, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement, func

from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.tables import lease
from libs.common.database.upsert import upsert

# To write the lease at each poll would sync the disk ten times a second in an idle service.
RENEW_SECONDS = 3.0


def database_instant(dialect: Dialect, after_seconds: float = 0.0) -> ColumnElement[object]:
    """Return an expression for the database's present instant, moved by some seconds."""
    if dialect.name == "sqlite":
        text = func.strftime("%Y-%m-%d %H:%M:%f", "now", f"{after_seconds:+.3f} seconds")
        # SQLite keeps instants as text with six decimals: the same width makes comparison right.
        return text.op("||")(literal("000", String))
    return func.clock_timestamp() + bindparam(None, timedelta(seconds=after_seconds), Interval)


async def hold(connection: AsyncConnection, name: str, holder: str, seconds: float) -> bool:
    """Take a free or expired lease, or extend one's own; tell whether `holder` has it now.

    The lease lasts `seconds` from the database's present instant. Call it in a transaction of its own.
    """
    dialect = connection.dialect
    expires = database_instant(dialect, seconds)
    statement = upsert(connection.dialect, lease).values(name=name, holder=holder, expires_at=expires)
    statement = statement.on_conflict_do_update(
        index_elements=[lease.c.name],
        set_={"holder": holder, "expires_at": expires},
        where=or_(lease.c.holder == holder, lease.c.expires_at < database_instant(dialect)),
    )
    result: CursorResult[tuple[()]] = await connection.execute(statement)
    return result.rowcount == 1


async def release(connection: AsyncConnection, name: str, holder: str) -> None:
    """Give one's lease back at once, so that the next holder need not wait for its end."""
    await connection.execute(
        update(lease)
        .where(lease.c.name == name, lease.c.holder == holder)
        .values(expires_at=database_instant(connection.dialect, -1.0))
    )


class LeaseHolder:
    """One process's part in a lease that is wanted again and again; it writes the lease only every few seconds."""

    def __init__(self, database: Database, clock: Clock, name: str, seconds: float) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._seconds = seconds
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid_utils.uuid4()}"
        self._renew_at = 0.0

    async def hold(self) -> bool:
        """Tell whether this process holds the lease now, and take it if it is free."""
        asked_at = time.monotonic()
        if asked_at < self._renew_at:
            return True
        async with self._database.unit_of_work(self._clock.now()) as work:
            held = await self.hold_within(work.connection)
        self._renew_at = asked_at + RENEW_SECONDS if held else 0.0
        return held

    async def hold_within(self, connection: AsyncConnection) -> bool:
        """Hold the lease until this transaction ends, however long it takes; False where it is another's."""
        return await hold(connection, self._name, self._holder, self._seconds)

    def doubt(self) -> None:
        """Ask the database at the next `hold`: after an error it may be another's."""
        self._renew_at = 0.0

    async def release(self) -> None:
        """Hand the lease on."""
        self.doubt()
        async with self._database.unit_of_work(self._clock.now()) as work:
            await release(work.connection, self._name, self._holder)
