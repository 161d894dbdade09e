"""The events that the hookup service promises. `contracts/events` is generated from these models.

Every event carries the case's place and kind, so that a listener can count it without asking. Instants are UTC,
lengths whole decimetres, durations whole minutes. There is no personal data in them.
"""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from libs.common.calendars.workdays import DayKind
from libs.common.events import EventPayload
from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.deadlines import Deadline
from services.hookup.domain.values.entries import Act, ApprovalGround
from services.hookup.domain.values.lengths import LengthClass, LengthKind
from services.hookup.domain.values.limits import Basis, Reading
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.events.agents import AGENT_EVENTS
from services.hookup.events.base import HookupEvent
from services.hookup.events.charges import CHARGE_EVENTS
from services.hookup.events.contacts import CONTACT_EVENTS
from services.hookup.events.materials import MATERIAL_EVENTS
from services.hookup.events.permits import PERMIT_EVENTS


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


class PauseDays(BaseModel):
    """How often and for how many excluded days the clock stood still for one reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: PauseReason
    count: int
    days: int


class CaseSubmitted(HookupEvent):
    """An application was received; stage ACCEPT runs from here."""

    event: ClassVar[str] = "case_submitted"
    declared_length_dm: int | None
    complete: bool
    # The number of the case of the same customer, service and site that was withdrawn or refused before.
    begun_anew_after: str | None = None


class CorrectionRequested(HookupEvent):
    """The applicant was asked, once, for everything that is missing; what it was stays with the case."""

    event: ClassVar[str] = "correction_requested"
    item_count: int
    again_count: int = Field(default=0, description="How much of it was on file already")
    answer_by: datetime


class CorrectionAnswered(HookupEvent):
    """The applicant answered the one correction."""

    event: ClassVar[str] = "correction_answered"


class CaseAccepted(HookupEvent):
    """The application was accepted (受理); the statutory clock runs from the receipt date."""

    event: ClassVar[str] = "case_accepted"
    receipt_date: date
    automatic: bool
    due: DueTimes


class StageStarted(HookupEvent):
    """A stage was begun."""

    event: ClassVar[str] = "stage_started"
    stage: Stage
    started_at: datetime


class StageCompleted(HookupEvent):
    """A stage ended; its time goes on record (HK-01)."""

    event: ClassVar[str] = "stage_completed"
    stage: Stage
    started_at: datetime
    completed_at: datetime
    elapsed_minutes: int
    working_minutes: int
    round: int = Field(
        default=1, description="Counts how often the stage was taken up: each has its own interval"
    )


class LengthChanged(HookupEvent):
    """A length of the external line was set or changed; the due times are recomputed from the same start."""

    event: ClassVar[str] = "length_changed"
    kind: LengthKind
    from_dm: int | None
    to_dm: int
    class_before: LengthClass
    due: DueTimes | None


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


class DateAgreed(HookupEvent):
    """A date was agreed with the user in writing: above 200 m, or heat."""

    event: ClassVar[str] = "date_agreed"
    agreed_date: date
    agreed_before: date | None = Field(default=None, description="The date that it takes the place of")
    due: DueTimes | None


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
    due: DueTimes


class MovedDeadline(BaseModel):
    """A deadline as it is now; `ref` is the urge, question or permit item that it is of, null for the case itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Deadline
    ref: str | None
    at: datetime


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


class GapDetected(HookupEvent):
    """空档期: no stage was open at the close of the next working day (HK-03)."""

    event: ClassVar[str] = "gap_detected"
    after_stage: Stage
    since: datetime


class MeterLive(HookupEvent):
    """Water, gas or heat runs; the user has 24 hours to confirm."""

    event: ClassVar[str] = "meter_live"
    meter_live_at: datetime
    confirm_by: datetime


class MeterLiveDisputed(HookupEvent):
    """The user says that it does not run: the clock goes on until the meter is live again (O19)."""

    event: ClassVar[str] = "meter_live_disputed"
    meter_live_at: datetime


class LateEntryRequested(HookupEvent):
    """An act was entered that needs an approver; until then it moves no clock."""

    event: ClassVar[str] = "late_entry_requested"
    entry_id: str
    act: Act
    stage: Stage | None
    claimed_at: datetime
    needs: ApprovalGround


class LateEntryDecided(HookupEvent):
    """Somebody other than who entered it decided on an act; what was approved follows as events of its own."""

    event: ClassVar[str] = "late_entry_decided"
    entry_id: str
    act: Act
    stage: Stage | None
    claimed_at: datetime
    approved: bool


