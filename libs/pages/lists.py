"""Lists: columns and filters declared once, with the orders of the one and the inputs of the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from libs.pages.sessions import Session
from libs.pages.shown import field


def address(path: str, query: Mapping[str, str]) -> str:
    """Return the address of a page with its filters."""
    return f"{path}?{urlencode(query)}" if query else path


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: a field of its rows; `order` is the service's name of the order by it, if it has one.

    A value is shown by `show`, or as its type is; `is_drawn` is drawn by the macro of the table that is called as
    the field. `about` is the address of what explains it. `on_phone` says whether a narrow window shows it: what
    decides stands there, the rest is on the page of the thing.
    """

    name: str
    title: str
    order: str | None = None
    show: Callable[[Any], str] | None = None
    is_number: bool = False
    on_phone: bool = True
    is_drawn: bool = False
    about: str = ""

    def text(self, row: Any) -> str:
        """Return what stands in a row."""
        return field(row, self.name) if self.show is None else self.show(getattr(row, self.name))

    @property
    def css(self) -> str:
        """The classes of its cells."""
        return " ".join([*(["n"] if self.is_number else []), *([] if self.on_phone else ["wide"])])


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a kind of thing, each of which leads to its page below `path`.

    `macros` is the template of the columns that are drawn; `is_late` says which rows are marked.
    """

    path: str
    noun: str
    columns: Sequence[Column]
    macros: str | None = None
    is_late: Callable[[Any], bool] = lambda _row: False


class Coded(Protocol):
    """What can be chosen: a code with its name."""

    @property
    def code(self) -> str:
        """What the service knows it by."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


@dataclass(frozen=True, slots=True)
class Choices:
    """A filter that is one of several values, of those that a user may choose from."""

    name: str
    title: str
    items: Callable[[Session], Sequence[Coded]]


@dataclass(frozen=True, slots=True)
class Text:
    """A filter by a text, such as a part of a number; users of some kinds of scope do not have it."""

    name: str
    title: str
    longest: int
    hidden_from: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list can be narrowed by; of `days` each is a range, of `ticks` each is either said or not."""

    choices: Sequence[Choices] = ()
    texts: Sequence[Text] = ()
    days: Sequence[tuple[str, str]] = ()
    ticks: Sequence[tuple[str, str]] = ()

    @property
    def names(self) -> Iterator[str]:
        """The parameters of the query."""
        yield from (choice.name for choice in self.choices)
        yield from (text.name for text in self.texts)
        yield from (f"{name}_{end}" for name, _ in self.days for end in ("from", "to"))
        yield from (name for name, _ in self.ticks)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list is asked for: its path, its filters, and its order, "" where it has but one.

    Of several lists on a page each has a parameter of its own for its order, and an anchor that it is found by.
    """

    path: str
    filters: Mapping[str, str]
    order: str
    parameter: str = "order"
    anchor: str = ""

    @classmethod
    def of(
        cls, path: str, query: QueryParams, names: Iterable[str], orders: Sequence[str] = ("",)
    ) -> "ListQuery":
        """Read a query; an empty filter of a form is none, and an unknown order is the first."""
        filters = {name: value for name in names if (value := query.get(name))}
        order = query.get("order", "")
        return cls(path, filters, order if order in orders else orders[0])

    @property
    def query(self) -> dict[str, str]:
        """Filters and order."""
        return {**self.filters} | ({self.parameter: self.order} if self.order else {})

    def sorted_by(self, column: Column) -> str | None:
        """Return how the list is sorted by a column, as `aria-sort` says it; None where it is not."""
        if column.order is None or self.order.removeprefix("-") != column.order:
            return None
        return "descending" if self.order.startswith("-") else "ascending"

    def sorting(self, column: Column) -> str:
        """Return the address that sorts by a column: the other way round where it is sorted by it already."""
        order = f"-{column.order}" if self.sorted_by(column) == "ascending" else str(column.order)
        sorted_so = address(self.path, {**self.filters, self.parameter: order})
        return f"{sorted_so}#{self.anchor}" if self.anchor else sorted_so

    def narrowed(self, **filters: str) -> str:
        """Return the address of the list with other filters in place of these."""
        return address(self.path, filters)
