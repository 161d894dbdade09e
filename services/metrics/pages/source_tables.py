"""The tables of the board of any source: each of its panels, by what it declares of figures and dimensions."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from libs.pages.shown import hours, number
from services.metrics import declare
from services.metrics.http import models
from services.metrics.pages.behind import DIMENSIONS
from services.metrics.pages.parts import Board, Row
from services.metrics.pages.tables import Cell, FigureColumn, FigureTable, names, rate_cell

WHOLE = "合计"
_MEDIAN = "（小时，中位数）"


def source_tables(source: declare.Source, board: Board) -> Iterator[FigureTable]:
    """Give a table for each panel that has figures, of those that any row has: a row leaves out what is nought."""
    for panel, rows in board.panels.items():
        present = dict.fromkeys(code for row in rows for code in row.figures)
        if figures := [source.by_code[code] for code in present if code in source.by_code]:
            yield _table(source, panel, rows, figures)


def dimension_titles(source: declare.Source) -> dict[str, str]:
    """Return what the dimensions of a source are called; one of a later release may be missing."""
    own = {dimension.name: dimension.title for dimension in (*source.dims, *source.more_dims)}
    return {**DIMENSIONS, "month": "月份", **{name: title for name, title in own.items() if title}}


def _table(
    source: declare.Source, panel: str, rows: Sequence[Row], figures: Sequence[declare.Figure]
) -> FigureTable:
    titles, dims = dimension_titles(source), list(rows[0].group)
    grouped = f"分{''.join(titles.get(dim, dim) for dim in dims)}" if dims else WHOLE
    more = f"等{len(figures)}项" if len(figures) > 1 else ""
    what = (
        [_dimension(dim, titles.get(dim, dim)) for dim in dims]
        if dims
        else [names("whole", "范围", lambda _row: Cell(WHOLE, 0))]
    )
    return FigureTable(
        code=panel,
        title=f"{grouped}：{figures[0].name}{more}",
        columns=(*what, *map(_figure, figures)),
        rows=rows,
        row_id=lambda row: "-".join([f"r-{panel}", *(label.code for label in row.group.values())]),
    )


def _dimension(name: str, title: str) -> FigureColumn:
    def cell(row: Row) -> Cell:
        label = row.group[name]
        return Cell(label.name, label.code)

    return names(name, title, cell)


def _figure(figure: declare.Figure) -> FigureColumn:
    """Return the column of a figure, which leads to what it means on the same page."""
    code, title, about = figure.code, figure.name, figure.explained_by or figure.code
    if isinstance(figure, declare.Duration):
        title, about = f"{title}{_MEDIAN}", figure.elapsed.code

    def cell(row: Row) -> Cell:
        match figure:
            case declare.Rate():
                return rate_cell(row.rate(code), "", is_drawn=False)
            case declare.Mean():
                return _mean(row[code])
            case declare.Duration():
                return _median(row.duration(code))
        count = row.number(code)
        return Cell(number(count), count, css="" if count else "zero")

    return FigureColumn(code, title, code, is_number=True, about=f"#{about}", cell=cell)


def _mean(value: models.Value) -> Cell:
    if not isinstance(value, models.Mean) or value.mean is None:
        return Cell("—")
    return Cell(value.mean, Fraction(value.total, value.count))


def _median(taken: models.Duration | None) -> Cell:
    if taken is None or taken.elapsed is None:
        return Cell("—")
    return Cell(hours(round(taken.elapsed.p50)), taken.elapsed.p50)
