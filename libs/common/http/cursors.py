"""Keyset pagination: an opaque cursor holds the sort values of the last row, so no row is lost or repeated.

A list may tell its total too, which is counted up to a bound.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, Self, TypeVar
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    TypeDecorator,
    Uuid,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.problems import define

LONGEST_CURSOR: Final = 2_000
# Counting reads at most so many rows more than a page does.
MOST_COUNTED: Final = 10_000
CURSOR_INVALID = define("cursor-invalid", 400, "翻页标记无效")


@dataclass(frozen=True, slots=True)
class Total:
    """The number of rows of a list; with `is_exceeded` there are more, and counting stopped there."""

    number: int
    is_exceeded: bool = False


T = TypeVar("T")
R = TypeVar("R", bound=tuple[Any, ...])


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it."""

    items: list[T]
    next: str | None = None


class CountedPage(Page[T], Generic[T]):
    """A page of a list that tells how many rows it has."""

    total: int | None = Field(
        default=None,
        description=f"How many there are, counted with the first page, up to {MOST_COUNTED}; null on later pages",
    )
    more_than_total: bool = Field(
        default=False, description="Whether there are more than `total`: counting stops there"
    )

    @classmethod
    def of(cls, items: list[T], following: str | None, total: Total | None) -> Self:
        """Return a page of these rows; `total` is given with the first page."""
        if total is None:
            return cls(items=items, next=following)
        return cls(items=items, next=following, total=total.number, more_than_total=total.is_exceeded)


async def total_of(connection: AsyncConnection, statement: Select[Any]) -> Total:
    """Count the rows of a statement up to `MOST_COUNTED`, in one statement."""
    ones = statement.with_only_columns(literal(1), maintain_column_froms=True)
    rows = ones.order_by(None).limit(MOST_COUNTED + 1).subquery()
    number = await connection.scalar(select(func.count()).select_from(rows)) or 0
    return Total(min(number, MOST_COUNTED), number > MOST_COUNTED)


class _Cursor(msgspec.Struct, array_like=True):
    filters: str
    values: list[Any]


@dataclass(frozen=True)
class Keyset:
    """The order of a list: columns that are never NULL and together unique, each with True for descending.

    With `nulls_last` the first column may be NULL. Rows without a value then come after all others in either
    direction, by the other columns; such a list is read by `read`.
    """

    columns: tuple[tuple[ColumnElement[Any], bool], ...]
    nulls_last: bool = False

    def page(
        self, statement: Select[R], *, limit: int, cursor: str | None, filters: Mapping[str, Any]
    ) -> Select[R]:
        """Order a statement and let it begin after the cursor; it yields one row more than `limit`.

        The statement selects the columns of the order. `filters` are the list's parameters, of JSON types.
        Raises `cursor-invalid`, also for a cursor that was given with other filters.
        """
        after = None if cursor is None else self.values(cursor, filters)
        return self._page(statement, limit + 1, after)

    async def read(
        self,
        connection: AsyncConnection,
        statement: Select[R],
        *,
        limit: int,
        cursor: str | None,
        filters: Mapping[str, Any],
    ) -> tuple[Sequence[Row[R]], str | None]:
        """Return a page's rows and the cursor of the next one, as `page` and `split` do, with `nulls_last` too.

        That takes one statement, and a second one where the page reaches the rows without a value.
        """
        after = None if cursor is None else self.values(cursor, filters)
        rows = list((await connection.execute(self._page(statement, limit + 1, after))).all())
        if self.nulls_last and len(rows) <= limit and (after is None or after[0] is not None):
            rest = self._page(statement, limit + 1 - len(rows), [None])
            rows += (await connection.execute(rest)).all()
        return self.split(rows, limit=limit, filters=filters)

    def _page(self, statement: Select[R], rows: int, after: Sequence[Any] | None) -> Select[R]:
        """Return the statement of so many rows after these values; only None: all rows without a value."""
        columns = self.columns
        if self.nulls_last:
            first, _ = columns[0]
            in_rest = after is not None and after[0] is None
            statement = statement.where(first.is_(None) if in_rest else first.is_not(None))
            if in_rest and after is not None:
                columns, after = columns[1:], after[1:]
        if after:
            statement = statement.where(_after(columns, after))
        # With the first column among the rows without a value too: so both engines find the order in an index.
        order = [column.desc() if descending else column.asc() for column, descending in self.columns]
        return statement.order_by(*order).limit(rows)

    def split(
        self, rows: Sequence[Row[R]], *, limit: int, filters: Mapping[str, Any]
    ) -> tuple[Sequence[Row[R]], str | None]:
        """Return the rows of the page and the cursor of the next one, None when there is none."""
        if len(rows) <= limit:
            return rows, None
        return rows[:limit], self.cursor(rows[limit - 1], filters=filters)

    def cursor(self, row: Row[Any], *, filters: Mapping[str, Any]) -> str:
        """Return the cursor of the page that begins after a row."""
        return self.cursor_at([row._mapping[column] for column, _ in self.columns], filters=filters)

    def cursor_at(self, values: Sequence[Any], *, filters: Mapping[str, Any]) -> str:
        """Return the cursor of the page that begins after these values of the order's columns."""
        cursor = _Cursor(_fingerprint(filters), list(values))
        return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()

    def values(self, cursor: str, filters: Mapping[str, Any]) -> list[Any]:
        """Return the values of the order's columns that a page begins after. Raises `cursor-invalid`."""
        try:
            if len(cursor) > LONGEST_CURSOR:
                raise ValueError("too long")
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            decoded = msgspec.json.decode(raw, type=_Cursor)
            values = [
                None if value is None and self.nulls_last and index == 0 else _convert(value, column)
                for index, (value, (column, _)) in enumerate(zip(decoded.values, self.columns, strict=True))
            ]
        except (binascii.Error, msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            raise CURSOR_INVALID("请从第一页重新查询") from error
        if decoded.filters != _fingerprint(filters):
            raise CURSOR_INVALID("翻页期间不能更换查询条件，请从第一页重新查询")
        return values


def _after(columns: Sequence[tuple[ColumnElement[Any], bool]], values: Sequence[Any]) -> ColumnElement[bool]:
    names = [column for column, _ in columns]
    directions = {descending for _, descending in columns}
    bound = [literal(value, column.type) for value, column in zip(values, names, strict=True)]
    if len(directions) == 1:
        # Both engines use the index for a row value comparison.
        here, there = tuple_(*names), tuple_(*bound)
        return here < there if directions.pop() else here > there
    return or_(
        *(
            and_(
                *(names[before] == bound[before] for before in range(at)),
                names[at] < bound[at] if descending else names[at] > bound[at],
            )
            for at, (_, descending) in enumerate(columns)
        )
    )


def _convert(value: Any, column: ColumnElement[Any]) -> Any:
    """Convert a cursor's value to its column's type. Raises ValueError and OverflowError."""
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    converted = msgspec.convert(value, kind.python_type)
    match converted:
        case datetime():
            if converted.tzinfo is None:
                raise ValueError("an instant without a zone")
            return converted.astimezone(UTC)
        case int():
            bits = 63 if isinstance(kind, BigInteger) else 31
            if not -(2**bits) <= converted < 2**bits:
                raise ValueError("a number that the column cannot hold")
        case str():
            if isinstance(kind, Uuid):
                return str(UUID(converted))
            if not converted.isprintable():
                raise ValueError("a text with what is no character")
    return converted


def _fingerprint(filters: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(filters, order="deterministic")).hexdigest()[:16]
