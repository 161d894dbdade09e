"""An INSERT that knows ON CONFLICT: the same words on both engines, but another class on each."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = sqlite.Insert | postgresql.Insert


def upsert(connection: AsyncConnection, table: Table) -> Insert:
    """Return an INSERT into a table, in the dialect of the connection's database."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
