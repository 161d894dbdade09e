"""Orders of the list of cases: each column in both directions, by an index, with what has no value last."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from services.hookup.usecases.read_cases import ORDERS
from tests.services.hookup.copies import SLOW, copy_cases, plan_of, sending
from tests.support.hookup import Client, Hookup, Json

GAS: Json = {"supply": "GAS", "district": "371503", "utility": "G-371503", "site_division": "371503001000"}
HEAT: Json = {"supply": "HEAT", "utility": "H-371502"}
COLUMNS = sorted({order.removeprefix("-") for order in ORDERS} - {"newest", "due"})


async def pages(client: Client, limit: int, **query: object) -> list[Json]:
    items: list[Json] = []
    while True:
        page = (await client.get("/hookups", query={**query, "limit": limit})).body
        items += page["items"]
        if page["next"] is None:
            return items
        query["cursor"] = page["next"]


async def test_every_column_of_the_list_sorts_it_in_both_directions(hookup: Hookup) -> None:
    window, clerk, reader = hookup.client("window"), hookup.client(), hookup.client("supervisor")
    for fields in (
        GAS,
        HEAT,
        {},
        {"complete": False},
        {"declared_length_m": "200.1"},
        {"declared_length_m": "0"},
    ):
        for _ in range(2):
            hookup.clock.advance(timedelta(minutes=1))
            await window.submit(**fields)
    # Two that are over.
    for case in (await clerk.get("/hookups", supply="WATER", limit=2)).body["items"]:
        hookup.clock.advance(timedelta(minutes=1))
        await clerk.act(case["id"], "withdrawal", {"document_ref": "OBJ-1"})
    everyone = await pages(reader, 200)
    assert len(everyone) == 12
    assert COLUMNS == [
        "district",
        "due_at",
        "finished_at",
        "length_class",
        "number",
        "state",
        "submitted_at",
        "supply",
        "utility",
    ]
    for column in COLUMNS:
        valued = sorted(case[column] for case in everyone if case[column] is not None)
        empty = [None] * (len(everyone) - len(valued))
        assert bool(empty) is (column in ("due_at", "finished_at"))
        for order, expected in ((column, [*valued, *empty]), (f"-{column}", [*valued[::-1], *empty])):
            whole = await pages(reader, 200, order=order)
            assert [case[column] for case in whole] == expected, order
            assert {case["id"] for case in whole} == {case["id"] for case in everyone}
            # The same order page by page, whatever the size of a page; across the seam to what has no value, too.
            for limit in (1, 5):
                assert await pages(reader, limit, order=order) == whole, (order, limit)


async def test_the_orders_of_before_keep_their_meaning(hookup: Hookup) -> None:
    clerk = hookup.client()
    for length in ("42", "0", "200.1"):
        await clerk.submit(declared_length_m=length)
    assert await pages(clerk, 2, order="newest") == await pages(clerk, 2, order="-submitted_at")
    due = await pages(clerk, 2, order="due")
    assert [case["due_at"] for case in due] == ["2022-07-07T09:30:00Z", "2022-07-11T09:30:00Z"]
    assert len(await pages(clerk, 2, order="due_at")) == 3


def callers(hookup: Hookup) -> Iterator[tuple[Client, dict[str, Any]]]:
    yield hookup.client("supervisor"), {}
    yield hookup.client("clerk", ScopeKind.UTILITY, "W-371502"), {}
    yield hookup.client("supervisor"), {"utility": "G-371503"}


async def test_no_order_sorts_or_reads_the_whole_table(hookup: Hookup) -> None:
    database = hookup.service.database
    await hookup.client().submit()
    await copy_cases(hookup, 30_000)
    for client, query in callers(hookup):
        for order in ORDERS:
            asked = {**query, "order": order, "limit": 20}
            with sending(database) as sent:
                page = (await client.get("/hookups", query=asked)).body
                await client.get("/hookups", query={**asked, "cursor": page["next"]})
            assert len(page["items"]) == 20
            for statement, parameters in sent:
                if not statement.startswith("SELECT count("):
                    plan = await plan_of(database, statement, parameters)
                    # SQLite sorts the right part of a long key among equal left ones.
                    slow = SLOW[1:] if database.is_sqlite else SLOW
                    assert not any(word in plan for word in slow), (order, query, plan)


@pytest.mark.parametrize("order", ["due_at", "-finished_at"])
async def test_a_page_among_what_has_no_value_is_read_by_the_index_too(hookup: Hookup, order: str) -> None:
    database, clerk = hookup.service.database, hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    await hookup.client().submit()
    await copy_cases(hookup, 20_000)
    rest = f"hookup_case.{order.removeprefix('-')} IS NULL"
    query: dict[str, Any] = {"order": order, "limit": 200}
    seen: list[str] = []
    while len(seen) < 3:
        with sending(database) as sent:
            query["cursor"] = (await clerk.get("/hookups", query=query)).body["next"]
        seen += [await plan_of(database, *statement) for statement in sent if rest in statement[0]]
    for plan in seen:
        assert not any(word in plan for word in SLOW), plan
