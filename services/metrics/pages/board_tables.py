"""The tables of hookup's board: what their rows are, and their columns."""

from collections.abc import Iterator, Mapping

from libs.pages.shown import number
from services.metrics.http.models import Label
from services.metrics.pages import figures
from services.metrics.pages.done_tables import done_tables
from services.metrics.pages.parts import Board, Row, drill_down
from services.metrics.pages.ratings import rating_tables
from services.metrics.pages.tables import (
    Cell,
    Chosen,
    FigureColumn,
    FigureTable,
    counts,
    itself,
    names,
    rates,
)

MOST_RANKED = 8
NO_CASES = "还没有报装件。"


def tables(board: Board, chosen: Chosen, period: str) -> Iterator[FigureTable]:
    """Give every table of a board; `chosen` is its period as the API is asked, `period` its name."""
    yield from rating_tables(board, chosen)
    yield _districts(board, chosen)
    yield _heat(board)
    yield _ranking(board, chosen, period)
    for group in groups(board):
        yield _utilities(group, chosen)
        yield _other_results(group, chosen)
    yield from done_tables(board, chosen)


def groups(board: Board) -> list[figures.Group]:
    """Return the utilities of a board by their services."""
    rows = figures.rows(
        board["live_by_utility"], board["ended_by_utility"], "utility", board["entries_by_utility"]
    )
    return figures.by_supply(rows)


def _label(title: str) -> FigureColumn:
    """Return the column of the names of rows, in the order of their codes."""
    return names("name", title, lambda row: Cell(row.label.name, row.label.code))


def _live(row: figures.Row) -> Row:
    return row.live


def _ended(row: figures.Row) -> Row | None:
    return row.ended


def _entered(row: figures.Row) -> Row | None:
    return row.entries


def _ledgers(figures_of: Row) -> int:
    return figures_of.rate("cases.from_ledger").numerator


def _districts(board: Board, chosen: Chosen) -> FigureTable:
    def here(row: figures.Row) -> Mapping[str, str]:
        return {"district": row.label.code}

    def ended_here(row: figures.Row) -> Mapping[str, str]:
        return {"district": row.label.code, **chosen}

    return FigureTable(
        code="districts",
        title="分县（市、区）",
        columns=(
            _label("县（市、区）"),
            counts("open", "在办", _live, here),
            counts("due_today", "今日应结", _live, here),
            counts("overdue", "超时", _live, here, css="late"),
            counts("paused", "暂停", _live, here, on_phone=False),
            counts("in_gap", "空档", _live, here, on_phone=False),
            counts("closed", "办结", _ended, ended_here),
            rates("cases.limit", "按时率", _ended, ended_here),
        ),
        rows=figures.rows(board["live_by_district"], board["ended_by_district"], "district"),
        row_id=lambda row: f"d-{row.label.code}",
        empty=NO_CASES,
    )


def _heat(board: Board) -> FigureTable:
    heat = figures.heat(board["live_by_stage_and_age"])

    def of_age(position: int, age: Label) -> FigureColumn:
        def cell(row: tuple[Label, list[tuple[int, int]]]) -> Cell:
            stage, cells = row
            count, level = cells[position]
            href = drill_down("open", stage=stage.code, age=age.code) if count else ""
            return Cell(number(count), count, href, f"h{level}" + ("" if count else " zero"))

        return FigureColumn(age.code, age.name, age.code, is_number=True, cell=cell)

    stages = [stage.code for stage, _ in heat.rows]
    return FigureTable(
        code="heat",
        title="在办件：环节与历时",
        columns=(
            names("stage", "当前环节", lambda row: Cell(row[0].name, stages.index(row[0].code))),
            *(of_age(position, age) for position, age in enumerate(heat.ages)),
        ),
        rows=heat.rows,
        row_id=lambda row: f"a-{row[0].code}",
        empty="没有在办件。",
        css="heat",
    )


