"""Figures of requests on accounts: what is open and overdue, and how those that ended did."""

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
from services.metrics.events.handlers import subscription
from services.metrics.sources.registry import REGISTRY
from services.metrics.sources.registry_bindings import REGISTRY_BINDINGS
from services.metrics.sources.registry_requests import KIND_NAMES, REGISTRY_REQUESTS
from services.registry.domain.requests.values import (
    KIND_NAMES as PROMISED_NAMES,
)
from services.registry.domain.requests.values import (
    Deadline,
    EntryMark,
    RefusalReason,
    RequestChannel,
    RequestKind,
)
from services.registry.events import requests
from tests.services.metrics.conftest import NOW, asked
from tests.services.metrics.lives import received
from tests.services.metrics.sources import test_registry

COUNTS = ("submitted", "ended", "done", "refused", "withdrawn", "due", "done_on_time")


def story(random: Random, number: int) -> tuple[str, list[requests.RequestEvent], Counter[str]]:
    """One request's id, its events, and what of the figures it counts for at NOW."""
    district = random.choice(("371502", "371503"))
    key, kind = str(UUID(int=1_000 + number, version=4)), random.choice(list(RequestKind))
    common: dict[str, Any] = {
        "request_id": key,
        "request_number": f"YW-W-{district}-20221101-{number:04d}",
        "request_kind": kind,
        "account_id": UUID(int=7, version=4),
        "customer_id": UUID(int=8, version=4),
        "receiver_id": None,
        "district": district,
        "utility": f"W-{district}",
        "supply": Supply.WATER,
        "channel": RequestChannel.COUNTER,
        "occurred_at": NOW,
        "recorded_at": NOW,
    }
    nothing: dict[str, Any] = {"missing_agreements": [], "missing_materials": [], "proposed": []}
    events: list[requests.RequestEvent] = [requests.RequestSubmitted(**common, **nothing)]
    counts = Counter({"submitted": 1, "open": 1})
    if random.random() < 0.2:
        return key, events, counts
    due = NOW + random.choice((-1, 1)) * timedelta(hours=1)
    events.append(requests.RequestReceived(**common, accept_by=NOW, due_at=due, policy_version="2022-1"))
    if random.random() < 0.3:
        # The calendar moves the request's own time; that of an urge is not meant.
        before, due = due, NOW + random.choice((-2, 2)) * timedelta(hours=1)
        moved = [
            requests.RequestDeadline(kind=Deadline.URGE, ref="u-1", at=NOW, before=NOW),
            requests.RequestDeadline(kind=Deadline.DONE, ref=None, at=due, before=before),
        ]
        events.append(requests.RequestDeadlinesMoved(**common, calendar_version=2, deadlines=moved))
    events.append(requests.RequestAccepted(**common))
    late = due < NOW
    if late:
        events.append(requests.RequestOverdue(**common, due_at=due))
    match random.choice(("open", "done", "refused", "withdrawn")):
        case "open":
            return key, events, counts | Counter({"overdue": int(late), "due": int(late)})
        case "done":
            on_time = not late
            events.append(
                requests.RequestDone(**common, entry=EntryMark.IN_TIME, on_time=on_time, overdue=late)
            )
            return key, events, Counter(submitted=1, ended=1, done=1, due=1, done_on_time=int(on_time))
        case "refused":
            refused = requests.RequestRefused(**common, reason=RefusalReason.ARREARS, overdue=late)
            return key, [*events, refused], Counter(submitted=1, ended=1, refused=1, due=int(late))
        case _:
            withdrawn = requests.RequestWithdrawn(**common, overdue=late)
            return key, [*events, withdrawn], Counter(submitted=1, ended=1, withdrawn=1, due=int(late))


def told(random: Random, count: int = 60) -> tuple[list[Received], dict[tuple[str, str], Counter[str]]]:
    """Events of some requests as they come from the bus, and what they count by utility and kind."""
    messages: list[Received] = []
    figures: dict[tuple[str, str], Counter[str]] = {}
    for number in range(count):
        key, events, counts = story(random, number)
        cell = (events[0].utility, str(events[0].request_kind))
        figures[cell] = figures.get(cell, Counter()) + counts
        messages += [received(event, key, seq, len(messages) + seq) for seq, event in enumerate(events, 1)]
    return messages, figures


def history(random: Random) -> list[Received]:
    """Events of some requests as they come from the bus."""
    return told(random)[0]


async def test_every_figure_equals_the_plain_count(database: Database, clock: ManualClock) -> None:
    messages, figures = told(Random(3))
    await Inbox(database, clock, subscription(REGISTRY_REQUESTS)).apply(messages)
    codes = [*COUNTS, "open", "overdue"]
    groups = await asked(database, codes, ["utility", "kind"], source=REGISTRY_REQUESTS)
    found = {by: {code: n for code, n in tally.counts.items() if n} for by, tally in groups.items()}
    assert {by: counts for by, counts in found.items() if counts} == {
        by: dict(+counts) for by, counts in figures.items()
    }
    whole = sum(figures.values(), Counter[str]())
    assert min(whole[code] for code in codes) > 0
    rate = REGISTRY_REQUESTS.rate("requests.on_time")
    (tally,) = (await asked(database, [rate.code], source=REGISTRY_REQUESTS)).values()
    assert Fraction(tally.counts[rate.part], tally.counts[rate.of[0]]) == Fraction(
        whole["done_on_time"], whole["due"]
    )
    assert whole["due"] > whole["done"]


async def test_accounts_and_requests_are_told_apart_on_the_one_topic(
    database: Database, clock: ManualClock
) -> None:
    assert REGISTRY_REQUESTS.topic == REGISTRY.topic
    accounts, of_requests = test_registry.history(Random(1)), history(Random(1))
    for source in (REGISTRY, REGISTRY_REQUESTS, REGISTRY_BINDINGS):
        inbox = Inbox(database, clock, subscription(source))
        await inbox.apply(accounts)
        await inbox.apply(of_requests)
    (open_ones,) = (await asked(database, ["open", "submitted"], source=REGISTRY_REQUESTS)).values()
    assert open_ones.counts["submitted"] == 60
    (ledger,) = (await asked(database, ["accounts"], source=REGISTRY)).values()
    assert 0 < ledger.counts["accounts"] <= 40
    (bindings,) = (await asked(database, ["bound"], source=REGISTRY_BINDINGS)).values()
    assert not bindings.counts


def test_the_names_are_those_of_the_registrys_contract() -> None:
    assert {str(kind): name for kind, name in PROMISED_NAMES.items()} == KIND_NAMES
