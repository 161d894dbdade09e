"""The facts of a case, and how events change them. Instants are microseconds since 1970, for SQL."""

from datetime import datetime
from typing import Any, Final

import msgspec

from libs.common.events import InvalidEventError
from services.metrics.declare import Time
from services.metrics.domain.months import end_of_day, micros, month_of
from services.metrics.sources.hookup import events
from services.metrics.sources.hookup.events import LEDGER, HookupEvent

# Further codes beside the six stages: the whole case, gross and net of pauses.
TOTAL, NET_TOTAL = "TOTAL", "TOTAL_NET"
OPEN, TURNED_ON, CLOSED, WITHDRAWN, REFUSED = "OPEN", "TURNED_ON", "CLOSED", "WITHDRAWN", "REFUSED"
LIVE_STATES: Final = (OPEN, TURNED_ON)
MOST_OPEN_STAGES: Final = 120
"""Characters of the open stages' codes."""


class Outcome(msgspec.Struct, array_like=True, frozen=True):
    """The outcome of a closed case; a verdict is None without a due time.

    `by_late_entry`: judged on time although the breach had been announced. `from_ledger`: imported. `ceiling_kept`:
    survey, design and acceptance were within their ceiling; None without one. `confirmed`: the supply was confirmed,
    and the case not closed for lack of an answer.
    """

    basis: str
    judged: bool | None
    working: bool | None
    calendar_roll: bool | None
    calendar_strict: bool | None
    gaps: int
    gap_workdays: int
    gap_minutes: int
    overlap_saved_minutes: int
    violations: int
    pauses: list[tuple[str, int, int]]
    by_late_entry: bool
    from_ledger: bool
    ceiling_kept: bool | None
    confirmed: bool = True


class Case(msgspec.Struct, array_like=True):
    """The facts of one case, from the events received so far.

    `pauses` are the open ones, each with the instant from which the clock stands still; `stopped_at` is the
    earliest. `agent_in_time`: whether its first agent came in time; None while neither has happened.
    `act_recorded_at` is when the latest act was recorded that its entry or 代录 is counted of.
    """

    special: bool = False
    state: str = OPEN
    open_stages: str = ""
    receipt_day: int | None = None
    due_at: int | None = None
    basis: str = "NONE"
    pauses: dict[str, int] = {}
    stopped_at: int | None = None
    gap_since: int | None = None
    agent_in_time: bool | None = None
    act_recorded_at: int | None = None
    ended_overdue: bool = False
    special_overdue: bool = False
    score: int | None = None
    ended_at: int | None = None
    month: str | None = None
    outcome: Outcome | None = None
    times: list[Time] = []


def apply(name: str, event: HookupEvent, case: Case) -> None:
    """Change the facts by an event. Raises InvalidEventError for one that contradicts them."""
    case.special = event.special
    if (change := _CHANGES.get(name)) is not None:
        change(event, case)
    if event.tells_its_entry:
        case.act_recorded_at = micros(event.entered_at)


def _submitted(_event: HookupEvent, case: Case) -> None:
    case.open_stages = "ACCEPT"


def _accepted(event: events.CaseAccepted, case: Case) -> None:
    case.receipt_day = event.receipt_date.toordinal()
    _set_due(case, event.due)


def _stage_started(event: events.StageStarted, case: Case) -> None:
    case.open_stages = ",".join(sorted({*filter(None, case.open_stages.split(",")), event.stage}))
    if len(case.open_stages) > MOST_OPEN_STAGES:
        raise InvalidEventError("more stages are open than a case can have")
    case.gap_since = None


def _stage_completed(event: events.StageCompleted, case: Case) -> None:
    case.open_stages = ",".join(stage for stage in case.open_stages.split(",") if stage != event.stage)
    time = Time(
        event.stage,
        event.round,
        month_of(event.completed_at),
        event.elapsed_minutes,
        event.working_minutes,
    )
    _set_time(case, time)


def _set_time(case: Case, time: Time) -> None:
    # A repeated round replaces the earlier value: older events have no round number.
    case.times = [earlier for earlier in case.times if earlier[:2] != time[:2]] + [time]


def _due_changed(event: events.DueChanged, case: Case) -> None:
    # An amended calendar does not change the due time of an ended case.
    if case.state in LIVE_STATES:
        _set_due(case, event.due)


