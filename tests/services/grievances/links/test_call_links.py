"""Links to the call-back, on both engines: sent to the person alone, looked at at will, answered once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from services.grievances.domain.ratings.policy import RatingPolicy
from services.grievances.storage.tables import call_link
from tests.services.grievances.links.sent import BAD, GOOD, link_to, stored
from tests.services.grievances.people import GOOD as CALLED
from tests.services.grievances.people import (
    city,
    clerk,
    desk,
    payloads,
    replied,
    send,
    told_by,
    utility,
    work_on,
)
from tests.services.grievances.ratings.test_links import phone
from tests.services.grievances.test_words import all_rows
from tests.support.service import Running


async def test_looking_changes_nothing_and_the_person_answers_once(grievances: Running) -> None:
    path = await replied(grievances)
    link, stranger = await link_to(grievances, path), phone(grievances)
    before = await all_rows(grievances)
    # What messengers do with an address before the person sees it.
    assert (await stranger.http.head(f"/v1{link}")).status_code == 200
    for _ in range(3):
        shown = (await stranger.get(link)).body
        assert (shown["state"], shown["kind_name"], shown["replied_on"]) == ("OPEN", "投诉", "2022-07-04")
    assert await all_rows(grievances) == before
    first = await stranger.post(link, GOOD, key="once")
    assert first.body["state"] == "ANSWERED"
    assert (await stranger.post(link, GOOD, key="once")).body == first.body
    assert (await stranger.post(link, BAD, 409)).code == "call-answered"
    assert (await stranger.get(link)).body["state"] == "ANSWERED"
    shown = (await city(grievances).get(path)).body
    (call,) = shown["cycles"][0]["calls"]
    assert (shown["state"], shown["outcome_name"]) == ("CLOSED", "回访满意")
    assert (call["way"], call["by"], call["grade"]) == ("LINK", None, 5)
    (made,) = [event for event in await payloads(grievances, path) if event["event"] == "call_back_made"]
    assert (made["way"], made["actor"]) == ("LINK", None)


async def test_a_bad_answer_begins_it_anew_and_the_former_link_is_of_no_use(grievances: Running) -> None:
    path = await replied(grievances)
    link, stranger = await link_to(grievances, path), phone(grievances)
    assert (await stranger.post(link, {**GOOD, "grade": 2}, 409)).code == "call-reason-missing"
    assert (await stranger.post(link, {**BAD, "reason": "请打13800138000"}, 409)).code == (
        "personal-data-in-text"
    )
    await stranger.post(link, BAD)
    shown = (await desk(grievances).get(path)).body
    assert (shown["state"], shown["ledger"]["state"]) == ("DISPATCHED", "OPEN")
    await stranger.post(link, GOOD, 409)


async def test_guessing_an_expired_link_and_one_that_was_replaced(grievances: Running) -> None:
    path = await replied(grievances)
    link, stranger = await link_to(grievances, path), phone(grievances)
    wrong = link[:-1] + ("A" if link[-1] != "A" else "B")
    assert (await stranger.get(wrong, 404)).code == "not-found"
    assert (await stranger.post(wrong, GOOD, 404)).code == "not-found"
    await stranger.get("/call-links/x", 422)
    # A token of one kind of link is none of the other's.
    await stranger.get(link.replace("call", "rating"), 404)
    newer = await link_to(grievances, path)
    assert (await stranger.post(link, GOOD, 404)).code == "not-found"
    grievances.clock.advance(timedelta(hours=48, seconds=1))
    assert (await stranger.get(newer, 410)).code == "call-link-expired"
    assert (await stranger.post(newer, GOOD, 410)).code == "call-link-expired"
    await grievances.fire_timers()
    (missed,) = (await desk(grievances).get(path)).body["cycles"][0]["calls"]
    assert (missed["way"], missed["reached"], missed["by"]) == ("LINK", False, None)


async def test_the_unit_can_neither_send_one_nor_see_nor_use_it(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await replied(grievances)
    for role in ("clerk", "approver"):
        client = clerk(grievances) if role == "clerk" else utility(grievances, "W-371502", role)
        assert (await client.command(path, "call-link", status=403)).code == "forbidden"
    link = await link_to(grievances, path)
    shown = str((await desk(grievances).get(path)).body) + str(await payloads(grievances, path))
    assert link.rpartition("/")[2] not in shown
    monkeypatch.setattr(RatingPolicy, "is_of_staff", lambda *_: True)
    unit = phone(grievances)
    assert (await unit.post(link, GOOD, 409)).code == "call-not-own"
    assert (await unit.get(link)).body["state"] == "OPEN"
    assert (await unit.post(link, BAD)).body["state"] == "ANSWERED"


async def test_neither_who_had_it_sent_nor_one_machine_for_many_gives_good_answers(
    grievances: Running,
) -> None:
    # The same machine and browser as the desk's, without a token.
    desks, machine = grievances.stranger(), phone(grievances)
    links = [await link_to(grievances, await replied(grievances)) for _ in range(3)]
    assert (await desks.post(links[0], GOOD, 409)).code == "call-not-own"
    for link in links[:2]:
        await machine.post(link, GOOD)
    # Three within a day are a crowd by the policy that ships.
    assert (await machine.post(links[2], GOOD, 409)).code == "call-not-own"
    await phone(grievances, "203.0.113.9").post(links[2], GOOD)


async def test_another_browser_s_name_makes_no_other_person(grievances: Running) -> None:
    first, last = [await link_to(grievances, await replied(grievances)) for _ in range(2)]
    await phone(grievances).post(first, GOOD)
    async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
        answered = select(call_link).where(call_link.c.answered_at.is_not(None))
        row = (await uow.connection.execute(answered)).mappings().one()
        # As many as the policy that ships calls a crowd, each by another browser of the same network.
        ids = [str(uuid4()) for _ in range(18)]
        more = [{**row, "token": of[:36], "grievance_id": of, "device": of} for of in ids]
        await uow.connection.execute(insert(call_link), more)
    other = phone(grievances)
    other.http.headers["User-Agent"] = "Another"
    assert (await other.post(last, GOOD, 409)).code == "call-not-own"
    await other.post(last, BAD)


async def test_who_left_no_number_and_who_is_anonymous_is_sent_nothing(grievances: Running) -> None:
    path = await told_by(grievances)
    await send(grievances, path)
    await work_on(clerk(grievances), path)
    assert (await desk(grievances).command(path, "call-link", status=409)).code == "no-number"
    await desk(grievances).command(path, "call", CALLED)
    assert await stored(grievances) == []
