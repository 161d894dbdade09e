"""Watching a case, and the updates of who watches or was mentioned."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from libs.casework.storage.updates import KEPT
from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox
from services.hookup.domain.values.stages import Stage
from services.hookup.storage.tables import UPDATES, hookup_case
from tests.services.hookup.permit_samples import surveyed
from tests.services.hookup.staff_samples import one_of_staff, with_staff
from tests.services.hookup.test_api_actions import actions, take
from tests.support.hookup import Client, Hookup, Json
from tests.support.records import in_the_clear


async def updates(client: Client, **query: object) -> Json:
    body: Json = (await client.get("/updates", query=query)).body
    return body


def told(page: Json) -> list[str]:
    return [item["event"] for item in page["items"]]


async def watchers(hookup: Hookup) -> int:
    async with hookup.service.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(UPDATES.watcher)) or 0


async def test_who_watches_sees_what_happens_from_then_on(hookup: Hookup) -> None:
    clerk, colleague = one_of_staff(hookup, "clerk-1"), one_of_staff(hookup, "clerk-2")
    case_id = await surveyed(clerk)
    offered = await actions(colleague, case_id)
    assert "unwatchHookup" not in offered
    watched = await take(colleague, offered["watchHookup"][0])
    assert watched["watching"] is True
    assert (await clerk.get(f"/hookups/{case_id}")).body["watching"] is False
    assert await updates(colleague) == {"items": [], "next": None, "unread": 0}
    hookup.set_clock("2022-07-04 10:00")
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "completion")
    page = await updates(colleague)
    (item,) = page["items"]
    assert (item["event"], item["case_id"], item["unread"], page["unread"]) == (
        "stage_completed",
        case_id,
        True,
        1,
    )
    assert item["case_number"] == watched["number"]
    assert (item["actor"], item["unit"]["code"]) == ("clerk-1", "utility:W-371502")
    assert await updates(clerk) == {"items": [], "next": None, "unread": 0}
    offered = await actions(colleague, case_id)
    assert "watchHookup" not in offered
    await take(colleague, offered["unwatchHookup"][0])
    assert await updates(colleague) == {"items": [], "next": None, "unread": 0}
    assert await watchers(hookup) == 0


async def test_whom_a_note_mentions_finds_it_among_the_updates(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = await surveyed(clerk)
    await clerk.act(case_id, "notes", {"text": "请协助核对路由", "mentions": ["clerk-2", "city-1"]})
    for mentioned in (one_of_staff(hookup, "clerk-2"), hookup.client("supervisor", subject="city-1")):
        page = await updates(mentioned)
        assert told(page) == ["note_written"]
        assert page["items"][0]["person"] == {
            "subject": "clerk-1",
            "name": "经办一",
            "unit": "东昌府区供水专营单位",
            "role": None,
        }
        # What it says is read from the case: the event does not tell it.
        assert page["items"][0]["note"]["text"] == "请协助核对路由"
        assert "请协助" not in str(page["items"][0]["particulars"])
    assert told(await updates(hookup.client("supervisor", subject="city-2"))) == []


async def test_a_retracted_note_is_read_by_who_supervises_alone(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk, supervisor = one_of_staff(hookup, "clerk-1"), hookup.client("supervisor", subject="city-1")
    case_id = await surveyed(clerk)
    await clerk.act(case_id, "notes", {"text": "写错了", "mentions": ["clerk-2", "city-1"]})
    (note,) = (await clerk.get(f"/hookups/{case_id}/notes")).body["items"]
    await clerk.act(case_id, f"notes/{note['id']}/retraction", {"reason": "写错了件"})
    for reader, read in ((one_of_staff(hookup, "clerk-2"), None), (supervisor, "写错了")):
        told = (await updates(reader))["items"]
        assert [(item["event"], item["note"]["text"]) for item in told] == [
            ("note_retracted", read),
            ("note_written", read),
        ]


async def test_the_newest_come_first_in_pages_and_are_marked_as_read(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk, colleague = one_of_staff(hookup, "clerk-1"), one_of_staff(hookup, "clerk-2")
    case_ids = [await surveyed(clerk) for _ in range(2)]
    for case_id in case_ids:
        await colleague.act(case_id, "watch")
    for _ in range(2):
        for case_id in case_ids:
            await clerk.act(case_id, "notes", {"text": "进展正常"})
    seen, query = [], {"limit": 3}
    first = await updates(colleague, **query)
    seen += first["items"]
    second = await updates(colleague, **query, cursor=first["next"])
    seen += second["items"]
    assert [item["case_id"] for item in seen] == [*reversed(case_ids), *reversed(case_ids)]
    assert [item["position"] for item in seen] == sorted((item["position"] for item in seen), reverse=True)
    assert (first["unread"], second["next"]) == (4, None)
    marked = await colleague.post("/updates/read", {"up_to": seen[1]["position"]})
    assert marked.body == {"unread": 1}
    after = await updates(colleague)
    assert (after["unread"], [item["unread"] for item in after["items"]]) == (1, [True, False, False, False])
    # A mark never goes back, and never ahead of what there is.
    assert (await colleague.post("/updates/read", {"up_to": 0})).body == marked.body
    assert (await colleague.post("/updates/read", {"up_to": 2**63 - 1})).body == {"unread": 0}
    await clerk.act(case_ids[0], "notes", {"text": "又有进展"})
    assert (await updates(colleague))["unread"] == 1
    # Each has a mark of one's own.
    await clerk.act(case_ids[0], "watch")
    await colleague.act(case_ids[0], "notes", {"text": "同事写的"})
    assert (await updates(clerk))["unread"] == 1
    assert (await clerk.post("/updates/read", {"up_to": -1}, 422)).code == "invalid"


async def test_what_one_does_oneself_is_no_update_of_ones_own(hookup: Hookup) -> None:
    clerk, colleague = one_of_staff(hookup, "clerk-1"), one_of_staff(hookup, "clerk-2")
    case_id = await surveyed(clerk)
    for watching in (clerk, colleague):
        await watching.act(case_id, "watch")
    await colleague.act(case_id, "notes", {"text": "同事写的"})
    await clerk.act(case_id, "notes", {"text": "本人写的"})
    page = await updates(clerk)
    assert ([item["actor"] for item in page["items"]], page["unread"]) == (["clerk-2"], 1)
    # What the clock does is nobody's own.
    hookup.set_clock("2022-08-31 09:00")
    await hookup.fire_timers()
    page = await updates(clerk)
    assert page["items"][0]["actor"] is None
    assert "clerk-1" not in [item["actor"] for item in page["items"]]
    assert page["unread"] == len(page["items"])


async def test_updates_are_of_what_the_scope_still_shows(hookup: Hookup) -> None:
    clerk, colleague = one_of_staff(hookup, "clerk-1"), one_of_staff(hookup, "clerk-2")
    case_id = await surveyed(clerk)
    await clerk.act(case_id, "watch")
    await colleague.act(case_id, "notes", {"text": "进展正常"})
    assert told(await updates(clerk)) == ["note_written"]
    # The same account, moved to another utility.
    moved = hookup.client("clerk", ScopeKind.UTILITY, "G-371502", subject="clerk-1")
    assert await updates(moved) == {"items": [], "next": None, "unread": 0}


async def test_updates_reach_back_for_ninety_days(hookup: Hookup) -> None:
    clerk, colleague = one_of_staff(hookup, "clerk-1"), one_of_staff(hookup, "clerk-2")
    case_id = await surveyed(clerk)
    await clerk.act(case_id, "watch")
    await colleague.act(case_id, "notes", {"text": "进展正常"})
    await publish(hookup)
    hookup.clock.advance(KEPT)
    assert (await updates(clerk))["unread"] == 1
    hookup.clock.advance(timedelta(seconds=1))
    assert await updates(clerk) == {"items": [], "next": None, "unread": 0}


async def publish(hookup: Hookup) -> None:
    """Let the relay have published by now whatever there is."""
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as uow:
        waiting = update(outbox).where(outbox.c.published_at.is_(None))
        await uow.connection.execute(waiting.values(published_at=hookup.clock.now()))


async def test_a_case_that_ended_long_ago_is_no_longer_watched(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk, database = one_of_staff(hookup, "clerk-1"), hookup.service.database
    ended, open_case = await surveyed(clerk), await surveyed(clerk)
    for case_id in (ended, open_case):
        await clerk.act(case_id, "watch")
    await clerk.act(ended, "refusal", {"code": "OUT_OF_COVERAGE"})
    await publish(hookup)
    hookup.clock.advance(KEPT)
    assert await UPDATES.purge(database, hookup.clock.now()) == 0
    hookup.clock.advance(timedelta(seconds=1))
    assert await UPDATES.purge(database, hookup.clock.now()) == 1
    assert await watchers(hookup) == 1
    # A mention brings it back for as long as it is news.
    await one_of_staff(hookup, "clerk-2").act(ended, "notes", {"text": "请补充说明", "mentions": ["clerk-1"]})
    assert told(await updates(clerk)) == ["note_written"]
    await publish(hookup)
    assert await UPDATES.purge(database, hookup.clock.now()) == 0
    hookup.clock.advance(KEPT + timedelta(seconds=1))
    (loop,) = [
        loop for loop in await hookup.service.worker_loops() if loop.name == "hookup_case_watcher-purge"
    ]
    await loop.step()
    assert await watchers(hookup) == 1


async def test_a_release_that_forgot_the_watchers_does_no_harm(hookup: Hookup) -> None:
    clerk, database = one_of_staff(hookup, "clerk-1"), hookup.service.database
    case_id = await surveyed(clerk)
    await clerk.act(case_id, "watch")
    async with database.migrating() as connection:
        await in_the_clear(connection, hookup_case, "watchers")
    await clerk.act(case_id, "watch")
    assert await watchers(hookup) == 1


@pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
async def test_who_watches_costs_a_command_nothing(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    alone, watched = await surveyed(clerk), await surveyed(clerk)
    for number in range(20):
        await one_of_staff(hookup, f"clerk-{number}").act(watched, "watch")
    counts = []
    for case_id in (alone, watched):
        seen = await clerk.get(f"/hookups/{case_id}")
        async with hookup.counting() as statements:
            await clerk.post(f"/hookups/{case_id}/notes", {"text": "进展正常"}, version=seen.etag)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_a_list_costs_the_same_statements_however_many_cases_are_watched(hookup: Hookup) -> None:
    clerk = one_of_staff(hookup, "clerk-1")
    counts = []
    for _ in range(2):
        for _ in range(3):
            case_id = await surveyed(clerk)
            await clerk.act(case_id, "watch")
            await clerk.act(case_id, "notes", {"text": "进展正常"})
        async with hookup.counting() as statements:
            await updates(clerk)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 4


async def test_rows_of_cases_go_with_their_watchers(hookup: Hookup) -> None:
    clerk = one_of_staff(hookup, "clerk-1")
    await clerk.act(await surveyed(clerk), "watch")
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as uow:
        await uow.connection.execute(hookup_case.delete())
    assert await watchers(hookup) == 0
