"""Acts entered after they happened: in time, late, or so late that someone else has to approve them.

Every act has a claimed and a recorded instant; without the comparison the times of stages (记录各环节用时, 二（一）1)
would prove nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from libs.common.calendars.workdays import BusinessCalendar
from services.hookup.domain.values.clock_policy import ClockPolicy
from services.hookup.domain.values.lengths import LengthKind
from services.hookup.domain.values.stages import Stage


class EntryMark(StrEnum):
    """How an act with a claimed time came on record; what was read in from a ledger is neither late nor in time."""

    IN_TIME = "IN_TIME"
    LATE = "LATE"
    APPROVED = "APPROVED"
    LEDGER = "LEDGER"


class ApprovalGround(StrEnum):
    """Why an act needs an approver: it is entered very late, would undo what was announced, or puts off a date."""

    VERY_LATE = "VERY_LATE"
    AFTER_BREACH = "AFTER_BREACH"
    AFTER_GAP = "AFTER_GAP"
    LATER_DUE = "LATER_DUE"


# An act that would undo an announcement about a utility needs the approval of its supervisor.
UNDOES_ANNOUNCED = frozenset({ApprovalGround.AFTER_BREACH, ApprovalGround.AFTER_GAP})


class Act(StrEnum):
    """What can be entered after it happened, or would move a date."""

    START_STAGE = "START_STAGE"
    COMPLETE_STAGE = "COMPLETE_STAGE"
    METER_LIVE = "METER_LIVE"
    RESUME = "RESUME"
    CHANGE_LENGTH = "CHANGE_LENGTH"
    AGREE_DATE = "AGREE_DATE"


class LateEntryState(StrEnum):
    """An entry that waits for its approver moves no clock."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"


LATE_ENTRY_STATE_NAMES: Mapping[LateEntryState, str] = MappingProxyType(
    {
        LateEntryState.PENDING: "待审批",
        LateEntryState.APPROVED: "已同意",
        LateEntryState.DECLINED: "不同意",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An act with its claimed instant; which of the other fields are set depends on the act."""

    act: Act
    claimed_at: datetime
    stage: Stage | None = None
    pause_id: str | None = None
    length_kind: LengthKind | None = None
    length_dm: int | None = None
    agreed: date | None = None
    document_ref: str | None = None
    evidence_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """The reason for a late entry, and the evidence of when the act happened."""

    reason: str
    evidence_ref: str


@dataclass(slots=True)
class LateEntry:
    """An act that needs the decision of someone other than who entered it."""

    id: str
    claim: Claim
    needs: ApprovalGround
    grounds: Grounds
    entered_by: str
    entered_at: datetime
    state: LateEntryState = LateEntryState.PENDING
    decided_by: str | None = None
    decided_at: datetime | None = None
    decline_reason: str | None = None


@dataclass(frozen=True, slots=True)
class MarkedEntry:
    """An act that was entered late, as the case and the ledger show it."""

    act: Act
    stage: Stage | None
    claimed_at: datetime
    recorded_at: datetime
    recorded_by: str | None
    mark: EntryMark


def in_time_until(claimed_at: datetime, policy: ClockPolicy, calendar: BusinessCalendar) -> datetime:
    """Return until when an act is recorded in time: by default the close of the working day after it happened."""
    return calendar.close_after(claimed_at, policy.in_time_workdays)


def approval_from(claimed_at: datetime, policy: ClockPolicy, calendar: BusinessCalendar) -> datetime:
    """Return the instant after which an act needs an approver: by default the close of the second working day."""
    return calendar.close_after(claimed_at, policy.approval_workdays)
