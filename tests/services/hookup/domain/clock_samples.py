"""What the tests of the clock of a case share."""

from services.hookup.domain.case import Case
from services.hookup.domain.values.limits import Due
from services.hookup.domain.values.pauses import Pause, PauseReason
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES

ACCEPTED = "2022-08-01 09:20"


def due_of(case: Case) -> Due:
    assert case.due is not None
    return case.due


def stop(
    case: Case,
    start: str,
    end: str | None,
    pause_id: str = "p",
    reason: PauseReason = PauseReason.USER_DECISION,
) -> None:
    case.request_pause(Pause(pause_id, reason, "scan-1", at(start), "clerk-1"), at(start), RULES)
    case.decide_pause(pause_id, at(start), "approver-1", RULES, approve=True)
    if end is not None:
        case.resume(pause_id, at(end), RULES)
