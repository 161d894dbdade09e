"""A whole batch of rows in one statement and one parameter.

The rows travel as one JSON text that the database takes apart: an executemany costs more in Python, row by row,
than all the rest of a fold.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Delete, Dialect, Select, Table, Text, bindparam, delete, func, select, text, tuple_
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
    elements = func.json_array_elements_text(func.cast(rows, postgresql.JSON))
    return select(elements.table_valued("value").c.value)


async def replace(
    connection: AsyncConnection,
    table: Table,
    rows: Collection[Mapping[str, Any]],
    *,
    adding: Collection[str] = (),
) -> None:
    """Insert rows, each a mapping with all columns of the table, or replace those of the same key.

    Columns of `adding` are added to what is there.
    """
    if not rows:
        return
    statement = _replacing(connection.dialect, table, tuple(adding))
    await connection.execute(statement, {"rows": _encoded(connection, table, rows)})


async def insert(connection: AsyncConnection, table: Table, rows: Collection[Mapping[str, Any]]) -> None:
    """Insert rows, each a mapping with all columns of the table. Raises IntegrityError for a key that is there."""
    if rows:
        await connection.execute(
            _inserting(connection.dialect, table), {"rows": _encoded(connection, table, rows)}
        )


async def remove(connection: AsyncConnection, table: Table, rows: Collection[Mapping[str, Any]]) -> None:
    """Delete the rows of these keys, each a mapping with all columns of the key."""
    if rows:
        statement = _removing(connection.dialect, table)
        await connection.execute(statement, {"rows": _encoded(connection, table, rows)})


# Each is built once: to build one takes longer than to run it over a few rows.
@lru_cache(maxsize=256)
def _replacing(dialect: Dialect, table: Table, adding: tuple[str, ...]) -> Insert:
    statement = _inserting(dialect, table)
    keys = [column.name for column in table.primary_key]
    new: dict[str, Any] = {column.name: column for column in statement.excluded if column.name not in keys}
    new |= {name: table.c[name] + statement.excluded[name] for name in adding}
    if not new:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=keys, set_=new)


@lru_cache(maxsize=256)
def _inserting(dialect: Dialect, table: Table) -> Insert:
    names = [column.name for column in table.c]
    return upsert(dialect, table).from_select(names, _arrived(dialect, table, names))


@lru_cache(maxsize=256)
def _removing(dialect: Dialect, table: Table) -> Delete:
    keys = list(table.primary_key)
    arrived = _arrived(dialect, table, [column.name for column in keys])
    return delete(table).where(tuple_(*keys).in_(arrived))


def _arrived(dialect: Dialect, table: Table, names: Collection[str]) -> Select[Any]:
    """Return a SELECT of the rows that the parameter `rows` holds."""
    if dialect.name == "sqlite":
        row = func.json_each(bindparam("rows", type_=Text)).table_valued("value").c.value
        # Without a WHERE, SQLite takes ON CONFLICT for the condition of a join.
        return select(*(func.json_extract(row, f"$.{name}") for name in names)).where(text("true"))
    # Read as it comes: as JSONB it would first be sorted and stored anew.
    rows = func.cast(bindparam("rows", type_=Text), postgresql.JSON)
    typed = (named(name, table.c[name].type) for name in names)
    records = (
        func.json_to_recordset(rows).table_valued(*typed, name="arrived").render_derived(with_types=True)
    )
    return select(*records.c)


def _encoded(connection: AsyncConnection, table: Table, rows: Collection[Mapping[str, Any]]) -> str:
    instants = [column.name for column in table.c if isinstance(column.type, UtcDateTime)]
    zone = "" if connection.dialect.name == "sqlite" else "Z"
    plain = (
        [{**row, **{name: _text(row[name], zone) for name in instants if name in row}} for row in rows]
        if instants
        else list(rows)
    )
    return msgspec.json.encode(plain).decode()


def _text(instant: datetime | None, zone: str) -> str | None:
    """Write an instant as SQLite keeps it: UTC with six decimals, so that texts compare as instants do."""
    if instant is None:
        return None
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") + zone
