"""What is worked out of a case's times by calendar and policy: for its ledger row, its view, and the forecasts.

A closed case keeps what was worked out when it was closed, whatever becomes of the calendar; see `figures_of`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from libs.common.clock import local
from services.hookup.domain.case_parts import Rules
from services.hookup.domain.durations import working_minutes
from services.hookup.domain.forecast import Track, track
from services.hookup.domain.pauses import PauseSpan, excluded_dates
from services.hookup.domain.stages import Interval
from services.hookup.domain.timesheet import Gap, gaps, time_sheet

if TYPE_CHECKING:
    from services.hookup.domain.case import Case


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """Days and working minutes of a case; `stage_minutes` are those of each stage in the order of its stages.

    Days are counted after the receipt date, pauses out (§201); they, the minutes of a stage that still runs and the
    track are None while the case is open.
    """

    gaps: tuple[Gap, ...]
    stage_minutes: tuple[int | None, ...]
    pause_days: int
    overlap_minutes: int
    elapsed_days: int | None = None
    working_days: int | None = None
    track: Track | None = None


def case_figures(
    stages: Sequence[Interval],
    spans: Sequence[PauseSpan],
    receipt: date | None,
    live_at: datetime | None,
    finished_at: datetime | None,
    rules: Rules,
) -> CaseFigures:
    """Work the figures out by these rules; `finished_at` is of a case that is closed."""
    hours = rules.policy.business_hours
    elapsed = working = None
    if receipt is not None and finished_at is not None:
        end = local(finished_at).date()
        paused = excluded_dates(spans, end, rules.policy, rules.calendar)
        elapsed = max((end - receipt).days - sum(receipt < day <= end for day in paused), 0)
        working = rules.calendar.count_workdays(receipt, end, paused)
    return CaseFigures(
        gaps=tuple(gaps(stages, spans, rules.calendar, rules.policy)),
        stage_minutes=tuple(
            None if each.end is None else working_minutes(each.start, each.end, rules.calendar, hours)
            for each in stages
        ),
        pause_days=len(
            excluded_dates([span for span in spans if span.end], None, rules.policy, rules.calendar)
        ),
        overlap_minutes=time_sheet(stages, spans).overlap_saving,
        elapsed_days=elapsed,
        working_days=working,
        track=track(stages, spans, live_at, finished_at, rules) if live_at and finished_at else None,
    )


def figures_of(case: "Case", rules: Rules) -> CaseFigures:
    """Return the figures of a case: of a closed one those that it was closed with.

    A case that was closed before they were kept has them worked out by the rules as they are.
    """
    if case.closed is not None:
        return case.closed
    finished_at = case.finished_at if case.on_time is not None else None
    return case_figures(case.stages, case.spans, case.receipt, case.meter_live_at, finished_at, rules)
