"""Figures of bindings: made, failed and ended each count by what happened, and those that stand now."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from libs.common.places import Supply
from services.metrics.events.handlers import subscription
from services.metrics.sources.registry_bindings import REGISTRY_BINDINGS
from services.registry.domain.bindings import BindingEnd, BindingProof
from services.registry.domain.requests.values import RequestChannel
from services.registry.events.standing import AccountBound, AccountUnbound, BindingRefused
from tests.services.metrics.conftest import NOW, asked
from tests.services.metrics.lives import received
from tests.services.metrics.sources import test_registry

CODES = ("made", "failed", "ended", "bound")


def told(random: Random, count: int = 60) -> tuple[list[Received], dict[tuple[str], Counter[str]]]:
    """Events of some bindings and failed proofs as they come from the bus, and what they count by utility."""
    messages: list[Received] = []
    figures: dict[tuple[str], Counter[str]] = {}
    for number in range(count):
        district, key = random.choice(("371502", "371503")), str(UUID(int=number + 1, version=4))
        place: dict[str, Any] = {"district": district, "utility": f"W-{district}", "supply": Supply.WATER}
        at = NOW - timedelta(days=random.randrange(60))
        common = {**place, "occurred_at": at, "recorded_at": at}
        bound = {
            "binding_id": key,
            "account_id": UUID(int=7),
            "customer_id": UUID(int=8),
            "holder_id": UUID(int=9),
        }
        counts = figures.setdefault((place["utility"],), Counter())
        events: list[Any]
        match random.choice(("failed", "bound", "ended")):
            case "failed":
                events = [BindingRefused(attempt_id=UUID(key), **common)]
                counts["failed"] += 1
            case how:
                proof = {"proof": BindingProof.HOLDER, "channel": RequestChannel.WECHAT}
                events = [AccountBound(**bound, **common, **proof)]
                counts["made"] += 1
                counts["bound" if how == "bound" else "ended"] += 1
                if how == "ended":
                    events.append(AccountUnbound(**bound, **common, reason=random.choice(list(BindingEnd))))
        messages += [received(event, key, seq, len(messages) + seq) for seq, event in enumerate(events, 1)]
    return messages, figures


def history(random: Random) -> list[Received]:
    """Events of some bindings as they come from the bus."""
    return told(random)[0]


async def test_every_figure_equals_the_plain_count(database: Database, clock: ManualClock) -> None:
    messages, figures = told(Random(5))
    inbox = Inbox(database, clock, subscription(REGISTRY_BINDINGS))
    await inbox.apply(messages)
    # Those of accounts on the same topic count nowhere here.
    await inbox.apply(test_registry.history(Random(1)))
    groups = await asked(database, CODES, ["utility"], source=REGISTRY_BINDINGS)
    found = {by: {code: tally.counts[code] for code in CODES} for by, tally in groups.items()}
    assert found == {by: {code: counts[code] for code in CODES} for by, counts in figures.items()}
    assert min(sum(figures.values(), Counter[str]()).values()) > 0
