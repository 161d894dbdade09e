"""One sentence that says why a case is late: what stages, gaps and pauses took of the time (HK-01, HK-03)."""

from datetime import datetime

from libs.common.clock import local
from services.hookup.domain.case import Case
from services.hookup.domain.reports.case_figures import figures_of
from services.hookup.domain.values.closing import net_times
from services.hookup.domain.values.durations import working_minutes
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import STAGE_NAMES, Stage
from services.hookup.domain.values.timesheet import running_gap
from services.hookup.domain.values.transitions import FINISHED, CaseState


def why_late(case: Case, rules: Rules, now: datetime) -> str | None:
    """Return the sentence for a case that is overdue or was closed late; None for any other.

    Times are business hours from the submission; stages that ran side by side count each.
    """
    if case.due is None or case.due.judged_at is None or not _is_late(case, now):
        return None
    until = case.finished_at or now
    calendar, policy = rules.calendar, rules.policy
    hours = policy.business_hours
    spent: dict[Stage, int] = {}
    figures = figures_of(case, rules)
    for stage, ended in zip(case.stages, figures.stage_minutes, strict=True):
        minutes = ended
        if minutes is None:
            minutes = working_minutes(stage.start, max(stage.start, until), calendar, hours)
        spent[stage.stage] = spent.get(stage.stage, 0) + minutes
    parts = [f"{STAGE_NAMES[stage]}{_hours(minutes)}" for stage, minutes in _longest(spent) if minutes]
    between = list(figures.gaps)
    if case.state not in (*FINISHED, CaseState.TURNED_ON):
        running = running_gap(case.stages, case.spans, until, calendar, policy)
        between += [running] if running else []
    counted = [gap for gap in between if gap.is_gap]
    if counted:
        parts.append(f"空档{len(counted)}次共{sum(gap.workdays for gap in counted)}个工作日")
    times = figures.times or net_times(case.submitted_at, until, case.spans, policy, calendar)
    if times.working > times.net_working:
        parts.append(f"暂停{_hours(times.working - times.net_working)}（不计入时限）")
    over = figures.minutes_late
    if over is None:
        over = working_minutes(case.due.judged_at, until, calendar, hours)
    due_at = local(case.due.judged_at)
    return f"应于{due_at:%m月%d日%H:%M}前办结，已超{_hours(over)}：" + "，".join(parts) + "。"


def _is_late(case: Case, now: datetime) -> bool:
    return case.is_overdue(now) if case.on_time is None else case.on_time.judged is False


def _longest(spent: dict[Stage, int]) -> list[tuple[Stage, int]]:
    return sorted(spent.items(), key=lambda item: -item[1])


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.1f}个工作小时"
