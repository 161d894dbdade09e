"""A whole batch of rows in one statement and one parameter.

The rows travel as one JSON text that the database takes apart: an executemany costs more in Python, row by row,
than all the rest of a fold.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Select, Table, Text, bindparam, func, select, text
from sqlalchemy import column as named
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.types import UtcDateTime
from libs.common.database.upsert import Insert, upsert


def among(connection: AsyncConnection, keys: Collection[str]) -> Select[tuple[str]]:
    """Return the keys as a subquery, for `IN`."""
    rows = bindparam(None, msgspec.json.encode(list(keys)).decode(), Text)
    if connection.dialect.name == "sqlite":
        return select(func.json_each(rows).table_valued("value").c.value)
    elements = func.jsonb_array_elements_text(func.cast(rows, postgresql.JSONB))
    return select(elements.table_valued("value").c.value)


def inserting(connection: AsyncConnection, table: Table) -> Insert:
    """Return an INSERT of what `run` is given, which knows ON CONFLICT in this database's dialect."""
    columns = list(table.c)
    names = [column.name for column in columns]
    if connection.dialect.name == "sqlite":
        each = func.json_each(bindparam("rows", type_=Text)).table_valued("value").c.value
        # Without a WHERE, SQLite takes ON CONFLICT for the condition of a join.
        found = select(*(func.json_extract(each, f"$.{name}") for name in names)).where(text("true"))
        return upsert(connection, table).from_select(names, found)
    rows = func.cast(bindparam("rows", type_=Text), postgresql.JSONB)
    typed = (named(column.name, column.type) for column in columns)
    records = (
        func.jsonb_to_recordset(rows).table_valued(*typed, name="arrived").render_derived(with_types=True)
    )
    return upsert(connection, table).from_select(names, select(*records.c))


async def run(
    connection: AsyncConnection, statement: Insert, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Run a statement of `inserting` for these rows, each a mapping with all columns of the table."""
    instants = [column.name for column in table.c if isinstance(column.type, UtcDateTime)]
    zone = "" if connection.dialect.name == "sqlite" else "Z"
    plain = (
        [{**row, **{name: _text(row[name], zone) for name in instants}} for row in rows] if instants else rows
    )
    await connection.execute(statement, {"rows": msgspec.json.encode(plain).decode()})


def _text(instant: datetime | None, zone: str) -> str | None:
    """Write an instant as SQLite keeps it: UTC with six decimals, so that texts compare as instants do."""
    if instant is None:
        return None
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") + zone
