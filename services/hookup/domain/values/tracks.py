"""Trajectories of closed cases: the clock minutes of their stages, for comparison with open cases (HK-01, HK-02).

Clock minutes are business minutes of working days, without the days that pauses exclude from the limit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from libs.common.clock import local, midnight
from services.hookup.domain.values.durations import elapsed_minutes, working_minutes
from services.hookup.domain.values.pauses import PauseSpan, excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval, Stage

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of a past case: the clock minutes that it took, and those from its end until the meter was live."""

    lasted: int
    after: int


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A past case; `confirming` are the elapsed minutes from the live meter to the end."""

    steps: Mapping[Stage, Step]
    confirming: int


def track(
    stages: Iterable[Interval],
    spans: Sequence[PauseSpan],
    live_at: datetime,
    finished_at: datetime,
    rules: Rules,
) -> Trajectory:
    """Return the trajectory of a closed case."""
    paused = excluded_dates(spans, None, rules.policy, rules.calendar)
    ended = [(stage.stage, stage.start, stage.end) for stage in stages if stage.end is not None]
    instants = {live_at, *(start for _, start, _ in ended), *(end for _, _, end in ended)}
    first = min(instants)
    # Each instant once: a forecast reads hundreds of cases.
    clock = {instant: clock_minutes(first, instant, paused, rules) for instant in instants}
    steps = {
        stage: Step(clock[min(end, live_at)] - clock[start], max(0, clock[live_at] - clock[end]))
        for stage, start, end in ended
    }
    return Trajectory(steps, elapsed_minutes(live_at, finished_at))


def clock_minutes(start: datetime, end: datetime, paused: frozenset[date], rules: Rules) -> int:
    """Return the working minutes from one instant to another that do not lie on a paused day."""
    hours = rules.policy.business_hours
    minutes = working_minutes(start, end, rules.calendar, hours)
    if not paused:
        return minutes
    first, last = local(start).date(), local(end).date()
    for day in paused:
        if first <= day <= last and rules.calendar.is_workday(day):
            begins = midnight(day)
            minutes -= working_minutes(max(start, begins), min(end, begins + _DAY), rules.calendar, hours)
    return minutes