def _due_recomputed(event: events.DueRecomputed, case: Case) -> None:
    if case.state in LIVE_STATES:
        _set_due(case, event.due)
        case.receipt_day = event.receipt_date.toordinal() if event.receipt_date else case.receipt_day


def _paused(event: events.CasePaused, case: Case) -> None:
    # Older events lack it: the day on which the pause began still counts.
    _set_pauses(case, case.pauses | {event.pause_id: micros(event.stops_at or end_of_day(event.starts_at))})


def _resumed(event: events.CaseResumed, case: Case) -> None:
    _set_pauses(case, {name: stop for name, stop in case.pauses.items() if name != event.pause_id})
    _set_due(case, event.due)


def _set_pauses(case: Case, pauses: dict[str, int]) -> None:
    case.pauses = pauses
    case.stopped_at = min(pauses.values(), default=None)


def _gap_detected(event: events.GapDetected, case: Case) -> None:
    case.gap_since = micros(event.since)


def _agent_assigned(_event: HookupEvent, case: Case) -> None:
    case.agent_in_time = True if case.agent_in_time is None else case.agent_in_time


def _agent_overdue(_event: HookupEvent, case: Case) -> None:
    case.agent_in_time = False if case.agent_in_time is None else case.agent_in_time


def _meter_live(_event: HookupEvent, case: Case) -> None:
    case.state = TURNED_ON


def _disputed(_event: HookupEvent, case: Case) -> None:
    if case.state == TURNED_ON:
        case.state = OPEN


def _special_approved(event: events.Left, case: Case) -> None:
    case.special_overdue = event.overdue


def _rated(event: events.CaseRated, case: Case) -> None:
    case.score = event.score


def _closed(event: events.CaseClosed, case: Case) -> None:
    _end(case, CLOSED, event.finished_at)
    month = month_of(event.finished_at)
    _set_time(case, Time(TOTAL, 1, month, event.elapsed_minutes, event.working_minutes))
    if event.net_minutes is not None and event.net_working_minutes is not None:
        _set_time(case, Time(NET_TOTAL, 1, month, event.net_minutes, event.net_working_minutes))
    _set_due(case, event.due)
    verdict, ceiling, used = event.on_time, event.ceiling_workdays, event.ceiling_used
    case.outcome = Outcome(
        event.due.basis,
        verdict.judged,
        verdict.working,
        verdict.calendar_roll,
        verdict.calendar_strict,
        event.gaps,
        event.gap_workdays,
        event.gap_minutes,
        event.overlap_saved_minutes,
        len(event.violations),
        [(pause.reason, pause.count, pause.days) for pause in event.pauses],
        event.by_late_entry,
        LEDGER in (event.entry, event.source),
        None if ceiling is None or used is None else used <= ceiling,
        event.confirmed_by_user,
    )


def _withdrawn(event: events.Left, case: Case) -> None:
    _end(case, WITHDRAWN, event.occurred_at)
    case.ended_overdue = event.overdue


def _refused(event: events.Left, case: Case) -> None:
    _end(case, REFUSED, event.occurred_at)
    case.ended_overdue = event.overdue


def _end(case: Case, state: str, at: datetime) -> None:
    case.state = state
    case.ended_at = micros(at)
    case.month = month_of(at)
    case.open_stages = ""
    _set_pauses(case, {})
    case.gap_since = None


def _set_due(case: Case, due: events.DueTimes | None) -> None:
    if due is not None:
        case.due_at = None if due.judged_at is None else micros(due.judged_at)
        case.basis = due.basis


_CHANGES: Final[dict[str, Any]] = {
    "case_submitted": _submitted,
    "case_accepted": _accepted,
    "stage_started": _stage_started,
    "stage_completed": _stage_completed,
    "length_changed": _due_changed,
    "date_agreed": _due_changed,
    "due_recomputed": _due_recomputed,
    "case_paused": _paused,
    "case_resumed": _resumed,
    "gap_detected": _gap_detected,
    "agent_assigned": _agent_assigned,
    "agent_overdue": _agent_overdue,
    "meter_live": _meter_live,
    "meter_live_disputed": _disputed,
    "special_case_approved": _special_approved,
    "case_rated": _rated,
    "case_closed": _closed,
    "case_withdrawn": _withdrawn,
    "case_refused": _refused,
}
