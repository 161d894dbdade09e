"""What happens by the clock: fired by the worker's own runner, once, at the instant at which it was due."""

import asyncio
from datetime import date, timedelta

from sqlalchemy import func, select

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox
from libs.common.policy_changes import KNOWN_EVERYWHERE
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.samples import at
from tests.services.hookup.test_api_flow import turned_on
from tests.support.hookup import Hookup, Json

SECOND = timedelta(seconds=1)


async def test_a_late_worker_reports_everything_once_at_the_instant_it_was_due(hookup: Hookup) -> None:
    clerk = hookup.client()
    hookup.set_clock("2022-09-30 16:40")
    case_id = (await clerk.submit(complete=False)).body["id"]
    assert await hookup.timers(case_id) == {"deemed_acceptance": at("2022-10-08 17:30")}
    hookup.set_clock("2022-10-08 17:29:59")
    assert await hookup.fire_timers() == 0
    hookup.set_clock("2022-11-01 09:00")
    await hookup.fire_timers()
    assert (await hookup.events(case_id))[2:] == [
        ("stage_completed", at("2022-10-08 17:30")),
        ("case_accepted", at("2022-10-08 17:30")),
        ("due_reminder", at("2022-09-30 17:10")),
        ("due_soon", at("2022-09-30 17:30")),
        ("case_overdue", at("2022-10-08 17:30") + SECOND),
        ("agent_overdue", at("2022-10-09 10:30")),
        ("gap_detected", at("2022-10-09 17:30")),
    ]
    assert not await hookup.timers(case_id)
    case = (await clerk.get(f"/hookups/{case_id}")).body
    assert (case["receipt_date"], case["overdue"]) == ("2022-09-30", True)
    assert await hookup.fire_timers() == 0
    assert (await clerk.get(f"/hookups/{case_id}")).body["version"] == case["version"]


async def test_an_absent_user_does_not_hold_up_the_end(hookup: Hookup) -> None:
    case_id = await turned_on(hookup)
    hookup.set_clock("2022-07-12 09:00")
    await hookup.fire_timers()
    case = (await hookup.client().get(f"/hookups/{case_id}")).body
    assert (case["state"], case["confirmed_by_user"]) == ("CLOSED", False)
    assert case["finished_at"] == "2022-07-08T06:00:00Z"
    assert (await hookup.events(case_id))[-1] == ("case_closed", at("2022-07-09 14:00"))


async def test_a_command_that_comes_before_a_late_worker_finds_done_what_was_due(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit(complete=False)).body["id"]
    hookup.set_clock("2022-07-06 09:00")
    # It is accepted by law since yesterday's close; accepting it today would start the clock later.
    assert (await clerk.act(case_id, "acceptance", status=409)).code == "not-in-this-state"
    assert [name for name, _ in await hookup.events(case_id)] == ["case_submitted", "stage_started"]
    started = await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    assert (started["receipt_date"], started["state"]) == ("2022-07-04", "IN_PROGRESS")
    assert [name for name, _ in await hookup.events(case_id)][2:] == [
        "stage_completed",
        "case_accepted",
        "stage_started",
    ]
    told = await hookup.events(case_id)
    assert await hookup.fire_timers() == 0
    assert await hookup.events(case_id) == told


async def test_two_workers_and_commands_at_once_report_each_due_time_once(hookup: Hookup) -> None:
    clerk = hookup.client()
    cases = [(await clerk.submit(declared_length_m="0")).body["id"] for _ in range(8)]
    hookup.set_clock("2022-07-08 09:00")
    seen = [(await clerk.get(f"/hookups/{each}")).etag for each in cases]

    async def start(case_id: str, version: str) -> int:
        answer = await clerk.http.post(
            f"/v1/hookups/{case_id}/stages/SURVEY_DESIGN/start",
            json={},
            headers={"If-Match": version, "Idempotency-Key": case_id},
        )
        return answer.status_code

    first, second = hookup.runner(), hookup.runner()
    _, _, *answers = await asyncio.gather(
        first.step(), second.step(), *(start(*each) for each in zip(cases, seen, strict=True))
    )
    # A claim that lost against a command is given up; whoever comes after it finds nothing left to do.
    hookup.clock.advance(timedelta(minutes=2))
    await hookup.fire_timers()
    for case_id, status in zip(cases, answers, strict=True):
        names = [name for name, _ in await hookup.events(case_id)]
        # What the timers changed meanwhile conflicts with no form.
        assert (names.count("stage_started"), status) == (2, 200)
        for name in ("due_soon", "case_overdue", "gap_detected"):
            assert names.count(name) == 1, (status, names)
        assert not await hookup.timers(case_id)


# -- the calendar


def amendment(*days: tuple[str, bool]) -> Json:
    return {
        "source_document": "聊政办发〔2022〕8号",
        "days": [{"date": day, "is_workday": works, "kind": "local", "name": "停工"} for day, works in days],
    }


