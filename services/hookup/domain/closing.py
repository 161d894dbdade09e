"""The figures that a case ends with: what the ledger says of it, and what the metrics count."""

from collections.abc import Sequence
from datetime import date, datetime

from libs.common.clock import local
from libs.common.workdays import WorkCalendar
from services.hookup.domain.durations import elapsed_minutes, working_minutes
from services.hookup.domain.limits import LimitPolicy
from services.hookup.domain.pauses import PauseSpan, excluded_dates, pause_days_by_reason
from services.hookup.domain.stages import Interval
from services.hookup.domain.timesheet import gaps, time_sheet


def closing_figures(
    started_at: datetime,
    finished_at: datetime,
    receipt: date,
    stages: Sequence[Interval],
    spans: Sequence[PauseSpan],
    policy: LimitPolicy,
    calendar: WorkCalendar,
) -> dict[str, object]:
    """Return times, gaps, overlap and pauses in the words of the event `case_closed`.

    Minutes run from submission to the end; days from the receipt date, which is not counted (§201), pauses out.
    """
    sheet = time_sheet(stages, spans)
    found = [each for each in gaps(stages, spans, calendar, policy) if each.is_gap]
    end = local(finished_at).date()
    excluded = excluded_dates(spans, end)
    days = pause_days_by_reason(spans)
    return {
        "elapsed_minutes": elapsed_minutes(started_at, finished_at),
        "working_minutes": working_minutes(started_at, finished_at, calendar, policy.business_hours),
        "elapsed_days": max(0, (end - receipt).days) - sum(receipt < day <= end for day in excluded),
        "working_days": calendar.count_workdays(receipt, end, excluded),
        "stage_minutes": sheet.stages,
        "pause_minutes": sheet.pauses,
        "gap_minutes": sheet.gaps,
        "gaps": len(found),
        "gap_workdays": sum(each.workdays for each in found),
        "overlap_saved_minutes": sheet.overlap_saving,
        "pauses": [
            {
                "reason": reason,
                "count": sum(each.reason is reason for each in spans),
                "days": days[reason],
            }
            for reason in sorted(days)
        ],
    }
