"""Work lists over HTTP: what they are narrowed to, their counts, and the agent's own cases."""

import pytest

from libs.casework.storage import work_lists
from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.work import Whose
from tests.services.hookup.copies import copy_cases, plan_of, sending
from tests.services.hookup.permit_samples import citizen, clerk_of, surveyed
from tests.services.hookup.test_api_agents import agent_of, with_agents
from tests.services.hookup.test_api_orders import GAS
from tests.services.hookup.test_api_work import ids, listed
from tests.support.hookup import Client, Hookup

NOTHING = (0, 0, 0)


async def counts(client: Client, **query: object) -> dict[str, tuple[int, int, int]]:
    """Return, of each list, how many cases wait, are overdue, and are due soon."""
    body = (await client.get("/work-list/counts", query=query)).body
    assert [item["whose"] for item in body["items"]] == list(Whose)
    assert not any(item["more_than_total"] for item in body["items"])
    return {item["whose"]: (item["total"], item["overdue"], item["due_soon"]) for item in body["items"]}


async def test_lists_are_counted_as_they_are_listed(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    clerk, user = clerk_of(hookup), citizen(hookup)
    city = hookup.client("administrator")
    assert set((await counts(clerk)).values()) == {NOTHING}
    soon = await surveyed(clerk)
    await surveyed(clerk, "200.1")
    await user.act(soon, "urges")
    await user.act(soon, "questions", {"text": "北墙？"})
    await hookup.client("window", ScopeKind.CITY).submit(**GAS)
    # The urge is due by the close of the next working day: on the day before less than a working day is left.
    for moment, of_clerk, of_agent in (
        ("2022-07-04 09:00", (2, 0, 0), (2, 0, 0)),
        ("2022-07-05 09:00", (2, 0, 1), (2, 0, 1)),
        ("2022-07-05 17:30", (2, 0, 1), (2, 0, 1)),
        ("2022-07-05 17:31", (2, 1, 0), (2, 1, 0)),
    ):
        hookup.set_clock(moment)
        assert (await counts(clerk))["clerk"] == of_clerk, moment
        assert (await counts(agent_of(hookup, "agent-1")))["agent"] == of_agent, moment
    assert (await counts(city))["clerk"] == (3, 2, 0)
    # What is due never is neither overdue nor due soon.
    assert (await counts(clerk, overdue=False))["clerk"] == (1, 0, 0)
    assert (await counts(clerk_of(hookup, "H-371502")))["clerk"] == NOTHING
    assert (await counts(user))["clerk"] == (3, 2, 0)
    await hookup.client("authority", ScopeKind.AUTHORITY, "371502-LANDSCAPE").get("/work-list/counts", 403)


async def test_lists_are_narrowed_by_place_service_and_time(hookup: Hookup) -> None:
    city, window = hookup.client("administrator"), hookup.client("window", ScopeKind.CITY)
    water = (await window.submit()).body["id"]
    never = (await window.submit(declared_length_m="200.1")).body["id"]
    gas = (await window.submit(**GAS)).body["id"]
    hookup.set_clock("2022-07-08 09:00")
    heat = (await window.submit(supply="HEAT", utility="H-371502")).body["id"]
    for query, expected in (
        ({}, {water, never, gas, heat}),
        ({"district": "371503"}, {gas}),
        ({"utility": "W-371502"}, {water, never}),
        ({"supply": "HEAT"}, {heat}),
        ({"overdue": True}, {water, never, gas}),
        ({"overdue": False}, {heat}),
        ({"overdue": True, "supply": "GAS"}, {gas}),
        ({"district": "371503", "supply": "WATER"}, set()),
        ({"mine": True}, set()),
        ({"mine": False}, {water, never, gas, heat}),
    ):
        assert set(await ids(city, "clerk", **query)) == expected, query
        assert (await counts(city, **query))["clerk"][0] == len(expected), query
    for query in ({"overdue": "yes"}, {"supply": "OIL"}, {"of": "me"}):
        await city.get("/work-list", 422, query=query)
        await city.get("/work-list/counts", 422, query=query)
    first = (await city.get("/work-list", limit=1)).body["next"]
    assert (await city.get("/work-list", 400, cursor=first, supply="GAS")).code == "cursor-invalid"


async def test_an_agents_list_has_every_open_case_that_the_agent_helps_with(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1", "agent-2")
    clerk, user = clerk_of(hookup), citizen(hookup)
    cases = [(await user.submit(declared_length_m="42")).body for _ in range(6)]
    own = [case["id"] for case in cases if case["agent"]["agent"] == "agent-1"]
    agent = agent_of(hookup, "agent-1")
    assert len(own) == 3
    assert set(await ids(agent, "agent")) == set(own)
    # Those with a task come first, the most urgent before, whatever the size of a page.
    await user.act(own[2], "questions", {"text": "北墙？"})
    hookup.set_clock("2022-07-05 09:00")
    await user.act(own[1], "questions", {"text": "南墙？"})
    assert await ids(agent, "agent") == [own[2], own[1], own[0]]
    found, query = [], {"whose": "agent", "limit": "1"}
    while True:
        page = (await agent.get("/work-list", query=query)).body
        found += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == [own[2], own[1], own[0]]
    rows = await listed(agent, "agent")
    assert [(row["work_due_at"], row["remaining_minutes"], row["light"]) for row in rows] == [
        ("2022-07-05T09:30:00Z", 420, "YELLOW"),
        ("2022-07-06T09:30:00Z", 870, "GREEN"),
        (None, None, "GREEN"),
    ]
    # What is over is no longer there; the clerk's list is narrowed to the agent's own cases.
    await clerk.act(own[0], "withdrawal", {"document_ref": "OBJ-1"})
    assert await ids(agent, "agent") == [own[2], own[1]]
    assert set(await ids(agent, "clerk", mine=True)) == {own[1], own[2]}
    assert len(await ids(agent, "clerk", mine=False)) == 3
    assert (await counts(agent, mine=True))["clerk"][0] == 2


async def test_counts_are_one_statement_by_the_indexes_and_bounded(
    hookup: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, database = clerk_of(hookup), hookup.service.database
    await surveyed(clerk)
    await copy_cases(hookup, 20_000)
    with sending(database) as sent:
        await counts(clerk)
    ((statement, parameters),) = sent
    plan = await plan_of(database, statement, parameters)
    assert "Seq Scan on hookup_case" not in plan
    assert "SCAN hookup_case\n" not in plan
    monkeypatch.setattr(work_lists, "MOST_COUNTED", 100)
    items = (await clerk.get("/work-list/counts")).body["items"]
    of_clerk = next(item for item in items if item["whose"] == "clerk")
    assert (of_clerk["total"], of_clerk["more_than_total"]) == (100, True)
