"""The rules of the end, written a second time."""

from datetime import datetime, timedelta

from libs.casework.domain.contacts import Question, Urge
from services.hookup.domain.case import Case
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import Verb
from tests.services.hookup.domain.oracle.outcomes import Outcome, outcome


def dispute(case: Case, at: datetime) -> Outcome:
    """What is said to run."""
    return outcome(case, Verb.DISPUTE, case.meter_live_at is not None and at >= case.meter_live_at)


def report_meter_live(case: Case, at: datetime, *, evidence: bool) -> Outcome:
    """Acceptance alone runs; it is after all that was done, and after a dispute with evidence."""
    turn_on = case.stage(Stage.TURN_ON)
    others_ended = all(each.end for each in case.stages if each.stage is not Stage.TURN_ON)
    last = max(each.end or each.start for each in case.stages)
    again = not case.disputes or (evidence and at >= case.disputes[-1].disputed_at)
    return outcome(
        case, Verb.REPORT_METER_LIVE, turn_on is not None and others_ended and at >= last and again
    )


def confirm(case: Case, at: datetime, rules: Rules) -> Outcome:
    """Within the hours for it; then the clock does it."""
    live = case.meter_live_at
    if live is None:
        return outcome(case, Verb.FINISH, legal=False)
    said: list[Urge | Question] = [*case.urges, *case.questions]
    # From its recording: nobody can confirm what he was not told.
    told_at = case.meter_live_recorded_at or live
    silent = max([told_at, *(each.answered_at or each.answer_by for each in said)])
    hours = timedelta(hours=rules.policy.confirmation_hours)
    return outcome(case, Verb.FINISH, live <= at <= silent + hours)


def refuse(case: Case, code: RefusalCode, duplicate_of: str | None) -> Outcome:
    """A duplicate is one of another case."""
    return outcome(case, Verb.REFUSE, code is not RefusalCode.DUPLICATE or duplicate_of is not None)
