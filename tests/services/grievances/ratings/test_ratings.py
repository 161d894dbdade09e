"""Ratings over HTTP on both engines: invited by events, given once, changed within a day, expired by the clock."""

from typing import Any

import pytest
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from services.grievances.storage.tables import rating, rating_words
from tests.services.grievances.people import desk, replied, work_on
from tests.services.grievances.ratings.arriving import (
    DONE,
    OWNER,
    arrives,
    city,
    clerk,
    district,
    event,
    hall,
    invited,
    names,
    own_events_arrive,
    owner,
    path_of,
    payloads,
    thing,
)
from tests.support.service import Running


async def count(grievances: Running) -> int:
    async with grievances.service.database.reading() as connection:
        return len((await connection.scalars(select(rating.c.id))).all())


@pytest.mark.parametrize(
    ("name", "ending"),
    [("request_done", "DONE"), ("request_refused", "REFUSED"), ("request_withdrawn", "WITHDRAWN")],
)
async def test_every_end_of_a_request_invites_its_customer_once(
    grievances: Running, name: str, ending: str
) -> None:
    for seq in (1, 2):
        await arrives(grievances, "rated_requests", event("registry", name, 1, seq))
    (shown,) = (await owner(grievances).get("/ratings")).body["items"]
    assert (shown["state"], shown["service"], shown["ending"]) == ("INVITED", "REQUEST", ending)
    assert shown["kind_name"] == "报停"
    # The fifth working day after Monday, to its end.
    assert shown["expires_at"] == "2022-07-11T15:59:00Z"
    assert await count(grievances) == 1
    (invitation,) = await payloads(grievances, f"/ratings/{shown['id']}")
    told = invitation[1]
    assert (told["rated_service"], told["thing_id"], told["kind"]) == ("REQUEST", thing(1), "SUSPENSION")
    assert OWNER not in str(told)


@pytest.mark.parametrize("name", ["case_closed", "case_refused", "case_withdrawn"])
async def test_every_end_of_a_hookup_invites_but_what_is_read_from_a_ledger(
    grievances: Running, name: str
) -> None:
    await arrives(grievances, "rated_hookups", event("hookup", name, 1, 1))
    await arrives(grievances, "rated_hookups", event("hookup", name, 2, 1, entry="LEDGER"))
    (shown,) = (await city(grievances).get("/ratings")).body["items"]
    assert (shown["service"], shown["kind_name"], shown["thing_id"]) == ("HOOKUP", "供水报装", thing(1))


async def test_the_customer_of_a_hookup_sees_what_there_is_to_rate_and_rates_it(grievances: Running) -> None:
    await arrives(grievances, "rated_hookups", event("hookup", "case_closed", 1, 1, customer_id=OWNER))
    # Of a case that names nobody in the registry, and of the release before.
    await arrives(grievances, "rated_hookups", event("hookup", "case_closed", 2, 1, customer_id=None))
    (shown,) = (await owner(grievances).get("/ratings", state="INVITED")).body["items"]
    assert (shown["service"], shown["thing_id"]) == ("HOOKUP", thing(1))
    rated = await owner(grievances).command(f"/ratings/{shown['id']}", "grade", {"grade": 5})
    assert rated.body["state"] == "RATED"
    other = grievances.client("citizen", ScopeKind.CITIZEN, "01911111-0000-7000-8000-000000000002")
    assert (await other.get("/ratings")).body["items"] == []


async def test_a_grievance_invites_each_time_that_it_ends(grievances: Running) -> None:
    path = await replied(grievances, customer_id=OWNER)
    good = {"reached": True, "contacted": True, "solved": True, "grade": 4}
    await desk(grievances).command(path, "call", good)
    await own_events_arrive(grievances)
    grievance_id = path.rpartition("/")[2]
    first = await path_of(grievances, grievance_id)
    # Its own rating in the app is the one that counts.
    await owner(grievances).command(path, "rating", {"score": 5})
    await own_events_arrive(grievances)
    shown = (await owner(grievances).get(first)).body
    assert (shown["state"], shown["grade"], shown["channel_name"]) == ("RATED", 5, "手机应用")
    assert (await owner(grievances).command(first, "grade", {"grade": 4}, 409)).code in (
        "not-in-this-state",
        "rated-already",
    )
    await owner(grievances).command(path, "reopening", {"reason": "又停水了"})
    await work_on(grievances.client("clerk", ScopeKind.UTILITY, "W-371502", subject="u-clerk"), path)
    await desk(grievances).command(path, "call", good)
    await own_events_arrive(grievances)
    second = await path_of(grievances, grievance_id)
    assert second != first
    assert (await owner(grievances).get(second)).body["cycle"] == 2
    assert (await owner(grievances).get(first)).body["grade"] == 5


