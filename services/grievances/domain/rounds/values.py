"""The codes of rounds of visits and calls, with their names."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class RoundPurpose(StrEnum):
    """What a round is for (seed 二（二）2: 电话回访、企业走访)."""

    CALLS = "CALLS"
    VISITS = "VISITS"
    SURVEY = "SURVEY"


class RoundState(StrEnum):
    """Where a round is."""

    DRAFT = "DRAFT"
    RUNNING = "RUNNING"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class RoundVerb(StrEnum):
    """What can be done to a round."""

    ADD_QUESTIONS = "ADD_QUESTIONS"
    DRAW = "DRAW"
    SHARE_OUT = "SHARE_OUT"
    CLOSE = "CLOSE"
    CANCEL = "CANCEL"


class RoundTimer(StrEnum):
    """What the clock brings about; the name is of the whole service."""

    END = "round_end"


class Allocation(StrEnum):
    """How a sample is divided among the strata."""

    PROPORTIONAL = "PROPORTIONAL"
    EQUAL = "EQUAL"


class StratifiedBy(StrEnum):
    """By what a population is divided into strata."""

    DISTRICT = "DISTRICT"
    UTILITY = "UTILITY"
    CATEGORY = "CATEGORY"


class CustomerCategory(StrEnum):
    """The categories of customers, as the registry's contract has them (contracts/codes/registry.json)."""

    ENT = "ENT"
    IND = "IND"
    RES = "RES"
    PUB = "PUB"
    OTH = "OTH"


class QuestionKind(StrEnum):
    """How a question is answered."""

    GRADE = "GRADE"
    YES_NO = "YES_NO"
    CHOICE = "CHOICE"
    TEXT = "TEXT"


class InterviewState(StrEnum):
    """Where the visit or call of one customer is."""

    OPEN = "OPEN"
    REACHED = "REACHED"
    REFUSED = "REFUSED"
    UNREACHABLE = "UNREACHABLE"


class InterviewResult(StrEnum):
    """How one attempt ended."""

    REACHED = "REACHED"
    REFUSED = "REFUSED"
    NOT_REACHED = "NOT_REACHED"


class InterviewVerb(StrEnum):
    """What can be done to the visit or call of one customer."""

    ASSIGN = "ASSIGN_INTERVIEW"
    RECORD = "RECORD_INTERVIEW"
    FIND = "FIND"


PURPOSE_NAMES: Final[Mapping[RoundPurpose, str]] = MappingProxyType(
    {
        RoundPurpose.CALLS: "电话回访",
        RoundPurpose.VISITS: "企业走访",
        RoundPurpose.SURVEY: "满意度调查",
    }
)
ROUND_STATE_NAMES: Final[Mapping[RoundState, str]] = MappingProxyType(
    {
        RoundState.DRAFT: "待抽样",
        RoundState.RUNNING: "进行中",
        RoundState.CLOSED: "已结束",
        RoundState.CANCELLED: "已取消",
    }
)
ROUND_VERB_NAMES: Final[Mapping[RoundVerb, str]] = MappingProxyType(
    {
        RoundVerb.ADD_QUESTIONS: "增加题目",
        RoundVerb.DRAW: "抽取样本",
        RoundVerb.SHARE_OUT: "分配人员",
        RoundVerb.CLOSE: "结束",
        RoundVerb.CANCEL: "取消",
    }
)
ALLOCATION_NAMES: Final[Mapping[Allocation, str]] = MappingProxyType(
    {Allocation.PROPORTIONAL: "按各层户数比例", Allocation.EQUAL: "各层相等"}
)
STRATIFIED_NAMES: Final[Mapping[StratifiedBy, str]] = MappingProxyType(
    {
        StratifiedBy.DISTRICT: "县（市、区）",
        StratifiedBy.UTILITY: "专营单位",
        StratifiedBy.CATEGORY: "用户类别",
    }
)
CUSTOMER_CATEGORY_NAMES: Final[Mapping[CustomerCategory, str]] = MappingProxyType(
    {
        CustomerCategory.ENT: "企业用户",
        CustomerCategory.IND: "个体工商户",
        CustomerCategory.RES: "居民用户",
        CustomerCategory.PUB: "公服用户",
        CustomerCategory.OTH: "其他",
    }
)
QUESTION_NAMES: Final[Mapping[QuestionKind, str]] = MappingProxyType(
    {
        QuestionKind.GRADE: "评分（1至5）",
        QuestionKind.YES_NO: "是否",
        QuestionKind.CHOICE: "单选",
        QuestionKind.TEXT: "文字",
    }
)
INTERVIEW_STATE_NAMES: Final[Mapping[InterviewState, str]] = MappingProxyType(
    {
        InterviewState.OPEN: "待访",
        InterviewState.REACHED: "已访",
        InterviewState.REFUSED: "拒访",
        InterviewState.UNREACHABLE: "未联系上",
    }
)
RESULT_NAMES: Final[Mapping[InterviewResult, str]] = MappingProxyType(
    {
        InterviewResult.REACHED: "联系上并作答",
        InterviewResult.REFUSED: "拒绝受访",
        InterviewResult.NOT_REACHED: "这次没有联系上",
    }
)
INTERVIEW_VERB_NAMES: Final[Mapping[InterviewVerb, str]] = MappingProxyType(
    {
        InterviewVerb.ASSIGN: "指定回访人",
        InterviewVerb.RECORD: "登记结果",
        InterviewVerb.FIND: "登记发现的诉求",
    }
)
YES, NO = "YES", "NO"
YES_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({YES: "是", NO: "否"})
