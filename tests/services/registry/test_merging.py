"""Customers merged by two persons, and that undone, over HTTP and on both engines."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from libs.common.auth.callers import ScopeKind
from services.registry.storage.tables import (
    account_particulars,
    login,
    matter,
    message,
)
from services.registry.usecases.matters import Happened, MatterState, take_in
from tests.services.registry.alike import REASON, found, merged, opened, rows
from tests.services.registry.samples import mobile, new_account, organisation, person
from tests.support.service import Running


async def test_a_merge_needs_two_persons_moves_accounts_and_old_ids_lead_to_who_stays(
    registry: Running,
) -> None:
    keeps = await opened(registry, "0001")
    goes = await opened(registry, "0002", "G-371502", mobile=mobile(8))
    (pair,) = await found(registry)
    path = f"/duplicates/{pair['id']}"
    proposer = registry.client("supervisor", subject="s-1")
    elsewhere = await proposer.command(path, "merge-proposal", {"survivor_id": pair["id"], **REASON}, 409)
    assert elsewhere.code == "survivor-elsewhere"
    await proposer.command(path, "merge-proposal", {"survivor_id": keeps, **REASON})
    assert (await proposer.command(path, "merge-confirmation", status=409)).code == "same-person"
    offered = (await proposer.get(f"{path}/actions")).body["items"]
    assert [action["operation_id"] for action in offered] == ["dismissDuplicate", "declineMerge"]
    second = registry.client("supervisor", subject="s-2")
    done = (await second.command(path, "merge-confirmation")).body
    assert (done["state"], done["survivor_id"], done["confirmed_by"]) == ("MERGED", keeps, "s-2")

    # The gas utility had the merged one alone; it sees both by its account.
    clerk = registry.client("clerk", ScopeKind.UTILITY, "G-371502")
    old = (await clerk.get(f"/customers/{goes}")).body
    assert (old["state"], old["merged_into"]) == ("MERGED", keeps)
    assert (await clerk.get(f"/customers/{keeps}")).body["state"] == "ACTIVE"
    items = (await registry.client("supervisor").get("/accounts", customer_id=goes)).body["items"]
    assert {(item["customer_id"], item["address"]) for item in items} == {(keeps, "东昌府区古楼街道****")}
    assert len(items) == 2
    # What was known of the merged one finds who stays, and new accounts go there.
    (hit,) = (await clerk.post("/customer-search", {"phone": mobile(8)})).body["items"]
    assert hit["id"] == keeps
    more = new_account(person(), "A0003") | {"customer": None, "customer_id": goes}
    assert (await clerk.post("/accounts", more, 201)).body["customer_id"] == keeps
    sealed = {row["subject"] for row in await rows(registry, account_particulars)}
    assert sealed == {keeps}
    assert [name for name, _ in await registry.events(goes)] == ["customer_opened", "customer_merged"]
    (moved,) = [item["id"] for item in items if item["utility"] == "G-371502"]
    assert [name for name, _ in await registry.events(moved)] == ["account_opened", "account_reassigned"]


async def test_a_merge_is_undone_with_keys_and_what_was_opened_since_stays(registry: Running) -> None:
    keeps, goes = await opened(registry, "0001"), await opened(registry, "0002", "G-371502")
    pair = await merged(registry, keeps, goes)
    since = new_account(person(), "A0003") | {"customer": None, "customer_id": keeps}
    await registry.client().post("/accounts", since, 201)
    approver = registry.client("supervisor")
    await approver.command(f"/duplicates/{pair}", "merge-reversal", {"reason": "核实为两人"})
    asker = registry.client("supervisor")
    assert (await asker.get(f"/customers/{goes}")).body["state"] == "ACTIVE"
    back = (await asker.get("/accounts", customer_id=goes)).body["items"]
    assert [item["number"] for item in back] == ["****0002"]
    kept = (await asker.get("/accounts", customer_id=keeps)).body["items"]
    assert sorted(item["number"] for item in kept) == ["****0001", "****0003"]
    subjects = {row["id"]: row["subject"] for row in await rows(registry, account_particulars)}
    assert subjects[back[0]["id"]] == goes
    # They are two now, and are not asked for again.
    assert [each["state"] for each in await found(registry)] == ["DISTINCT"]


async def test_matters_and_messages_go_with_a_merge_and_come_back(registry: Running) -> None:
    keeps, goes = await opened(registry, "0001"), await opened(registry, "0002", "G-371502")

    async def happened(thing: str) -> None:
        at = registry.clock.now()
        case = (thing, "BZ-1", "WATER", "W-371502", "371502", goes)
        async with registry.service.database.unit_of_work(at) as uow:
            await take_in(
                uow, [Happened("hookup", case[0], "case_submitted", at, MatterState.OPEN, *case[1:])]
            )

    async def owners(table: Any) -> dict[str, str]:
        return {row["thing"]: row["owner"].lower() for row in await rows(registry, table)}

    one, two = str(uuid4()), str(uuid4())
    await happened(one)
    pair = await merged(registry, keeps, goes)
    # Hookup goes on naming the customer by the old id.
    await happened(two)
    for table in (matter, message):
        assert await owners(table) == {one: keeps, two: keeps}
    reason = {"reason": "核实为两人"}
    await registry.client("supervisor").command(f"/duplicates/{pair}", "merge-reversal", reason)
    for table in (matter, message):
        assert await owners(table) == {one: goes, two: keeps}


async def test_merges_follow_each_other_and_are_undone_in_reverse(registry: Running) -> None:
    one, two, three = [
        await opened(registry, number, utility)
        for number, utility in (("1", "W-371502"), ("2", "G-371502"), ("3", "W-371502"))
    ]
    first = await merged(registry, two, three)
    second = await merged(registry, one, two)
    asker = registry.client("supervisor")
    for old in (two, three):
        assert len((await asker.get("/accounts", customer_id=old)).body["items"]) == 3
    early = await asker.command(f"/duplicates/{first}", "merge-reversal", {"reason": "有误"}, 409)
    assert early.code == "survivor-not-active"
    await asker.command(f"/duplicates/{second}", "merge-reversal", {"reason": "有误"})
    assert len((await asker.get("/accounts", customer_id=three)).body["items"]) == 2
    assert len((await asker.get("/accounts", customer_id=one)).body["items"]) == 1
    await asker.command(f"/duplicates/{first}", "merge-reversal", {"reason": "有误"})
    for each in (one, two, three):
        assert len((await asker.get("/accounts", customer_id=each)).body["items"]) == 1


@pytest.mark.parametrize(
    ("who", "code"), [(("keeps", "goes"), "both-sign-in"), (("goes",), "survivor-without-sign-in"), ((), "")]
)
async def test_no_merge_leaves_somebody_who_signs_in_without_a_customer(
    registry: Running, who: tuple[str, ...], code: str
) -> None:
    ids = {"keeps": await opened(registry, "0001"), "goes": await opened(registry, "0002", "G-371502")}
    (pair,) = await found(registry)
    path, body = f"/duplicates/{pair['id']}", {"survivor_id": ids["keeps"], **REASON}
    early = await registry.client("window").command(path, "merge-proposal", body)
    assert early.body["state"] == "PROPOSED"
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        for name in who:
            row = {"id": str(uuid4()), "subject": ids[name], "provider": "WECHAT", "realm": "app"}
            await uow.connection.execute(insert(login), row | {"linked_at": uow.now, "user_id_index": name})
    answer = await registry.client("supervisor").command(
        path, "merge-confirmation", status=409 if code else 200
    )
    assert not code or answer.code == code
    state = (await registry.client("supervisor").get(f"/customers/{ids['goes']}")).body["state"]
    assert state == ("ACTIVE" if code else "MERGED")


async def test_a_merged_ones_identifier_is_its_survivors(registry: Running) -> None:
    keeps = await opened(registry, "0001", described=organisation(1, identifier=None))
    goes = await opened(registry, "0002", "G-371502", organisation(1))
    await merged(registry, keeps, goes)
    again = await opened(registry, "0003", described=organisation(1))
    assert again == keeps
    clerk = registry.client()
    named = await clerk.post("/accounts", new_account(organisation(1, name="另一家"), number="4"), 409)
    assert named.code == "name-differs"
