"""Figures of a case that ends, for the ledger and the metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.calendars.workdays import WorkCalendar
from libs.common.clock import local
from services.hookup.domain.values.durations import elapsed_minutes, working_minutes
from services.hookup.domain.values.limits import LimitPolicy
from services.hookup.domain.values.pauses import (
    PauseSpan,
    excluded_dates,
    pause_days_by_reason,
    paused_pieces,
)
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.timesheet import gaps, time_sheet

# 勘查、设计、验收: the stages that the province's 2018 plan bounds; contract, permits and works are unbounded there.
_UNDER_CEILING = frozenset({Stage.SURVEY_DESIGN, Stage.TURN_ON})


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes between two instants, elapsed and in business hours; net of paused time."""

    elapsed: int
    working: int
    net: int
    net_working: int


def net_times(
    start: datetime,
    end: datetime,
    spans: Sequence[PauseSpan],
    policy: LimitPolicy,
    calendar: WorkCalendar,
) -> Times:
    """Return the minutes between two instants, gross and net (O3); overlapping pauses are subtracted once."""
    hours = policy.business_hours
    elapsed, working = elapsed_minutes(start, end), working_minutes(start, end, calendar, hours)
    paused = paused_pieces(spans, start, end)
    return Times(
        elapsed,
        working,
        elapsed - sum(elapsed_minutes(begins, ends) for begins, ends in paused),
        working - sum(working_minutes(begins, ends, calendar, hours) for begins, ends in paused),
    )


def days_taken(
    receipt: date,
    finished_at: datetime,
    spans: Sequence[PauseSpan],
    policy: LimitPolicy,
    calendar: WorkCalendar,
) -> tuple[int, int]:
    """Return days and working days after the receipt date (§201), without paused days."""
    end = local(finished_at).date()
    excluded = excluded_dates(spans, end, policy, calendar)
    elapsed = max(0, (end - receipt).days) - sum(receipt < day <= end for day in excluded)
    return elapsed, calendar.count_workdays(receipt, end, excluded)


def closing_figures(
    started_at: datetime,
    finished_at: datetime,
    receipt: date,
    stages: Sequence[Interval],
    spans: Sequence[PauseSpan],
    policy: LimitPolicy,
    calendar: WorkCalendar,
    ceiling_workdays: int | None = None,
) -> dict[str, object]:
    """Return times, gaps, overlap and pauses under the field names of the event `case_closed`.

    Minutes run from submission to the end, net minutes without paused ones; days start after the receipt date (§201),
    without paused days. For cases without a limit in days, the working days of survey, design and acceptance are
    compared with `ceiling_workdays`.
    """
    times = net_times(started_at, finished_at, spans, policy, calendar)
    sheet = time_sheet(stages, spans)
    long_gaps = [gap for gap in gaps(stages, spans, calendar, policy) if gap.is_gap]
    elapsed_days, working_days = days_taken(receipt, finished_at, spans, policy, calendar)
    excluded = excluded_dates(spans, local(finished_at).date(), policy, calendar)
    days = pause_days_by_reason(spans, policy, calendar)
    return {
        "elapsed_minutes": times.elapsed,
        "working_minutes": times.working,
        "net_minutes": times.net,
        "net_working_minutes": times.net_working,
        "ceiling_workdays": ceiling_workdays,
        "ceiling_used": None
        if ceiling_workdays is None
        else sum(
            calendar.count_workdays(local(stage.start).date(), local(stage.end).date(), excluded)
            for stage in stages
            if stage.stage in _UNDER_CEILING and stage.end is not None
        ),
        "elapsed_days": elapsed_days,
        "working_days": working_days,
        "stage_minutes": sheet.stages,
        "pause_minutes": sheet.pauses,
        "gap_minutes": sheet.gaps,
        "gaps": len(long_gaps),
        "gap_workdays": sum(gap.workdays for gap in long_gaps),
        "overlap_saved_minutes": sheet.overlap_saving,
        "pauses": [
            {
                "reason": reason,
                "count": sum(span.reason is reason for span in spans),
                "days": days[reason],
            }
            for reason in sorted(days)
        ],
    }
