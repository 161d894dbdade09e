"""Approvers: who decides what someone else requested."""

from dataclasses import dataclass

from libs.common.rules import RuleError
from services.hookup.domain.values.clock_policy import BreachApproval, ClockPolicy


@dataclass(frozen=True, slots=True)
class Approver:
    """The account that decides; `supervises` is true of one that does not belong to the utility."""

    subject: str
    supervises: bool


def check_supervises(by: Approver, policy: ClockPolicy, field: str) -> None:
    """Raise RuleError unless the approver may undo an announced breach: a utility only where the policy says so."""
    if policy.breach_approval is BreachApproval.SUPERVISOR and not by.supervises:
        raise RuleError(
            "supervisor-needed",
            "此件已公布超时或空档，须由区县或市级督导人员审批，本单位不能自行审批",
            "请由督导人员审批",
            field,
        )
