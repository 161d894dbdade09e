"""Customers compared with those who share a key with them: pairs are found and kept, nothing is merged.

Keys are kept in the transaction that changes a customer; the comparison is the worker's.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import uuid_utils
from prometheus_client import Counter
from rapidfuzz import fuzz
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.aggregate import Actor
from libs.common.changes import Addition
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.telemetry import REGISTRY
from libs.common.worker import Loop
from services.registry.domain.customers import Customer, CustomerState
from services.registry.domain.duplicates import (
    MOST_ADDRESSES,
    Record,
    Score,
    best,
    blocking_keys,
    records_of,
)
from services.registry.domain.pairs import Pair, PairState
from services.registry.domain.particulars import CustomerKind, Particular
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.matching import (
    mark_outdated,
    mark_pending,
    pairs_of,
    partners,
    store_keys,
    take_pending,
)
from services.registry.storage.pairs import PAIRS
from services.registry.storage.particulars import accounts_texts, customers_texts
from services.registry.storage.policies import MATCH_POLICY, ZONE_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account, customer

COMMON_KEYS: Final = Counter(
    "sqn_registry_common_match_keys",
    "Keys not compared by, since more customers have them than the policy allows",
    registry=REGISTRY,
)
# So many customers are compared, or marked after a change of keys or policies, before the worker's loop turns.
BATCH: Final = 50
_IDLE_SECONDS: Final = 1.0
# How often is looked for keys that other keys of the environment or policies made.
_LOOKS_EVERY: Final = timedelta(hours=1)


def likeness(first: str, second: str) -> float:
    """Return how alike two texts are, from 0.0 to 1.0, by insertions and deletions."""
    return fuzz.ratio(first, second) / 100


@dataclass(frozen=True, slots=True)
class Compared:
    """A customer as it is compared, with the records of those who were merged into it; `ids` are all of them."""

    kind: CustomerKind
    ids: tuple[str, ...]
    records: Sequence[Record]

    @property
    def keys(self) -> set[str]:
        """The keys of its records."""
        return {key for record in self.records for key in blocking_keys(record)}


def basis_of(rulebook: RuleBook) -> str:
    """Return what keys are made with now: the index key and the versions of policies."""
    versions = (rulebook.policy(MATCH_POLICY).version, rulebook.policy(ZONE_POLICY).version)
    return "|".join((rulebook.sealer.ring.indexing_id, *versions))


async def keep_keys(uow: UnitOfWork, rulebook: RuleBook, customer_ids: Sequence[str]) -> None:
    """Make the keys of customers anew, in the transaction that changed them, and mark them to be compared.

    Only who is active has keys: of others nothing is processed (PIPL §47). Call it for every change of a customer's
    particulars, accounts or state.
    """
    await uow.flush()
    await mark_pending(uow, customer_ids)
    await _make_keys(uow, rulebook, customer_ids)


async def _make_keys(
    uow: UnitOfWork, rulebook: RuleBook, customer_ids: Sequence[str]
) -> Mapping[str, Compared]:
    known = await compared(uow.connection, rulebook, customer_ids)
    basis = basis_of(rulebook)
    for customer_id in sorted(set(customer_ids)):
        keys = known[customer_id].keys if customer_id in known else ()
        await store_keys(uow, rulebook.sealer.ring, customer_id, keys, basis)
    return known


async def compared(
    connection: AsyncConnection, rulebook: RuleBook, customer_ids: Sequence[str]
) -> Mapping[str, Compared]:
    """Return active customers as they are compared, by their ids."""
    policy, resolver, today = rulebook.policy(MATCH_POLICY), rulebook.resolver, rulebook.today
    members = await _members(connection, customer_ids)
    texts = await customers_texts(connection, rulebook.sealer, [item.id for item in members])
    addresses = await _addresses(connection, rulebook, [item.id for item in members])
    found: dict[str, tuple[Customer, list[str], list[Record]]] = {}
    for item in members:
        stays = found.setdefault(item.survivor, (item.customer, [], []))
        stays[1].append(item.id)
        places = [resolver.resolve(address, today) for address in addresses.get(item.id, ())]
        stays[2].extend(records_of(texts.get(item.id, {}), item.customer.paper, places, policy))
    return {of: Compared(item.kind, tuple(ids), records) for of, (item, ids, records) in found.items()}


@dataclass(frozen=True, slots=True)
class _Member:
    customer: Customer
    survivor: str

    @property
    def id(self) -> str:
        return self.customer.id


async def _members(connection: AsyncConnection, customer_ids: Sequence[str]) -> list[_Member]:
    """Return active customers, each before those who were merged into it."""
    statement = (
        CUSTOMERS.select(customer.c.survivor)
        .where(or_(customer.c.id.in_(customer_ids), customer.c.survivor.in_(customer_ids)))
        .order_by(customer.c.id)
    )
    rows = (await connection.execute(statement)).mappings().all()
    items = {(item := CUSTOMERS.read(row)).id: (item, row["survivor"]) for row in rows}
    active = {of for of, (item, _) in items.items() if item.state is CustomerState.ACTIVE}
    members = [_Member(item, survivor or item.id) for item, survivor in items.values()]
    members.sort(key=lambda member: member.id != member.survivor)
    return [member for member in members if member.survivor in active]


async def _addresses(
    connection: AsyncConnection, rulebook: RuleBook, customer_ids: Sequence[str]
) -> Mapping[str, list[str]]:
    """Return the newest addresses of customers' accounts."""
    statement = select(account.c.id, account.c.customer_id).where(account.c.customer_id.in_(customer_ids))
    owned: dict[str, list[str]] = {}
    for row in await connection.execute(statement.order_by(account.c.opened_at.desc(), account.c.id)):
        if len(accounts := owned.setdefault(row.customer_id, [])) < MOST_ADDRESSES:
            accounts.append(row.id)
    every = [account_id for accounts in owned.values() for account_id in accounts]
    texts = await accounts_texts(connection, rulebook.sealer, every)
    return {
        of: [text for each in accounts if (text := texts.get(each, {}).get(Particular.ADDRESS))]
        for of, accounts in owned.items()
    }


