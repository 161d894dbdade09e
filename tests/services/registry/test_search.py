"""Customers looked for exactly, and within a street by parts of names and addresses, on both engines."""

from datetime import timedelta
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from services.registry.usecases import search_street
from tests.services.registry.request_samples import citizen
from tests.services.registry.samples import new_account, organisation, person
from tests.services.registry.test_account_list import closed
from tests.services.registry.test_accounts import opened
from tests.services.registry.test_reveals import entries
from tests.support.page_forms import forms_of, visiting
from tests.support.service import Client, Running

STREET = "371502001"
HERE = "东昌府区古楼街道"
OTHER_STREET = "东昌府区柳园街道"
SERVICE = {"street": STREET, "purpose": "SERVICE"}


def described(serial: int, name: str, address: str) -> dict[str, object]:
    """A person's account at an address."""
    return new_account(person(serial, name=name), f"N{serial}", address=address)


async def found(clerk: Client, **sought: object) -> list[str]:
    """The customers found within the street."""
    answer = (await clerk.post("/customer-search", {**SERVICE, **sought})).body
    assert answer["more"] is False
    return [item["id"] for item in answer["items"]]


async def test_within_a_street_a_part_is_enough_and_a_scope_finds_its_own(registry: Running) -> None:
    wang = await opened(registry, described(1, "王某某", f"{HERE}东关街12号"))
    li = await opened(registry, described(2, "李某某", f"{HERE}西关街3号楼1单元101"))
    await opened(registry, described(3, "王某某", f"{OTHER_STREET}东关街12号"))
    gas = await opened(registry, described(4, "王某", f"{HERE}东关街12号"), "G-371502")
    clerk = registry.client()
    assert await found(clerk, name="王") == [wang["customer_id"]]
    assert await found(clerk, name="某") == []
    assert await found(clerk, address="东关街十二号") == [wang["customer_id"]]
    assert await found(clerk, address="三栋1单元") == [li["customer_id"]]
    assert await found(clerk, name="李", address="东关街") == []
    assert await found(clerk, name="李", address="西关街") == [li["customer_id"]]
    of_gas = registry.client("clerk", ScopeKind.UTILITY, "G-371502", "gas")
    assert await found(of_gas, name="王") == [gas["customer_id"]]
    hall = registry.client("window", ScopeKind.DISTRICT, "371502", "hall")
    assert set(await found(hall, name="王")) == {wang["customer_id"], gas["customer_id"]}
    elsewhere = registry.client("window", ScopeKind.DISTRICT, "371503", "other hall")
    assert await found(elsewhere, name="王") == []


async def test_what_is_found_in_a_street_is_masked_and_on_record_with_its_purpose(registry: Running) -> None:
    shown = await opened(registry, described(1, "王某某", f"{HERE}东关街12号"))
    answer = await registry.client().post("/customer-search", {**SERVICE, "name": "王", "address": "东关街"})
    assert "某" not in answer.response.text
    assert "东关" not in answer.response.text
    assert (answer.body["items"][0]["name"], answer.body["looked_through"]) == ("王**", 1)
    scanned, matched = await entries(registry)
    assert (scanned["action"], scanned["subject"]) == ("SCAN", None)
    assert (matched["action"], matched["subject"]) == ("SEARCH", shown["customer_id"])
    for entry in (scanned, matched):
        assert (entry["purpose"], entry["fields"]) == ("SERVICE", ["street", "name", "address"])


async def test_searches_of_streets_count_among_the_reveals_that_raise_an_alarm(registry: Running) -> None:
    shown = await opened(registry, described(1, "王某某", f"{HERE}东关街12号"))
    clerk, auditor = registry.client(), registry.client("auditor")
    await clerk.post(
        f"/customers/{shown['customer_id']}/reveal", {"purpose": "CONTACT", "fields": ["mobile"]}
    )
    for _ in range(59):
        assert await found(clerk, name="李") == []
    # What is found exactly opens nobody else, and does not count.
    await clerk.post("/customer-search", {"name": "李某某"})
    assert (await auditor.get("/reveal-alarms")).body["items"] == []
    await found(clerk, name="李")
    (alarm,) = (await auditor.get("/reveal-alarms")).body["items"]
    assert (alarm["actor"], alarm["count"], alarm["most"]) == ("clerk-1", 61, 60)


