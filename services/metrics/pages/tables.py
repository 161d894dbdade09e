"""Tables of figures: their columns are declared, each can be sorted by, and the table as it stands is a file."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import Response

from libs.common.problems import NOT_FOUND
from libs.pages.exports import csv_file
from libs.pages.lists import Column, ListQuery, address
from libs.pages.shown import number, percent
from services.metrics.http import models
from services.metrics.pages.parts import Row, drill_down

TABLE_NAME = "^[A-Za-z0-9_-]{1,60}$"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table: as it is shown, what it is sorted by (None: last), and where it leads.

    `rate` is drawn as a bar; `tag` says something of a row.
    """

    text: str
    value: Any = None
    href: str = ""
    css: str = ""
    rate: models.Rate | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureColumn(Column):
    """A column of a table of figures."""

    cell: Callable[[Any], Cell]

    def text(self, row: Any) -> str:
        """Return what stands in a row."""
        return self.cell(row).text


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureTable:
    """A table of a board: its rows in their own order, each with an id on the page.

    `data` are attributes of a row for scripts, `empty` stands in place of rows.
    """

    code: str
    title: str
    columns: Sequence[FigureColumn]
    rows: Sequence[Any]
    row_id: Callable[[Any], str]
    empty: str = "所选区间没有办结的件。"
    css: str = ""
    data: Callable[[Any], Mapping[str, str]] = field(default=lambda _row: {})

    @property
    def parameter(self) -> str:
        """The parameter of the page's query that orders this table."""
        return f"sort-{self.code}"

    @property
    def anchor(self) -> str:
        """The id of the table on the page."""
        return f"t-{self.code}"

    def order(self, query: QueryParams) -> str:
        """Return by which column a query sorts the table, "" for its own order."""
        order = query.get(self.parameter, "")
        return order if order.removeprefix("-") in {column.order for column in self.columns} else ""

    def sorted_by(self, order: str) -> Sequence[Any]:
        """Return the rows in an order; what has no value comes last, and equals stay as they were."""
        column = next((column for column in self.columns if column.order == order.removeprefix("-")), None)
        if column is None:
            return self.rows
        values = [(column.cell(row).value, row) for row in self.rows]
        known = [pair for pair in values if pair[0] is not None]
        known.sort(key=lambda pair: pair[0], reverse=order.startswith("-"))
        return [row for _, row in known] + [row for value, row in values if value is None]


@dataclass(frozen=True, slots=True)
class ArrangedTable:
    """A table as a page shows it: how it is sorted, and the address of its file."""

    table: FigureTable
    listing: ListQuery
    file: str

    @property
    def rows(self) -> Sequence[Any]:
        """The rows as they are sorted."""
        return self.table.sorted_by(self.listing.order)


@dataclass(frozen=True, slots=True)
class BoardAddress:
    """Where a board is, and where the files of its tables are."""

    page: str
    files: str


def arranged(
    tables: Iterable[FigureTable], board: BoardAddress, page: Mapping[str, str], query: QueryParams
) -> Mapping[str, ArrangedTable]:
    """Return the tables by their codes as a query of a board orders them; `page` is the rest of its query."""
    listed = list(tables)
    orders = {table.parameter: order for table in listed if (order := table.order(query))}
    shown = {}
    for table in listed:
        others = {**page, **orders}
        order = others.pop(table.parameter, "")
        listing = ListQuery(board.page, others, order, table.parameter, table.anchor)
        own = {table.parameter: order} if order else {}
        file = address(f"{board.files}/{table.code}.csv", {**page, **own})
        shown[table.code] = ArrangedTable(table, listing, file)
    return shown


async def table_file(
    tables: Iterable[FigureTable], name: str, query: QueryParams, period: str = ""
) -> Response:
    """Give one of the tables of a board as a file, as a query sorts it. Raises Problem: `not-found`."""
    table = next((one for one in tables if one.code == name), None)
    if table is None:
        raise NOT_FOUND("没有这张表")

    async def rows() -> AsyncIterator[Sequence[Any]]:
        yield table.sorted_by(table.order(query))

    return await csv_file(f"{table.title} {period}".rstrip(), table.columns, rows())


Chosen = Mapping[str, str]
"""A period of the board as the API is asked for it."""

Of = Callable[[Any], Row | None]
Where = Callable[[Any], Mapping[str, str]]


def itself(row: Row) -> Row:
    """Return the figures of a row that is nothing else."""
    return row


def definition(code: str) -> str:
    """Return the address of what a figure means."""
    return f"/definitions#{code}"


def names(name: str, title: str, cell: Callable[[Any], Cell]) -> FigureColumn:
    """Return the column of what the rows are, or what is said of them in words."""
    return FigureColumn(name, title, name, cell=cell)


def counts(
    code: str,
    title: str,
    of: Of,
    where: Where,
    *,
    value: Callable[[Row], int] | None = None,
    about: str = "",
    css: str = "",
    on_phone: bool = True,
) -> FigureColumn:
    """Return the column of a count: `code` has its cases, `of` the figures of a row, `where` narrows to a row.

    The count is the figure of that code unless `value` reads another.
    """

    def cell(row: Any) -> Cell:
        figures = of(row)
        counted = 0 if figures is None else figures.number(code) if value is None else value(figures)
        return count_cell(counted, drill_down(code, **where(row)), css)

    return FigureColumn(
        code, title, code, is_number=True, on_phone=on_phone, about=definition(about or code), cell=cell
    )


def rates(
    code: str,
    title: str,
    of: Of,
    where: Where | None,
    *,
    on_phone: bool = True,
    is_drawn: bool = True,
) -> FigureColumn:
    """Return the column of a rate; without `where` it leads to what it means and not to its cases."""

    def cell(row: Any) -> Cell:
        figures = of(row)
        rate = Row.NO_RATE if figures is None else figures.rate(code)
        href = definition(code) if where is None else drill_down(code, **where(row))
        return rate_cell(rate, href, is_drawn=is_drawn)

    return FigureColumn(
        code, title, code, is_number=True, on_phone=on_phone, about=definition(code), cell=cell
    )


def count_cell(counted: int, href: str, css: str = "") -> Cell:
    """Return the cell of a count; one of nothing leads nowhere."""
    return Cell(number(counted), counted, href if counted else "", css if counted else "zero")


def rate_cell(rate: models.Rate, href: str, *, is_drawn: bool = True) -> Cell:
    """Return the cell of a rate; `is_drawn` has a bar beside it."""
    if not rate.denominator:
        return Cell("—")
    css = "" if is_drawn else "no-bar"
    return Cell(percent(rate.percent), Fraction(rate.numerator, rate.denominator), href, css, rate)
