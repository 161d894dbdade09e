"""What each event changes in the facts of its case."""

from functools import singledispatch

from libs.common.events import InvalidEventError
from services.metrics.domain.activities import LEDGER
from services.metrics.domain.ages import end_of_day, month_of
from services.metrics.domain.facts import (
    CLOSED,
    LIVE_STATES,
    NET_TOTAL,
    OPEN,
    REFUSED,
    TOTAL,
    TURNED_ON,
    WITHDRAWN,
    Case,
    Outcome,
    StageTime,
)
from services.metrics.domain.widths import WIDTHS
from services.metrics.events import reader


@singledispatch
def apply(_event: reader.HookupEvent, _case: Case) -> None:
    """Change the case; an event that only tells place and kind changes nothing more.

    Raises InvalidEventError for what the facts cannot hold.
    """


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
    if len(",".join(case.open_stages)) > WIDTHS["open_stages"]:
        raise InvalidEventError("more stages are open than a case can have")
    case.gap_since = None


@apply.register
def _(event: reader.StageCompleted, case: Case) -> None:
    case.open_stages -= {event.stage}
    # A round that is told again, as events before rounds were told did, is what was told last.
    case.stages[event.stage, event.round] = StageTime(
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
    # Of events that do not say it the day on which the pause began still counts.
    case.pauses[event.pause_id] = event.stops_at or end_of_day(event.starts_at)


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
def _(_event: reader.MeterLiveDisputed, case: Case) -> None:
    if case.state == TURNED_ON:
        case.state = OPEN


@apply.register
def _(event: reader.SpecialCaseApproved, case: Case) -> None:
    case.special_overdue = event.overdue


@apply.register
def _(event: reader.CaseRated, case: Case) -> None:
    case.score = event.score


@apply.register
def _(event: reader.CaseClosed, case: Case) -> None:
    _end(case, CLOSED, event)
    case.ended_at = event.finished_at
    case.month = month_of(event.finished_at)
    case.stages[TOTAL, 1] = StageTime(case.month, event.elapsed_minutes, event.working_minutes)
    if event.net_minutes is not None and event.net_working_minutes is not None:
        case.stages[NET_TOTAL, 1] = StageTime(case.month, event.net_minutes, event.net_working_minutes)
    _set_due(case, event.due)
    verdict = event.on_time
    ceiling, used = event.ceiling_workdays, event.ceiling_used
    case.outcome = Outcome(
        basis=event.due.basis,
        on_time=(verdict.judged, verdict.working, verdict.calendar_roll, verdict.calendar_strict),
        gaps=event.gaps,
        gap_workdays=event.gap_workdays,
        gap_minutes=event.gap_minutes,
        overlap_saved_minutes=event.overlap_saved_minutes,
        violations=len(event.violations),
        pauses=tuple((each.reason, each.count, each.days) for each in event.pauses),
        by_late_entry=event.by_late_entry,
        from_ledger=LEDGER in (event.entry, event.source),
        ceiling_kept=None if ceiling is None or used is None else used <= ceiling,
    )


@apply.register
def _(event: reader.CaseWithdrawn, case: Case) -> None:
    _end(case, WITHDRAWN, event)
    case.ended_overdue = event.overdue


@apply.register
def _(event: reader.CaseRefused, case: Case) -> None:
    _end(case, REFUSED, event)
    case.ended_overdue = event.overdue


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