async def test_who_is_restricted_is_not_found_in_a_street(registry: Running) -> None:
    shown = await opened(registry, described(1, "王某某", f"{HERE}东关街12号"))
    clerk = registry.client()
    assert await found(clerk, address="东关街") == [shown["customer_id"]]
    owner = citizen(registry, shown["customer_id"])
    await owner.command(f"/customers/{shown['customer_id']}", "restriction")
    assert await found(clerk, address="东关街") == []
    assert await found(clerk, name="王") == []


async def test_who_is_erased_is_not_found(registry: Running) -> None:
    shown = await opened(registry, described(1, "王某某", f"{HERE}东关街12号"))
    other = await opened(registry, described(2, "王某甲", f"{HERE}东关街13号"))
    clerk, path = registry.client(), f"/customers/{shown['customer_id']}"
    sought: tuple[dict[str, object], ...] = (
        {"name": "王"},
        {"address": "东关街"},
        {"name": "王", "address": "东关街"},
    )
    for each in sought:
        assert set(await found(clerk, **each)) == {shown["customer_id"], other["customer_id"]}
    await closed(registry, shown)
    # Its account is closed and stays in the street; the person is found until the data goes.
    assert shown["customer_id"] in await found(clerk, name="王")
    registry.clock.instant += timedelta(days=1096)
    await citizen(registry, shown["customer_id"]).command(path, "erasure")
    for each in sought:
        assert await found(clerk, **each) == [other["customer_id"]]
    for exactly in (
        {"name": "王某某"},
        {"identifier": person(1)["identifier"]},
        {"phone": person(1)["mobile"]},
    ):
        assert (await clerk.post("/customer-search", exactly)).body["items"] == []


async def parts(clerk: Client, **sought: object) -> list[tuple[int, int, bool]]:
    """Go on until the street ends; of each answer how many were opened, found, and whether it says to narrow."""
    answers: list[tuple[int, int, bool]] = []
    ids: list[str] = []
    cursor = None
    while cursor or not answers:
        body = {**SERVICE, **sought} | ({"cursor": cursor} if cursor else {})
        answer = (await clerk.post("/customer-search", body)).body
        cursor = answer["next"]
        assert answer["more"] is (cursor is not None) is (answer["hint"] is not None)
        answers.append((answer["looked_through"], len(answer["items"]), answer["hint"] is not None))
        ids += [item["id"] for item in answer["items"]]
    assert len(set(ids)) == len(ids)
    return answers


