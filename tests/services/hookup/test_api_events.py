"""A case's history: what happened to it, in order, kept for as long as the case."""

import asyncio
import time
from datetime import timedelta

from sqlalchemy import Table, func, select, update

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import idempotency, outbox
from services.hookup.domain.values.event_names import EVENT_NAMES
from services.hookup.domain.values.stages import Stage
from services.hookup.events.published import CASE_EVENTS
from tests.support.hookup import Hookup, when

DEADLINE = 20.0


def test_every_event_has_a_name() -> None:
    assert set(EVENT_NAMES) == {each.event for each in CASE_EVENTS}


async def test_events_are_told_in_order_with_their_particulars(hookup: Hookup) -> None:
    clerk = hookup.client()
    case = (await clerk.submit()).body
    await clerk.stage(case["id"], Stage.SURVEY_DESIGN, "start")
    hookup.set_clock("2022-07-04 12:00")
    await clerk.stage(case["id"], Stage.SURVEY_DESIGN, "completion")
    page = (await clerk.get(f"/hookups/{case['id']}/events")).body
    assert page["next"] is None
    assert [each["seq"] for each in page["items"]] == list(range(1, 8))
    assert [(each["event"], when_of(each)) for each in page["items"]] == [
        (name, at.isoformat()) for name, at in await hookup.events(case["id"])
    ]
    last = page["items"][-1]
    assert (last["event"], last["name"]) == ("stage_completed", "环节完成")
    assert last["particulars"] == {
        "length_class": "L1_LE50",
        "stage": "SURVEY_DESIGN",
        "round": 1,
        "started_at": "2022-07-04T01:00:00Z",
        "completed_at": "2022-07-04T04:00:00Z",
        "elapsed_minutes": 180,
        "working_minutes": 180,
    }


def when_of(event: dict[str, str]) -> str:
    return event["at"].replace("Z", "+00:00")


async def test_a_long_history_comes_in_pages(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    found: list[int] = []
    query: dict[str, object] = {"limit": 3}
    while True:
        page = (await clerk.get(f"/hookups/{case_id}/events", query=query)).body
        found += [each["seq"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == [1, 2, 3, 4]
    other = (await clerk.submit()).body["id"]
    assert (await clerk.get(f"/hookups/{other}/events", 400, query=query)).code == "cursor-invalid"


async def test_nobody_reads_the_history_of_a_case_that_is_not_theirs(hookup: Hookup) -> None:
    case_id = (await hookup.client().submit()).body["id"]
    for role, place, code in (
        ("clerk", ScopeKind.UTILITY, "G-371502"),
        ("citizen", ScopeKind.CITIZEN, "C-2"),
    ):
        client = hookup.client(role, place, code)
        assert (await client.get(f"/hookups/{case_id}/events", 404)).code == "not-found"
    await hookup.client("clerk", ScopeKind.UTILITY, "W-371502").get(f"/hookups/{case_id}/events")


async def count(hookup: Hookup, table: Table) -> int:
    async with hookup.service.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def test_housekeeping_leaves_the_history(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as work:
        await work.connection.execute(update(outbox).values(published_at=when("2022-07-04 09:01")))
    hookup.clock.advance(timedelta(days=1000))
    (house,) = [each for each in await hookup.service.worker_loops() if each.name == "housekeeping"]
    running = asyncio.create_task(house.run(hookup.service.beats))
    # Answers go after events: where there is none any more, events have had their turn.
    until = time.monotonic() + DEADLINE
    while await count(hookup, idempotency):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await count(hookup, outbox) == 4
    assert len((await clerk.get(f"/hookups/{case_id}/events")).body["items"]) == 4
