"""What there is to do on a case, and whose turn it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from services.hookup.domain.values.permit_items import PermitItem


class Whose(StrEnum):
    """Whose turn it is."""

    CLERK = "clerk"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    APPLICANT = "applicant"
    AUTHORITY = "authority"


class WorkKind(StrEnum):
    """What there is to do."""

    ACCEPT = "ACCEPT"
    ANSWER_CORRECTION = "ANSWER_CORRECTION"
    ASSIGN_AGENT = "ASSIGN_AGENT"
    HAND_OVER = "HAND_OVER"
    STAGE = "STAGE"
    DECIDE_PAUSE = "DECIDE_PAUSE"
    DECIDE_SPECIAL = "DECIDE_SPECIAL"
    DECIDE_PERMIT = "DECIDE_PERMIT"
    SIGN_COMMITMENT = "SIGN_COMMITMENT"
    CHECK_COMMITMENT = "CHECK_COMMITMENT"
    REVIEW_RECORD = "REVIEW_RECORD"
    FILE_EMERGENCY = "FILE_EMERGENCY"
    ANSWER_URGE = "ANSWER_URGE"
    ANSWER_QUESTION = "ANSWER_QUESTION"
    CONFIRM = "CONFIRM"
    DECIDE_LATE_ENTRY = "DECIDE_LATE_ENTRY"


# Where no rule says until when it comes last on a list, and is on it.
_AT_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do on a case, or on a permit item of it. `due_at` is None where no rule says until when."""

    kind: WorkKind
    whose: Whose
    since: datetime
    due_at: datetime | None
    item: PermitItem | None = None


def places_on_lists(found: Iterable[Work]) -> dict[Whose, datetime]:
    """Return what a case is sorted by on the list of each who is waited for: what is due of them first."""
    places: dict[Whose, datetime] = {}
    for each in found:
        due_at = each.due_at or _AT_LAST
        places[each.whose] = min(due_at, places.get(each.whose, due_at))
    return places