async def test_a_search_opens_no_more_than_its_bound_says_so_and_is_gone_on_with(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for serial in range(1, 6):
        await opened(registry, described(serial, "王某某", f"{HERE}东关街{serial}号"))
    clerk = registry.client()
    assert await parts(clerk, name="王") == [(5, 5, False)]
    monkeypatch.setattr(search_street, "BATCH", 2)
    assert await parts(clerk, name="王") == [(5, 5, False)]
    monkeypatch.setattr(search_street, "MOST_OPENED", 3)
    assert await parts(clerk, name="王") == [(3, 3, True), (2, 2, False)]
    assert await parts(clerk, name="李") == [(3, 0, True), (2, 0, False)]
    monkeypatch.setattr(search_street, "MOST_FOUND", 1)
    assert await parts(clerk, address="东关街") == [(1, 1, True)] * 4 + [(1, 1, False)]
    first = (await clerk.post("/customer-search", {**SERVICE, "name": "王"})).body
    assert first["hint"].startswith("已查看该街道（乡镇）的1户")
    other = {**SERVICE, "street": "371502002", "name": "王", "cursor": first["next"]}
    assert (await clerk.post("/customer-search", other, 400)).code == "cursor-invalid"


async def test_a_customer_with_several_accounts_in_a_street_is_found_once(registry: Running) -> None:
    for number, utility in enumerate(("W-371502", "G-371502")):
        await opened(registry, new_account(person(1), f"N{number}", address=f"{HERE}东关街12号"), utility)
    hall = registry.client("window", ScopeKind.DISTRICT, "371502")
    assert await parts(hall, name="王") == await parts(hall, address="东关街") == [(2, 1, False)]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": "王某某", "identifier": "1"}, "", "one-of"),
        ({}, "", "one-of"),
        ({"purpose": "SERVICE"}, "", "one-of"),
        ({"name": "王某某", "cursor": "x"}, "cursor", "cursor-without-street"),
        ({**SERVICE, "street": "371502999", "name": "王"}, "street", "street-unknown"),
        ({**SERVICE}, "name", "street-search-fields"),
        ({**SERVICE, "name": "王", "phone": "13800000001"}, "phone", "street-search-fields"),
        ({"street": STREET, "name": "王"}, "purpose", "purpose-missing"),
        ({**SERVICE, "address": "东"}, "address", "address-too-short"),
        ({**SERVICE, "name": "王**"}, "name", "masked-value"),
    ],
)
async def test_a_wrong_search_is_named_with_its_remedy(
    registry: Running, body: dict[str, object], field: str, code: str
) -> None:
    refused = (await registry.client().post("/customer-search", body, 422)).body
    (error,) = refused["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert error["rule"]
    assert error["remedy"]


async def test_a_name_that_two_units_have_leads_each_to_its_own_alone(registry: Running) -> None:
    here = await opened(registry, described(1, "王某某", f"{HERE}东关街12号"))
    there = await opened(registry, described(2, "王某某", "茌平区振兴街道1号"), "W-371503")
    firm = organisation(1, contact="王某某")
    contact = await opened(registry, new_account(firm, "N3", address="茌平区振兴街道2号"), "W-371503")
    sought: dict[str, Any] = {"name": "王某某"}
    for utility, expected in (
        ("W-371502", {here["customer_id"]}),
        ("W-371503", {there["customer_id"], contact["customer_id"]}),
        ("W-371521", set[str]()),
    ):
        clerk = registry.client("clerk", ScopeKind.UTILITY, utility, utility)
        items = (await clerk.post("/customer-search", sought)).body["items"]
        assert {item["id"] for item in items} == expected
    clerk = registry.client("clerk", ScopeKind.UTILITY, "W-371503", "at 茌平")
    address = {"address": f"{HERE}东关街12号"}
    assert (await clerk.post("/customer-search", address)).body["items"] == []
    (hit,) = (await registry.client().post("/customer-search", address)).body["items"]
    assert hit["id"] == here["customer_id"]


async def test_the_page_finds_a_street_by_its_name_and_goes_on(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for serial in (1, 2):
        await opened(registry, described(serial, "王某某", f"{HERE}东关街{serial}号"))
    monkeypatch.setattr(search_street, "MOST_OPENED", 1)
    clerk = registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        looking = (await visitor.forms("/customers"))["查找"]
        assert "茌平区" not in await visitor.open("/customers")
        refused = await visitor.refused(looking, street=HERE, name="王")
        assert "在街道（乡镇）内查找须写明目的" in refused
        entered = {"street": HERE, "name": "王", "purpose": "SERVICE"}
        _, page = await visitor.send(looking, **entered)
        assert "已查看该街道（乡镇）的1户" in page
        assert page.count("王**") == 1
        assert "东关街" not in page
        _, page = await visitor.send(forms_of(page)["继续查找"])
        assert page.count("王**") == 1
        assert "继续查找" not in page
