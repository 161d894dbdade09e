"""The list of cases, and the ledger."""

from libs.pages.listing import Export, Listing
from libs.pages.lists import Column, Filters, Table, Text
from libs.pages.places import PLACE_FILTERS
from services.hookup.http.models import CaseRow
from services.hookup.pages.applications import APPLICATION
from services.hookup.pages.parts import CODES, choices

_CITIZEN = frozenset({"citizen"})

TABLE = Table(
    "/cases",
    "报装件",
    (
        Column("number", "编号", "number"),
        Column("state", "状态", "state", CODES.shown("states")),
        Column("verdict", "时限", is_drawn=True),
        Column("due_at", "应办结", "due_at", on_phone=False),
        Column("open_stages", "当前环节", show=CODES.shown("stages"), on_phone=False),
        Column("utility", "专营单位", "utility", on_phone=False),
        Column("length_class", "外线", "length_class", CODES.shown("length_classes"), on_phone=False),
        Column("length_m", "长度（米）", is_number=True, on_phone=False),
        Column("submitted_at", "提交时间", "submitted_at", on_phone=False),
        Column("finished_at", "办结时间", "finished_at", on_phone=False),
    ),
    macros="case_cells.html",
    is_late=lambda row: row.overdue or row.on_time is False,
)
CASES = Listing(
    service="hookup",
    api="/v1/hookups",
    row=CaseRow,
    table=TABLE,
    filters=Filters(
        (
            *PLACE_FILTERS,
            choices("stage", "当前环节", "stages"),
            choices("length_class", "外线长度", "length_classes"),
            choices("state", "状态", "states"),
        ),
        (
            Text("number", "受理编号（全部或一部分）", 40),
            Text("customer_ref", "用户编号", 64, hidden_from=_CITIZEN),
        ),
        days=(("submitted", "提交"), ("due", "应办结"), ("finished", "办结")),
        ticks=(("due_today", "今日应办结"), ("overdue", "只看超时"), ("special", "特殊情况")),
    ),
    orders=("newest", "due"),
    # What people look for most.
    presets=(
        ("已超时", {"overdue": "true"}),
        ("今日应办结", {"due_today": "true"}),
        ("最先到期", {"order": "due"}),
        ("特殊情况", {"special": "true"}),
    ),
    export=Export("/ledger.xlsx", "/v1/ledger.xlsx", "下载报装全流程台账（.xlsx）", _CITIZEN),
    opening=APPLICATION,
    template="cases.html",
)
