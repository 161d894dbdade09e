"""One sentence that says why a case is late: what of the delay stages and gaps account for (HK-01, HK-03).

A gap (空档期) has a limit, the hand-over that the policy allows: what is beyond it accounts for the delay as far as
it reaches. Stages have no limits of their own: they share the rest in proportion to their time on the clock. So the
parts add up to the delay exactly.
"""

from collections.abc import Mapping
from datetime import datetime

from libs.common.clock import local
from services.hookup.domain.case import Case
from services.hookup.domain.reports.case_figures import figures_of
from services.hookup.domain.values.case_figures import CaseFigures
from services.hookup.domain.values.closing import net_times
from services.hookup.domain.values.durations import day_minutes, working_minutes
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import STAGE_NAMES
from services.hookup.domain.values.timesheet import running_gap
from services.hookup.domain.values.transitions import FINISHED, CaseState

GAP, BETWEEN = "空档", "环节之间的交接"


def why_late(case: Case, rules: Rules, now: datetime) -> str | None:
    """Return the sentence for a case that is overdue or was closed late; None for any other.

    Times are business hours; paused time is told apart, as it is not part of the delay.
    """
    if case.due is None or case.due.judged_at is None or not _is_late(case, now):
        return None
    until = case.finished_at or now
    calendar, policy = rules.calendar, rules.policy
    figures = figures_of(case, rules)
    over = figures.minutes_late
    if over is None:
        over = working_minutes(case.due.judged_at, until, calendar, policy.business_hours)
    beyond = _beyond_hand_over(case, figures, rules, until)
    parts = parts_of_delay(over, beyond, _on_the_clock(case, figures, rules, until))
    told = [f"{name}{_duration(minutes)}" for name, minutes in parts.items()]
    times = figures.times or net_times(case.submitted_at, until, case.spans, policy, calendar)
    if times.working > times.net_working:
        told.append(f"另有暂停{_duration(times.working - times.net_working)}，不计入时限")
    due_at = local(case.due.judged_at)
    text = f"应于{due_at:%m月%d日%H:%M}前办结，已超工作时间{_duration(over)}"
    return f"{text}：{'，'.join(told)}。" if told else f"{text}。"


def parts_of_delay(over: int, gap: int, spent: Mapping[str, int]) -> dict[str, int]:
    """Divide a delay into parts, in minutes, that add up to it exactly: the longest first, none of them empty.

    `gap` is the time of gaps beyond the allowed hand-over; the rest is divided in proportion to what was `spent`,
    whole minutes by the largest remainders.
    """
    parts = {GAP: min(over, gap)}
    rest, total = over - parts[GAP], sum(spent.values())
    if total:
        parts |= {name: rest * minutes // total for name, minutes in spent.items()}
        by_remainder = sorted(spent, key=lambda name: -(rest * spent[name] % total))
        for name in by_remainder[: over - sum(parts.values())]:
            parts[name] += 1
    else:
        parts[BETWEEN] = rest
    return dict(sorted(((n, m) for n, m in parts.items() if m), key=lambda part: -part[1]))


def _on_the_clock(case: Case, figures: CaseFigures, rules: Rules, until: datetime) -> dict[str, int]:
    """Return the business minutes of each stage since the acceptance, without paused time."""
    spent: dict[str, int] = {}
    for stage, minutes in zip(case.stages, figures.stage_minutes, strict=True):
        start = max(stage.start, case.accepted_at or stage.start)
        end = max(start, stage.end or until)
        times = net_times(start, end, case.spans, rules.policy, rules.calendar)
        paused = times.working - times.net_working
        # What a closed case was closed with stands, whatever becomes of the calendar.
        gross = times.working if minutes is None or start > stage.start else minutes
        name = STAGE_NAMES[stage.stage]
        spent[name] = spent.get(name, 0) + max(0, gross - paused)
    return spent


def _beyond_hand_over(case: Case, figures: CaseFigures, rules: Rules, until: datetime) -> int:
    """Return the business minutes of gaps beyond the working days that a hand-over may take."""
    between = list(figures.gaps)
    if case.state not in (*FINISHED, CaseState.TURNED_ON):
        running = running_gap(case.stages, case.spans, until, rules.calendar, rules.policy)
        between += [running] if running else []
    days = sum(gap.workdays - rules.policy.handover_workdays for gap in between if gap.is_gap)
    return days * day_minutes(rules.policy.business_hours)


def _is_late(case: Case, now: datetime) -> bool:
    return case.is_overdue(now) if case.on_time is None else case.on_time.judged is False


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return "".join((f"{hours}小时" if hours else "", f"{rest}分" if rest or not hours else ""))
