"""A lease on a role that only one process of a service may have, timed by the database's own clock."""

from datetime import timedelta

from sqlalchemy import CursorResult, Dialect, Interval, String, bindparam, literal, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement, func

from libs.common.database.tables import lease
from libs.common.database.upsert import upsert


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
