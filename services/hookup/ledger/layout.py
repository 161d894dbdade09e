"""The layout of the 报装全流程台账: its columns in their order, and the words that stand for codes.

Source: supervision.md, ledger 1, with further columns from which a case can be rebuilt. A stage has three columns.
"""

from collections.abc import Mapping
from typing import Final

from libs.common.places import Supply, load_places
from libs.workbooks.ledgers.template import YES, Column, Content, Stored, Template, Total, Words
from services.hookup.domain.reports.ledger_row import Acceptance
from services.hookup.domain.values.codes import CustomerCategory, RefusalCode
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Reading
from services.hookup.domain.values.names import (
    CATEGORY_NAMES,
    CHANNEL_NAMES,
    CLASS_NAMES,
    READING_NAMES,
    REFUSAL_NAMES,
)
from services.hookup.domain.values.pauses import PAUSE_GROUNDS, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import STATE_NAMES, CaseState
from services.hookup.domain.values.violations import VIOLATION_NAMES, Violation

NUMBER: Final = "受理编号"
NO: Final = "否"

_PLACES = load_places()
DISTRICTS: Words[str] = Words(
    {unit.code: unit.name for unit in _PLACES.reporting_units}, _PLACES.division_codes
)
UTILITIES: Words[str] = Words({utility.code: utility.name for utility in _PLACES.utilities()})
SERVICES: Words[Supply] = Words(
    {supply: _PLACES.service_name(supply) for supply in Supply},
    {name: Supply(code) for name, code in _PLACES.service_codes.items()},
)
CATEGORIES: Words[CustomerCategory] = Words(CATEGORY_NAMES)
CHANNELS: Words[str] = Words(
    {str(code): name for code, name in CHANNEL_NAMES.items()}, {"爱山东": "ISHANDONG", "窗口": "HALL"}
)
# Older ledgers write 以上 for an exclusive bound.
CLASSES: Words[LengthClass] = Words(CLASS_NAMES, {"200米以上": LengthClass.L3_GT200})
STATES: Words[CaseState] = Words(STATE_NAMES)
# Ledgers of before 2026-12 call the user 申请人 here.
REFUSALS: Words[RefusalCode] = Words(
    REFUSAL_NAMES, {"申请人欠费（报监管部门复核）": RefusalCode.ARREARS_OF_APPLICANT}
)
REASONS: Words[PauseReason] = Words({reason: ground.name for reason, ground in PAUSE_GROUNDS.items()})
READINGS: Words[Reading] = Words(READING_NAMES)
ACCEPTANCES: Words[Acceptance] = Words(
    {Acceptance.AUTOMATIC: "网上即时受理", Acceptance.MANUAL: "人工受理", Acceptance.DEEMED: "逾期视为受理"}
)
VIOLATIONS: Words[Violation] = Words(VIOLATION_NAMES)
YES_NO: Mapping[str, bool] = {YES: True, NO: False}
_YES_OR_NO: Words[str] = Words({word: word for word in YES_NO})

# The stages that have columns of their own, and their headings.
LISTED: Mapping[Stage, str] = {
    Stage.SURVEY_DESIGN: "勘查设计",
    Stage.CONTRACT: "签订合同",
    Stage.PERMIT: "并联审批",
    Stage.EXTERNAL_WORKS: "外线施工",
}
# Alternative names that offices use.
_STAGES_ALSO: Mapping[Stage, tuple[str, ...]] = {
    Stage.SURVEY_DESIGN: ("勘察设计", "现场勘查", "现场勘察", "勘查", "勘察", "勘测设计"),
    Stage.CONTRACT: ("合同签订", "签约", "合同"),
    Stage.PERMIT: ("行政审批", "外线审批", "审批"),
    Stage.EXTERNAL_WORKS: ("外线工程施工", "外线工程", "工程施工", "施工"),
}


def _moment(heading: str, *aliases: str, must: bool = False, stored: Stored = Stored.YES) -> Column:
    return Column(heading, 17, must, aliases, content=Content.MOMENT, stored=stored)


def _stage(stage: Stage) -> tuple[Column, ...]:
    names = (LISTED[stage], *_STAGES_ALSO[stage])
    starts, ends = (
        ("开始", "开始时间", "开始日期"),
        ("完成", "完成时间", "完成日期", "结束", "结束时间", "结束日期"),
    )

    def column(edge: str, also: tuple[str, ...]) -> Column:
        return _moment(names[0] + edge, *(name + word for name in names for word in also))

    hours = Column(f"{names[0]}用时(小时)", 10, total=Total.SUM)
    return column("开始", starts), column("完成", ends), hours


# The last columns show the system's own records of a case and are not imported. Columns that are filled for every
# case get no note when they are skipped.
SYSTEM_COLUMNS: Final = (
    Column("并联审批事项", 60, stored=Stored.NO),
    Column("告知承诺", 30, stored=Stored.NO),
    _moment("帮办人员指派时间", stored=Stored.NO),
    Column("报价金额(元)", 11, aliases=("报价金额",), stored=Stored.NO, total=Total.SUM),
    Column("结算金额(元)", 11, aliases=("结算金额",), stored=Stored.NO, total=Total.SUM),
    Column("催办次数", 8, stored=Stored.NO, total=Total.SUM),
    Column("用户评价", 8, stored=Stored.NO),
    Column("规则依据", 60, stored=Stored.NO_AND_NOT_NOTED),
    Column("来源", 9, stored=Stored.NO_AND_NOT_NOTED),
    Column("补录事项", 60, stored=Stored.NO),
    Column("补录后按时", 10, stored=Stored.NO),
    Column("代录事项", 44, stored=Stored.NO),
    Column("用户异议", 44, stored=Stored.NO),
)

