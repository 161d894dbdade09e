"""Merges and their undoing at random: no account is lost, every id resolves, and what is undone is as before."""

import random
from itertools import combinations
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from libs.common.aggregate import Actor
from libs.common.changes import Addition
from services.registry.domain.duplicates import Feature, Score
from services.registry.domain.pairs import Pair
from services.registry.storage.matching import survivor_of
from services.registry.storage.pairs import PAIRS
from services.registry.storage.particulars import accounts_texts
from services.registry.storage.policies import MATCH_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account, account_particulars, customer, match_key
from tests.services.registry.samples import new_account, organisation, person
from tests.support.service import Client, Running

CUSTOMERS, STEPS = 4, 8


async def planted(registry: Running, chance: random.Random) -> list[str]:
    """Open customers, one of them an enterprise, with one to three accounts each; return their ids."""
    ids = []
    for serial in range(1, CUSTOMERS + 1):
        body: dict[str, object] = {"customer": organisation(1) if serial == 1 else person(serial)}
        for number in range(chance.randint(1, 3)):
            place = {"utility": chance.choice(("W-371502", "G-371502"))}
            described = new_account(organisation(), f"N{serial}-{number}") | body | place
            made = (await registry.client("window").post("/accounts", described, 201)).body
            body = {"customer": None, "customer_id": made["customer_id"]}
        ids.append(str(made["customer_id"]))
    return ids


async def state_of(registry: Running) -> dict[str, Any]:
    """All of customers and accounts but their versions, with the texts as they open and under whose key."""
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    async with registry.service.database.reading() as connection:
        customers = (await connection.execute(select(customer))).mappings().all()
        accounts = (await connection.execute(select(account))).mappings().all()
        sealed = (await connection.execute(select(account_particulars))).mappings().all()
        keys = (await connection.execute(select(match_key.c.key_hash, match_key.c.customer_id))).all()
        texts = await accounts_texts(connection, rulebook.sealer, [row["id"] for row in accounts])
    ignored = {"version", "event_seq", "acts", "actor"}
    return {
        **{row["id"]: plain(row, ignored) for row in (*customers, *accounts)},
        "texts": texts,
        "subjects": {row["id"]: row["subject"] for row in sealed},
        "keys": {tuple(row) for row in keys},
    }


def plain(row: Any, ignored: set[str]) -> dict[str, Any]:
    """A row and the aggregate in it without what counts changes."""
    values = {name: value for name, value in row.items() if name not in ignored}
    return values | {"record": {name: value for name, value in row["record"].items() if name not in ignored}}


async def pair_of(registry: Running, first: str, second: str) -> str:
    """Note that two customers may be one; return the pair."""
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        pair = Pair(str(uuid4()), min(first, second), max(first, second), uow.now)
        pair.actor = Actor(uow.now)
        pair.find(Score(1.0, {Feature.NAME: 1.0}, is_candidate=True), rulebook.policy(MATCH_POLICY))
        await PAIRS.add(uow, [Addition(pair, rulebook.rules)])
    return pair.id


async def check(registry: Running, asker: Client, ids: list[str], before: dict[str, Any]) -> None:
    """Every account is there with its texts, under the key of an active customer, and every id leads to one."""
    now = await state_of(registry)
    assert now["texts"] == before["texts"]
    active = {of for of in ids if now[of]["state"] == "ACTIVE"}
    assert set(now["subjects"].values()) <= active
    assert {of for _, of in now["keys"]} == active
    counted = 0
    async with registry.service.database.reading() as connection:
        for of in ids:
            assert await survivor_of(connection, of) in active
    for of in active:
        counted += (await asker.get("/accounts", customer_id=of)).body["total"]
    assert counted == len(before["texts"])
    for of in ids:
        shown = (await asker.get(f"/customers/{of}")).body
        assert (shown["merged_into"] is None) is (of in active)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_merging_at_random(registry: Running, seed: int) -> None:
    chance = random.Random(seed)
    await registry.service.state["rulebook"].refresh()  # type: ignore[attr-defined]  # as bootstrap put it there
    ids = await planted(registry, chance)
    begun = await state_of(registry)
    window, supervisor = registry.client("window"), registry.client("supervisor")
    untried = list(combinations(ids, 2))
    chance.shuffle(untried)
    done: list[tuple[str, dict[str, Any]]] = []

    async def undo() -> None:
        pair, was = done.pop()
        await supervisor.command(f"/duplicates/{pair}", "merge-reversal", {"reason": "核实为两个用户"})
        assert await state_of(registry) == was

    for _ in range(STEPS):
        was = await state_of(registry)
        both = [two for two in untried if all(was[of]["state"] == "ACTIVE" for of in two)]
        if both and (not done or chance.random() < 0.65):
            untried.remove(both[0])
            pair = await pair_of(registry, *both[0])
            body = {"survivor_id": chance.choice(both[0]), "reason": "核实为一个用户"}
            await window.command(f"/duplicates/{pair}", "merge-proposal", body)
            await supervisor.command(f"/duplicates/{pair}", "merge-confirmation")
            done.append((pair, was))
        elif done:
            await undo()
        await check(registry, supervisor, ids, begun)
    assert done or len(untried) < len(list(combinations(ids, 2)))
    while done:
        await undo()
    assert await state_of(registry) == begun
