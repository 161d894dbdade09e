"""Bad ratings over HTTP on both engines: called back, rectified, appealed against by two persons, by when."""

from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.grievances.ratings.arriving import (
    city,
    clerk,
    district,
    hall,
    invited,
    names,
    owner,
    payloads,
)
from tests.support.service import Client, Running

REACHED = {"reached": True, "genuine": True, "note": "本人评价，等候时间长"}
MISTAKEN = {"ground": "MISTAKEN", "reason": "评价的是另一件"}
GRANTED = {"granted": True, "note": "与回访记录一致"}


async def bad(grievances: Running, grade: int = 1) -> str:
    """Let a customer give a bad grade; return the rating's path."""
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": grade})
    return path


async def lists(client: Client) -> dict[str, int]:
    """Return how many ratings are on each work list."""
    return {
        count["whose"]: count["total"]
        for count in (await client.get("/rating-work-list/counts")).body["items"]
        if count["total"]
    }


@pytest.mark.parametrize(
    ("grade", "waits"), [(1, {"caller": 1, "handler": 1}), (2, {"caller": 1, "handler": 1}), (3, {})]
)
async def test_grades_of_one_and_two_are_on_the_work_lists(
    grievances: Running, grade: int, waits: dict[str, int]
) -> None:
    path = await bad(grievances, grade)
    assert await lists(hall(grievances)) == waits
    shown = (await clerk(grievances).get(path)).body
    assert shown["is_bad"] is bool(waits)
    assert sorted(task["due_at"] for task in shown["work"]) == (
        ["2022-07-05T09:30:00Z", "2022-07-11T09:30:00Z"] if waits else []
    )
    rows = (await hall(grievances).get("/rating-work-list", whose="caller")).body["items"]
    assert len(rows) == len(waits) // 2
    assert await lists(grievances.client("clerk", ScopeKind.UTILITY, "W-371503")) == {}


async def test_it_is_called_back_and_rectified(grievances: Running) -> None:
    path = await bad(grievances)
    called = (await hall(grievances).command(path, "call", REACHED)).body
    assert [task["kind"] for task in called["work"]] == ["RECTIFY"]
    assert (await hall(grievances).command(path, "call", REACHED, 409)).code == "no-call-awaited"
    assert (
        await hall(grievances).command(path, "rectification", {"text": "已处理"}, 403)
    ).code == "forbidden"
    done = (await clerk(grievances).command(path, "rectification", {"text": "已上门检修并致歉"})).body
    assert done["work"] == []
    again = await clerk(grievances).command(path, "rectification", {"text": "再次处理"}, 409)
    assert again.code == "no-rectification-awaited"
    shown = (await owner(grievances).get(path)).body
    assert shown["rectification"]["text"] == "已上门检修并致歉"
    assert await names(grievances, path) == [
        "rating_invited",
        "rating_given",
        "bad_rating_called_back",
        "bad_rating_rectified",
    ]


async def test_who_had_a_hand_in_it_does_not_call_back(grievances: Running) -> None:
    path = await invited(grievances)
    await hall(grievances, "u-linker").post(f"{path}/link")
    await hall(grievances, "u-writer").command(path, "grade", {"grade": 1})
    for subject in ("u-linker", "u-writer"):
        refused = await hall(grievances, subject).command(path, "call", REACHED, 409)
        assert refused.code == "caller-is-handler"
    assert (await clerk(grievances).command(path, "call", REACHED, 403)).code == "forbidden"
    await hall(grievances).command(path, "call", REACHED)


async def test_the_account_that_did_the_work_does_not_call_back(grievances: Running) -> None:
    path = await invited(grievances, actor="u-both", actor_unit="utility:W-371502")
    await owner(grievances).command(path, "grade", {"grade": 2})
    refused = await hall(grievances, "u-both").command(path, "call", REACHED, 409)
    assert refused.code == "caller-is-handler"


