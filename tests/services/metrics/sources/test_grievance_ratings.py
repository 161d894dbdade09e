"""Figures of ratings: how many were invited and rated, satisfaction with and without what is under suspicion."""

from collections import Counter
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from libs.common.places import Supply
from services.grievances.domain.ratings.values import (
    AppealState,
    Ending,
    RatedService,
    RatingChannel,
    Signal,
)
from services.grievances.domain.values.codes import Level
from services.grievances.events.published import ratings
from services.metrics.events.handlers import subscription
from services.metrics.sources.grievance_ratings import GRIEVANCE_RATINGS, SERVICE_NAMES
from services.metrics.sources.grievances import GRIEVANCES
from tests.services.metrics.conftest import NOW, asked
from tests.services.metrics.lives import received
from tests.services.metrics.sources import test_grievances

GRADED = tuple(f"graded_{grade}" for grade in range(1, 6))
COUNTS = ("invited", "rated", "suspect", "trusted", "excluded", "satisfied", "well_satisfied", "bad")
MORE = ("trusted_satisfied", "called_on_time", "rectified_on_time", *GRADED)
LIVE = ("awaiting", "bad_open")
Event = ratings.RatingEvent


def story(random: Random, number: int) -> tuple[str, list[Event], Counter[str], str]:
    """Return one rating's id, its events, what of the figures it counts for, and its utility."""
    district = random.choice(("371502", "371503"))
    key, utility = str(UUID(int=9_000 + number, version=4)), f"W-{district}"
    state: dict[str, Any] = {
        "rating_id": key,
        "rated_service": random.choice(list(RatedService)),
        "thing_id": key,
        "thing_number": f"SQ-{district}-20221101-{number:04d}",
        "cycle": 1,
        "ending": Ending.DONE,
        "kind": "COMPLAINT",
        "utility": utility,
        "district": district,
        "supply": Supply.WATER,
        "served_at": NOW,
        "grade": None,
        "channel": None,
        "is_late": None,
        "is_bad": False,
        "is_suspect": False,
        "signals": [],
        "is_excluded": False,
        "policy_version": "2022-1",
        "occurred_at": NOW,
        "recorded_at": NOW,
    }
    events: list[Event] = [ratings.RatingInvited(**state, expires_at=NOW)]
    counts = Counter(invited=1)
    match random.choice(("open", "expired", "rated", "rated", "rated", "rated")):
        case "open":
            return key, events, counts + Counter(awaiting=1), utility
        case "expired":
            return key, [*events, ratings.RatingExpired(**state)], counts, utility
        case _:
            pass
    grade = random.randint(1, 5)
    state |= {"grade": grade, "channel": RatingChannel.APP, "is_late": False, "is_bad": grade < 3}
    events.append(ratings.RatingGiven(**state))
    if grade >= 3 and random.random() < 0.4:
        state |= {"is_suspect": True, "signals": [Signal.BURST]}
        events.append(ratings.RatingSuspected(**state, new_signals=[Signal.BURST]))
    called = rectified = None
    if state["is_bad"]:
        if random.random() < 0.7:
            called = random.random() < 0.5
            call = {"attempt": 1, "reached": True, "genuine": True, "ended": True}
            events.append(ratings.BadRatingCalledBack(**state, **call, on_time=called))
        if random.random() < 0.5:
            rectified = random.random() < 0.5
            events.append(ratings.BadRatingRectified(**state, on_time=rectified))
        if random.random() < 0.3:
            state["is_excluded"] = True
            decided = {"level": Level.CITY, "granted": True, "appeal_state": AppealState.GRANTED}
            events.append(ratings.AppealDecided(**state, **decided, on_time=True))
    if state["is_excluded"]:
        return key, events, counts + Counter(excluded=1), utility
    is_bad, is_trusted = state["is_bad"], not state["is_suspect"]
    counts += Counter(
        {
            "rated": 1,
            f"graded_{grade}": 1,
            "suspect": int(not is_trusted),
            "trusted": int(is_trusted),
            "satisfied": int(grade >= 3),
            "well_satisfied": int(grade >= 4),
            "trusted_satisfied": int(grade >= 3 and is_trusted),
            "bad": int(is_bad),
            "called_on_time": int(bool(is_bad and called)),
            "rectified_on_time": int(bool(is_bad and rectified)),
            "bad_open": int(is_bad and rectified is None),
        }
    )
    return key, events, counts, utility


def told(random: Random, count: int = 120) -> tuple[list[Received], dict[str, Counter[str]]]:
    """Events of some ratings as they come from the bus, and what they count by utility."""
    messages: list[Received] = []
    figures: dict[str, Counter[str]] = {}
    for number in range(count):
        key, events, counts, utility = story(random, number)
        figures[utility] = figures.get(utility, Counter()) + counts
        messages += [received(event, key, seq, len(messages) + seq) for seq, event in enumerate(events, 1)]
    return messages, figures


def history(random: Random) -> list[Received]:
    """Events of some ratings as they come from the bus."""
    return told(random)[0]


async def test_every_figure_equals_the_plain_count(database: Database, clock: ManualClock) -> None:
    messages, figures = told(Random(4))
    await Inbox(database, clock, subscription(GRIEVANCE_RATINGS)).apply(messages)
    codes = [*COUNTS, *MORE, *LIVE]
    groups = await asked(database, codes, ["utility"], source=GRIEVANCE_RATINGS)
    found = {by[0]: {code: n for code, n in tally.counts.items() if n} for by, tally in groups.items()}
    assert found == {
        by: {code: counts[code] for code in codes if counts[code]} for by, counts in figures.items()
    }
    whole = sum(figures.values(), Counter[str]())
    assert min(whole[code] for code in codes) > 0
    for code in ("satisfied", "trusted_satisfied", "coverage", "called_on_time", "rectified_on_time"):
        rate = GRIEVANCE_RATINGS.rate(f"ratings.{code}")
        (tally,) = (await asked(database, [rate.code], source=GRIEVANCE_RATINGS)).values()
        assert Fraction(tally.counts[rate.part], tally.counts[rate.of[0]]) == Fraction(
            whole[rate.part], whole[rate.of[0]]
        )


async def test_ratings_and_grievances_are_told_apart_on_the_one_topic(
    database: Database, clock: ManualClock
) -> None:
    assert GRIEVANCE_RATINGS.topic == GRIEVANCES.topic
    of_ratings, of_grievances = history(Random(1)), test_grievances.history(Random(1))
    for source in (GRIEVANCE_RATINGS, GRIEVANCES):
        inbox = Inbox(database, clock, subscription(source))
        await inbox.apply(of_ratings)
        await inbox.apply(of_grievances)
    (invited,) = (await asked(database, ["invited"], source=GRIEVANCE_RATINGS)).values()
    assert invited.counts["invited"] == 120
    (received_ones,) = (await asked(database, ["received"], source=GRIEVANCES)).values()
    assert received_ones.counts["received"] == 80


def test_the_names_are_those_of_the_contract() -> None:
    assert {str(service) for service in RatedService} == SERVICE_NAMES.keys()