async def amend(hookup: Hookup, body: Json) -> int:
    """Amend the calendar and let the walk go through the open cases; return the version."""
    asked = await hookup.client("administrator").post("/calendar-amendments", body, 201)
    path = f"/calendar-amendments/{asked.body['id']}/approval"
    approved = await hookup.client("administrator", subject="administrator-2").post(path)
    hookup.clock.advance(KNOWN_EVERYWHERE)
    await hookup.fire_timers()
    return int(approved.body["version"])


async def test_who_asks_for_an_amendment_cannot_approve_it(hookup: Hookup) -> None:
    asker = hookup.client("administrator")
    body = amendment(("2022-07-11", False))
    assert (await hookup.client().post("/calendar-amendments", body, 403)).code == "forbidden"
    of_a_district = hookup.client("administrator", ScopeKind.DISTRICT, "371502")
    assert (await of_a_district.post("/calendar-amendments", body, 403)).code == "forbidden"
    asked = await asker.post("/calendar-amendments", body, 201)
    assert asked.body["version"] is None
    path = f"/calendar-amendments/{asked.body['id']}/approval"
    assert (await asker.post(path, None, 409)).code == "approver-is-asker"
    days = await asker.get("/calendar", query={"from": "2022-07-11", "to": "2022-07-11"})
    assert (days.body["version"], days.body["days"][0]["is_workday"]) == (1, True)
    assert (await of_a_district.post(path, None, 403)).code == "forbidden"
    other = hookup.client("administrator", subject="administrator-2")
    assert (await other.post(path)).body["version"] == 2
    assert (await other.post(path, None, 409)).code == "amendment-approved"
    days = await asker.get("/calendar", query={"from": "2022-07-11", "to": "2022-07-11"})
    assert (days.body["version"], days.body["days"][0]["is_workday"]) == (2, False)
    assert [name for name, _ in await hookup.events("calendar")] == ["calendar_updated"]
    nowhere = "/calendar-amendments/0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11/approval"
    assert (await other.post(nowhere, None, 404)).code == "not-found"
    outside = amendment(("2100-01-01", False))
    assert (await asker.post("/calendar-amendments", outside, 422)).code == "invalid"


async def test_an_amendment_moves_what_is_to_come_and_nothing_that_has_passed(hookup: Hookup) -> None:
    hookup.set_clock("2022-06-29 09:00")
    clerk = hookup.client()
    passed = (await clerk.submit()).body
    hookup.set_clock("2022-07-06 09:00")
    coming = (await clerk.submit()).body
    waiting = (await clerk.submit(complete=False)).body
    assert passed["due_at"] == "2022-07-04T09:30:00Z"
    assert coming["due_at"] == "2022-07-11T09:30:00Z"
    assert (
        await amend(hookup, amendment(("2022-07-04", False), ("2022-07-07", False), ("2022-07-11", False)))
        == 2
    )
    assert (await clerk.get(f"/hookups/{passed['id']}")).body["due_at"] == passed["due_at"]
    moved = (await clerk.get(f"/hookups/{coming['id']}")).body
    assert moved["due_at"] == "2022-07-12T09:30:00Z"
    assert [name for name, _ in await hookup.events(coming["id"])][-1] == "due_recomputed"
    assert (await hookup.timers(coming["id"]))["overdue"] == at("2022-07-12 17:30") + SECOND
    # And who has no due time yet is deemed accepted a day later.
    assert await hookup.timers(waiting["id"]) == {"deemed_acceptance": at("2022-07-08 17:30")}


async def test_a_provisional_due_time_is_settled_when_the_notice_is_loaded(hookup: Hookup) -> None:
    clerk = hookup.client()
    hookup.set_clock("2026-12-28 09:00")
    known = (await clerk.submit(declared_length_m="0")).body
    later = (await clerk.submit()).body
    assert known["due_at"] == "2026-12-31T09:30:00Z"
    assert (known["due"]["provisional"], later["due"]["provisional"]) == (False, True)
    # Single days settle nothing, however many.
    days = [date(2027, 1, 1) + timedelta(n) for n in range(365)]
    local_days = amendment(*((str(day), False) for day in days if day.day > 28))
    assert await amend(hookup, local_days) == 2
    assert (await clerk.get(f"/hookups/{later['id']}")).body["due"]["provisional"] is True
    rest = amendment(*((f"2027-01-0{day}", False) for day in range(1, 6)))
    assert await amend(hookup, {**rest, "year": 2027}) == 3
    settled = (await clerk.get(f"/hookups/{later['id']}")).body["due"]
    assert settled["provisional"] is False
    assert settled["calendar_roll"] == "2027-01-06T09:30:00Z"


async def test_the_walk_goes_through_more_cases_than_one_page(hookup: Hookup) -> None:
    clerk = hookup.client()
    hookup.set_clock("2022-07-06 09:00")
    for _ in range(103):
        await clerk.submit()
    await amend(hookup, amendment(("2022-07-11", False)))
    async with hookup.service.database.reading() as connection:
        told = await connection.scalar(
            select(func.count()).select_from(outbox).where(outbox.c.type.contains("due_recomputed"))
        )
    assert told == 103
    items = (await clerk.get("/hookups", limit=200)).body["items"]
    assert {each["due_at"] for each in items} == {"2022-07-12T09:30:00Z"}
