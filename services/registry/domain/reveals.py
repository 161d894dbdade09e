"""What of a customer may be shown whole, by whom and for which purpose (PIPL §6), and the exception in an emergency.

Which particulars a purpose needs, and within which time an exception is confirmed, is the policy `reveals` [R].
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.rules import RuleError
from services.registry.domain.customers import CUSTOMER_STATE_NAMES, CustomerState
from services.registry.domain.particulars import PARTICULAR_NAMES, Particular


class Purpose(StrEnum):
    """What particulars are shown whole for."""

    SERVICE = "SERVICE"
    VERIFICATION = "VERIFICATION"
    CONTACT = "CONTACT"
    EMERGENCY = "EMERGENCY"
    COMPLAINT = "COMPLAINT"
    AUDIT = "AUDIT"


PURPOSE_NAMES: Final[Mapping[Purpose, str]] = MappingProxyType(
    {
        Purpose.SERVICE: "办理业务",
        Purpose.VERIFICATION: "核实身份",
        Purpose.CONTACT: "联系用户",
        Purpose.EMERGENCY: "应急抢修",
        Purpose.COMPLAINT: "处理投诉",
        Purpose.AUDIT: "审计",
    }
)
# Purposes of what is recorded without a question for the purpose.
SEARCH_PURPOSE: Final = "SEARCH"
RIGHTS_PURPOSE: Final = "RIGHTS"


class BreakGlassState(StrEnum):
    """What a second person said of particulars that were shown beyond the rule."""

    OPEN = "OPEN"
    CONFIRMED = "CONFIRMED"
    CONTESTED = "CONTESTED"


BREAK_GLASS_STATE_NAMES: Final[Mapping[BreakGlassState, str]] = MappingProxyType(
    {
        BreakGlassState.OPEN: "待确认",
        BreakGlassState.CONFIRMED: "已确认",
        BreakGlassState.CONTESTED: "有异议",
    }
)


@dataclass(frozen=True, slots=True)
class RevealPolicy:
    """One version of the rule: what each purpose needs, how many reveals of one account are in order, and the time
    within which a second person confirms an exception.
    """

    version: str = "default"
    source: str = ""
    needed: Mapping[Purpose, frozenset[Particular]] = field(default_factory=dict)
    per_hour: int = 60
    per_day: int = 200
    confirmed_within: timedelta = timedelta(hours=24)


def breaks_glass(
    purpose: Purpose,
    fields: Collection[Particular],
    policy: RevealPolicy,
    *,
    is_keeper: bool,
    is_supervisor: bool,
    reason: str | None,
) -> bool:
    """Tell whether showing these particulars is an exception that a second person confirms.

    Staff that keeps records sees what the purpose needs; a supervisor sees anything in an emergency, with a reason.
    Raises RuleError for what is neither.
    """
    beyond = sorted(set(fields) - policy.needed.get(purpose, frozenset()))
    if is_keeper and not beyond:
        return False
    if not is_supervisor:
        names = "、".join(PARTICULAR_NAMES[name] for name in beyond)
        raise RuleError(
            "beyond-purpose",
            f"为“{PURPOSE_NAMES[purpose]}”不能查看{names}的完整内容",
            "请只选该目的需要的内容；应急确需查看的，请由督导人员查看",
            "fields",
        )
    if purpose is not Purpose.EMERGENCY:
        raise RuleError("emergency-only", "督导人员只能为应急抢修查看完整内容", "请核对目的", "purpose")
    if not reason:
        raise RuleError("reason-missing", "应急访问须写明事由", "请填写事由", "reason")
    return True


def check_shown(state: CustomerState) -> None:
    """Raise RuleError for a customer of whom nothing may be shown whole: restricted (PIPL §47) or erased."""
    if state in (CustomerState.RESTRICTED, CustomerState.ERASED):
        raise RuleError(
            "not-shown",
            f"该用户{CUSTOMER_STATE_NAMES[state]}，不能查看完整内容",
            "限制处理的，解除限制后再查看",
        )


def check_known(state: CustomerState) -> None:
    """Raise RuleError for a customer of whom nothing is known any more."""
    if state is CustomerState.ERASED:
        raise RuleError("customer-erased", "该用户的个人信息已删除", "请核对用户")
