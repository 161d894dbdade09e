"""What is counted of the acts on cases (办理行为): permits, commitments, quotes, urging and the rest.

Each act counts once, for the place of its case and in the month (Shanghai) in which it happened; nothing that comes
later takes it away.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Activity(StrEnum):
    """What is counted; each act adds to one or more of them."""

    PERMIT_FILED = "permit_filed"
    PERMIT_PARALLEL = "permit_parallel"
    PERMIT_DECIDED = "permit_decided"
    PERMIT_IN_TIME = "permit_in_time"
    PERMIT_REFUSED = "permit_refused"
    PERMIT_OVERDUE = "permit_overdue"
    PERMIT_OBJECTED = "permit_objected"
    UNDECLARED_RISK = "undeclared_risk"
    NO_PERMIT_NEEDED = "no_permit_needed"
    EMERGENCY_DIG = "emergency_dig"
    EMERGENCY_UNFILED = "emergency_unfiled"
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
    RATED = "rated"
    RATED_SATISFIED = "rated_satisfied"
    RATED_WELL_SATISFIED = "rated_well_satisfied"


@dataclass(frozen=True, slots=True)
class Act:
    """What an event adds: `amount` is the working minutes of a decision, the score of a rating, else 0."""

    activity: Activity
    count: int = 1
    amount: int = 0


class ActivityCell(NamedTuple):
    """A cell of the activity figures."""

    district: str
    utility: str
    supply: str
    month: str
    activity: Activity


# Scores from 1 (非常不满意) to 5; 基本满意 counts as satisfied, and the share without it stands beside (O11).
SATISFIED, WELL_SATISFIED = 3, 4


def acts_of_rating(score: int) -> list[Act]:
    """Return what a rating adds."""
    acts = [Act(Activity.RATED, amount=score)]
    if score >= SATISFIED:
        acts.append(Act(Activity.RATED_SATISFIED))
    if score >= WELL_SATISFIED:
        acts.append(Act(Activity.RATED_WELL_SATISFIED))
    return acts
