"""What becomes of a command, and what the state alone decides."""

from enum import Enum, auto

from services.hookup.domain.case import Case
from services.hookup.domain.values.transitions import ALLOWED, Verb

TELEPHONE = "请打13800001234"


class Outcome(Enum):
    """What becomes of a command; RECORDED is refused, and that it was tried is kept."""

    LEGAL = auto()
    ILLEGAL = auto()
    RECORDED = auto()


def outcome(case: Case, verb: Verb, legal: bool, recorded: bool = False) -> Outcome:
    """Put together what the state and the verb's own rules say; `recorded` goes before what else is wrong."""
    if (case.state, verb) not in ALLOWED:
        return Outcome.ILLEGAL
    if recorded:
        return Outcome.RECORDED
    return Outcome.LEGAL if legal else Outcome.ILLEGAL


def by_state(case: Case, verb: Verb) -> Outcome:
    """Whatever only the state decides."""
    return outcome(case, verb, legal=True)
