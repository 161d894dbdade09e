"""Names of the deadlines other than the due time, and the deadline for assigning an agent."""

from datetime import datetime
from enum import StrEnum

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


def agent_by(accepted: datetime, rules: Rules) -> datetime:
    """Return until when an agent is to be assigned after the acceptance, in business minutes (HK-07)."""
    return after_working_minutes(
        accepted, rules.service.agent_office_minutes, rules.calendar, rules.policy.business_hours
    )
