"""Events of the ledger, of supervision and of the clock."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from services.grievances.domain.values.codes import CrossOffGround, Deadline, Level, Outcome, Trigger
from services.grievances.events.published.base import GrievanceEvent


class LedgerEntered(GrievanceEvent):
    """It is in the ledger of what is to be cleared (挂账)."""

    event: ClassVar[str] = "ledger_entered"
    cycle: int
    clear_by: datetime


class GrievanceReadIn(GrievanceEvent):
    """It was read in from an office's own ledger of clearing: neither late nor in time, and no end that is rated."""

    event: ClassVar[str] = "grievance_read_in"
    outcome: Outcome | None


class LedgerKept(GrievanceEvent):
    """Owner, measures or progress were written."""

    event: ClassVar[str] = "ledger_kept"
    in_charge: str | None
    has_measures: bool


class CrossOffApproved(GrievanceEvent):
    """One level agrees to cross it off."""

    event: ClassVar[str] = "cross_off_approved"
    ground: CrossOffGround
    level: Level


class LedgerCrossedOff(GrievanceEvent):
    """It was crossed off (销号)."""

    event: ClassVar[str] = "ledger_crossed_off"
    ground: CrossOffGround
    on_time: bool
    clear_by: datetime


class SignOverdue(GrievanceEvent):
    """The unit has not taken the order in time."""

    event: ClassVar[str] = "sign_overdue"
    sign_by: datetime


class ContactOverdue(GrievanceEvent):
    """The unit has not recorded in time that it spoke with the person."""

    event: ClassVar[str] = "contact_overdue"
    reach_by: datetime


class ArrivalOverdue(GrievanceEvent):
    """The unit has not recorded in time that it was on the spot."""

    event: ClassVar[str] = "arrival_overdue"
    arrive_by: datetime


class YellowCard(GrievanceEvent):
    """It is due in a working day."""

    event: ClassVar[str] = "yellow_card"
    reply_by: datetime


class GrievanceOverdue(GrievanceEvent):
    """The time of the reply has passed."""

    event: ClassVar[str] = "grievance_overdue"
    cycle: int
    reply_by: datetime


class RedCard(GrievanceEvent):
    """The first working day after it was due has begun."""

    event: ClassVar[str] = "red_card"
    reply_by: datetime


class EscalationOverdue(GrievanceEvent):
    """A level has not answered in time."""

    event: ClassVar[str] = "escalation_overdue"
    level: Level
    answer_by: datetime


class LedgerOverdue(GrievanceEvent):
    """It was not crossed off in time."""

    event: ClassVar[str] = "ledger_overdue"
    clear_by: datetime


class SupervisionRaised(GrievanceEvent):
    """Who supervises is told of it (督办)."""

    event: ClassVar[str] = "supervision_raised"
    cycle: int
    trigger: Trigger


class MovedDeadline(BaseModel):
    """A deadline that an amended calendar moved; `ref` is its urge or question, null of the grievance itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Deadline
    ref: str | None
    at: datetime
    before: datetime


class DeadlinesMoved(GrievanceEvent):
    """An amended calendar moved deadlines that had not passed."""

    event: ClassVar[str] = "deadlines_moved"
    calendar_version: int
    deadlines: list[MovedDeadline]
