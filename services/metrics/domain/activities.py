"""What is counted of the acts on cases (办理行为): permits, commitments, quotes, urging, how acts were entered.

Each act counts once, for the place of its case and in the month (Shanghai) in which it happened; how it was entered
counts in the month in which it was recorded, so that no closed month changes. Nothing that comes later takes it away.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Activity(StrEnum):
    """What is counted; each act adds to one or more of them."""

    PERMIT_FILED = "permit_filed"
    PERMIT_PARALLEL = "permit_parallel"
    PERMIT_RECORDED = "permit_recorded"
    PERMIT_OBJECTED = "permit_objected"
    UNDECLARED_RISK_FOUND = "undeclared_risk_found"
    EMERGENCY_UNFILED = "emergency_unfiled"
    EMERGENCY_DIG = "emergency_dig"
    NO_PERMIT_NEEDED = "no_permit_needed"
    PERMIT_DECIDED = "permit_decided"
    PERMIT_IN_TIME = "permit_in_time"
    PERMIT_REFUSED = "permit_refused"
    PERMIT_OVERDUE = "permit_overdue"
    COMMITMENT_SIGNED = "commitment_signed"
    COMMITMENT_WITHDRAWN = "commitment_withdrawn"
    COMMITMENT_CHECK_DUE = "commitment_check_due"
    COMMITMENT_CHECKED = "commitment_checked"
    COMMITMENT_MISMATCHED = "commitment_mismatched"
    RECTIFICATION_OVERDUE = "rectification_overdue"
    COMMITMENT_REVOKED = "commitment_revoked"
    COMMITMENT_FALSE = "commitment_false"
    EXTRA_MATERIAL_ATTEMPTED = "extra_material_attempted"
    QUOTE_MADE = "quote_made"
    QUOTE_BLOCKED = "quote_blocked"
    BILL_COMPARED = "bill_compared"
    BILL_OVER_QUOTE = "bill_over_quote"
    BILL_BLOCKED = "bill_blocked"
    SUPERVISION_ITEM_OPENED = "supervision_item_opened"
    URGED = "urged"
    URGE_ANSWERED = "urge_answered"
    URGE_IN_TIME = "urge_in_time"
    URGE_OVERDUE = "urge_overdue"
    QUESTION_ASKED = "question_asked"
    QUESTION_ANSWERED = "question_answered"
    QUESTION_IN_TIME = "question_in_time"
    AGENT_IN_TIME = "agent_in_time"
    AGENT_LATE = "agent_late"
    AGENT_AUTHORISED = "agent_authorised"
    GUIDANCE_GIVEN = "guidance_given"
    ENTERED_IN_TIME = "entered_in_time"
    ENTERED_LATE = "entered_late"
    ENTERED_APPROVED = "entered_approved"
    LATE_ENTRY_REQUESTED = "late_entry_requested"
    LATE_ENTRY_DECLINED = "late_entry_declined"
    IN_STEAD = "in_stead"
    METER_LIVE_DISPUTED = "meter_live_disputed"


ACTIVITY_NAMES = frozenset(map(str, Activity))


@dataclass(frozen=True, slots=True)
class Act:
    """What an event adds: `amount` is the working minutes of a decision, else 0.

    `recorded_at` is set for what counts in the month of its recording and not of its happening.
    """

    activity: Activity
    count: int = 1
    amount: int = 0
    recorded_at: datetime | None = None


class ActivityCell(NamedTuple):
    """A cell of the activity figures."""

    district: str
    utility: str
    supply: str
    month: str
    activity: Activity


# How an act with a claimed time was entered; what was read in from a ledger is neither late nor in time.
ENTRIES = {
    "IN_TIME": Activity.ENTERED_IN_TIME,
    "LATE": Activity.ENTERED_LATE,
    "APPROVED": Activity.ENTERED_APPROVED,
}
LEDGER = "LEDGER"
# Modes that no authority decides on unless it objects: 备案, 免审批.
RECORDED = frozenset({"RECORD", "EXEMPT"})
