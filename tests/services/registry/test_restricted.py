"""Who is restricted is only stored (PIPL §47): shown to nobody but the counter that handles rights, and the owner."""

from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.registry.alike import found
from tests.services.registry.request_samples import citizen, submitted
from tests.services.registry.samples import mobile, new_account, organisation, person, resident_id
from tests.services.registry.standing_samples import claim, granted, pair
from tests.services.registry.test_accounts import ADDRESS, opened
from tests.support.page_forms import visiting
from tests.support.service import Running

WITHHELD = "已限制处理"
PARTICULARS = ("name", "identifier", "mobile")


async def restricted(registry: Running) -> dict[str, Any]:
    """Open an account of a person who then has the own data restricted; return it as it was shown before."""
    shown = await opened(registry, new_account(person()))
    await citizen(registry, shown["customer_id"]).command(f"/customers/{shown['customer_id']}", "restriction")
    return shown


@pytest.mark.parametrize("role", ["clerk", "approver", "supervisor", "administrator"])
async def test_lists_and_cards_show_nothing_of_who_is_restricted(registry: Running, role: str) -> None:
    shown = await restricted(registry)
    client = registry.client(role)
    customer = (await client.get(f"/customers/{shown['customer_id']}")).body
    assert customer["state"] == "RESTRICTED"
    assert [customer[name] for name in PARTICULARS] == [WITHHELD] * 3
    assert (customer["landline"], customer["paper"]) == (None, None)
    account = (await client.get(f"/accounts/{shown['id']}")).body
    (listed,) = (await client.get("/accounts")).body["items"]
    for row in (account, listed):
        assert (row["number"], row["address"], row["customer_name"]) == (WITHHELD, WITHHELD, WITHHELD)


async def test_the_counter_sees_it_masked_and_the_owner_whole(registry: Running) -> None:
    shown = await restricted(registry)
    path = f"/customers/{shown['customer_id']}"
    hall = registry.client("window", ScopeKind.DISTRICT, "371502")
    assert (await hall.get(path)).body["name"] == "王**"
    assert (await hall.get(f"/accounts/{shown['id']}")).body["address"] == "东昌府区古楼街道****"
    owner = citizen(registry, shown["customer_id"])
    assert (await owner.get(path)).body["identifier"] == resident_id(1)
    assert (await owner.get(f"/accounts/{shown['id']}")).body["address"] == ADDRESS
    # Another citizen sees of it no more than staff does: here the other party of a transfer.
    await owner.command(path, "restriction-end")
    to = await submitted(owner, shown["id"], "TRANSFER", receiver=person(2))
    receiver = (await owner.get(to)).body["receiver_id"]
    assert (await citizen(registry, receiver).get(to)).body["customer_name"] == "王**"
    await owner.command(path, "restriction")
    assert (await citizen(registry, receiver).get(to)).body["customer_name"] == WITHHELD


async def test_a_request_shows_nothing_of_a_restricted_party(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    owner = citizen(registry, shown["customer_id"])
    path = await submitted(owner, shown["id"], "CHANGE", change={"name": "王某", "use": "OTHER"})
    clerk = registry.client()
    names = ("customer_name", "account_number", "account_address")
    before = (await clerk.get(path)).body
    assert WITHHELD not in [*(before[name] for name in names), *before["wished"].values()]
    await owner.command(f"/customers/{shown['customer_id']}", "restriction")
    after = (await clerk.get(path)).body
    assert [after[name] for name in names] == [WITHHELD] * 3
    assert after["wished"] == {"name": WITHHELD}
    assert (await owner.get(path)).body["wished"] == {"name": "王某"}


async def test_nobody_finds_who_is_restricted_and_no_pair_is_made_of_it(registry: Running) -> None:
    shown = await restricted(registry)
    for role in ("clerk", "window", "approver", "supervisor"):
        for asked in ({"phone": mobile(5_000_001)}, {"identifier": resident_id(1)}, {"name": "王某某"}):
            assert (await registry.client(role).post("/customer-search", asked)).body["items"] == []
    await opened(registry, new_account(person(1, identifier=None), "0002"))
    assert shown["customer_id"] not in str(await found(registry))


async def test_the_figures_of_a_restricted_enterprise_are_not_explained(registry: Running) -> None:
    shown = await opened(registry, new_account(organisation()))
    path, clerk = f"/customers/{shown['customer_id']}", registry.client()
    figures = {"industry": "RETAIL", "employees": 8, "revenue_fen": 90_000_000}
    await clerk.command(path, "size", figures)
    assert (await clerk.get(f"{path}/explanation")).body["size"]["employees"] == 8
    owner = citizen(registry, shown["customer_id"])
    await owner.command(path, "restriction")
    assert (await clerk.get(f"{path}/explanation")).body["size"] is None
    assert (await clerk.get(path)).body["size_name"] is None
    assert (await owner.get(f"{path}/explanation")).body["size"]["employees"] == 8


async def test_who_is_bound_or_acts_for_it_sees_nothing_more(registry: Running) -> None:
    holder, other = await pair(registry)
    path = await granted(holder)
    bound = (await other.client.post("/bindings", claim(1), 201)).body["id"]
    account = (await other.client.get(f"/bindings/{bound}")).body["account"]
    assert (account["number"], account["address"]) == ("****", "东昌府区古楼街道****")
    await holder.client.command(f"/customers/{holder.id}", "restriction")
    account = (await other.client.get(f"/bindings/{bound}")).body["account"]
    assert (account["number"], account["address"]) == (WITHHELD, WITHHELD)
    shown = (await other.client.get(path)).body
    assert (shown["customer_name"], shown["agent_name"]) == (WITHHELD, "王**")
    seen = (await other.client.get(f"/accounts/{holder.account['id']}")).body
    assert (seen["number"], seen["customer_name"]) == (WITHHELD, WITHHELD)
    # And the other way round: of who bound the account, to its holder.
    await holder.client.command(f"/customers/{holder.id}", "restriction-end")
    await other.client.command(f"/customers/{other.id}", "restriction")
    (seen,) = (await holder.client.get("/bindings", own="false")).body["items"]
    assert seen["bound_by"] == WITHHELD


async def test_its_page_says_so(registry: Running) -> None:
    shown = await restricted(registry)
    clerk = registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        page = await visitor.open(f"/customers/{shown['customer_id']}")
        assert "除存储和办理个人信息权利请求外" in page
        assert "王**" not in page
        assert "查看完整内容" not in page
        assert WITHHELD in await visitor.open("/accounts")