_COLUMNS = (
    Column("序号", 6),
    Column(
        NUMBER,
        25,
        must=True,
        aliases=("受理号", "受理单号", "报装编号", "报装单号", "申请编号", "业务编号", "工单编号", "工单号"),
        content=Content.IDENTIFIER,
    ),
    Column(
        "区划",
        10,
        must=True,
        aliases=("所属区划", "行政区划", "区县", "县区", "县市区", "所属区县"),
        words=DISTRICTS,
    ),
    Column(
        "专营单位",
        22,
        must=True,
        aliases=("专营企业", "供应单位", "经营单位", "企业名称", "单位名称"),
        words=UTILITIES,
    ),
    Column("服务类型", 9, must=True, aliases=("报装类型", "业务类型", "服务类别", "专业"), words=SERVICES),
    Column(
        "用户编号",
        16,
        must=True,
        aliases=("用户号", "用户编码", "户号", "客户编号", "客户编码"),
        content=Content.IDENTIFIER,
    ),
    Column("用户名称", 14, aliases=("户名", "用户姓名", "客户名称", "申请人", "联系人"), stored=Stored.NO),
    Column(
        "用户类别", 11, must=True, aliases=("用户类型", "用户性质", "客户类别", "客户类型"), words=CATEGORIES
    ),
    Column("申请渠道", 13, must=True, aliases=("渠道", "受理渠道", "申请方式", "申请来源"), words=CHANNELS),
    _moment("申请时间", "申请日期", "报装时间", "报装日期", "提交时间", "申请提交时间", must=True),
    Column("外线长度(申报)", 9, aliases=("申报外线长度", "申报长度")),
    Column("外线长度(设计)", 9, aliases=("外线长度", "设计外线长度", "设计长度")),
    Column("外线长度(竣工)", 9, aliases=("竣工外线长度", "竣工长度", "实际外线长度")),
    Column("时限类别", 10, aliases=("时限类型", "办理时限"), words=CLASSES),
    _moment("受理时间", "受理日期", "受理完成时间", must=True),
    Column("受理方式", 13, words=ACCEPTANCES),
    *_stage(Stage.SURVEY_DESIGN),
    *_stage(Stage.CONTRACT),
    Column("审批方式", 10, stored=Stored.NO),
    *_stage(Stage.PERMIT),
    *_stage(Stage.EXTERNAL_WORKS),
    _moment("验收开通开始", "验收开通开始时间", "验收开始", "验收开始时间", "开通开始时间"),
    _moment(
        "通水通气时间",
        *("通水时间", "通气时间", "供热时间", "通热时间", "通水通气通热时间", "开通时间", "接通时间"),
        must=True,
    ),
    _moment("用户确认时间", "确认时间", "用户确认", "客户确认时间"),
    Column("约定日期", 12, aliases=("约定时间", "约定办结日期", "合同约定日期"), content=Content.MOMENT),
    Column("暂停天数", 9, total=Total.SUM),
    Column("暂停原因及起止", 44, aliases=("暂停记录", "暂停情况"), content=Content.FREE_TEXT),
    Column("空档天数", 9, total=Total.SUM),
    Column("压茬小时", 9, total=Total.SUM),
    Column("总用时(自然日)", 9),
    Column("总用时(工作日)", 9),
    _moment("应办结时间", "应完成时间", "承诺办结时间"),
    Column("判定口径", 24),
    Column("规则版本", 10),
    Column("是否超时", 9, aliases=("超时", "是否超期"), total=Total.YES),
    Column("是否特殊情况", 9, aliases=("特殊情况",), words=_YES_OR_NO, total=Total.YES),
    Column("特殊情况原因", 22, words=REASONS),
    Column("办理状态", 12, must=True, aliases=("状态", "当前状态", "办件状态", "办结状态"), words=STATES),
    Column("帮办人", 10, stored=Stored.NO),
    Column("满意度", 8, stored=Stored.NO),
    Column("一次性补正内容", 24, aliases=("补正内容",), content=Content.FREE_TEXT),
    _moment("补正时间", "补正日期", "补正完成时间"),
    Column("不予办理原因", 20, aliases=("不予受理原因", "终止原因"), words=REFUSALS),
    _moment("终止时间", "终止日期", "撤回时间"),
    Column("地址区划代码", 15, content=Content.IDENTIFIER),
    Column("违规情形", 20, content=Content.FREE_TEXT),
    *SYSTEM_COLUMNS,
)

LEDGER: Final = Template(
    name="ledger",
    noun="台账",
    title="聊城市水气暖报装全流程台账",
    sheet="报装全流程台账",
    number=NUMBER,
    columns=_COLUMNS,
    # Personal data are stored in the registry only.
    why_not_stored="这些列不随报装件入库：个人信息只存用户底数库，其余由各自业务登记",
)
