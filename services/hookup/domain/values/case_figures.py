"""Figures computed from a case's times, calendar and policy, for its ledger row, its view and the forecasts.

A closed case keeps the figures of its closing, even when the calendar is amended; see `figures_of`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.hookup.domain.values.closing import Times, days_taken, net_times
from services.hookup.domain.values.durations import working_minutes
from services.hookup.domain.values.pauses import PauseSpan, excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval
from services.hookup.domain.values.timesheet import Gap, gaps, time_sheet
from services.hookup.domain.values.tracks import Trajectory, track


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """Days and working minutes of a case; `stage_minutes` are those of each stage in the order of its stages.

    Days are counted after the receipt date, without paused days (§201). They, the trajectory, `times` (from
    submission to the end) and `minutes_late` (business minutes) are None while the case is open, as are the minutes
    of a running stage; `times` and `minutes_late` also in cases closed before they were stored.
    """

    gaps: tuple[Gap, ...]
    stage_minutes: tuple[int | None, ...]
    pause_days: int
    overlap_minutes: int
    elapsed_days: int | None = None
    working_days: int | None = None
    track: Trajectory | None = None
    times: Times | None = None
    minutes_late: int | None = None


def case_figures(
    submitted_at: datetime,
    due_at: datetime | None,
    stages: Sequence[Interval],
    spans: Sequence[PauseSpan],
    receipt: date | None,
    live_at: datetime | None,
    finished_at: datetime | None,
    rules: Rules,
) -> CaseFigures:
    """Compute the figures by these rules; `due_at` is the judged due time, `finished_at` that of a closed case."""
    hours = rules.policy.business_hours
    elapsed = working = times = late = None
    if finished_at is not None:
        times = net_times(submitted_at, finished_at, spans, rules.policy, rules.calendar)
        if due_at is not None:
            late = working_minutes(due_at, max(due_at, finished_at), rules.calendar, hours)
    if receipt is not None and finished_at is not None:
        elapsed, working = days_taken(receipt, finished_at, spans, rules.policy, rules.calendar)
    return CaseFigures(
        gaps=tuple(gaps(stages, spans, rules.calendar, rules.policy)),
        stage_minutes=tuple(
            None if stage.end is None else working_minutes(stage.start, stage.end, rules.calendar, hours)
            for stage in stages
        ),
        pause_days=len(excluded_dates(spans, None, rules.policy, rules.calendar)),
        overlap_minutes=time_sheet(stages, spans).overlap_saving,
        elapsed_days=elapsed,
        working_days=working,
        track=track(stages, spans, live_at, finished_at, rules) if live_at and finished_at else None,
        times=times,
        minutes_late=late,
    )
