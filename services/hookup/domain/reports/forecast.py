"""The chance that an open case meets its due time, from the durations of similar closed cases (HK-01, HK-02).

No model, but the share of a sample. An open case is at the stage that it began last and has spent some time there.
The sample are the closed cases of its cohort that spent at least as long at that stage; counted are those whose
remaining time would fit before this due time: clock minutes until the meter was live, then the user's time to
confirm, day and night. The cohort is the same utility, service and class; with fewer than `ENOUGH` cases it is the
district's, then the city's cases of the service and class.

Clock minutes are business minutes of working days, without the days that pauses exclude from the limit.
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

# A narrower cohort with ENOUGH cases is preferred to a wider one; below FEWEST there is no forecast.
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
    """The position of an open case: its last stage, and the clock minutes `spent` since its start, or since its end.

    `at` is the instant from which the remaining time counts: now, or when a pause stopped the clock.
    """

    stage: Stage
    running: bool
    spent: int
    at: datetime
    due_at: datetime
    paused: frozenset[date]


@dataclass(frozen=True, slots=True)
class Chance:
    """Of `sample` similar cases that were at this position as long, `in_time` needed no more than the time left."""

    in_time: int
    sample: int

    @property
    def exact(self) -> Fraction:
        """The chance by Laplace's rule of succession: neither certain nor hopeless on any number of cases."""
        return Fraction(self.in_time + 1, self.sample + 2)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of a case: a chance and the level of its sample, or the reason why there is none.

    A case whose due time has passed has the chance 0 without any sample: then `level` is None.
    """

    chance: Fraction | None
    sample: int = 0
    level: Level | None = None
    why_not: NoForecast | None = None


def why_not(case: Case) -> NoForecast | None:
    """Return why a case can have no forecast, None if it can.

    Until the contract ends, a heat case has only a planning value and its date is still to be agreed (O4, O5); a case
    of unknown length has no known limit.
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
    """Forecast a case at `now`; `past` are the closed cases of its cohorts, by level."""
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
    """Return the position of an open case at `now`."""
    last = sorted(stages, key=lambda stage: stage.start)[-1]
    # A pause stops the clock at midnight; there are no business minutes between it and the close before.
    at = min([now, *(span.stands_from for span in spans if span.end is None)])
    paused = excluded_dates(spans, None, rules.policy, rules.calendar)
    spent = clock_minutes(last.end or last.start, at, paused, rules)
    return Position(last.stage, last.end is None, max(0, spent), at, due_at, paused)


def chance(case: Position, tracks: Iterable[Trajectory], rules: Rules) -> Chance:
    """Count the past cases whose remaining time and confirmation would have met the open case's due time."""
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
