"""What is like another one: suggested, linked, and each followed to its own end; replies in the same words."""

from typing import Any

import pytest

from tests.services.grievances.people import (
    BAD,
    GOOD,
    HELPER,
    citizen,
    city,
    clerk,
    desk,
    payloads,
    replied,
    send,
    told,
    told_by,
    utility,
    work_on,
)
from tests.support.service import Running

PLACE = {"category": "SUPPLY-NONE", "district": "371502", "site": "371502001000"}
STANDARD = "本市供热期为每年11月15日至次年3月15日，具体以公告为准。"


async def test_staff_are_shown_what_is_alike_and_only_what_they_see(grievances: Running) -> None:
    path = await told(grievances, words="古楼小区三号楼昨天夜里起停水")
    await told(grievances, words="与此无关的一件事情，说的是别的")
    await told(grievances, category="OTHER")
    asked = PLACE | {"words": "古楼小区三号楼停水了"}
    found = (await desk(grievances).post("/grievance-suggestions", asked)).body["items"]
    assert [item["id"] for item in found] == [path.rpartition("/")[2]]
    assert found[0]["likeness"] > 60
    # Nothing of it is a utility's before it has it.
    assert (await clerk(grievances).post("/grievance-suggestions", asked)).body["items"] == []
    await send(grievances, path)
    assert len((await clerk(grievances).post("/grievance-suggestions", asked)).body["items"]) == 1
    other = utility(grievances, HELPER)
    assert (await other.post("/grievance-suggestions", asked)).body["items"] == []


@pytest.mark.parametrize("words", ["13800138000", "李女士", "小区昨天起停水", "与此无关", None])
async def test_what_a_citizen_is_shown_tells_nothing_of_what_others_wrote(
    grievances: Running, words: str | None
) -> None:
    """Whatever is guessed, the answer is the same: no id, no number, no likeness, and the day alone."""
    await told(grievances)
    grievances.set_clock("2022-07-05 10:11")
    answer = await citizen(grievances).post("/grievance-suggestions", PLACE | {"words": words})
    assert answer.body["items"] == [
        {
            "id": None,
            "number": None,
            "category_name": "供应 › 停水、停气、停热",
            "state_name": "待受理",
            "received_at": "2022-07-03T16:00:00Z",
            "closed_at": None,
            "likeness": None,
        }
    ]
    elsewhere = PLACE | {"site": "371502002000"}
    assert (await citizen(grievances).post("/grievance-suggestions", elsewhere)).body["items"] == []


async def test_a_number_that_staff_guess_is_compared_with_none(grievances: Running) -> None:
    await told(grievances, words="请回电 13800138000")
    asked = PLACE | {"words": "13800138000"}
    guess = (await desk(grievances).post("/grievance-suggestions", asked)).body["items"]
    wrong = (await desk(grievances).post("/grievance-suggestions", asked | {"words": "13900139000"})).body[
        "items"
    ]
    assert guess == wrong


async def test_each_of_those_that_say_the_same_has_its_own_reply_call_back_and_end(
    grievances: Running,
) -> None:
    first, second, third = [await told(grievances) for _ in range(3)]
    for again in (second, third):
        linked = await desk(grievances).command(again, "link", {"first_id": first.rpartition("/")[2]})
        assert linked.body["repeats"] == first.rpartition("/")[2]
    # Neither a chain nor a circle.
    circle = await desk(grievances).command(first, "link", {"first_id": second.rpartition("/")[2]}, 409)
    assert circle.code == "repeats-itself"
    fourth = await told(grievances)
    chain = await desk(grievances).command(first, "link", {"first_id": fourth.rpartition("/")[2]}, 409)
    assert chain.code == "repeated-by-others"
    await desk(grievances).command(fourth, "link", {"first_id": second.rpartition("/")[2]})
    assert {(await desk(grievances).get(path)).body["affected"] for path in (first, second, fourth)} == {4}
    for path in (first, second, third):
        await send(grievances, path)
    await work_on(clerk(grievances), first)
    assert (await desk(grievances).command(first, "call", GOOD)).body["state"] == "CLOSED"
    states = [(await desk(grievances).get(path)).body["state"] for path in (first, second, third)]
    assert states == ["CLOSED", "DISPATCHED", "DISPATCHED"]
    await work_on(clerk(grievances), second)
    assert (await desk(grievances).command(second, "call", BAD)).body["cycle_name"] == "重办"
    assert (await desk(grievances).get(first)).body["state"] == "CLOSED"


async def test_what_is_linked_with_is_one_that_the_desk_sees(grievances: Running) -> None:
    path = await told(grievances)
    far = await told_by(grievances, district="371503", site="371503001000")
    for unknown in (far.rpartition("/")[2], "01900000-0000-7000-8000-000000000009"):
        answer = await desk(grievances).command(path, "link", {"first_id": unknown}, 409)
        assert (answer.code, answer.body["errors"][0]["field"]) == ("first-unknown", "first_id")
    await city(grievances).command(path, "link", {"first_id": far.rpartition("/")[2]})


async def reply_with(grievances: Running, text: str, **more: Any) -> str:
    """Let a grievance be replied to with a text; return its path."""
    path = await told(grievances)
    await send(grievances, path)
    unit = clerk(grievances)
    await unit.command(path, "signature")
    await unit.command(path, "contact", {"way": "PHONE"})
    await unit.command(path, "verification", {"finding": "已核实", "reasonable": True})
    await unit.command(path, "reply", {"measures": ["EXPLAINED"], "text": text, **more})
    return path


async def is_supervised(grievances: Running, path: str) -> bool:
    """Tell whether it is told to who supervises that many replies are the same."""
    return "GENERIC_REPLIES" in [event.get("trigger") for event in await payloads(grievances, path)]


@pytest.mark.parametrize("more", [{}, {"answer_code": "HEAT-SEASON"}])
async def test_the_fifth_reply_in_the_same_words_is_supervised_under_whatever_code(
    grievances: Running, more: dict[str, str]
) -> None:
    grievances.lift_quotas()
    # Digits, blanks and marks make no other words.
    texts = [f"已于{day}日 处理完毕，请谅解！" for day in range(1, 6)]
    paths = [await reply_with(grievances, text, **more) for text in texts]
    assert [await is_supervised(grievances, path) for path in paths] == [False] * 4 + [True]
    # A month later it is counted anew.
    grievances.set_clock("2022-08-05 09:00")
    assert not await is_supervised(grievances, await reply_with(grievances, texts[0], **more))


async def test_a_standard_answer_is_the_same_by_design_and_what_is_added_to_it_is_not(
    grievances: Running,
) -> None:
    grievances.lift_quotas()
    paths = [await reply_with(grievances, STANDARD, answer_code="HEAT-SEASON") for _ in range(6)]
    assert not any([await is_supervised(grievances, path) for path in paths])
    paths = [await reply_with(grievances, STANDARD + "请谅解。", answer_code="HEAT-SEASON") for _ in range(5)]
    assert await is_supervised(grievances, paths[-1])


async def test_a_redo_with_the_same_words_counts_once(grievances: Running) -> None:
    path = await replied(grievances)
    for _ in range(2):
        await desk(grievances).command(path, "call", BAD)
        await work_on(clerk(grievances), path)
    assert not await is_supervised(grievances, path)