async def test_nobody_is_given_up_before_three_calls_on_two_days(grievances: Running) -> None:
    path, nobody = await bad(grievances), {"reached": False}
    desk = hall(grievances)
    for _ in range(3):
        body = (await desk.command(path, "call", nobody)).body
        assert "CALL" in [task["kind"] for task in body["work"]]
    grievances.set_clock("2022-07-05 09:00")
    body = (await desk.command(path, "call", nobody)).body
    assert "CALL" not in [task["kind"] for task in body["work"]]
    ended = [data["ended"] for name, data in await payloads(grievances, path) if "called" in name]
    assert ended == [False, False, False, True]
    (row,) = (await city(grievances).get("/rating-integrity")).body["items"]
    assert (row["rated"], row["called"]) == (1, 0)


@pytest.mark.parametrize("body", [{"reached": True}, {"reached": False, "genuine": True}])
async def test_a_call_says_what_there_is_to_say(grievances: Running, body: dict[str, Any]) -> None:
    path = await bad(grievances)
    assert (await hall(grievances).command(path, "call", body, 409)).code == "call-incomplete"


async def test_what_is_not_done_in_time_is_told_once(grievances: Running) -> None:
    path = await bad(grievances)
    await clerk(grievances).command(path, "appeal", MISTAKEN)
    grievances.set_clock("2022-07-20 09:00")
    await grievances.fire_timers()
    await grievances.fire_timers()
    told = [
        (data["deadline"], data["occurred_at"])
        for name, data in await payloads(grievances, path)
        if name == "rating_overdue"
    ]
    assert told == [
        ("CALL", "2022-07-05T09:30:01Z"),
        ("APPEAL", "2022-07-07T09:30:01Z"),
        ("RECTIFY", "2022-07-11T09:30:01Z"),
    ]


async def test_only_both_levels_leave_it_out_and_nothing_is_deleted(grievances: Running) -> None:
    path = await bad(grievances)
    for client in (owner(grievances), hall(grievances), district(grievances)):
        assert (await client.command(path, "appeal", MISTAKEN, 403)).code == "forbidden"
    await clerk(grievances).command(path, "appeal", MISTAKEN)
    assert (await clerk(grievances).command(path, "appeal", MISTAKEN, 409)).code == "appealed-already"
    early = await city(grievances).command(path, "appeal-decision", GRANTED, 409)
    assert early.code == "no-appeal-awaited"
    first = (await district(grievances, "u-both").command(path, "appeal-decision", GRANTED)).body
    assert first["is_excluded"] is False
    same = await city(grievances, "u-both").command(path, "appeal-decision", GRANTED, 409)
    assert same.code == "same-person"
    second = (await city(grievances).command(path, "appeal-decision", GRANTED)).body
    assert (second["is_excluded"], second["grade"], second["is_bad"]) == (True, 1, True)
    (listed,) = (await city(grievances).get("/ratings", excluded="true")).body["items"]
    assert listed["grade"] == 1
    states = [data["appeal_state"] for name, data in await payloads(grievances, path) if "decided" in name]
    assert states == ["CITY", "GRANTED"]


@pytest.mark.parametrize("level", ["district", "city"])
async def test_either_level_can_refuse_for_good(grievances: Running, level: str) -> None:
    path, refused = await bad(grievances), {"granted": False, "note": "回访确认本人评价"}
    await clerk(grievances).command(path, "appeal", MISTAKEN)
    if level == "city":
        await district(grievances).command(path, "appeal-decision", GRANTED)
        shown = (await city(grievances).command(path, "appeal-decision", refused)).body
    else:
        shown = (await district(grievances).command(path, "appeal-decision", refused)).body
    assert shown["is_excluded"] is False
    assert (await clerk(grievances).command(path, "appeal", MISTAKEN, 409)).code == "appealed-already"


async def test_a_good_rating_is_not_appealed_against_and_texts_hold_no_numbers(grievances: Running) -> None:
    path = await bad(grievances, 3)
    assert (await clerk(grievances).command(path, "appeal", MISTAKEN, 409)).code == "not-a-bad-rating"
    second = await invited(grievances, 2)
    await owner(grievances).command(second, "grade", {"grade": 1})
    number = "请联系 13800138000"
    for client, act, body in (
        (clerk(grievances), "rectification", {"text": number}),
        (clerk(grievances), "appeal", MISTAKEN | {"reason": number}),
        (hall(grievances), "call", REACHED | {"note": number}),
    ):
        refused = await client.command(second, act, body, 409)
        assert refused.code == "personal-data-in-text"
