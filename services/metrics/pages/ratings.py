"""The board's tables of what users said: whether the target is met, by grade, and who is ranked how."""

from collections.abc import Callable, Iterator, Mapping

from libs.casework.http.contacts import SCORE_NAMES
from services.metrics.http.models import Share
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

# The codes of the shares, each with the code of the cases in it and its name.
_SHARES = {
    "ratings.satisfied": ("satisfied", "含基本满意"),
    "ratings.well_satisfied": ("well_satisfied", "不含基本满意"),
}


def rating_tables(board: Board, chosen: Chosen) -> Iterator[FigureTable]:
    """Give the tables; rankings only where there is more than one to rank."""
    yield _shares(board.whole("ended"), chosen)
    yield _grades(board.whole("ended"), chosen)
    rankings = {
        "district": ("县（市、区）", board["satisfaction_by_district"]),
        "utility": ("专营单位", board["satisfaction_by_utility"]),
    }
    if any(len(ranking) > 1 for _, ranking in rankings.values()):
        for dimension, (title, ranking) in rankings.items():
            yield _ranking(dimension, title, ranking, chosen)


def _shares(ended: Row, chosen: Chosen) -> FigureTable:
    def counted(name: str, title: str, about: str, cell: Callable[[str], Cell]) -> FigureColumn:
        return FigureColumn(name, title, name, is_number=True, about=definition(about), cell=cell)

    def interval(code: str) -> Cell:
        found = ended.share(code).interval
        return Cell(f"{found.low}–{found.high}%", float(found.low), definition(code)) if found else Cell("—")

    return FigureTable(
        code="satisfaction",
        title="满意率",
        columns=(
            names("name", "口径", lambda code: Cell(_SHARES[code][1], _SHARES[code][1], definition(code))),
            counted(
                "satisfied",
                "满意",
                "ratings.satisfied",
                lambda code: count_cell(ended.share(code).numerator, drill_down(_SHARES[code][0], **chosen)),
            ),
            counted(
                "rated",
                "已评价",
                "rated",
                lambda code: count_cell(ended.share(code).denominator, drill_down("rated", **chosen)),
            ),
            counted(
                "share",
                "满意率",
                "ratings.satisfied",
                lambda code: rate_cell(ended.share(code), definition(code), is_drawn=False),
            ),
            counted("interval", "95%区间", "ratings.satisfied", interval),
            names("meets", "是否达到99.5%", lambda code: _verdict(ended.share(code))),
        ),
        rows=list(_SHARES),
        row_id=lambda code: f"r-{_SHARES[code][0]}",
    )


def _grades(ended: Row, chosen: Chosen) -> FigureTable:
    def counted(grade: int) -> Cell:
        return count_cell(ended.number(f"rated_{grade}"), drill_down(f"rated_{grade}", **chosen))

    return FigureTable(
        code="grades",
        title="各级评价",
        columns=(
            names(
                "grade",
                "评价",
                lambda grade: Cell(SCORE_NAMES[grade], grade, definition(f"rated_{grade}")),
            ),
            FigureColumn("count", "件数", "count", is_number=True, about=definition("rated"), cell=counted),
        ),
        rows=sorted(SCORE_NAMES, reverse=True),
        row_id=lambda grade: f"g-{grade}",
    )


def _ranking(dimension: str, title: str, ranking: list[Row], chosen: Chosen) -> FigureTable:
    def here(row: Row) -> Mapping[str, str]:
        return {dimension: row.group[dimension].code, **chosen}

    def named(row: Row) -> Cell:
        label = row.group[dimension]
        return Cell(label.name, label.code, tag="样本不足30" if row.is_small else "")

    return FigureTable(
        code=f"satisfaction-{dimension}",
        title=f"{title}满意率名次",
        columns=(
            names("name", title, named),
            names("rank", "名次", lambda row: Cell(str(row.rank), row.rank)),
            counts(
                "rated",
                "已评价",
                itself,
                here,
                value=lambda row: row.rate("ratings.satisfied").denominator,
            ),
            rates("ratings.satisfied", "满意率", itself, None, is_drawn=False),
            names("meets", "达标", lambda row: _verdict(row.share("ratings.satisfied"))),
        ),
        rows=ranking,
        row_id=lambda row: f"p-{row.group[dimension].code}",
    )


def _verdict(share: Share) -> Cell:
    if share.meets is None:
        return Cell("—")
    return Cell("达标" if share.meets else "未达标", share.meets)