def _ranking(board: Board, chosen: Chosen, period: str) -> FigureTable:
    ranking = board["on_time_by_utility"]

    def ended_here(row: Row) -> Mapping[str, str]:
        return {"utility": row.group["utility"].code, **chosen}

    def utility(row: Row) -> Cell:
        label = row.group["utility"]
        return Cell(label.name, label.code, tag="样本不足30" if row.is_small else "")

    return FigureTable(
        code="worst",
        title=f"按时率最低的专营单位（{period}）",
        columns=(
            names("name", "专营单位", utility),
            names("rank", "名次", lambda row: Cell(f"{row.rank} / {len(ranking)}", row.rank)),
            counts(
                "limit_on_time",
                "按时",
                itself,
                ended_here,
                value=lambda row: row.rate("cases.limit").numerator,
                about="cases.limit",
            ),
            counts(
                "limit",
                "有时限的办结",
                itself,
                ended_here,
                value=lambda row: row.rate("cases.limit").denominator,
                about="cases.limit",
            ),
            rates("cases.limit", "按时率", itself, ended_here),
        ),
        rows=ranking[::-1][:MOST_RANKED],
        row_id=lambda row: f"w-{row.group['utility'].code}",
    )


def _utilities(group: figures.Group, chosen: Chosen) -> FigureTable:
    def here(row: figures.Row) -> Mapping[str, str]:
        return {"utility": row.label.code}

    def ended_here(row: figures.Row) -> Mapping[str, str]:
        return {"utility": row.label.code, **chosen}

    def late_entries(code: str, title: str) -> FigureColumn:
        return counts(code, title, _ended, ended_here, on_phone=False)

    # Heat has no 3/5/10 limit: it is judged by the dates agreed with its users.
    by_limit = (
        rates("cases.limit", "按时率", _ended, ended_here),
        late_entries("limit_by_late_entry", "补录后按时"),
    )
    by_agreement = (
        rates("cases.agreed", "按约定", _ended, ended_here, is_drawn=False),
        rates("cases.planned", "按计划", _ended, ended_here, is_drawn=False),
        late_entries("agreed_by_late_entry", "补录后按约定"),
        late_entries("planned_by_late_entry", "补录后按计划"),
    )
    return FigureTable(
        code=f"utilities-{group.code}",
        title=f"{group.name}专营单位",
        columns=(
            _label(group.name),
            counts("open", "在办", _live, here),
            counts("overdue", "超时", _live, here, css="late"),
            counts("closed", "办结", _ended, ended_here),
            counts(
                "closed_ledger",
                "其中台账",
                _ended,
                ended_here,
                value=_ledgers,
                about="cases.from_ledger",
                on_phone=False,
            ),
            *(by_limit if group.has_limit else by_agreement),
            counts("violations", "违规", _ended, ended_here, on_phone=False),
            rates("entries.in_time", "录入及时率", _entered, None, on_phone=False, is_drawn=False),
        ),
        rows=group.rows,
        row_id=lambda row: f"u-{row.label.code}",
        empty=NO_CASES,
    )


def _other_results(group: figures.Group, chosen: Chosen) -> FigureTable:
    def ended_here(row: figures.Row) -> Mapping[str, str]:
        return {"utility": row.label.code, **chosen}

    results = {
        "unconfirmed": "用户未确认",
        "withdrawn": "撤回",
        "withdrawn_overdue": "撤回：超时后",
        "refused": "不予办理",
        "refused_overdue": "不予办理：超时后",
        "special_overdue": "超时后转特殊",
    }
    entries = {"in_stead": "代录", "begun_anew": "重新申请"}
    return FigureTable(
        code=f"results-{group.code}",
        title=f"{group.name}专营单位的其他结果",
        columns=(
            _label(group.name),
            *(counts(code, title, _ended, ended_here) for code, title in results.items()),
            *(counts(code, title, _entered, ended_here) for code, title in entries.items()),
        ),
        rows=group.rows,
        row_id=lambda row: f"v-{row.label.code}",
        empty=NO_CASES,
    )
