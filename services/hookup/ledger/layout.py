"""The layout of the 报装全流程台账: its columns in their order, and the words that stand for codes.

Source: supervision.md, ledger 1, with the columns that make a row readable again. A stage has three columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, TypeVar

from libs.common.places import Service, load_places
from services.hookup.domain.case import CustomerCategory, RefusalCode
from services.hookup.domain.ledger_row import Acceptance
from services.hookup.domain.lengths import LengthClass
from services.hookup.domain.limits import Reading
from services.hookup.domain.names import (
    CATEGORY_NAMES,
    CHANNEL_NAMES,
    CLASS_NAMES,
    READING_NAMES,
    REFUSAL_NAMES,
)
from services.hookup.domain.pauses import PAUSE_GROUNDS, PauseReason
from services.hookup.domain.stages import Stage
from services.hookup.domain.transitions import STATE_NAMES, CaseState

TITLE: Final = "聊城市水气暖报装全流程台账"
SHEET: Final = "报装全流程台账"
TOTAL: Final = "合计"
MOST_BYTES: Final = 64 * 1_048_576

Code = TypeVar("Code", bound=str)


class Words(Generic[Code]):
    """Codes and their Chinese words, both ways; a code, in either case, is a word for itself."""

    def __init__(self, names: Mapping[Code, str], aliases: Mapping[str, Code] | None = None) -> None:
        self.names = names
        self._codes = {str(_value(code)).upper(): code for code in names}
        self._codes |= {name.upper(): code for code, name in names.items()}
        self._codes |= {name.upper(): code for name, code in (aliases or {}).items()}

    def read(self, text: str) -> Code | None:
        """Return the code that a word stands for, None for a word that is not known."""
        return self._codes.get(text.strip().upper())

    def listed(self) -> str:
        """Return all words, for a remedy."""
        return "、".join(self.names.values())


def _value(code: str) -> str:
    return str(code.value) if isinstance(code, Enum) else code


_PLACES = load_places()
DISTRICTS: Words[str] = Words(
    {each.code: each.name for each in _PLACES.reporting_units}, _PLACES.division_codes
)
UTILITIES: Words[str] = Words({each.code: each.name for each in _PLACES.utilities()})
SERVICES: Words[Service] = Words(
    {each: _PLACES.service_name(each) for each in Service},
    {name: Service(code) for name, code in _PLACES.service_codes.items()},
)
CATEGORIES: Words[CustomerCategory] = Words(CATEGORY_NAMES)
CHANNELS: Words[str] = Words(CHANNEL_NAMES, {"爱山东": "ISHANDONG", "窗口": "HALL"})
CLASSES: Words[LengthClass] = Words(CLASS_NAMES)
STATES: Words[CaseState] = Words(STATE_NAMES)
REFUSALS: Words[RefusalCode] = Words(REFUSAL_NAMES)
REASONS: Words[PauseReason] = Words({reason: ground.name for reason, ground in PAUSE_GROUNDS.items()})
READINGS: Words[Reading] = Words(READING_NAMES)
ACCEPTANCES: Words[Acceptance] = Words(
    {Acceptance.AUTOMATIC: "网上即时受理", Acceptance.MANUAL: "人工受理", Acceptance.DEEMED: "逾期视为受理"}
)
VIOLATIONS: Words[str] = Words(
    {
        "UNSAFE_OVERLAP": "不安全交叉",
        "OVERLAP_NOT_LISTED": "不允许的压茬",
        "NO_PROMISED_DATE": "签订合同时未约定日期",
    }
)
YES_NO: Mapping[str, bool] = {"是": True, "否": False}

# The stages that have columns of their own, and their headings.
LISTED: Mapping[Stage, str] = {
    Stage.SURVEY_DESIGN: "勘查设计",
    Stage.CONTRACT: "签订合同",
    Stage.PERMIT: "并联审批",
    Stage.EXTERNAL_WORKS: "外线施工",
}

# Personal data, which live in the registry alone, and what other parts of the system keep.
NOT_KEPT: Final = ("用户名称", "审批方式", "帮办人", "满意度")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and width in characters; `must` for one that a ledger cannot be read without."""

    heading: str
    width: int = 12
    must: bool = False
    aliases: tuple[str, ...] = ()


def _stage(stage: Stage) -> tuple[Column, ...]:
    name = LISTED[stage]
    return Column(f"{name}开始", 17), Column(f"{name}完成", 17), Column(f"{name}用时(小时)", 10)


COLUMNS: Sequence[Column] = (
    Column("序号", 6),
    Column("受理编号", 25, must=True),
    Column("区划", 10, must=True),
    Column("专营单位", 22, must=True),
    Column("服务类型", 9, must=True),
    Column("用户编号", 16, must=True),
    Column("用户名称", 14),
    Column("用户类别", 11, must=True),
    Column("申请渠道", 13, must=True),
    Column("申请时间", 17, must=True),
    Column("外线长度(申报)", 9),
    Column("外线长度(设计)", 9, aliases=("外线长度", "外线长度(米)")),
    Column("外线长度(竣工)", 9),
    Column("时限类别", 10),
    Column("受理时间", 17, must=True),
    Column("受理方式", 13),
    *_stage(Stage.SURVEY_DESIGN),
    *_stage(Stage.CONTRACT),
    Column("审批方式", 10),
    *_stage(Stage.PERMIT),
    *_stage(Stage.EXTERNAL_WORKS),
    Column("验收开通开始", 17),
    Column("通水通气时间", 17, must=True),
    Column("用户确认时间", 17),
    Column("约定日期", 12),
    Column("暂停天数", 9),
    Column("暂停原因及起止", 44),
    Column("空档天数", 9),
    Column("压茬小时", 9),
    Column("总用时(自然日)", 9),
    Column("总用时(工作日)", 9),
    Column("应办结时间", 17),
    Column("判定口径", 24),
    Column("规则版本", 10),
    Column("是否超时", 9),
    Column("是否特殊情况", 9),
    Column("特殊情况原因", 22),
    Column("办理状态", 12, must=True),
    Column("帮办人", 10),
    Column("满意度", 8),
    Column("一次性补正内容", 24),
    Column("补正时间", 17),
    Column("不予办理原因", 20),
    Column("终止时间", 17),
    Column("地址区划代码", 15),
    Column("违规情形", 20),
)
