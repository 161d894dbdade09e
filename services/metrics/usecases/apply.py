"""What each event changes in the facts of its case."""

from functools import singledispatch

from services.metrics.domain.ages import month_of
from services.metrics.domain.facts import (
    CLOSED,
    LIVE_STATES,
    REFUSED,
    TOTAL,
    TURNED_ON,
    WITHDRAWN,
    Case,
    Outcome,
    StageTime,
)
from services.metrics.events import reader


@singledispatch
def apply(_event: reader.HookupEvent, _case: Case) -> None:
    """Change the case; an event that only tells place and kind changes nothing more."""


@apply.register
def _(_event: reader.CaseSubmitted, case: Case) -> None:
    case.open_stages = frozenset({"ACCEPT"})


@apply.register
def _(event: reader.CaseAccepted, case: Case) -> None:
    case.accepted_at = event.occurred_at
    case.receipt_date = event.receipt_date
    _set_due(case, event.due)


@apply.register
def _(event: reader.StageStarted, case: Case) -> None:
    case.open_stages |= {event.stage}
    case.gap_since = None


@apply.register
def _(event: reader.StageCompleted, case: Case) -> None:
    case.open_stages -= {event.stage}
    case.stages[event.stage] = StageTime(
        month_of(event.completed_at), event.elapsed_minutes, event.working_minutes
    )


@apply.register
def _(event: reader.DueChanged, case: Case) -> None:
    # What was promised to an ended case is on record: an amended calendar changes it no more.
    if case.state in LIVE_STATES:
        _set_due(case, event.due)


@apply.register
def _(event: reader.DueRecomputed, case: Case) -> None:
    if case.state in LIVE_STATES:
        _set_due(case, event.due)
        case.receipt_date = event.receipt_date or case.receipt_date


@apply.register
def _(event: reader.CasePaused, case: Case) -> None:
    case.pauses[event.pause_id] = event.starts_at


@apply.register
def _(event: reader.CaseResumed, case: Case) -> None:
    case.pauses.pop(event.pause_id, None)
    _set_due(case, event.due)


@apply.register
def _(event: reader.GapDetected, case: Case) -> None:
    case.gap_since = event.since


@apply.register
def _(_event: reader.AgentAssigned, case: Case) -> None:
    if case.agent_in_time is None:
        case.agent_in_time = True


@apply.register
def _(_event: reader.AgentOverdue, case: Case) -> None:
    if case.agent_in_time is None:
        case.agent_in_time = False


@apply.register
def _(_event: reader.MeterLive, case: Case) -> None:
    case.state = TURNED_ON


@apply.register
def _(event: reader.CaseClosed, case: Case) -> None:
    _end(case, CLOSED, event)
    case.ended_at = event.finished_at
    case.month = month_of(event.finished_at)
    case.stages[TOTAL] = StageTime(case.month, event.elapsed_minutes, event.working_minutes)
    _set_due(case, event.due)
    verdict = event.on_time
    case.outcome = Outcome(
        basis=event.due.basis,
        on_time=(verdict.judged, verdict.working, verdict.calendar_roll, verdict.calendar_strict),
        gaps=event.gaps,
        gap_workdays=event.gap_workdays,
        gap_minutes=event.gap_minutes,
        overlap_saved_minutes=event.overlap_saved_minutes,
        violations=len(event.violations),
        pauses=tuple((each.reason, each.count, each.days) for each in event.pauses),
    )


@apply.register
def _(event: reader.CaseWithdrawn, case: Case) -> None:
    _end(case, WITHDRAWN, event)


@apply.register
def _(event: reader.CaseRefused, case: Case) -> None:
    _end(case, REFUSED, event)


def _end(case: Case, state: str, event: reader.HookupEvent) -> None:
    case.state = state
    case.ended_at = event.occurred_at
    case.month = month_of(event.occurred_at)
    case.open_stages = frozenset()
    case.pauses = {}
    case.gap_since = None


def _set_due(case: Case, due: reader.DueTimes | None) -> None:
    if due is not None:
        case.due_at = due.judged_at
        case.basis = due.basis
