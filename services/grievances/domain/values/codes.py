"""Reasons, results and measures of grievances, with their names."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CloseReason(StrEnum):
    """Why a grievance is not accepted or is terminated: only for these (潍坊12345条例 §19, §21; 济南 §25)."""

    IN_PROCEEDINGS = "IN_PROCEEDINGS"
    CONFIDENTIAL = "CONFIDENTIAL"
    CONCLUDED = "CONCLUDED"
    UNCOOPERATIVE = "UNCOOPERATIVE"
    NOT_OURS = "NOT_OURS"


class ReturnReason(StrEnum):
    """Why a unit returns an order (山东省政务服务热线管理办法 2020)."""

    OTHER_UTILITY = "OTHER_UTILITY"
    OTHER_DISTRICT = "OTHER_DISTRICT"
    NOT_UTILITIES = "NOT_UTILITIES"


class Measure(StrEnum):
    """What was done: a reply names it."""

    REPAIRED = "REPAIRED"
    RESTORED = "RESTORED"
    TESTED = "TESTED"
    CORRECTED = "CORRECTED"
    REFUNDED = "REFUNDED"
    DISCIPLINED = "DISCIPLINED"
    EXPLAINED = "EXPLAINED"
    PLANNED = "PLANNED"
    IMPOSSIBLE = "IMPOSSIBLE"


class CycleReason(StrEnum):
    """Why a grievance is worked on: for the first time, anew after its call-back, or after it was reopened."""

    FIRST = "FIRST"
    REDO = "REDO"
    REOPENED = "REOPENED"


class Outcome(StrEnum):
    """How a cycle ended."""

    SATISFIED = "SATISFIED"
    UNSATISFIED = "UNSATISFIED"
    UNREASONABLE = "UNREASONABLE"
    UNREACHABLE = "UNREACHABLE"


class Level(StrEnum):
    """To whom a grievance is escalated (seed 二（二）2)."""

    COUNTY = "COUNTY"
    CITY = "CITY"


class EscalationCause(StrEnum):
    """Why it is escalated: a unit needs the authority above it, or the time is used."""

    NEED = "NEED"
    TIME = "TIME"


class Trigger(StrEnum):
    """Why a grievance is supervised (督办: 潍坊 §26, 济南 §28)."""

    OVERDUE = "OVERDUE"
    UNSOLVED = "UNSOLVED"
    ESCALATION_OVERDUE = "ESCALATION_OVERDUE"
    GENERIC_REPLIES = "GENERIC_REPLIES"
    LEDGER_OVERDUE = "LEDGER_OVERDUE"
    HOTLINE = "HOTLINE"


class LedgerState(StrEnum):
    """Where an entry of the ledger (清零台账) is."""

    OPEN = "OPEN"
    CROSSED_OFF = "CROSSED_OFF"


class CrossOffGround(StrEnum):
    """Why an entry may be crossed off (销号)."""

    SOLVED = "SOLVED"
    IMPOSSIBLE = "IMPOSSIBLE"


class EntryMark(StrEnum):
    """Whether an act was recorded by the close of the working day after it."""

    IN_TIME = "IN_TIME"
    LATE = "LATE"


class Deadline(StrEnum):
    """What an amended calendar moves."""

    SCREEN = "SCREEN"
    SIGN = "SIGN"
    REPLY = "REPLY"
    CALL = "CALL"
    ESCALATION = "ESCALATION"
    LEDGER = "LEDGER"
    URGE = "URGE"
    QUESTION = "QUESTION"


CLOSE_NAMES: Final[Mapping[CloseReason, str]] = MappingProxyType(
    {
        CloseReason.IN_PROCEEDINGS: "已进入诉讼、仲裁、行政复议或信访程序",
        CloseReason.CONFIDENTIAL: "涉及国家秘密、商业秘密或个人隐私",
        CloseReason.CONCLUDED: "已依法办结且没有新的事实",
        CloseReason.UNCOOPERATIVE: "诉求人不配合办理",
        CloseReason.NOT_OURS: "不属于供水、供气、供热事项",
    }
)
RETURN_NAMES: Final[Mapping[ReturnReason, str]] = MappingProxyType(
    {
        ReturnReason.OTHER_UTILITY: "应由其他专营单位办理",
        ReturnReason.OTHER_DISTRICT: "不在本单位供应区域",
        ReturnReason.NOT_UTILITIES: "不属于专营单位职责",
    }
)
MEASURE_NAMES: Final[Mapping[Measure, str]] = MappingProxyType(
    {
        Measure.REPAIRED: "已维修",
        Measure.RESTORED: "已恢复供应",
        Measure.TESTED: "已检测",
        Measure.CORRECTED: "已更正",
        Measure.REFUNDED: "已退费",
        Measure.DISCIPLINED: "已处理责任人",
        Measure.EXPLAINED: "已解释说明",
        Measure.PLANNED: "已列入计划",
        Measure.IMPOSSIBLE: "客观上无法解决",
    }
)
CYCLE_NAMES: Final[Mapping[CycleReason, str]] = MappingProxyType(
    {CycleReason.FIRST: "首次办理", CycleReason.REDO: "重办", CycleReason.REOPENED: "重新办理"}
)
OUTCOME_NAMES: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.SATISFIED: "回访满意",
        Outcome.UNSATISFIED: "回访不满意",
        Outcome.UNREASONABLE: "诉求不合理，已解释",
        Outcome.UNREACHABLE: "回访未联系上",
    }
)
LEVEL_NAMES: Final[Mapping[Level, str]] = MappingProxyType(
    {Level.COUNTY: "县（市、区）主管部门", Level.CITY: "市局"}
)
CAUSE_NAMES: Final[Mapping[EscalationCause, str]] = MappingProxyType(
    {EscalationCause.NEED: "需上级协调", EscalationCause.TIME: "时限过半未办结"}
)
TRIGGER_NAMES: Final[Mapping[Trigger, str]] = MappingProxyType(
    {
        Trigger.OVERDUE: "超时未办结",
        Trigger.UNSOLVED: "多次办理仍未解决",
        Trigger.ESCALATION_OVERDUE: "上报事项逾期未答复",
        Trigger.GENERIC_REPLIES: "多件答复内容雷同",
        Trigger.LEDGER_OVERDUE: "清零台账逾期未销号",
        Trigger.HOTLINE: "12345热线督办",
    }
)
LEDGER_NAMES: Final[Mapping[LedgerState, str]] = MappingProxyType(
    {LedgerState.OPEN: "在账", LedgerState.CROSSED_OFF: "已销号"}
)
GROUND_NAMES: Final[Mapping[CrossOffGround, str]] = MappingProxyType(
    {
        CrossOffGround.SOLVED: "已解决且回访基本满意以上",
        CrossOffGround.IMPOSSIBLE: "客观上无法解决，已解释",
    }
)
ENTRY_NAMES: Final[Mapping[EntryMark, str]] = MappingProxyType(
    {EntryMark.IN_TIME: "按时录入", EntryMark.LATE: "补录"}
)
DEADLINE_NAMES: Final[Mapping[Deadline, str]] = MappingProxyType(
    {
        Deadline.SCREEN: "应受理派单时间",
        Deadline.SIGN: "应签收时间",
        Deadline.REPLY: "应答复时间",
        Deadline.CALL: "应回访时间",
        Deadline.ESCALATION: "上报答复期限",
        Deadline.LEDGER: "清零时限",
        Deadline.URGE: "催办答复期限",
        Deadline.QUESTION: "咨询答复期限",
    }
)
GRADE_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
)
