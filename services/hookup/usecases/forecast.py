"""Forecast open cases from the closed cases of their cohorts."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from libs.common.clock import local
from libs.common.places import load_places
from services.hookup.domain.case import Case
from services.hookup.domain.reports.forecast import Forecast, Level, forecast, why_not
from services.hookup.domain.values.tracks import Trajectory
from services.hookup.storage.past_cases import Cohort, PastCases
from services.hookup.storage.rulebook import RuleBook


async def forecasts(
    cases: Sequence[Case], past: PastCases, rulebook: RuleBook, now: datetime
) -> list[Forecast]:
    """Return the forecast of each case at `now`; the trajectories of each cohort are read once."""
    cohorts_of_cases = [_cohorts(case) if why_not(case) is None else {} for case in cases]
    rules, tracks = rulebook.at(local(now).date()), dict[Cohort, Sequence[Trajectory]]()
    for cohort in dict.fromkeys(cohort for cohorts in cohorts_of_cases for cohort in cohorts.values()):
        tracks[cohort] = await past.tracks(cohort, rules)

    def compute() -> list[Forecast]:
        return [
            forecast(
                case, {level: tracks[cohort] for level, cohort in cohorts.items()}, now, rulebook.of(case)
            )
            for case, cohorts in zip(cases, cohorts_of_cases, strict=True)
        ]

    return await asyncio.to_thread(compute)


def _cohorts(case: Case) -> dict[Level, Cohort]:
    cohorts = {
        Level.UTILITY: Cohort(Level.UTILITY, case.utility, case.supply, case.length_class),
        Level.DISTRICT: Cohort(Level.DISTRICT, case.district, case.supply, case.length_class),
        Level.CITY: Cohort(Level.CITY, "", case.supply, case.length_class),
    }
    if len(load_places().utilities(case.supply, case.district)) == 1:
        # A district with one utility has the same cases as it.
        del cohorts[Level.DISTRICT]
    return cohorts
