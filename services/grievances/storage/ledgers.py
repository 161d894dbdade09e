"""Ledgers 3 and 4 of the office (诉求“清零”台账, 满意度回访台账): their columns, and the rules of their exports."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from libs.common.places import load_places
from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from libs.workbooks.jobs.exports import ExportJobs, ExportTerms
from libs.workbooks.ledgers.template import Column, Content, Stored, Template, Words
from services.grievances.domain.values.codes import GRADE_NAMES, OUTCOME_NAMES
from services.grievances.domain.values.kinds import SOURCE_NAMES, WAY_NAMES, ContactWay, Source
from services.grievances.storage.hotline_imports import FLAGS
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
UNREACHED: Final = "未联系上"
_PLACES: Final = load_places()
_NAMES: Final = {unit.code: unit.name for unit in _PLACES.reporting_units}
SOURCES: Final[Words[Source]] = Words(
    SOURCE_NAMES, {"12345": Source.HOTLINE, "热线": Source.HOTLINE, "座谈会": Source.SYMPOSIUM}
)
DISTRICTS: Final[Words[str]] = Words(
    _NAMES, {name: code for name, code in _PLACES.division_codes.items() if code in _NAMES}
)
UTILITIES: Final[Words[str]] = Words({unit.code: unit.name for unit in _PLACES.utilities()})
OUTCOMES: Final = Words(
    OUTCOME_NAMES, {name.removeprefix("回访"): code for code, name in OUTCOME_NAMES.items()}
)
WAYS: Final[Words[ContactWay]] = Words(WAY_NAMES, {"电话回访": ContactWay.PHONE, "走访": ContactWay.ON_SITE})
GRADES: Final[Words[str]] = Words(
    {**{str(grade): name for grade, name in GRADE_NAMES.items()}, "0": UNREACHED}
)
_NUMBER: Final = Column(
    NUMBER, 26, must=True, aliases=("工单编号", "诉求编号", "编号"), content=Content.IDENTIFIER
)

CLEARING: Final = Template(
    name="clearing-ledger",
    noun=LEDGER_TITLES[Ledger.CLEARING],
    title=LEDGER_TITLES[Ledger.CLEARING],
    sheet="清零台账",
    number=NUMBER,
    why_not_stored="用户类别以用户底数为准",
    columns=(
        Column("序号", 6),
        Column(SOURCE, 12, aliases=("诉求来源",), words=SOURCES),
        _NUMBER,
        Column(CATEGORY, 12, stored=Stored.NO),
        Column(WORDS, 40, aliases=("反映问题", "问题描述"), content=Content.FREE_TEXT),
        Column(DISTRICT, 12, aliases=("区县", "县（市、区）"), words=DISTRICTS),
        Column(UTILITY, 24, aliases=("专营单位", "承办单位"), words=UTILITIES),
        Column(OWNER, 16),
        Column(RECEIVED, 18, aliases=("受理时间", "接收时间"), content=Content.MOMENT),
        Column(CLEAR_BY, 18, aliases=("清零期限", "整改期限"), content=Content.MOMENT),
        Column(MEASURES, 30, aliases=("整改措施",), content=Content.FREE_TEXT),
        Column(PROGRESS, 40, aliases=("办理进展",), content=Content.FREE_TEXT),
        Column(REASONABLE, 9, words=FLAGS),
        Column(CALLED, 20, words=OUTCOMES),
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
    why_not_stored="诉求人、整改和复访以系统中的办理记录为准",
    columns=(
        Column("序号", 6),
        _NUMBER,
        Column(WAY, 10, aliases=("方式",), words=WAYS),
        Column(CALLED_AT, 18, aliases=("回访时间",), content=Content.MOMENT),
        Column(WHO, 16, stored=Stored.NO),
        Column(GRADE, 12, aliases=("满意度", "评价等级"), words=GRADES),
        Column(PROBLEM, 30, aliases=("不满意原因", "存在问题"), content=Content.FREE_TEXT),
        Column(MEND, 40, content=Content.FREE_TEXT, stored=Stored.NO),
        Column(MEND_BY, 18, content=Content.MOMENT, stored=Stored.NO),
        Column(AGAIN, 20, stored=Stored.NO),
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
