"""Who approves what somebody else asked for."""

from dataclasses import dataclass

from libs.common.rules import RuleError
from services.hookup.domain.values.clock_policy import BreachApproval, ClockPolicy


@dataclass(frozen=True, slots=True)
class Approver:
    """Who decides; `supervises` is true of who stands outside of the utility."""

    subject: str
    supervises: bool


def check_supervises(by: Approver, policy: ClockPolicy, field: str) -> None:
    """Raise RuleError for who may not undo an announced breach: the utility, unless the policy lets it."""
    if policy.breach_approval is BreachApproval.SUPERVISOR and not by.supervises:
        raise RuleError(
            "supervisor-needed",
            "此件已公布超时或空档，须由区县或市级督导人员审批，本单位不能自行审批",
            "请由督导人员审批",
            field,
        )
