"""Customers who may be one, over HTTP and on both engines: found, seen by scope, dismissed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox
from libs.common.encryption.keys import KeyRing
from libs.common.policy import PolicyKind
from services.registry.storage.policies import MATCH_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import (
    duplicate_pair,
    match_key,
    match_pending,
)
from services.registry.usecases.matching import COMMON_KEYS
from tests.services.registry.alike import ADDRESS, REASON, found, matching, opened, rows
from tests.services.registry.samples import mobile, new_account, person
from tests.support.service import Running


async def test_two_records_of_one_person_are_found_and_shown_side_by_side_masked(registry: Running) -> None:
    first = await opened(registry, "0001")
    second = await opened(registry, "0002", "G-371502")
    await opened(registry, "0003", name="李四光", mobile=mobile(9))
    (pair,) = await found(registry)
    assert {pair["first_id"], pair["second_id"]} == {first, second}
    assert (pair["score"], pair["state"], pair["one_side_elsewhere"]) == (1.0, "OPEN", False)
    assert [(each["feature"], each["agrees"]) for each in pair["features"]] == [
        ("name", True),
        ("phone", True),
        ("address", True),
    ]
    shown = (await registry.client("supervisor").get(f"/duplicates/{pair['id']}")).body
    assert (shown["first"]["name"], shown["second"]["mobile"]) == ("王**", "138****0001")
    assert shown["first_accounts"][0]["address"] == "东昌府区古楼街道****"
    events = (await registry.client("supervisor").get(f"/duplicates/{pair['id']}/events")).body["items"]
    assert [event["name"] for event in events] == ["发现疑似重复"]
    assert await rows(registry, match_pending) == []


async def test_keys_are_hashes_made_with_the_change_and_what_is_kept_of_a_pair_is_not_personal(
    registry: Running,
) -> None:
    first = await opened(registry, "0001")
    before = {row["key_hash"] for row in await rows(registry, match_key)}
    assert len(before) == 4
    body = {"name": "王某某", "mobile": mobile(77), "reason": "CORRECTION"}
    await registry.client().command(f"/customers/{first}", "correction", body)
    after = {row["key_hash"] for row in await rows(registry, match_key)}
    # The phone alone is another; the keys of name and address stay.
    assert (len(after), len(before & after)) == (4, 3)
    await opened(registry, "0002", mobile=mobile(77))
    await found(registry)
    kept = str(
        [dict(row) for table in (duplicate_pair, match_key, outbox) for row in await rows(registry, table)]
    )
    assert not [text for text in ("王某某", mobile(77), "东关街") if text in kept]


async def test_a_correction_finds_a_pair_and_another_lets_it_lapse(registry: Running) -> None:
    await opened(registry, "0001")
    other = await opened(registry, "0002", "W-371503", name="赵六一", mobile=mobile(8))
    assert await found(registry) == []
    clerk = registry.client("clerk", ScopeKind.UTILITY, "W-371503")
    same = {"name": "王某某", "mobile": person(1)["mobile"], "reason": "CORRECTION"}
    await clerk.command(f"/customers/{other}", "correction", same)
    (pair,) = await found(registry)
    assert [each["likeness"] for each in pair["features"]] == [1.0, 1.0, 0.0]
    await clerk.command(f"/customers/{other}", "correction", same | {"name": "赵六一", "mobile": mobile(8)})
    (pair,) = await found(registry)
    assert pair["state"] == "OBSOLETE"
    await clerk.command(f"/customers/{other}", "correction", same)
    (pair,) = await found(registry)
    assert pair["state"] == "OPEN"


async def test_who_sees_one_side_alone_is_told_so_and_can_do_nothing(registry: Running) -> None:
    own = await opened(registry, "0001")
    await opened(registry, "0002", "W-371503")
    # The same name and phone at another address.
    clerk = registry.client()
    (pair,) = await found(registry, clerk)
    assert pair["one_side_elsewhere"]
    sides = [(pair["first_id"], pair["first"]), (pair["second_id"], pair["second"])]
    assert sorted(sides, key=lambda side: side[0] is None) == [
        (own, sides[0][1] or sides[1][1]),
        (None, None),
    ]
    assert pair["features"] == []
    path = f"/duplicates/{pair['id']}"
    shown = (await clerk.get(path)).body
    assert sorted(map(len, (shown["first_accounts"], shown["second_accounts"]))) == [0, 1]
    assert (await clerk.get(f"{path}/actions")).body["items"] == []
    refused = await clerk.command(path, "dismissal", REASON, 409)
    assert refused.code == "other-side-elsewhere"
    # Nobody sees it who has neither.
    assert await found(registry, registry.client("clerk", ScopeKind.UTILITY, "W-371521")) == []
    (whole,) = await found(registry, registry.client("window"))
    assert not whole["one_side_elsewhere"]
    assert len(whole["features"]) == 3


async def test_what_is_no_duplicate_is_remembered_until_the_score_rises(registry: Running) -> None:
    await opened(registry, "0001", landline="0635-8220000")
    other = await opened(registry, "0002", name="王某强", mobile=mobile(8), landline="0635-8220000")
    (pair,) = await found(registry)
    path = f"/duplicates/{pair['id']}"
    personal = await registry.client().command(path, "dismissal", {"reason": f"电话{mobile(8)}不同"}, 409)
    assert personal.code == "personal-data-in-text"
    answer = await registry.client().command(path, "dismissal", {"reason": "父子二人，各有一户"})
    assert (answer.body["state"], answer.body["judged_by"]) == ("DISTINCT", "clerk-1")
    clerk, customer = registry.client(), f"/customers/{other}"
    texts = {"name": "王某强", "mobile": mobile(9), "landline": "0635-8220000", "reason": "CORRECTION"}
    await clerk.command(customer, "correction", texts)
    assert [each["state"] for each in await found(registry)] == ["DISTINCT"]
    await clerk.command(customer, "correction", texts | {"name": "王某某"})
    (again,) = await found(registry)
    assert (again["state"], again["judged_by"], again["judgement_reason"]) == (
        "OPEN",
        "clerk-1",
        "父子二人，各有一户",
    )


async def test_a_key_that_too_many_have_is_passed_over_and_counted(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    policy = rulebook.policy

    def narrowed(kind: PolicyKind[Any], day: date | None = None) -> Any:
        found = policy(kind, day)
        return replace(found, most_partners=1) if kind is MATCH_POLICY else found

    monkeypatch.setattr(rulebook, "policy", narrowed)
    for number in range(3):
        # One name and one street for all; a phone and a house for each but the first two.
        serial = max(number, 1)
        described = person(serial, identifier=None, name="王伟")
        body = new_account(described, str(number), address=f"{ADDRESS[:-3]}{serial}号")
        await registry.client().post("/accounts", body, 201)
    before = COMMON_KEYS._value.get()
    # The two with one phone are found by it, the third shares only what is too common.
    assert len(await found(registry)) == 1
    assert COMMON_KEYS._value.get() - before == 6


async def test_keys_of_another_index_key_find_their_partners_and_are_made_anew(registry: Running) -> None:
    await opened(registry, "0001")
    await found(registry)
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    ring = rulebook.sealer.ring
    newer = {"next": bytes(range(32)), **ring.indexing}
    rulebook.sealer.ring = KeyRing(ring.wrapping, newer)
    await opened(registry, "0002", "G-371502")
    # By the keys of both while the rotation runs.
    worker = matching(registry)
    assert await worker.step() == 2
    assert len(await rows(registry, duplicate_pair)) == 1
    while await worker.step():
        pass
    assert {row["key_hash"].split(".")[0] for row in await rows(registry, match_key)} == {"next"}
