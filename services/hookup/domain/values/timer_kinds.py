"""What a case waits for."""

from enum import StrEnum


class TimerKind(StrEnum):
    """What a case waits for."""

    DEEMED_ACCEPTANCE = "deemed_acceptance"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    GAP = "gap"
    CONFIRMATION_ABSENT = "confirmation_absent"
    AGENT = "agent"
    DUE_REMINDER = "due_reminder"
    URGE = "urge"
    PERMIT_OVERDUE = "permit_overdue"
    COMMITMENT_CHECK = "commitment_check"
    RECTIFICATION = "rectification"
    OBJECTION_TERM = "objection_term"
    EMERGENCY_FILING = "emergency_filing"
