"""The pages of the figures: the live board, the cases behind each figure, and what each means."""

from pathlib import Path

from libs.casework.http.contacts import SCORE_NAMES
from libs.pages.declaration import Entry, ServicePages
from services.metrics.pages import behind, board
from services.metrics.pages.feed import Feed
from services.metrics.pages.parts import drill_down

_HERE = Path(__file__).parent

QUANTILES = {50: "中位数", 90: "90分位数", 99: "99分位数"}
# As far as figures tell cases apart; a case's own page says more.
FACT_STATES = {
    "OPEN": "在办",
    "TURNED_ON": "已通，待确认",
    "CLOSED": "已办结",
    "WITHDRAWN": "已撤回",
    "REFUSED": "不予办理",
}

PAGES = ServicePages(
    title="指标服务",
    routers=[board.router, behind.router],
    navigation=[
        Entry("/", "实时看板", "", 10),
        Entry("/definitions", "指标口径", "规则", 99),
    ],
    templates=_HERE / "templates",
    static=_HERE / "static",
    shared={
        "behind": drill_down,
        "dimensions": behind.DIMENSIONS,
        "fact_states": FACT_STATES,
        "quantiles": QUANTILES,
        "scores": SCORE_NAMES,
    },
    start=Feed,
)
