"""Events of the end of a case: the live meter, acts that were entered late, and how it was finished."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.entries import Act, ApprovalGround
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.events.base import CustomerEvent, HookupEvent
from services.hookup.events.clock import DueTimes, OnTime


class PauseDays(BaseModel):
    """How often and for how many excluded days the clock stood still for one reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: PauseReason
    count: int
    days: int


class MeterLive(CustomerEvent):
    """Water, gas or heat runs; the user has 24 hours to confirm."""

    event: ClassVar[str] = "meter_live"
    meter_live_at: datetime
    confirm_by: datetime
    site_division: str | None = Field(default=None, description="Code of the site, of twelve digits")


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


class CaseClosed(CustomerEvent):
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


class CaseWithdrawn(CustomerEvent):
    """The applicant withdrew."""

    event: ClassVar[str] = "case_withdrawn"
    overdue: bool = Field(default=False, description="Whether the case was overdue then")


class CaseRefused(CustomerEvent):
    """The case was refused for one of the allowed reasons, before or after acceptance."""

    event: ClassVar[str] = "case_refused"
    code: str
    needs_regulator_review: bool
    after_acceptance: bool
    duplicate_of: str | None = Field(
        default=None, description="Number of the other case, where it was refused as a duplicate"
    )
    overdue: bool = Field(default=False, description="Whether the case was overdue then")


ENDING_EVENTS = (
    MeterLive,
    MeterLiveDisputed,
    LateEntryRequested,
    LateEntryDecided,
    CaseClosed,
    CaseWithdrawn,
    CaseRefused,
)
