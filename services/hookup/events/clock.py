"""Events of a case's clock: what stops and moves it, and what is said as a due time comes near and passes."""

from datetime import date, datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.hookup.domain.values.deadlines import Deadline
from services.hookup.domain.values.limits import Basis, Reading
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.events.base import HookupEvent

DUE_BEFORE: Any = Field(default=None, description="The judged due time until then")


class DueTimes(BaseModel):
    """The promised instants in the three readings of a day, and the one that is judged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judged_at: datetime | None
    working: datetime | None
    calendar_roll: datetime | None
    calendar_strict: datetime | None
    basis: Basis
    judged: Reading = Field(description="The reading that counts for the 3/5/10 limits (open point O1)")
    provisional: bool = Field(description="True while the calendar of a year concerned is not published")
    policy_version: str


class OnTime(BaseModel):
    """Whether a case kept each reading's instant; null where there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judged: bool | None
    working: bool | None
    calendar_roll: bool | None
    calendar_strict: bool | None


class PauseRequested(HookupEvent):
    """A pause was asked for; the clock goes on until it is approved."""

    event: ClassVar[str] = "pause_requested"
    pause_id: str
    reason: PauseReason
    starts_at: datetime


class CasePaused(HookupEvent):
    """A pause was approved by somebody other than who asked for it."""

    event: ClassVar[str] = "case_paused"
    pause_id: str
    reason: PauseReason
    starts_at: datetime
    counts_from: date | None = Field(
        default=None, description="The first day that it may take out of the count"
    )
    stops_at: datetime | None = Field(
        default=None, description="The midnight from which the clock stands still"
    )


class PauseDeclined(HookupEvent):
    """A pause was not approved."""

    event: ClassVar[str] = "pause_declined"
    pause_id: str
    reason: PauseReason


class CaseResumed(HookupEvent):
    """A pause ended; its days are taken out of the count."""

    event: ClassVar[str] = "case_resumed"
    pause_id: str
    reason: PauseReason
    starts_at: datetime
    ended_at: datetime
    due: DueTimes | None
    due_before: datetime | None = DUE_BEFORE


class DateAgreed(HookupEvent):
    """A date was agreed with the user in writing: above 200 m, or heat."""

    event: ClassVar[str] = "date_agreed"
    agreed_date: date
    agreed_before: date | None = Field(default=None, description="The date that it takes the place of")
    due: DueTimes | None
    due_before: datetime | None = DUE_BEFORE


class SpecialCaseApproved(HookupEvent):
    """The case was taken out of the limit statistics as 特殊情况."""

    event: ClassVar[str] = "special_case_approved"
    reason: PauseReason
    overdue: bool = Field(default=False, description="Whether the case was overdue then")


class SpecialCaseDeclined(HookupEvent):
    """The case was not taken for 特殊情况: it stays in the limit statistics."""

    event: ClassVar[str] = "special_case_declined"
    reason: PauseReason


class DueRecomputed(HookupEvent):
    """The due times changed because the working calendar was amended."""

    event: ClassVar[str] = "due_recomputed"
    calendar_version: int
    receipt_date: date | None = Field(default=None, description="It moves with the calendar as well")
    receipt_before: date | None = Field(default=None, description="The receipt date until then")
    due: DueTimes
    due_before: datetime | None = DUE_BEFORE


class MovedDeadline(BaseModel):
    """A deadline as it is now; `ref` is the urge, question or permit item that it is of, null for the case itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Deadline
    ref: str | None
    at: datetime
    before: datetime | None = Field(default=None, description="The deadline until then")


class DeadlinesMoved(HookupEvent):
    """Deadlines other than the due times changed because the working calendar was amended."""

    event: ClassVar[str] = "deadlines_moved"
    calendar_version: int
    deadlines: list[MovedDeadline]


class DueSoon(HookupEvent):
    """A staff reminder before the strictest reading runs out."""

    event: ClassVar[str] = "due_soon"
    strict_due_at: datetime
    told: list[str] = Field(default=[], description="As utility:W-371502, agent:<id>, district:371502")


class DueReminder(HookupEvent):
    """A staff reminder when most of the time to the strictest reading has passed."""

    event: ClassVar[str] = "due_reminder"
    strict_due_at: datetime
    told: list[str]


class CaseOverdue(HookupEvent):
    """The judged due time has passed and the case is not finished."""

    event: ClassVar[str] = "case_overdue"
    due_at: datetime
    told: list[str] = Field(default=[])
    assignee: str | None = Field(default=None, description="Who worked on the case then, by subject")


class GapDetected(HookupEvent):
    """空档期: no stage was open at the close of the next working day (HK-03)."""

    event: ClassVar[str] = "gap_detected"
    after_stage: Stage
    since: datetime


CLOCK_EVENTS = (
    PauseRequested,
    CasePaused,
    PauseDeclined,
    CaseResumed,
    DateAgreed,
    SpecialCaseApproved,
    SpecialCaseDeclined,
    DueRecomputed,
    DeadlinesMoved,
    DueSoon,
    DueReminder,
    CaseOverdue,
    GapDetected,
)
