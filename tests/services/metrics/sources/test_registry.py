"""Figures of accounts: the live ledger follows every event, to the last account."""

from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from libs.common.places import Supply
from services.metrics.events.handlers import subscription
from services.metrics.sources.registry import CATEGORY_NAMES, REGISTRY
from services.registry.domain.accounts import AccountState, Origin
from services.registry.domain.categories import Category, PriceClass
from services.registry.domain.changes import ChangeReason
from services.registry.domain.particulars import CustomerKind
from services.registry.events.published import (
    AccountChanged,
    AccountClosed,
    AccountOpened,
    AccountsImported,
    AccountSuspended,
    CustomerOpened,
)
from tests.services.metrics.conftest import NOW, asked
from tests.services.metrics.lives import received


def told(random: Random, count: int = 40) -> tuple[list[Received], Counter[tuple[str, str]]]:
    """Events of some accounts as they come from the bus, and how many live ones there are by category and state."""
    messages: list[Received] = []
    ledger: Counter[tuple[str, str]] = Counter()
    for number in range(count):
        key = str(UUID(int=number, version=4))
        district = random.choice(("371502", "371503"))
        values: dict[str, Any] = {
            "account_id": key,
            "customer_id": UUID(int=9_999, version=4),
            "district": district,
            "utility": f"W-{district}",
            "supply": Supply.WATER,
            "price_class": PriceClass.RESIDENT,
            "small_or_micro": random.choice((None, True, False)),
            "occurred_at": NOW,
            "recorded_at": NOW,
            "market_subject": False,
        }
        category = random.choice(list(Category))
        events: list[Any] = [
            AccountOpened(
                **values,
                category=Category.OTH,
                state=AccountState.ACTIVE,
                complete=False,
                origin=Origin.CLERK,
                hookup_number=None,
                use="OTHER",
                subject="91",
                site_division=None,
                category_version="1",
            ),
            AccountChanged(
                **values,
                category=category,
                state=AccountState.ACTIVE,
                complete=True,
                reason=ChangeReason.CORRECTION,
                changes=[],
            ),
        ]
        state = random.choice(list(AccountState))
        if state is not AccountState.ACTIVE:
            kind = AccountClosed if state is AccountState.CLOSED else AccountSuspended
            events.append(
                kind(
                    **values, category=category, state=state, complete=True, request_id=UUID(int=7, version=4)
                )
            )
        if state is not AccountState.CLOSED:
            ledger[category, state] += 1
        messages += [received(event, key, seq, len(messages) + seq) for seq, event in enumerate(events, 1)]
    return messages, ledger


def history(random: Random) -> list[Received]:
    """Events of some accounts as they come from the bus."""
    return told(random)[0]


async def test_the_live_ledger_has_every_account_that_is_not_closed(
    database: Database, clock: ManualClock
) -> None:
    messages, ledger = told(Random(1))
    await Inbox(database, clock, subscription(REGISTRY)).apply(messages)
    groups = await asked(database, ["accounts", "suspended_now", "complete"], ["category"], source=REGISTRY)
    counted = {by[0]: tally.counts["accounts"] for by, tally in groups.items()}
    expected: Counter[str] = Counter()
    for (category, _), number in ledger.items():
        expected[category] += number
    assert counted == dict(expected)
    assert sum(tally.counts["complete"] for tally in groups.values()) == sum(ledger.values())
    suspended = sum(number for (_, state), number in ledger.items() if state == AccountState.SUSPENDED)
    assert sum(tally.counts["suspended_now"] for tally in groups.values()) == suspended


async def test_events_of_customers_are_passed_over(database: Database, clock: ManualClock) -> None:
    opened = CustomerOpened(
        customer_id=UUID(int=1, version=4),
        kind=CustomerKind.PERSON,
        occurred_at=NOW,
        recorded_at=NOW,
        reason=ChangeReason.APPLICATION,
        known=[],
    )
    await Inbox(database, clock, subscription(REGISTRY)).apply(
        [received(opened, str(opened.customer_id), 1, 1)]
    )
    (tally,) = (await asked(database, ["accounts"], [], source=REGISTRY)).values()
    assert not tally.counts


def ledger(number: int, *, outcome: str = "done", **counts: int) -> Received:
    """The event of a ledger that a utility has handed in."""
    key = UUID(int=number, version=4)
    event = AccountsImported.model_validate(
        {
            "import_id": key,
            "utility": "W-371502",
            "district": "371502",
            "supply": Supply.WATER,
            "outcome": outcome,
            "opened": 0,
            "changed": 0,
            "repeated": 0,
            "occurred_at": NOW,
            "recorded_at": NOW,
            **counts,
        }
    )
    return received(event, str(key), 1, number)


async def test_a_ledger_that_is_handed_in_again_or_goes_back_whole_makes_no_utility_more_accurate(
    database: Database, clock: ManualClock
) -> None:
    handed_in = [
        ledger(1, rows=100, wrong=10, opened=90),
        # The good rows once more, and as they stand in a ledger of which one wrong row keeps all out.
        *(ledger(number, rows=90, wrong=0, repeated=90) for number in range(2, 6)),
        ledger(6, outcome="rejected", rows=900, wrong=1),
    ]
    await Inbox(database, clock, subscription(REGISTRY)).apply(handed_in)
    (tally,) = (await asked(database, ["rows_checked", "rows_right"], [], source=REGISTRY)).values()
    assert (tally.counts["rows_checked"], tally.counts["rows_right"]) == (101, 90)


async def test_accuracy_is_what_the_checks_of_ledgers_found_and_a_ledger_is_no_account(
    database: Database, clock: ManualClock
) -> None:
    ledgers = [ledger(1, rows=100, wrong=4, opened=96), ledger(2, rows=50, wrong=11, opened=9, changed=30)]
    await Inbox(database, clock, subscription(REGISTRY)).apply(ledgers)
    (tally,) = (
        await asked(database, ["rows_checked", "rows_right", "accounts"], [], source=REGISTRY)
    ).values()
    assert (tally.counts["rows_checked"], tally.counts["rows_right"]) == (150, 135)
    assert not tally.counts.get("accounts")


def test_the_names_are_those_of_the_registrys_contract() -> None:
    assert set(CATEGORY_NAMES) == set(Category)
