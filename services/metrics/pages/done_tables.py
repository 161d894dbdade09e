"""The board's tables of what was done: how long stages take, each month, special cases, and acts."""

from collections.abc import Iterator, Mapping

from libs.pages.shown import hours
from services.metrics.pages import figures
from services.metrics.pages.parts import Board, Row, drill_down
from services.metrics.pages.tables import (
    Cell,
    Chosen,
    FigureColumn,
    FigureTable,
    count_cell,
    counts,
    definition,
    itself,
    names,
    rate_cell,
    rates,
)


def done_tables(board: Board, chosen: Chosen) -> Iterator[FigureTable]:
    """Give the tables; `chosen` is the board's period as the API is asked."""
    yield _durations(board, chosen)
    yield _months(board)
    yield _specials(board, chosen)
    yield from _acts(board, chosen)


def _specials_of(figures_of: Row) -> int:
    return figures_of.rate("cases.special").numerator


def _durations(board: Board, chosen: Chosen) -> FigureTable:
    rows = figures.durations(board["stages"])
    places = {row.stage.code: place for place, row in reversed(list(enumerate(rows)))}

    def behind(row: figures.StageHours, **more: str) -> str:
        return drill_down("stages", **more, **chosen, stage=row.stage.code, supply=row.supply.code)

    def quantile(name: str, title: str) -> FigureColumn:
        def cell(row: figures.StageHours) -> Cell:
            taken = getattr(row, name)
            return Cell(str(taken), taken, behind(row, quantile=name)) if row.count else Cell("—", css="zero")

        about = definition("stages.elapsed")
        return FigureColumn(name, title, name, is_number=True, about=about, cell=cell)

    return FigureTable(
        code="durations",
        title="环节用时（小时）",
        columns=(
            names("stage", "环节", lambda row: Cell(row.stage.name, places[row.stage.code])),
            names("supply", "业务", lambda row: Cell(row.supply.name, row.supply.name)),
            FigureColumn(
                "count",
                "件数",
                "count",
                is_number=True,
                about=definition("stages"),
                cell=lambda row: count_cell(row.count, behind(row)),
            ),
            quantile("elapsed_p50", "中位数"),
            quantile("elapsed_p90", "90分位数"),
        ),
        rows=rows,
        row_id=lambda row: f"s-{row.stage.code}-{row.supply.code}",
        empty="所选区间没有办结的环节。",
        data=lambda row: {"stage": row.stage.code, "supply": row.supply.code},
    )


def _months(board: Board) -> FigureTable:
    def only(row: Row) -> Mapping[str, str]:
        code = row.group["month"].code
        return {"month_from": code, "month_to": code}

    def saved(row: Row) -> Cell:
        minutes = row.number("overlap_saved_minutes")
        href = drill_down("overlap_saved_minutes", **only(row)) if minutes else ""
        return Cell(hours(minutes), minutes, href)

    return FigureTable(
        code="months",
        title="逐月办结",
        columns=(
            names("month", "月份", lambda row: Cell(row.group["month"].code, row.group["month"].code)),
            counts("closed", "办结", itself, only),
            counts("special", "特殊情况", itself, only, value=_specials_of, about="cases.special"),
            counts(
                "gap_cases",
                "有空档",
                itself,
                only,
                value=lambda row: row.rate("cases.gap_cases").numerator,
                about="cases.gap_cases",
            ),
            FigureColumn(
                "saved",
                "压茬节约（小时）",
                "saved",
                is_number=True,
                about=definition("overlap_saved_minutes"),
                cell=saved,
            ),
            rates("cases.limit", "按时率", itself, only),
        ),
        rows=figures.months(board["ended_by_month"]),
        row_id=lambda row: f"m-{row.group['month'].code}",
    )


def _specials(board: Board, chosen: Chosen) -> FigureTable:
    def ended_here(row: Row) -> Mapping[str, str]:
        return {"utility": row.group["utility"].code, **chosen}

    return FigureTable(
        code="specials",
        title="特殊情况占比最高的专营单位",
        columns=(
            names("name", "专营单位", lambda row: Cell(row.group["utility"].name, row.group["utility"].code)),
            counts("closed", "办结", itself, ended_here),
            counts("special", "特殊情况", itself, ended_here, value=_specials_of, about="cases.special"),
            rates("cases.special", "占比", itself, None),
        ),
        rows=figures.most_special(board["ended_by_utility"]),
        row_id=lambda row: f"x-{row.group['utility'].code}",
    )


def _acts(board: Board, chosen: Chosen) -> Iterator[FigureTable]:
    ended, done = board.whole("ended"), board.whole("acts")

    def of(act: figures.Act) -> Row:
        return ended if act.code in ended.figures else done

    def part(act: figures.Act) -> Cell:
        if act.part is None:
            return Cell("—")
        return count_cell(of(act).rate(act.rate).numerator, drill_down(act.part.code, **chosen))

    def share(act: figures.Act) -> Cell:
        return rate_cell(of(act).rate(act.rate), definition(act.rate), is_drawn=False)

    def counted(act: figures.Act) -> Cell:
        return count_cell(of(act).number(act.code), drill_down(act.code, **chosen))

    for position, (title, acts) in enumerate(figures.ACTS, start=1):
        yield FigureTable(
            code=f"acts-{position}",
            title=title,
            columns=(
                names("name", title, lambda act: Cell(act.name, act.name, definition(act.definition))),
                FigureColumn("count", "数量", "count", is_number=True, cell=counted),
                names(
                    "part", "其中", lambda act: Cell(act.part.name, act.part.name) if act.part else Cell("")
                ),
                FigureColumn("part_count", "其中数量", "part_count", is_number=True, cell=part),
                FigureColumn("rate", "比率", "rate", is_number=True, cell=share),
            ),
            rows=acts,
            row_id=lambda act: f"act-{act.code}",
            css="acts",
        )
