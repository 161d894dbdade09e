"""An INSERT with ON CONFLICT for both engines, whose SQLAlchemy classes differ."""

from typing import Protocol

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert


class Spoken(Protocol):
    """A connection or a unit of work: an object with a dialect."""

    @property
    def dialect(self) -> Dialect:
        """The engine's dialect."""
        ...


def upsert(to: Spoken | Dialect, table: Table) -> Insert:
    """Return an INSERT into a table, in the dialect of a connection's database."""
    dialect = to if isinstance(to, Dialect) else to.dialect
    return sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)