async def test_the_person_rates_once_with_a_reason_that_nobody_stores_in_the_clear(
    grievances: Running,
) -> None:
    path = await invited(grievances)
    reason = "等了两天，打我电话 13800138000，见 http://example.com/a"
    rated = (await owner(grievances).command(path, "grade", {"grade": 4, "reason": reason})).body
    assert (rated["state"], rated["grade"], rated["is_late"], rated["is_bad"]) == ("RATED", 4, False, False)
    again = await owner(grievances).command(path, "grade", {"grade": 1}, 409)
    assert again.code in ("not-in-this-state", "rated-already")
    (own,) = (await owner(grievances).get(path)).body["grades"]
    assert own["reason"] == reason
    (seen,) = (await clerk(grievances).get(path)).body["grades"]
    assert seen["reason"] == "等了两天，打我电话 ******，见 （链接已略去）"
    revealed = await hall(grievances).post(f"{path}/reveal", {"purpose": "CALL_BACK"})
    assert revealed.body["reason"] == reason
    async with grievances.service.database.reading() as connection:
        (row,) = (await connection.execute(select(rating_words))).mappings()
        (stored,) = (await connection.execute(select(rating))).mappings()
    assert "两天".encode() not in bytes(row["words"])
    assert "两天" not in str(dict(stored))
    assert "两天" not in str(await payloads(grievances, path))
    assert stored["device"]
    assert "127.0.0.1" not in str(dict(stored))


async def test_a_change_within_a_day_keeps_the_first_grade_and_a_later_one_is_refused(
    grievances: Running,
) -> None:
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 1, "reason": "一直没有来"})
    grievances.set_clock("2022-07-05 08:59")
    changed = (await owner(grievances).command(path, "grade-change", {"grade": 5})).body
    # It was bad once: it is called back and rectified, whatever the person was brought to say.
    assert (changed["grade"], changed["is_bad"]) == (5, True)
    shown = (await owner(grievances).get(path)).body
    assert [grade["grade"] for grade in shown["grades"]] == [1, 5]
    assert shown["grades"][0]["reason"] == "一直没有来"
    assert (shown["rectification"]["done_at"], shown["call_back"]) == (None, None)
    assert (await hall(grievances).get(path)).body["call_back"]["cause"] == "BAD"
    grievances.set_clock("2022-07-05 09:01")
    late = await owner(grievances).command(path, "grade-change", {"grade": 4}, 409)
    assert late.code == "change-too-late"
    assert await names(grievances, path) == ["rating_invited", "rating_given", "rating_changed"]


@pytest.mark.parametrize(
    ("moment", "status", "late"),
    [("2022-07-04 23:59", 200, False), ("2022-07-11 23:59", 200, True), ("2022-07-12 00:00", 409, None)],
)
async def test_a_rating_may_be_added_for_five_working_days(
    grievances: Running, moment: str, status: int, late: bool | None
) -> None:
    path = await invited(grievances)
    grievances.set_clock(moment)
    answer = await owner(grievances).command(path, "grade", {"grade": 5}, status)
    if late is None:
        assert answer.code == "rating-too-late"
        await grievances.fire_timers()
        assert (await owner(grievances).get(path)).body["state"] == "EXPIRED"
        assert await names(grievances, path) == ["rating_invited", "rating_expired"]
    else:
        assert answer.body["is_late"] is late


async def test_a_grade_given_in_time_counts_although_it_is_heard_of_after_the_term(
    grievances: Running,
) -> None:
    path = await invited(grievances)
    grievances.set_clock("2022-07-20 09:00")
    await grievances.fire_timers()
    assert (await city(grievances).get(path)).body["state"] == "EXPIRED"

    async def told(seq: int, at: str, score: int) -> dict[str, Any]:
        rated = event("registry", "case_rated", 1, seq, recorded_at=at, score=score)
        await arrives(grievances, "rated_requests", rated)
        return (await city(grievances).get(path)).body

    assert (await told(2, "2022-07-13T01:00:00Z", 5))["state"] == "EXPIRED"
    in_time = await told(3, "2022-07-05T01:00:00Z", 2)
    assert (in_time["state"], in_time["grade"], in_time["is_late"]) == ("RATED", 2, True)
    # One service, one rating: what comes after its day counts for nothing.
    assert (await told(4, "2022-07-07T01:00:00Z", 5))["grade"] == 2


async def test_the_hall_rates_in_the_persons_stead_with_the_mark_and_the_rated_unit_never(
    grievances: Running,
) -> None:
    path = await invited(grievances)
    for client in (clerk(grievances), district(grievances)):
        assert (await client.command(path, "grade", {"grade": 5}, 403)).code == "forbidden"
    await hall(grievances).command(path, "grade", {"grade": 5})
    (_, (_, given)) = await payloads(grievances, path)
    assert (given["channel"], given["in_stead"], given["actor"]) == ("HALL", True, "u-hall")


async def test_bad_input_is_named_in_chinese(grievances: Running) -> None:
    path = await invited(grievances)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"grade": 6}, "grade"),
        ({"grade": 0}, "grade"),
        ({"grade": "5"}, "grade"),
        ({}, "grade"),
        ({"grade": 5, "reason": ""}, "reason"),
        ({"grade": 5, "reason": "长" * 501}, "reason"),
        ({"grade": 5, "channel": "APP"}, "channel"),
    ]
    for body, field in wrong:
        refused = await owner(grievances).command(path, "grade", body, 422)
        assert [error["field"] for error in refused.body["errors"]] == [field], body
    assert (await owner(grievances).post(f"{path}/grade", {"grade": 5}, 428)).code == "if-match-missing"
    assert DONE.startswith("2022-07-04")