class CaseClosed(HookupEvent):
    """The case is finished: its whole time, its verdict in each reading, and what the ledger says of it."""

    event: ClassVar[str] = "case_closed"
    started_at: datetime
    finished_at: datetime
    confirmed_by_user: bool
    elapsed_minutes: int
    working_minutes: int
    elapsed_days: int = Field(description="Calendar days after the receipt date, pauses taken out")
    working_days: int = Field(description="Working days after the receipt date, pauses taken out")
    due: DueTimes
    on_time: OnTime
    stage_minutes: int = Field(description="Time covered by at least one stage")
    pause_minutes: int = Field(description="Time covered by no stage but by a pause")
    gap_minutes: int = Field(description="Time covered by neither")
    gaps: int = Field(description="Number of 空档: two or more working days between stages")
    gap_workdays: int
    overlap_saved_minutes: int
    violations: list[str]
    pauses: list[PauseDays]
    breached: bool = Field(
        default=False, description="Whether it was ever published that the case is overdue"
    )
    source: Source | None = Field(
        default=None, description="LEDGER where the case was read in, although it was closed in the system"
    )
    by_late_entry: bool = Field(
        default=False, description="On time although it had been published that the case is overdue"
    )
    net_minutes: int | None = Field(default=None, description="Elapsed minutes, pauses taken out")
    net_working_minutes: int | None = Field(default=None, description="Working minutes, pauses taken out")
    ceiling_workdays: int | None = Field(
        default=None,
        description="Above 200 m and for heat: most working days of survey, design and acceptance",
    )
    ceiling_used: int | None = Field(default=None, description="Working days that these stages took")


class CaseWithdrawn(HookupEvent):
    """The applicant withdrew."""

    event: ClassVar[str] = "case_withdrawn"
    overdue: bool = Field(default=False, description="Whether the case was overdue then")


class CaseRefused(HookupEvent):
    """The case was refused for one of the allowed reasons, before or after acceptance."""

    event: ClassVar[str] = "case_refused"
    code: str
    needs_regulator_review: bool
    after_acceptance: bool
    duplicate_of: str | None = Field(
        default=None, description="Number of the other case, where it was refused as a duplicate"
    )
    overdue: bool = Field(default=False, description="Whether the case was overdue then")


class DaySetting(BaseModel):
    """A day as the calendar has it now."""

    model_config = ConfigDict(frozen=True)

    day: date
    is_workday: bool
    kind: DayKind
    holiday: str = Field(description="The holiday that it belongs to, in Chinese; empty where there is none")


class CalendarUpdated(EventPayload):
    """The working calendar was amended; its key is `calendar`, its number the version less one."""

    service: ClassVar[str] = "hookup"
    event: ClassVar[str] = "calendar_updated"
    version_of_calendar: int
    source_document: str
    days: list[date]
    year: int | None = Field(
        default=None,
        description="The year whose notice this is: it is settled, and what it does not name is plain",
    )
    settings: list[DaySetting] = Field(
        default=[],
        description="What each of the days is from now on: whoever keeps a copy of the calendar follows",
    )


class PolicyApproved(EventPayload):
    """A version of a policy was approved and is in force for its validity; key `policy-<policy>`, counted from 1.

    Versions that a release ships are in force without one.
    """

    service: ClassVar[str] = "hookup"
    event: ClassVar[str] = "policy_approved"
    policy: str = Field(examples=["hookup_limits"])
    policy_version: str = Field(examples=["2023-7"])
    valid_from: date
    valid_to: date | None = Field(description="The last day; null for one that the next version ends")
    source_document: str
    retroactive: bool = Field(description="It began before its approval; what was accepted keeps its version")


CASE_EVENTS: tuple[type[HookupEvent], ...] = (
    CaseSubmitted,
    CorrectionRequested,
    CorrectionAnswered,
    CaseAccepted,
    StageStarted,
    StageCompleted,
    LengthChanged,
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
    MeterLive,
    MeterLiveDisputed,
    LateEntryRequested,
    LateEntryDecided,
    CaseClosed,
    CaseWithdrawn,
    CaseRefused,
    *AGENT_EVENTS,
    *PERMIT_EVENTS,
    *CONTACT_EVENTS,
    *MATERIAL_EVENTS,
    *CHARGE_EVENTS,
)

PUBLISHED: tuple[type[EventPayload], ...] = (*CASE_EVENTS, CalendarUpdated, PolicyApproved)
