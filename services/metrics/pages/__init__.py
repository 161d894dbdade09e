"""The pages of the figures: the live board, the cases behind each figure, and what each means."""

from pathlib import Path

from libs.casework.http.contacts import SCORE_NAMES
from libs.pages.declaration import Entry, ServicePages
from services.metrics.pages import behind, board, boards
from services.metrics.pages.feed import Feed
from services.metrics.pages.parts import drill_down

_HERE = Path(__file__).parent

QUANTILES = {50: "中位数", 90: "90分位数", 99: "99分位数"}

PAGES = ServicePages(
    title="指标服务",
    routers=[board.router, behind.router, boards.router],
    navigation=[
        # Who answers for a place looks at its figures first.
        Entry("/", "实时看板", "", 10, begins=frozenset({"supervisor"})),
        Entry("/definitions", "指标口径", "规则", 99),
        *(
            Entry(boards.board_address(code).page, source.name, source.menu, 108 + rank)
            for rank, (code, source) in enumerate(boards.BOARDS.items())
        ),
    ],
    templates=_HERE / "templates",
    static=_HERE / "static",
    shared={
        "behind": drill_down,
        "dimensions": behind.DIMENSIONS,
        "quantiles": QUANTILES,
        "scores": SCORE_NAMES,
    },
    start=Feed,
)
