"""Search over HTTP: what each official finds, by parts of numbers and names, and that it stays small."""

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.hookup.copies import copy_cases, sending
from tests.services.hookup.permit_samples import ROAD, clerk_of, file, surveyed
from tests.services.hookup.test_api_orders import GAS
from tests.support.hookup import Client, Hookup


async def found(client: Client, text: str) -> list[tuple[str, str]]:
    """Return kind and title of what is found."""
    return [(hit["kind"], hit["title"]) for hit in (await client.get("/search", q=text)).body["items"]]


async def test_what_has_the_number_or_name_is_found(hookup: Hookup) -> None:
    clerk, city = clerk_of(hookup), hookup.client("administrator")
    case_id = await surveyed(clerk)
    items = (await file(clerk, case_id, ROAD)).body["permits"]
    gas = (await hookup.client("window", ScopeKind.CITY).submit(**GAS)).body
    number = "W-371502-20220704-0001"
    (case, *permits) = (await city.get("/search", q="w-371502-2022")).body["items"]
    assert case == {"kind": "case", "id": case_id, "title": number, "about": "供水 · 东昌府区 · 办理中"}
    assert {(hit["kind"], hit["id"], hit["title"]) for hit in permits} == {
        ("permit", item["id"], number) for item in items
    }
    assert all("挖掘" in hit["about"] and "（" not in hit["title"] for hit in permits)
    assert set(await found(city, "２０２２０７０４")) == {
        ("case", gas["number"]),
        ("case", number),
        ("permit", number),
    }
    assert await found(city, "东昌府区供") == [
        ("utility", "东昌府区供水专营单位"),
        ("utility", "东昌府区供气专营单位"),
        ("utility", "东昌府区供热专营单位"),
    ]
    assert await found(city, "茌平") == [
        ("utility", "茌平区供水专营单位"),
        ("utility", "茌平区供气专营单位"),
        ("utility", "茌平区供热专营单位"),
        ("district", "茌平区"),
    ]
    assert ("district", "经开区") in await found(city, "聊城经济技术开发区")
    assert ("street", "古楼街道") in await found(city, "古楼")
    for nothing in ("%%", "__", "%%%", "没有这样的", "99999", "0001%", "\\\\"):
        assert await found(city, nothing) == [], nothing


async def test_each_official_finds_what_it_may_see(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = await surveyed(clerk)
    await file(clerk, case_id, ROAD)
    await hookup.client("window", ScopeKind.CITY).submit(**GAS)
    for client, cases, places in (
        (clerk, 1, [("utility", "东昌府区供水专营单位")]),
        (clerk_of(hookup, "H-371502"), 0, [("utility", "东昌府区供热专营单位")]),
        (
            hookup.client("supervisor", ScopeKind.DISTRICT, "371503"),
            1,
            [("utility", f"茌平区供{kind}专营单位") for kind in "水气热"],
        ),
    ):
        hits = await found(client, "20220704")
        assert len([kind for kind, _ in hits if kind == "case"]) == cases
        assert bool([kind for kind, _ in hits if kind == "permit"]) is (client is clerk)
        assert await found(client, "专营单位") == places
    assert await found(clerk, "聊城市") == []
    # A zone's streets are those of the district that statistics file it under.
    zone = clerk_of(hookup, "W-371571")
    for client, is_seen in ((clerk, True), (zone, True), (clerk_of(hookup, "W-371503"), False)):
        assert (("street", "古楼街道") in await found(client, "371502001")) is is_seen
    for stranger in (
        hookup.client("citizen", ScopeKind.CITIZEN, "C-1", subject="C-1"),
        hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG"),
        hookup.client("authority", ScopeKind.AUTHORITY, "MUNICIPAL-371502"),
    ):
        assert (await stranger.get("/search", 403, q="20220704")).code == "forbidden"
    assert (await hookup.stranger().get("/search", 401, q="20220704")).code == "unauthenticated"


async def test_a_case_is_found_by_its_customer(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    await clerk.submit(customer_ref="C-000318")
    await hookup.client("window", ScopeKind.CITY).submit(**GAS | {"customer_ref": "C-000319"})
    for text in ("C-000318", "ｃ-000318 "):
        (hit,) = (await clerk.get("/search", q=text)).body["items"]
        assert hit["about"] == "供水 · 东昌府区 · 已受理 · 用户 C-000318"
    # Of what others' customers have nothing is found, nor by a part.
    for nothing in ("C-000319", "C-00031"):
        assert await found(clerk, nothing) == [], nothing


async def test_what_lies_outside_of_the_scope_is_named_apart(hookup: Hookup) -> None:
    clerk, city = clerk_of(hookup), hookup.client("administrator")

    async def outside(client: Client, text: str) -> list[tuple[str, str]]:
        listed = (await client.get("/search", q=text)).body["outside"]
        return [(hit["kind"], hit["title"]) for hit in listed]

    assert await outside(clerk, "茌平区供水") == [("utility", "茌平区供水专营单位")]
    assert ("district", "茌平区") in await outside(clerk, "茌平")
    # The number of a case says whose it is, whether there is such a case or not.
    assert await outside(clerk, "W-371503-20220704-0001") == [("utility", "茌平区供水专营单位")]
    assert await outside(clerk, "W-371502-20220704-0001") == []
    assert await found(clerk, "W-371502-20220704-0001") == []
    kinds = [kind for kind, _ in await outside(clerk, "3715")]
    assert max(kinds.count(kind) for kind in kinds) == 10
    for text in ("茌平", "W-371503-20220704-0001"):
        assert await outside(city, text) == []


@pytest.mark.parametrize("text", ["", " ", "号", " 1 ", "x" * 41])
async def test_a_text_that_is_too_short_or_too_long_is_refused(hookup: Hookup, text: str) -> None:
    (error,) = (await hookup.client().get("/search", 422, q=text)).body["errors"]
    assert error["field"] == "query.q"
    assert error["remedy"]


async def test_it_finds_ten_of_each_kind_in_two_statements(hookup: Hookup) -> None:
    city = hookup.client("administrator")
    await surveyed(clerk_of(hookup))
    await copy_cases(hookup, 3_000)
    for text in ("COPY", "3715", "COPY-1029"):
        with sending(hookup.service.database) as sent:
            hits = await found(city, text)
        kinds = [kind for kind, _ in hits]
        assert kinds.count("case") == 10
        assert kinds.count("street") == (10 if text == "3715" else 0)
        assert max(kinds.count(kind) for kind in kinds) == 10
        assert len(sent) == 2
