"""Results of external surveys on a laptop: each quarter of the last year, of the city and of two districts."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from libs.common.aggregate import Actor
from libs.common.clock import local
from libs.development.identity import identity
from services.grievances.domain.surveys import Survey, SurveyResult

_QUARTER = timedelta(days=91)
# By district, None of the whole city: how many of 400 are satisfied.
_SATISFIED = {None: (391, 394, 397, 398), "371502": (392, 396, 398, 399), "371525": (377, 380, 381, 385)}


def surveys(now: datetime) -> Iterator[tuple[Survey, datetime]]:
    """Yield the results until now, not numbered yet, with when each was entered."""
    number = 0
    for district, quarters in _SATISFIED.items():
        for before, satisfied in enumerate(reversed(quarters)):
            at, number = now - before * _QUARTER, number + 1
            last_day = local(at).date() - timedelta(days=7)
            result = SurveyResult(
                "省统计局社情民意调查中心",
                last_day - _QUARTER,
                last_day,
                400,
                f"CP-{last_day:%Y%m%d}",
                satisfied,
                district=district,
            )
            item = Survey(identity(f"seed/survey/{number}"), "")
            item.actor = Actor(at, "m-city", unit="city")
            item.enter(result, at)
            yield item, at
