"""Which part of the figures is asked for, and facts as SQL: the one place that narrows to what a caller may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from sqlalchemy import ColumnElement, Table, cast

from libs.common.auth.callers import Scope, ScopeColumns, visible_to
from libs.common.database.types import Identity64
from services.metrics.declare import Source


@dataclass(frozen=True, slots=True)
class Filter:
    """Which part of the figures is asked for: codes by dimension; months are inclusive, as 2022-10."""

    codes: Mapping[str, str] = field(default_factory=dict)
    month_from: str | None = None
    month_to: str | None = None

    @property
    def names(self) -> set[str]:
        """The dimensions that are narrowed."""
        return self.codes.keys() | ({"month"} if self.month_from or self.month_to else set())

    def as_dict(self) -> dict[str, str | None]:
        """Return it in JSON types, for cursors."""
        return {**self.codes, "month_from": self.month_from, "month_to": self.month_to}


def seen(table: Table, scope: Scope) -> ColumnElement[bool]:
    """Return the condition on rows that a scope may see."""
    return visible_to(scope, ScopeColumns(utility=table.c.utility, district=table.c.district))


def within(
    source: Source, table: Table, dims: ColumnElement[Any], wanted: Filter, scope: Scope
) -> list[ColumnElement[bool]]:
    """Return the conditions on a table of subjects, or of what is behind cells; `dims` is its list of dimensions."""
    columns = table.c
    conditions = [columns.source == source.code, seen(table, scope)]
    for n, name in enumerate(source.dim_names):
        if (code := wanted.codes.get(name)) is not None:
            conditions.append(columns[name] == code if name in columns else dims[n].as_string() == code)
    return conditions + (in_months(columns.month, wanted) if "month" in columns else [])


def in_months(month: ColumnElement[str], wanted: Filter) -> list[ColumnElement[bool]]:
    """Return the conditions on a month."""
    first = [month >= wanted.month_from] if wanted.month_from is not None else []
    return first + ([month <= wanted.month_to] if wanted.month_to is not None else [])


class SqlFacts:
    """A struct of facts as SQL expressions: `facts.due_at` is the field of that name in a JSON column."""

    def __init__(self, kind: type, column: ColumnElement[Any]) -> None:
        self._fields = {name: n for n, name in enumerate(get_type_hints(kind))}
        self._types = get_type_hints(kind)
        self._column = column

    def __getattr__(self, name: str) -> ColumnElement[Any]:
        """Return a field that is a text, a whole number or a truth value."""
        hint = self._types[name]
        kind = next(part for part in (get_args(hint) or (hint,)) if part is not NoneType)
        if isinstance(hint, UnionType) and len(get_args(hint)) > 2:
            raise AttributeError(name)
        value: Any = self._column[self._fields[name]]
        if kind is bool:
            return value.as_boolean()  # type: ignore[no-any-return]
        return value.as_string() if kind is str else cast(value.as_string(), Identity64)
