"""Lists: each filter, both orders, pages that hold still, and how many statements they cost."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.stages import Stage
from services.hookup.storage.tables import hookup_case
from tests.services.hookup.copies import SLOW, copy_cases, plan_of, sending
from tests.support.hookup import Hookup, Json

GAS = {"supply": "GAS", "district": "371503", "utility": "G-371503", "site_division": "371503001000"}


async def ids(hookup: Hookup, **query: object) -> list[str]:
    return [
        each["id"] for each in (await hookup.client("supervisor").get("/hookups", query=query)).body["items"]
    ]


async def test_each_filter_narrows_the_list(hookup: Hookup) -> None:
    clerk, approver = hookup.client(), hookup.client("approver")
    made: list[Json] = []
    for fields in ({}, GAS, {"declared_length_m": "120"}, {"complete": False}, {"declared_length_m": None}):
        hookup.clock.advance(timedelta(minutes=1))
        made.append((await hookup.client("window").submit(**fields)).body)
    plain, gas, longer, incomplete, unknown = [each["id"] for each in made]
    of_gas = hookup.client("clerk", ScopeKind.UTILITY, "G-371503")
    for stage in (Stage.SURVEY_DESIGN, Stage.CONTRACT):
        await of_gas.stage(gas, stage, "start")
    await clerk.act(
        longer, "special-case", {"reason": "CROSSING", "evidence_ref": await clerk.evidence(longer)}
    )
    await approver.act(longer, "special-case/approval")
    every = [unknown, incomplete, longer, gas, plain]
    assert await ids(hookup) == every
    for query, expected in (
        ({"district": "371503"}, [gas]),
        ({"utility": "G-371503"}, [gas]),
        ({"supply": "GAS"}, [gas]),
        ({"stage": "SURVEY_DESIGN"}, [gas]),
        ({"stage": "CONTRACT"}, [gas]),
        ({"stage": "ACCEPT"}, [incomplete]),
        ({"length_class": "L2_LE200"}, [longer]),
        ({"length_class": "UNKNOWN"}, [unknown]),
        ({"state": "SUBMITTED"}, [incomplete]),
        ({"special": True}, [longer]),
        ({"special": False}, [unknown, incomplete, gas, plain]),
        ({"overdue": True}, []),
        ({"overdue": False}, every),
        ({"supply": "GAS", "district": "371502"}, []),
    ):
        assert await ids(hookup, **query) == expected, query
    number = made[1]["number"]
    assert await ids(hookup, number=number) == [gas]
    assert await ids(hookup, number=f"  {number.lower().replace('-', '－')} ") == [gas]
    assert await ids(hookup, number=number[:-1]) == [gas]
    withdrawn = (await of_gas.act(gas, "withdrawal", {"document_ref": "OBJ-1"})).body
    assert withdrawn["open_stages"] == []
    assert await ids(hookup, stage="CONTRACT") == []
    async with hookup.service.database.reading() as connection:
        stored = await connection.scalar(select(hookup_case.c.open_stages).where(hookup_case.c.id == gas))
    assert stored == ""
    await clerk.get("/hookups", 422, order="oldest")
    await clerk.get("/hookups", 422, limit=201)


async def test_overdue_and_due_order_go_by_the_clock_and_leave_out_what_does_not_run(hookup: Hookup) -> None:
    clerk, approver = hookup.client(), hookup.client("approver")
    later, sooner, paused, endless = [
        (await clerk.submit(declared_length_m=length)).body["id"] for length in ("42", "0", "42.0", "200.1")
    ]
    body = {"reason": "CROSSING", "evidence_ref": await clerk.evidence(paused)}
    pause = await clerk.act(paused, "pauses", body)
    await approver.act(paused, f"pauses/{pause.body['pauses'][0]['id']}/approval")
    assert await ids(hookup, order="due") == [sooner, later]
    for moment, overdue, today in (
        ("2022-07-06 23:59:59", [], []),
        ("2022-07-07 17:30:00", [], [sooner]),
        ("2022-07-07 17:30:01", [sooner], []),
        ("2022-07-11 00:00:00", [sooner], [later]),
        ("2022-07-11 17:30:01", [later, sooner], []),
    ):
        hookup.set_clock(moment)
        assert await ids(hookup, due_today=True) == today
        assert set(await ids(hookup, due_today=False)) == {later, sooner, paused, endless} - set(today)
        assert sorted(await ids(hookup, overdue=True)) == sorted(overdue)
        assert sorted(await ids(hookup, overdue=False)) == sorted(
            {later, sooner, paused, endless} - set(overdue)
        )
        items = (await clerk.get("/hookups")).body["items"]
        assert {each["id"] for each in items if each["overdue"]} == set(overdue)
        # No worker is needed for it.
        assert (await clerk.get(f"/hookups/{sooner}")).body["overdue"] is (sooner in overdue)


@pytest.mark.parametrize("order", ["newest", "due", "-due_at", "number", "state"])
async def test_pages_hold_still_while_cases_are_added(hookup: Hookup, order: str) -> None:
    clerk = hookup.client()
    for minute in range(7):
        # Two at the same instant, so that the id decides.
        hookup.clock.advance(timedelta(minutes=minute % 2))
        await clerk.submit(declared_length_m="42" if minute % 3 else "0")
    expected = await ids(hookup, order=order)
    found: list[str] = []
    query: dict[str, object] = {"order": order, "limit": 2}
    while True:
        page = (await clerk.get("/hookups", query=query)).body
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        hookup.clock.advance(timedelta(days=1))
        await clerk.submit()
    new = set(found) - set(expected)
    assert [each for each in found if each not in new] == expected
    assert len(found) == len(set(found))
    # What is newer lies before the first page, what is due later comes at the end.
    assert bool(new) is (order in ("due", "number", "state"))
    for other in ({"order": order, "supply": "GAS"}, {"order": "-number"}):
        refused = await clerk.get("/hookups", 400, query={"cursor": query["cursor"], **other})
        assert refused.code == "cursor-invalid"


async def test_reading_and_commands_cost_the_same_few_statements_however_many_cases_there_are(
    hookup: Hookup,
) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    costs: list[int] = []
    for limit in (1, 30):
        while len((await clerk.get("/hookups", limit=200)).body["items"]) < limit:
            await clerk.submit()
        async with hookup.counting() as statements:
            assert len((await clerk.get("/hookups", limit=limit)).body["items"]) == limit
        costs.append(len(statements))
    assert costs == [1, 1]
    seen = await clerk.get(f"/hookups/{case_id}")
    async with hookup.counting() as statements:
        await clerk.get(f"/hookups/{case_id}")
    assert len(statements) == 1
    # What a command writes last goes to PostgreSQL as one statement.
    together = hookup.service.settings.database_url.startswith("postgresql")
    async with hookup.counting() as statements:
        # The number, the case, its timers, then its events and the answer.
        await clerk.submit()
    assert len(statements) == (5 if together else 6)
    async with hookup.counting() as statements:
        # The case, then the case again, the gap's timer that is gone, the event and the answer.
        await clerk.post(f"/hookups/{case_id}/stages/SURVEY_DESIGN/start", {}, version=seen.etag)
    assert len(statements) == (2 if together else 5)
    seen = await clerk.get(f"/hookups/{case_id}")
    async with hookup.counting() as statements:
        # Nothing is waited for anew.
        await clerk.post(f"/hookups/{case_id}/stages/CONTRACT/start", {}, version=seen.etag)
    assert len(statements) == (2 if together else 4)


async def test_fifty_thousand_cases_are_paged_by_an_index(hookup: Hookup) -> None:
    clerk, database = hookup.client(), hookup.service.database
    await clerk.submit()
    await copy_cases(hookup, 50_000)
    # Nine hundred are due on this day, a minute apart.
    hookup.set_clock("2022-07-12 09:00")
    for query in (
        {},
        {"order": "due"},
        {"utility": "W-371502"},
        {"district": "371502", "order": "due"},
        {"due_today": True, "order": "due"},
    ):
        with sending(database) as sent:
            page = (await clerk.get("/hookups", query=query)).body
            await clerk.get("/hookups", query={**query, "cursor": page["next"]})
        assert len(page["items"]) == 50
        first, count, second = sent
        assert count[0].startswith("SELECT count(")
        for statement, parameters in (first, second):
            plan = await plan_of(database, statement, parameters)
            assert not any(word in plan for word in SLOW), (query, plan)


async def test_a_row_tells_the_minutes_until_it_is_due_while_its_time_runs(hookup: Hookup) -> None:
    clerk = hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    case = (await clerk.submit()).body
    due = datetime.fromisoformat(case["due_at"])
    for before, left in ((timedelta(hours=2), 120), (timedelta(seconds=-30), -1)):
        hookup.clock.instant = due - before
        (row,) = (await clerk.get("/hookups")).body["items"]
        assert row["minutes_left"] == left
    await clerk.act(case["id"], "refusal", {"code": "OUT_OF_COVERAGE"})
    (row,) = (await clerk.get("/hookups")).body["items"]
    assert row["minutes_left"] is None