# -- the worker


@dataclass
class Matching:
    """The worker's comparison of customers who changed."""

    database: Database
    clock: Clock
    rulebook: RuleBook
    _look_at: datetime | None = field(default=None, init=False)

    async def step(self, most: int = BATCH) -> int:
        """Compare customers who wait, each in a transaction of its own; return how many."""
        await self.rulebook.refresh()
        for done in range(most):
            if not await self._compare_one():
                return done + await self._mark_outdated()
        return most

    async def _compare_one(self) -> bool:
        async with self.database.unit_of_work(self.clock.now()) as uow:
            customer_id = await take_pending(uow)
            if customer_id is not None:
                await compare(uow, self.rulebook, customer_id)
        return customer_id is not None

    def loop(self) -> Loop:
        """Return the worker's loop of it."""

        async def step() -> None:
            if not await self.step():
                await asyncio.sleep(_IDLE_SECONDS)

        async def reset() -> None:
            return None

        return Loop("duplicates", step, reset)

    async def _mark_outdated(self) -> int:
        now = self.clock.now()
        if self._look_at is not None and now < self._look_at:
            return 0
        async with self.database.unit_of_work(now) as uow:
            found = await mark_outdated(uow, basis_of(self.rulebook), BATCH)
        self._look_at = None if found else now + _LOOKS_EVERY
        return found


async def compare(uow: UnitOfWork, rulebook: RuleBook, customer_id: str) -> None:
    """Compare a customer with those who share a key with it; keep new pairs, and rescore those that it is in."""
    mine = (await _make_keys(uow, rulebook, [customer_id])).get(customer_id)
    rows = await pairs_of(uow, mine.ids if mine else [customer_id])
    kept = {_other(row, customer_id): row for row in rows if customer_id in (row["first"], row["second"])}
    found = await _partners(uow, rulebook, customer_id, mine) if mine else set()
    theirs = await compared(uow.connection, rulebook, sorted(found | kept.keys()))
    scores = {other: _score(mine, theirs.get(other), rulebook) for other in found | kept.keys()}
    for other, row in kept.items():
        await _rescore(uow, rulebook, row["id"], scores[other])
    new = [
        await _new_pair(
            uow, rulebook, (customer_id, other), scores[other], _earlier(rows, mine, theirs[other])
        )
        for other in sorted(found - kept.keys())
        if mine is not None and scores[other].is_candidate
    ]
    await PAIRS.add(uow, [Addition(pair, rulebook.rules) for pair in new if pair is not None])


async def _partners(uow: UnitOfWork, rulebook: RuleBook, customer_id: str, mine: Compared) -> set[str]:
    most, ring = rulebook.policy(MATCH_POLICY).most_partners, rulebook.sealer.ring
    found = set[str]()
    for key in sorted(mine.keys):
        others = await partners(uow.connection, ring, customer_id, key, most)
        if others is None:
            COMMON_KEYS.inc()
        else:
            found.update(others)
    return found


def _score(mine: Compared | None, theirs: Compared | None, rulebook: RuleBook) -> Score:
    """Return the score of two; who is not active, or of another kind, is no candidate."""
    if mine is None or theirs is None or mine.kind is not theirs.kind:
        return Score(0.0, {}, is_candidate=False)
    return best(mine.records, theirs.records, rulebook.policy(MATCH_POLICY), likeness)


async def _rescore(uow: UnitOfWork, rulebook: RuleBook, pair_id: str, score: Score) -> None:
    pair = await PAIRS.load(uow, pair_id)
    seen = (pair.state, pair.features)
    if not score.features and pair.state is PairState.PROPOSED:
        pair.retire(uow.now)
    else:
        pair.rescore(score, rulebook.policy(MATCH_POLICY), uow.now)
    if (pair.state, pair.features) != seen:
        PAIRS.save(uow, pair, {}, rulebook.rules)


async def _new_pair(
    uow: UnitOfWork, rulebook: RuleBook, both: tuple[str, str], score: Score, earlier: Sequence[str]
) -> Pair | None:
    """Return a pair that was found; None where a person found those who were merged into the two to be others."""
    first, second = sorted(both)
    pair = Pair(str(uuid_utils.uuid7()), first, second, uow.now)
    pair.actor = Actor(uow.now)
    policy = rulebook.policy(MATCH_POLICY)
    for pair_id in earlier:
        judged = (await PAIRS.load(uow, pair_id)).judgement
        if judged is not None and not judged.is_overtaken_by(score, policy):
            return None
        pair.judgement = judged
    pair.find(score, policy)
    return pair


def _earlier(rows: Sequence[Mapping[Any, Any]], mine: Compared, theirs: Compared) -> list[str]:
    """Return the pairs that a person closed, of those who stand behind two customers."""
    return [
        row["id"]
        for row in rows
        if row["state"] == PairState.DISTINCT
        and {row["first"], row["second"]} & set(mine.ids)
        and {row["first"], row["second"]} & set(theirs.ids)
    ]


def _other(row: Mapping[Any, Any], customer_id: str) -> str:
    return str(row["second"] if row["first"] == customer_id else row["first"])
