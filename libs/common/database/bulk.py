"""A whole batch of rows in one statement and one parameter.

The rows travel as one JSON text that the database takes apart: an executemany costs more in Python, row by row,
than all the rest of a fold.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import asyncpg
import msgspec
from sqlalchemy import (
    ColumnElement,
    Delete,
    Dialect,
    LargeBinary,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy import column as named
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.types import UtcDateTime
from libs.common.database.upsert import Insert, upsert

_FEW = 16


def among(connection: AsyncConnection, keys: Collection[str] | Collection[int]) -> Select[tuple[str]]:
    """Return the keys as a subquery, for `IN`."""
    rows = bindparam(None, msgspec.json.encode(list(keys)).decode(), Text)
    if connection.dialect.name == "sqlite":
        return select(func.json_each(rows).table_valued("value").c.value)
    elements = func.json_array_elements_text(func.cast(rows, postgresql.JSON))
    return select(elements.table_valued("value").c.value)


def is_among(
    connection: AsyncConnection, column: ColumnElement[Any], keys: Collection[str] | Collection[int]
) -> ColumnElement[bool]:
    """Return the condition on rows whose column, of ids, of texts or of whole numbers, is one of many keys.

    PostgreSQL searches the column's index for each. Joined with `among` it may rather read the whole table, above all
    before it has counted the rows.
    """
    dialect = connection.dialect
    if dialect.name == "sqlite":
        as_stored = column.type.dialect_impl(dialect).bind_processor(dialect)
        return column.in_(among(connection, [as_stored(key) for key in keys] if as_stored else keys))
    return column == func.any(bindparam(None, list(keys), postgresql.ARRAY(column.type)))


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


async def add(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns, with values of any type; the database fills the columns that they leave out.

    On PostgreSQL many are copied in: row by row SQLAlchemy and the server each take longer than for all the rest of
    an import. Raises IntegrityError.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    if len(rows) <= _FEW:
        await connection.execute(table.insert(), rows)
    elif connection.dialect.name != "postgresql":
        statement, positions = _by_position(connection.dialect, table, columns)
        values = _values(connection.dialect, table, positions)
        await connection.exec_driver_sql(statement, [values(row) for row in rows])
    # COPY takes no rows of a table whose policies hold for this role. Asking also begins the transaction: SQLAlchemy
    # does with its own first statement, and not for the driver's.
    elif await connection.scalar(select(func.row_security_active(table.name))):
        instants = [name for name in columns if isinstance(table.c[name].type, UtcDateTime)]
        values = _values(connection.dialect, table, tuple(instants))
        plain = [{**row, **dict(zip(instants, values(row), strict=True))} for row in rows]
        encoded = msgspec.json.encode(plain).decode()
        await connection.execute(_adding(connection.dialect, table, columns), {"rows": encoded})
    else:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        values = _values(connection.dialect, table, columns)
        try:
            await driver.copy_records_to_table(
                table.name, columns=columns, records=[values(row) for row in rows]
            )
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(f"COPY {table.name}", None, error) from error


@lru_cache(maxsize=64)
def _values(
    dialect: Dialect, table: Table, columns: tuple[str, ...]
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return the function from a row to its values as the driver takes them."""
    converts = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in columns]

    def values(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple([row[name] if convert is None else convert(row[name]) for name, convert in converts])

    return values


@lru_cache(maxsize=64)
def _by_position(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the INSERT that takes the values of a row by their positions, and the columns in this order."""
    compiled: Any = table.insert().compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), tuple(compiled.positiontup)


@lru_cache(maxsize=64)
def _adding(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> Insert:
    """Return the INSERT of rows that travel as JSON, in their order; bytes do as Base64."""
    binary = {name for name in columns if isinstance(table.c[name].type, LargeBinary)}
    typed = (named(name, Text() if name in binary else table.c[name].type) for name in columns)
    records = (
        func.json_to_recordset(func.cast(bindparam("rows", type_=Text), postgresql.JSON))
        .table_valued(*typed, name="arrived")
        .render_derived(with_types=True)
    )
    arrived = (
        func.decode(records.c[name], "base64") if name in binary else records.c[name] for name in columns
    )
    return upsert(dialect, table).from_select(columns, select(*arrived))


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
