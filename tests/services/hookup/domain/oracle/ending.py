"""The rules of the end, written a second time."""

from datetime import datetime, timedelta

from services.hookup.domain.case import Case
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from tests.services.hookup.domain.oracle.outcomes import Outcome, outcome


def dispute(case: Case, at: datetime) -> Outcome:
    """What is said to run."""
    return outcome(case, Verb.DISPUTE, case.meter_live_at is not None and at >= case.meter_live_at)


def report_meter_live(case: Case, at: datetime) -> Outcome:
    """Acceptance runs and nothing else does; it is not before anything that was done."""
    turn_on = case.stage(Stage.TURN_ON)
    others_ended = all(each.end for each in case.stages if each.stage is not Stage.TURN_ON)
    last = max(each.end or each.start for each in case.stages)
    again = not case.disputes or at >= case.disputes[-1].disputed_at
    return outcome(
        case, Verb.REPORT_METER_LIVE, turn_on is not None and others_ended and at >= last and again
    )


def confirm(case: Case, at: datetime, rules: Rules) -> Outcome:
    """Within the hours for it; then the clock does it."""
    live = case.meter_live_at
    hours = timedelta(hours=rules.policy.confirmation_hours)
    return outcome(case, Verb.FINISH, live is not None and live <= at <= live + hours)


def refuse(case: Case, code: RefusalCode, duplicate_of: str | None) -> Outcome:
    """A duplicate is one of another case."""
    return outcome(case, Verb.REFUSE, code is not RefusalCode.DUPLICATE or duplicate_of is not None)
