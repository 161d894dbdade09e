"""Deadlines that follow from an instant by working days, and what an amended calendar makes of those that are stored.

A deadline is computed anew by the function that first gave it, from what it was first given: so the same application
has the same dates whether it came before or after the amendment. One that has passed is never moved.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from libs.common.clock import local
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


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that an amended calendar moves; `ref` is the id of what it is of, None for the case itself."""

    kind: Deadline
    ref: str | None
    at: datetime


def close_after(at: datetime, workdays: int, rules: Rules) -> datetime:
    """Return the close of the so-many-th working day after an instant's day, which is not counted (§201, §203)."""
    return rules.calendar.close_of(rules.calendar.add_workdays(local(at).date(), workdays))


def agent_by(accepted: datetime, rules: Rules) -> datetime:
    """Return until when an agent is to be assigned after the acceptance, in business minutes (HK-07)."""
    return after_working_minutes(
        accepted, rules.service.agent_office_minutes, rules.calendar, rules.policy.business_hours
    )


def moves(before: datetime | None, after: datetime, at: datetime) -> bool:
    """Whether a deadline that has not passed at an instant is another one from now on."""
    return before is not None and before > at and after != before
