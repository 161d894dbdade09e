"""Keyset pagination: an opaque cursor holds the sort values of the last row, so no row is lost or repeated."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec
from pydantic import BaseModel
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    TypeDecorator,
    Uuid,
    and_,
    literal,
    or_,
    tuple_,
)

from libs.common.problems import define

LONGEST_CURSOR: Final = 2_000
CURSOR_INVALID = define("cursor-invalid", 400, "翻页标记无效")

T = TypeVar("T")
R = TypeVar("R", bound=tuple[Any, ...])


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it."""

    items: list[T]
    next: str | None = None


class _Cursor(msgspec.Struct, array_like=True):
    filters: str
    values: list[Any]


@dataclass(frozen=True)
class Keyset:
    """The order of a list: columns that are never NULL and together unique, each with True for descending."""

    columns: tuple[tuple[ColumnElement[Any], bool], ...]

    def page(
        self, statement: Select[R], *, limit: int, cursor: str | None, filters: Mapping[str, Any]
    ) -> Select[R]:
        """Order a statement and let it begin after the cursor; it yields one row more than `limit`.

        The statement selects the columns of the order. `filters` are the list's parameters, of JSON types.
        Raises `cursor-invalid`, also for a cursor that was given with other filters.
        """
        order = [column.desc() if descending else column.asc() for column, descending in self.columns]
        if cursor is not None:
            statement = statement.where(self._after(self._decode(cursor, filters)))
        return statement.order_by(*order).limit(limit + 1)

    def split(
        self, rows: Sequence[Row[R]], *, limit: int, filters: Mapping[str, Any]
    ) -> tuple[Sequence[Row[R]], str | None]:
        """Return the rows of the page and the cursor of the next one, None when there is none."""
        if len(rows) <= limit:
            return rows, None
        last = rows[limit - 1]._mapping
        cursor = _Cursor(_fingerprint(filters), [last[column] for column, _ in self.columns])
        return rows[:limit], base64.urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()

    def _decode(self, cursor: str, filters: Mapping[str, Any]) -> list[Any]:
        try:
            if len(cursor) > LONGEST_CURSOR:
                raise ValueError("too long")
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            decoded = msgspec.json.decode(raw, type=_Cursor)
            values = [
                _convert(value, column)
                for value, (column, _) in zip(decoded.values, self.columns, strict=True)
            ]
        except (binascii.Error, msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            raise CURSOR_INVALID("请从第一页重新查询") from error
        if decoded.filters != _fingerprint(filters):
            raise CURSOR_INVALID("翻页期间不能更换查询条件，请从第一页重新查询")
        return values

    def _after(self, values: Sequence[Any]) -> ColumnElement[bool]:
        columns = [column for column, _ in self.columns]
        directions = {descending for _, descending in self.columns}
        bound = [literal(value, column.type) for value, column in zip(values, columns, strict=True)]
        if len(directions) == 1:
            # Both engines use the index for a row value comparison.
            here, there = tuple_(*columns), tuple_(*bound)
            return here < there if directions.pop() else here > there
        return or_(
            *(
                and_(
                    *(columns[before] == bound[before] for before in range(at)),
                    columns[at] < bound[at] if descending else columns[at] > bound[at],
                )
                for at, (_, descending) in enumerate(self.columns)
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
