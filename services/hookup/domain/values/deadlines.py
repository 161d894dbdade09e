"""Names of the deadlines other than the due time, and the deadline for assigning an agent."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.hookup.domain.values.durations import after_working_minutes
from services.hookup.domain.values.rules import Rules


class Deadline(StrEnum):
    """Whose answer or act is due."""

    CORRECTION = "CORRECTION"
    AGENT = "AGENT"
    URGE = "URGE"
    QUESTION = "QUESTION"
    PERMIT = "PERMIT"
    OBJECTION = "OBJECTION"
    COMMITMENT_CHECK = "COMMITMENT_CHECK"
    RECTIFICATION = "RECTIFICATION"


DEADLINE_NAMES: Mapping[Deadline, str] = MappingProxyType(
    {
        Deadline.CORRECTION: "补正期限",
        Deadline.AGENT: "指派帮办人员期限",
        Deadline.URGE: "答复催办期限",
        Deadline.QUESTION: "答复咨询期限",
        Deadline.PERMIT: "审批期限",
        Deadline.OBJECTION: "异议期限",
        Deadline.COMMITMENT_CHECK: "承诺核查期限",
        Deadline.RECTIFICATION: "整改期限",
    }
)


def agent_by(accepted: datetime, rules: Rules) -> datetime:
    """Return until when an agent is to be assigned after the acceptance, in business minutes (HK-07)."""
    return after_working_minutes(
        accepted, rules.service.agent_office_minutes, rules.calendar, rules.policy.business_hours
    )


def decide_by(asked: datetime | None, rules: Rules) -> datetime | None:
    """Return until when what was asked for is to be decided; None where it is not known when that was.

    An approval has a limit of its own: by the due time of a late case it would be overdue as soon as it is asked for.
    """
    return None if asked is None else rules.calendar.close_after(asked, rules.service.decision_workdays)
