"""Codes of violations, as the case, the ledger and the closing event name them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Violation(StrEnum):
    """What went against HK-03, HK-04 and O4."""

    UNSAFE_OVERLAP = "UNSAFE_OVERLAP"
    OVERLAP_NOT_LISTED = "OVERLAP_NOT_LISTED"
    NO_PROMISED_DATE = "NO_PROMISED_DATE"
    CLASS_NOT_AS_BUILT = "CLASS_NOT_AS_BUILT"
    AS_BUILT_MISSING = "AS_BUILT_MISSING"
    NOT_PARALLEL = "NOT_PARALLEL"
    EMERGENCY_NOT_FILED = "EMERGENCY_NOT_FILED"
    UNDECLARED_RISK = "UNDECLARED_RISK"
    PERMIT_MODE_EXCEEDED = "PERMIT_MODE_EXCEEDED"


VIOLATION_NAMES: Mapping[Violation, str] = MappingProxyType(
    {
        Violation.UNSAFE_OVERLAP: "不安全交叉",
        Violation.OVERLAP_NOT_LISTED: "不允许的压茬",
        Violation.NO_PROMISED_DATE: "签订合同时未约定日期",
        Violation.CLASS_NOT_AS_BUILT: "时限长于竣工长度应有的时限",
        Violation.AS_BUILT_MISSING: "未登记竣工长度",
        Violation.NOT_PARALLEL: "审批事项未并联申报",
        Violation.EMERGENCY_NOT_FILED: "应急开挖未按时补办审批",
        Violation.UNDECLARED_RISK: "报件时未申报风险",
        Violation.PERMIT_MODE_EXCEEDED: "不符合所选的审批方式",
    }
)
