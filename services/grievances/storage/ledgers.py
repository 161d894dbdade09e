"""Ledgers 3 and 4 of the office (诉求“清零”台账, 满意度回访台账): their columns, and the rules of their exports."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from libs.workbooks.jobs.exports import ExportJobs, ExportTerms
from libs.workbooks.ledgers.template import Column, Content, Template
from services.grievances.storage.tables import LEDGER_EXPORTS


class Ledger(StrEnum):
    """The ledgers that are written as workbooks."""

    CLEARING = "CLEARING"
    CALL_BACKS = "CALL_BACKS"


LEDGER_TITLES: Final = {Ledger.CLEARING: "诉求“清零”台账", Ledger.CALL_BACKS: "满意度回访台账"}
NUMBER, SOURCE, CATEGORY, WORDS = "工单号", "来源", "诉求人类别", "诉求内容"
DISTRICT, UTILITY, OWNER, RECEIVED = "区划", "责任单位", "责任人", "收到时间"
CLEAR_BY, MEASURES, PROGRESS, REASONABLE = "清零时限", "办理措施", "进展", "是否合理"
CALLED, CROSSED_AT, CROSSED_BY = "回访结果", "销号时间", "销号审批"
WAY, CALLED_AT, WHO, GRADE, PROBLEM = "回访方式", "时间", "对象", "等级", "问题"
MEND, MEND_BY, AGAIN = "整改措施", "整改时限", "复访结果"

CLEARING: Final = Template(
    name="clearing-ledger",
    noun=LEDGER_TITLES[Ledger.CLEARING],
    title=LEDGER_TITLES[Ledger.CLEARING],
    sheet="清零台账",
    number=NUMBER,
    columns=(
        Column("序号", 6),
        Column(SOURCE, 12),
        Column(NUMBER, 26, content=Content.IDENTIFIER),
        Column(CATEGORY, 12),
        Column(WORDS, 40, content=Content.FREE_TEXT),
        Column(DISTRICT, 12),
        Column(UTILITY, 24),
        Column(OWNER, 16),
        Column(RECEIVED, 18, content=Content.MOMENT),
        Column(CLEAR_BY, 18, content=Content.MOMENT),
        Column(MEASURES, 30, content=Content.FREE_TEXT),
        Column(PROGRESS, 40, content=Content.FREE_TEXT),
        Column(REASONABLE, 9),
        Column(CALLED, 20),
        Column(CROSSED_AT, 18, content=Content.MOMENT),
        Column(CROSSED_BY, 24),
    ),
)
CALL_BACKS: Final = Template(
    name="call-back-ledger",
    noun=LEDGER_TITLES[Ledger.CALL_BACKS],
    title=LEDGER_TITLES[Ledger.CALL_BACKS],
    sheet="满意度回访台账",
    number=NUMBER,
    columns=(
        Column("序号", 6),
        Column(NUMBER, 26, content=Content.IDENTIFIER),
        Column(WAY, 10),
        Column(CALLED_AT, 18, content=Content.MOMENT),
        Column(WHO, 16),
        Column(GRADE, 12),
        Column(PROBLEM, 30, content=Content.FREE_TEXT),
        Column(MEND, 40, content=Content.FREE_TEXT),
        Column(MEND_BY, 18, content=Content.MOMENT),
        Column(AGAIN, 20),
    ),
)
TEMPLATES: Final = {Ledger.CLEARING: CLEARING, Ledger.CALL_BACKS: CALL_BACKS}
EXPORTS: Final = ExportJobs(LEDGER_EXPORTS, "台账导出")


class _Exports(PolicyBody):
    valid_hours: Annotated[int, Field(ge=1, le=720)]
    most_downloads: Annotated[int, Field(ge=1, le=100)]
    # A sheet has no more.
    most_rows: Annotated[int, Field(ge=1, le=1_000_000)]


def _terms(version: PolicyVersion) -> ExportTerms:
    """Read a version of `ledger_exports`. Raises pydantic's ValidationError."""
    body = _Exports.read(version.body)
    return ExportTerms(
        version.version, body.most_rows, body.most_downloads, timedelta(hours=body.valid_hours)
    )


LEDGER_EXPORT_POLICY: Final = PolicyKind(
    "ledger_exports",
    "台账导出的规则",
    _terms,
    {
        "valid_hours": "文件有效期（小时）",
        "most_downloads": "每个文件最多下载（次）",
        "most_rows": "一次最多导出（件）",
    },
)
