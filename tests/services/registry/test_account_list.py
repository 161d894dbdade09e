"""The list of accounts on both engines: its orders page through every account, its days, and its page."""

from datetime import timedelta
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from services.registry.storage.accounts import ORDERS
from tests.services.registry.exports.asking import exported, rows_of, taken
from tests.services.registry.request_samples import citizen, submitted
from tests.services.registry.samples import new_account, organisation, person
from tests.services.registry.test_accounts import opened
from tests.support.page_forms import visiting
from tests.support.service import Running

_CITY = ("supervisor", ScopeKind.CITY, "")


async def closed(registry: Running, row: dict[str, Any]) -> None:
    """Close an account."""
    utility = (ScopeKind.UTILITY, str(row["utility"]))
    path = await submitted(citizen(registry, row["customer_id"]), row["id"], "CLOSURE")
    await registry.client("clerk", *utility).command(path, "acceptance")
    await registry.client("approver", *utility).command(path, "approval", {"settled": True})
    await registry.client("clerk", *utility).command(path, "completion", {"reading": 40})


async def some_accounts(registry: Running) -> list[dict[str, Any]]:
    """Open four accounts of two utilities, each a day after the other, and close the first two in reverse."""
    rows = []
    for serial, utility in enumerate(("W-371502", "G-371502", "W-371502", "G-371502"), start=1):
        who = organisation(serial) if serial % 2 else person(serial)
        rows.append(await opened(registry, new_account(who, number=f"N-{serial}"), utility))
        registry.clock.advance(timedelta(days=1))
    for row in (rows[1], rows[0]):
        await closed(registry, row)
        registry.clock.advance(timedelta(days=1))
    city = registry.client(*_CITY)
    return [dict((await city.get(f"/accounts/{row['id']}")).body) for row in rows]


async def listed(client: Any, **query: object) -> list[dict[str, Any]]:
    """Return every account of a list, page by page of one."""
    rows, cursor = list[dict[str, Any]](), dict[str, str]()
    while True:
        page = (await client.get("/accounts", query={**query, "limit": 1, **cursor})).body
        rows += page["items"]
        if page["next"] is None:
            return rows
        cursor = {"cursor": page["next"]}


async def test_each_order_pages_through_every_account(registry: Running) -> None:
    rows = await some_accounts(registry)
    for client, own in (
        (registry.client(*_CITY), rows),
        (registry.client(), [row for row in rows if row["utility"] == "W-371502"]),
    ):
        for order in ORDERS:
            found = await listed(client, order=order)
            name = order.removeprefix("-") if order != "newest" else "opened_at"
            is_descending = order.startswith("-") or order == "newest"
            known = [row for row in own if row[name] is not None]
            expected = sorted((row[name] for row in known), reverse=is_descending)
            assert [row[name] for row in found] == expected + [None] * (len(own) - len(known)), order
            assert {row["id"] for row in found} == {row["id"] for row in own}, order
    refused = await registry.client().get("/accounts", 422, query={"order": "number"})
    assert refused.body["errors"][0]["field"] == "query.order"
    # A cursor is of its order.
    page = (await registry.client().get("/accounts", query={"order": "state", "limit": 1})).body
    other = {"order": "-state", "limit": 1, "cursor": page["next"]}
    assert (await registry.client().get("/accounts", 400, query=other)).code == "cursor-invalid"


@pytest.mark.parametrize("event", ["opened", "closed"])
async def test_days_are_those_of_shanghai_and_both_are_included(registry: Running, event: str) -> None:
    rows, city = await some_accounts(registry), registry.client(*_CITY)
    days = {row["id"]: row[f"{event}_at"][:10] for row in rows if row[f"{event}_at"]}
    for first in days.values():
        for last in days.values():
            query = {f"{event}_from": first, f"{event}_to": last}
            if first > last:
                (error,) = (await city.get("/accounts", 422, query=query)).body["errors"]
                assert (error["field"], error["code"]) == (f"query.{event}_to", "reversed")
                continue
            expected = {of for of, day in days.items() if first <= day <= last}
            assert {row["id"] for row in await listed(city, **query)} == expected
    # An account without the time is in no range of it.
    every = await listed(city, **{f"{event}_from": "2000-01-01", f"{event}_to": "2099-12-31"})
    assert {row["id"] for row in every} == days.keys()
    (first_day, *_) = sorted(days.values())
    (error,) = (await city.get("/accounts", 422, query={f"{event}_from": "20220704"})).body["errors"]
    assert error["field"] == f"query.{event}_from"
    assert await listed(city, **{f"{event}_to": first_day}) != await listed(city)


async def test_a_day_begins_at_midnight_in_shanghai(registry: Running) -> None:
    registry.set_clock("2022-07-04T23:30")
    late = await opened(registry, new_account(organisation()))
    registry.set_clock("2022-07-05T00:30")
    early = await opened(registry, new_account(organisation(2), number="2"))
    clerk = registry.client()
    for day, row in (("2022-07-04", late), ("2022-07-05", early)):
        found = await listed(clerk, opened_from=day, opened_to=day)
        assert [item["id"] for item in found] == [row["id"]]


async def test_the_page_sorts_narrows_by_customer_and_tells_a_wrong_filter(registry: Running) -> None:
    rows = await some_accounts(registry)
    caller = registry.caller()
    async with visiting("registry", registry.app, caller, registry.token(caller), registry.clock) as visitor:
        own = [row for row in rows if row["utility"] == "W-371502"]
        page = await visitor.open("/accounts?order=opened_at")
        at = [page.index(f"/accounts/{row['id']}") for row in own]
        assert at == sorted(at)
        page = await visitor.open("/accounts?order=-opened_at")
        at = [page.index(f"/accounts/{row['id']}") for row in own]
        assert at == sorted(at, reverse=True)
        # The link on a customer's page.
        page = await visitor.open(f"/accounts?customer_id={own[0]['customer_id']}")
        assert f"/accounts/{own[0]['id']}" in page
        assert f"/accounts/{own[1]['id']}" not in page
        page = await visitor.open(f"/accounts?closed_from={own[0]['closed_at'][:10]}")
        assert f"/accounts/{own[1]['id']}" not in page
        export = await visitor.open(f"/account-exports/new?closed_from={own[0]['closed_at'][:10]}")
        assert f"销户日期自{own[0]['closed_at'][:10]}" in export
        wrong = await visitor.client.get("/accounts?customer_id=1")
        assert wrong.status_code == 422
        assert (
            'id="f-customer_id" type="search" name="customer_id" maxlength="36" value="1" aria-inv'
            in wrong.text
        )


async def test_an_export_has_the_days_of_its_list(registry: Running) -> None:
    rows = [row for row in await some_accounts(registry) if row["utility"] == "W-371502"]
    day = rows[-1]["opened_at"][:10]
    client = registry.client()
    export = await exported(registry, client, opened_from=day, opened_to=day)
    assert export["filter_names"] == "立户日期（起）、立户日期（止）"
    (row,) = rows_of((await taken(client, export)).response.content)
    assert row["系统编号"] == rows[-1]["id"]
