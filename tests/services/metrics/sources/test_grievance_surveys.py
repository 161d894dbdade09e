"""Figures of external surveys: by the result that stands, apart from what we ask ourselves."""

from collections import Counter
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from libs.common.places import Supply
from services.grievances.domain.surveys import FULL_SCORE
from services.grievances.events.published.surveys import SurveyCorrected, SurveyEntered
from services.metrics.events.handlers import subscription
from services.metrics.sources import grievance_surveys
from services.metrics.sources.grievance_ratings import GRIEVANCE_RATINGS
from services.metrics.sources.grievance_surveys import GRIEVANCE_SURVEYS, WHOLE
from tests.services.metrics.conftest import NOW, asked
from tests.services.metrics.lives import received
from tests.services.metrics.sources import test_grievance_ratings

COUNTS = ("surveys", "sample", "counted", "satisfied", "points", "full_points")


def told(random: Random, count: int = 40) -> tuple[list[Received], dict[tuple[str, ...], Counter[str]]]:
    """Events of some results, corrected or not, and what they count by district and month."""
    messages: list[Received] = []
    figures: dict[tuple[str, ...], Counter[str]] = {}
    for number in range(count):
        key, kinds = str(UUID(int=7_000 + number, version=4)), [SurveyEntered, SurveyCorrected]
        for seq, kind in enumerate(kinds[: random.randint(1, 2)], 1):
            district = random.choice((None, "371502", "371503"))
            sample, last_day = random.randint(1, 500), date(2022, random.randint(1, 6), 28)
            satisfied = random.choice((None, random.randint(0, sample)))
            score = random.randint(0, FULL_SCORE) if satisfied is None else None
            event = kind(
                survey_id=UUID(key),
                survey_number=f"CP-371500-20221101-{number:04d}",
                result_version=seq,
                first_day=last_day,
                last_day=last_day,
                district=district,
                utility=None,
                supply=Supply.WATER,
                sample=sample,
                satisfied=satisfied,
                score=score,
                occurred_at=NOW,
                recorded_at=NOW,
            )
            messages.append(received(event, key, seq, len(messages) + 1))
        counts: dict[str, Any] = {"surveys": 1, "sample": sample}
        if satisfied is not None:
            counts |= {"counted": sample, "satisfied": satisfied}
        if score is not None:
            counts |= {"points": score, "full_points": FULL_SCORE}
        cell = (district or WHOLE, f"{last_day:%Y-%m}")
        figures[cell] = figures.get(cell, Counter()) + Counter(counts)
    return messages, figures


def history(random: Random) -> list[Received]:
    """Events of some results as they come from the bus."""
    return told(random)[0]


async def test_the_result_that_stands_counts_where_it_names(database: Database, clock: ManualClock) -> None:
    messages, figures = told(Random(3))
    inbox = Inbox(database, clock, subscription(GRIEVANCE_SURVEYS))
    await inbox.apply(messages)
    await inbox.apply(test_grievance_ratings.history(Random(1)))
    groups = await asked(database, COUNTS, ["district", "month"], source=GRIEVANCE_SURVEYS)
    found = {by: {code: tally.counts.get(code, 0) for code in COUNTS} for by, tally in groups.items()}
    assert {by: counts for by, counts in found.items() if counts["surveys"]} == {
        by: {code: counts[code] for code in COUNTS} for by, counts in figures.items()
    }
    whole = sum(figures.values(), Counter[str]())
    assert min(whole[code] for code in COUNTS) > 0
    for code in ("surveys.satisfied", "surveys.score"):
        rate = GRIEVANCE_SURVEYS.rate(code)
        (tally,) = (await asked(database, [code], source=GRIEVANCE_SURVEYS)).values()
        exact = Fraction(whole[rate.part], whole[rate.of[0]])
        assert Fraction(tally.counts[rate.part], tally.counts[rate.of[0]]) == exact


async def test_our_own_satisfaction_has_nothing_of_them(database: Database, clock: ManualClock) -> None:
    inbox = Inbox(database, clock, subscription(GRIEVANCE_RATINGS))
    await inbox.apply(told(Random(3))[0])
    (tally,) = (await asked(database, ["invited", "rated", "satisfied"], source=GRIEVANCE_RATINGS)).values()
    assert not tally.counts
    assert grievance_surveys.FULL_SCORE == FULL_SCORE
    assert GRIEVANCE_SURVEYS.beside == GRIEVANCE_RATINGS.code
