"""Figures of rounds: asked, reached and graded and nothing else on the topic counts."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from libs.common.places import Supply
from services.grievances.domain.rounds import values
from services.grievances.events.published import rounds
from services.metrics.events.handlers import subscription
from services.metrics.sources.grievance_rounds import CATEGORY_NAMES, GRIEVANCE_ROUNDS, PURPOSE_NAMES
from tests.services.metrics.conftest import NOW, asked
from tests.services.metrics.lives import received
from tests.services.metrics.sources import test_grievances

COUNTS = (
    *("waiting", "drawn", "asked", "reached", "refused", "unreachable"),
    *("graded", "satisfied", "well_satisfied"),
)
STATES = values.InterviewState


def told(random: Random, count: int = 120) -> tuple[list[Received], dict[tuple[str], Counter[str]]]:
    """Events of some visits and calls as they come from the bus, and what they count by utility."""
    messages: list[Received] = []
    figures: dict[tuple[str], Counter[str]] = {}
    for number in range(count):
        district, key = random.choice(("371502", "371503")), str(UUID(int=number + 1, version=4))
        at = NOW - timedelta(days=random.randrange(60))
        common: dict[str, Any] = {
            "interview_id": key,
            "round_id": UUID(int=7),
            "round_number": "HF-371500-20221101-0001",
            "purpose": random.choice(list(values.RoundPurpose)),
            "district": district,
            "utility": f"W-{district}",
            "supply": Supply.WATER,
            "category": random.choice(list(values.CustomerCategory)),
            "occurred_at": at,
            "recorded_at": at,
        }
        counts = figures.setdefault((common["utility"],), Counter())
        events: list[Any] = [
            rounds.InterviewDrawn(**common),
            rounds.InterviewAttempted(**common, attempt=1, result=values.InterviewResult.NOT_REACHED),
        ]
        counts["drawn"] += 1
        state = random.choice(list(STATES))
        if state is STATES.OPEN:
            counts["waiting"] += 1
        else:
            grade = random.choice((None, 1, 2, 3, 4, 5)) if state is STATES.REACHED else None
            events.append(rounds.InterviewEnded(**common, outcome=state, grade=grade, attempts=2))
            # What follows the end changes nothing.
            events.append(rounds.InterviewFound(**common, grievance_id=UUID(int=9)))
            counts["asked"] += 1
            counts[str(state).lower()] += 1
            counts["graded"] += grade is not None
            counts["satisfied"] += (grade or 0) >= 3
            counts["well_satisfied"] += (grade or 0) >= 4
        messages += [received(event, key, seq, len(messages) + seq) for seq, event in enumerate(events, 1)]
    return messages, figures


def history(random: Random) -> list[Received]:
    """Events of some visits and calls as they come from the bus."""
    return told(random)[0]


async def test_every_figure_equals_the_plain_count(database: Database, clock: ManualClock) -> None:
    messages, figures = told(Random(5))
    inbox = Inbox(database, clock, subscription(GRIEVANCE_ROUNDS))
    await inbox.apply(messages)
    # Those of grievances on the same topic count nowhere here.
    await inbox.apply(test_grievances.history(Random(1)))
    groups = await asked(database, COUNTS, ["utility"], source=GRIEVANCE_ROUNDS)
    found = {by: {code: tally.counts[code] for code in COUNTS} for by, tally in groups.items()}
    assert found == {by: {code: counts[code] for code in COUNTS} for by, counts in figures.items()}
    assert min(sum(figures.values(), Counter[str]()).values()) > 0
    whole = sum(figures.values(), Counter[str]())
    (tally,) = (await asked(database, COUNTS, [], source=GRIEVANCE_ROUNDS)).values()
    share = Fraction(tally.counts["satisfied"], tally.counts["graded"])
    assert share == Fraction(whole["satisfied"], whole["graded"])


def test_names_are_those_of_the_contract() -> None:
    assert {str(code): name for code, name in values.PURPOSE_NAMES.items()} == PURPOSE_NAMES
    assert {str(code): name for code, name in values.CUSTOMER_CATEGORY_NAMES.items()} == CATEGORY_NAMES
