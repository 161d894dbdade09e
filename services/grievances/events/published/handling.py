"""Events of the way of a grievance, from its receipt to its end."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from services.grievances.domain.values.codes import (
    CloseReason,
    CycleReason,
    EntryMark,
    EscalationCause,
    Level,
    Measure,
    Outcome,
    ReturnReason,
)
from services.grievances.domain.values.kinds import ContactWay, FileKind, ReporterKind
from services.grievances.events.published.base import GrievanceEvent


class GrievanceReceived(GrievanceEvent):
    """A grievance came in; its time runs."""

    event: ClassVar[str] = "grievance_received"
    reporter: ReporterKind
    reply_by: datetime | None
    screen_by: datetime
    policy_version: str


class GrievanceClassified(GrievanceEvent):
    """The screening desk changed what it is; the envelope says what it is now."""

    event: ClassVar[str] = "grievance_classified"
    kind_before: str
    category_before: str
    supply_before: str | None
    reply_by: datetime | None


class GrievanceDispatched(GrievanceEvent):
    """It was sent to a unit, whose times run from now on."""

    event: ClassVar[str] = "grievance_dispatched"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    cycle_reason: CycleReason
    helpers: list[str] = Field(description="Codes of the utilities that help (协办)")
    sign_by: datetime
    reach_by: datetime | None
    arrive_by: datetime | None
    reply_by: datetime | None
    limit: str | None = Field(description="Code of the rule that gives the limit")


class GrievanceNotAccepted(GrievanceEvent):
    """It is not accepted, for a listed reason."""

    event: ClassVar[str] = "grievance_not_accepted"
    reason: CloseReason


class GrievanceSigned(GrievanceEvent):
    """The unit took the order."""

    event: ClassVar[str] = "grievance_signed"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    on_time: bool


class ReturnAsked(GrievanceEvent):
    """The unit says that it is not its duty."""

    event: ClassVar[str] = "return_asked"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    reason: ReturnReason
    unit: str


class ReturnDecided(GrievanceEvent):
    """The screening desk decided on a return."""

    event: ClassVar[str] = "return_decided"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    granted: bool
    unit: str = Field(description="Who had returned it")
    screen_by: datetime


class ReporterContacted(GrievanceEvent):
    """The unit spoke with the person, as it says."""

    event: ClassVar[str] = "reporter_contacted"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    cycle_reason: CycleReason
    way: ContactWay
    entry: EntryMark
    counts_at: datetime | None = Field(
        None,
        description="From when it counts: what is recorded late from its record; missing in events before",
    )
    on_time: bool = Field(description="By when it counts")


class UnitArrived(GrievanceEvent):
    """The unit was on the spot, as it says."""

    event: ClassVar[str] = "unit_arrived"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    entry: EntryMark
    on_time: bool | None


class GrievanceVerified(GrievanceEvent):
    """The unit found out what is the matter."""

    event: ClassVar[str] = "grievance_verified"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    reasonable: bool


class FindingConfirmed(GrievanceEvent):
    """Another unit confirmed that it is unreasonable, or did not."""

    event: ClassVar[str] = "finding_confirmed"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    agreed: bool


class ExtensionAsked(GrievanceEvent):
    """The unit asked for a longer time."""

    event: ClassVar[str] = "extension_asked"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    workdays: int


class ExtensionDecided(GrievanceEvent):
    """Who supervises decided on a longer time."""

    event: ClassVar[str] = "extension_decided"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    granted: bool
    reply_by_before: datetime | None
    reply_by: datetime | None


class GrievanceEscalated(GrievanceEvent):
    """It was brought before a level, by need or by time."""

    event: ClassVar[str] = "grievance_escalated"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    level: Level
    cause: EscalationCause
    answer_by: datetime


class EscalationAnswered(GrievanceEvent):
    """A level answered."""

    event: ClassVar[str] = "escalation_answered"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    level: Level
    on_time: bool


class TerminationAsked(GrievanceEvent):
    """The unit asked to end it without a solution."""

    event: ClassVar[str] = "termination_asked"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    reason: CloseReason


class TerminationDecided(GrievanceEvent):
    """It ends without a solution, or goes on."""

    event: ClassVar[str] = "termination_decided"
    granted: bool
    reason: CloseReason
    overdue: bool


class GrievanceReplied(GrievanceEvent):
    """The person was told what was done."""

    event: ClassVar[str] = "grievance_replied"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    cycle_reason: CycleReason
    measures: list[Measure]
    answer_code: str | None
    reply_by: datetime | None
    on_time: bool
    call_by: datetime
    reasonable: bool = Field(description="False only where another unit has confirmed that it is not")


class CallBackMade(GrievanceEvent):
    """Somebody called back who had not worked on it."""

    event: ClassVar[str] = "call_back_made"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    way: ContactWay
    attempt: int
    reached: bool
    contacted: bool | None = Field(description="Whether the person says that the unit spoke with it")
    solved: bool | None
    grade: int | None = Field(description="1 (非常不满意) to 5 (非常满意)")
    is_counted: bool = Field(description="Whether it counts for what was solved: consultations do not")
    has_effect: bool = Field(
        True,
        description="False of one that is only kept: of the rated unit's own ledger, or of an entry that was read in."
        " It changes nothing and is in no figure",
    )


class CallLinkMade(GrievanceEvent):
    """The person is to be sent a link to answer the call-back by; without an actor the policy said so."""

    event: ClassVar[str] = "call_link_made"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    expires_at: datetime


class CallLinkSent(GrievanceEvent):
    """The message with the link went out; unanswered until its term it counts as one attempt."""

    event: ClassVar[str] = "call_link_sent"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")


class RedoBegun(GrievanceEvent):
    """It is done anew, since the person is not satisfied."""

    event: ClassVar[str] = "redo_begun"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    reply_by: datetime


class GrievanceClosed(GrievanceEvent):
    """The call-back closed it."""

    event: ClassVar[str] = "grievance_closed"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    cycle_reason: CycleReason
    outcome: Outcome
    calls: int
    in_ledger: bool


class GrievanceReopened(GrievanceEvent):
    """It was begun anew, with a clock of its own."""

    event: ClassVar[str] = "grievance_reopened"
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")


class GrievanceWithdrawn(GrievanceEvent):
    """Who told it took it back."""

    event: ClassVar[str] = "grievance_withdrawn"
    overdue: bool


class GrievanceLinked(GrievanceEvent):
    """It says again what another one says; each keeps its own reply."""

    event: ClassVar[str] = "grievance_linked"
    first_id: UUID


class FileReceived(GrievanceEvent):
    """A file was handed in."""

    event: ClassVar[str] = "file_received"
    file_kind: FileKind
    size: int = Field(description="Bytes")
    media_type: str
