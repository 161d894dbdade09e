"""The chance that an open case meets its date, from how long closed cases of its like took (HK-01, HK-02).

No model: a share of past cases. An open case stands at the stage that it began last, and has stood there for some
time. Of the past cases that stood there as long, it is counted how many would meet this date: they need what was
left to do until their meter was live, in minutes of the clock, and then their user's time to confirm, by day and
night. Like means the same utility, service and class; where fewer than `ENOUGH` are known, the district's, then the
city's cases of the service and class are taken instead.

Minutes of the clock are business minutes of working days, without the days that pauses take out of the limit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Basis
from services.hookup.domain.values.pauses import PauseSpan, excluded_dates
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.tracks import Trajectory, clock_minutes
from services.hookup.domain.values.transitions import FINISHED, CaseState

# From so many cases on a narrower like is preferred to a wider one; below the fewest nothing is said.
ENOUGH = 30
FEWEST = 5


class Level(StrEnum):
    """Whose past cases of the same service and class are compared, the narrowest first."""

    UTILITY = "UTILITY"
    DISTRICT = "DISTRICT"
    CITY = "CITY"


class NoForecast(StrEnum):
    """Why nothing is said of a case."""

    FINISHED = "FINISHED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    AWAITS_CONFIRMATION = "AWAITS_CONFIRMATION"
    NO_DATE = "NO_DATE"
    LENGTH_UNKNOWN = "LENGTH_UNKNOWN"
    TOO_FEW = "TOO_FEW"


@dataclass(frozen=True, slots=True)
class Position:
    """Where an open case stands: at its last stage, `spent` clock minutes after its start, or its end if it ended.

    `at` is the instant from which on time is left: now, or the close of the day on which a pause stopped the clock.
    """

    stage: Stage
    running: bool
    spent: int
    at: datetime
    due_at: datetime
    paused: frozenset[date]


@dataclass(frozen=True, slots=True)
class Chance:
    """Of `sample` like cases that were at the same point as long, `kept` needed no more than what is left."""

    in_time: int
    sample: int

    @property
    def exact(self) -> Fraction:
        """The chance by Laplace's rule of succession: neither certain nor hopeless on any number of cases."""
        return Fraction(self.in_time + 1, self.sample + 2)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is said of a case: a chance and whose cases it rests on, or why there is none.

    A case whose date has passed has no chance, and needs nobody's cases to know that: `level` is None then too.
    """

    chance: Fraction | None
    sample: int = 0
    level: Level | None = None
    why_not: NoForecast | None = None


def why_not(case: Case) -> NoForecast | None:
    """Return why a case can have no forecast, None if it can.

    Before the contract ends, the planning value of heat gives way to a date that is still to be agreed (O4, O5);
    while the length is not known, neither is the limit.
    """
    if case.state in FINISHED:
        return NoForecast.FINISHED
    if case.state is CaseState.TURNED_ON:
        return NoForecast.AWAITS_CONFIRMATION
    if case.due is None:
        return NoForecast.NOT_ACCEPTED
    contract = case.stage(Stage.CONTRACT)
    may_be_agreed = case.due.basis is Basis.PLANNED and (contract is None or contract.end is None)
    if case.due.judged_at is None or may_be_agreed:
        return NoForecast.NO_DATE
    return NoForecast.LENGTH_UNKNOWN if case.length_class is LengthClass.UNKNOWN else None


def forecast(case: Case, past: Mapping[Level, Sequence[Trajectory]], now: datetime, rules: Rules) -> Forecast:
    """Say what the chance of a case is at `now`, from the past cases of its like, by level."""
    missing = why_not(case)
    if missing is not None or case.due is None or case.due.judged_at is None:
        return Forecast(None, why_not=missing)
    stands = standing(case.stages, case.spans, case.due.judged_at, now, rules)
    if stands.due_at < stands.at:
        return Forecast(Fraction(0))
    for level in Level:
        estimate = chance(stands, past.get(level, ()), rules)
        if estimate.sample >= ENOUGH or (level is Level.CITY and estimate.sample >= FEWEST):
            return Forecast(estimate.exact, estimate.sample, level)
    return Forecast(None, estimate.sample, why_not=NoForecast.TOO_FEW)


def standing(
    stages: Sequence[Interval], spans: Sequence[PauseSpan], due_at: datetime, now: datetime, rules: Rules
) -> Position:
    """Return where an open case stands at `now`."""
    last = sorted(stages, key=lambda stage: stage.start)[-1]
    # The clock stands still from a midnight on; no office minute lies between it and the close before.
    at = min([now, *(span.stands_from for span in spans if span.end is None)])
    paused = excluded_dates(spans, None, rules.policy, rules.calendar)
    spent = clock_minutes(last.end or last.start, at, paused, rules)
    return Position(last.stage, last.end is None, max(0, spent), at, due_at, paused)


def chance(case: Position, tracks: Iterable[Trajectory], rules: Rules) -> Chance:
    """Compare an open case with past ones: what is left to do then, and the user's confirmation after it."""
    in_time = sample = 0
    for track in tracks:
        step = track.steps.get(case.stage)
        if step is None or (step.lasted if case.running else step.after) <= case.spent:
            continue
        needed = step.after + (step.lasted if case.running else 0) - case.spent
        live_by = case.due_at - timedelta(minutes=track.confirming)
        sample += 1
        in_time += needed <= clock_minutes(case.at, live_by, case.paused, rules)
    return Chance(in_time, sample)
