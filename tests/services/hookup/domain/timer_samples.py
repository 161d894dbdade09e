"""What the tests of timers share: firing one, and the names of what happened."""

from datetime import datetime, timedelta

from services.hookup.domain.case import Case
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.timer_kinds import TimerKind
from tests.support.hookup import RULES

SECOND = timedelta(seconds=1)


def names(case: Case) -> list[str]:
    return [each.event for each in case.pending_events]


def fire(case: Case, kind: TimerKind, rules: Rules = RULES) -> datetime:
    """Fire what the case waits for, at the instant at which it waits for it."""
    due = case.timers(rules)[kind]
    case.fire(kind, due, rules)
    assert case.pending_events[-1].at == due
    return due
