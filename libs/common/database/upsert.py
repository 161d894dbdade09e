"""An INSERT with ON CONFLICT for both engines, whose SQLAlchemy classes differ."""

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert


def upsert(dialect: Dialect, table: Table) -> Insert:
    """Return an INSERT into a table, in the dialect of a database."""
    return sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)
