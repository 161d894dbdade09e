"""Lists: columns declared once, with their orders, and which of them a phone shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list; `order` is the service's name of the order by it, None where it has none.

    `on_phone` says whether a narrow window shows it: what decides stands there, the rest is on the page of the thing.
    """

    name: str
    title: str
    order: str | None = None
    is_number: bool = False
    on_phone: bool = True


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list is asked for: its path, its filters, and its order."""

    path: str
    filters: Mapping[str, str]
    order: str

    @classmethod
    def of(cls, path: str, query: QueryParams, names: Sequence[str], orders: Sequence[str]) -> "ListQuery":
        """Read a query; an empty filter of a form is none, and an unknown order is the first."""
        filters = {name: value for name in names if (value := query.get(name))}
        order = query.get("order", "")
        return cls(path, filters, order if order in orders else orders[0])

    @property
    def query(self) -> dict[str, str]:
        """Filters and order."""
        return {**self.filters, "order": self.order}

    def sorted_by(self, column: Column) -> str | None:
        """Return how the list is sorted by a column, as `aria-sort` says it; None where it is not."""
        if column.order is None or self.order.removeprefix("-") != column.order:
            return None
        return "descending" if self.order.startswith("-") else "ascending"

    def sorting(self, column: Column) -> str:
        """Return the address that sorts by a column: the other way round where it is sorted by it already."""
        order = f"-{column.order}" if self.sorted_by(column) == "ascending" else str(column.order)
        return f"{self.path}?{urlencode({**self.filters, 'order': order})}"

    def narrowed(self, **filters: str) -> str:
        """Return the address of the list with other filters in place of these."""
        return f"{self.path}?{urlencode(filters)}" if filters else self.path
