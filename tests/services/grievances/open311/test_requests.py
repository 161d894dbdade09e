"""Requests of channels by Open311, on both engines: taken once, worked on as others are, read back without a word."""

import asyncio
from xml.etree import ElementTree as ET

import pytest

from services.grievances.domain import open311
from tests.services.grievances.open311.channel import FORM, OWN_WORDS, Channel, codes, count, path_of
from tests.services.grievances.people import GOOD, clerk, desk, send, work_on
from tests.support.service import Running


async def test_a_request_becomes_a_grievance_and_is_read_back_without_a_word(grievances: Running) -> None:
    channel = Channel(grievances)
    number = await channel.told(address_id="371502001000")
    shown = (await desk(grievances).get(await path_of(grievances, number))).body
    assert (shown["source"], shown["kind"], shown["category"]) == ("ISHANDONG", "HELP", "SUPPLY-NONE")
    assert (shown["supply"], shown["district"], shown["site"]) == ("WATER", "371502", "371502001000")
    assert (shown["words"], shown["name"]) == ("小区昨天起停水，请打我电话 ******", "李**")
    assert shown["place"] is not None
    answers = [
        await channel.get(f"{path}.{form}")
        for path in ("requests", f"requests/{number}", f"tokens/{number}", "servicerequestupdates")
        for form in ("json", "xml")
    ]
    assert not [word for answer in answers for word in OWN_WORDS if word in answer.text]
    (read,) = answers[2].json()
    assert (read["service_request_id"], read["status"]) == (number, "open")
    assert (read["address"], read["address_id"]) == ("聊城市东昌府区古楼街道", "371502001000")
    assert (read["description"], read["lat"], read["long"]) == (None, None, None)
    assert answers[4].json() == [{"service_request_id": number, "token": number}]


async def test_who_gives_no_phone_is_anonymous_and_the_words_may_be_missing(grievances: Running) -> None:
    form = {name: FORM[name] for name in ("service_code", "lat", "long", "first_name", "attribute[district]")}
    # What has no value is as good as not there, whatever it is.
    form |= {"zipcode": "", "phone": ""}
    channel = Channel(grievances, "CITYAPP")
    (created,) = (await channel.post("requests.json", form)).json()
    shown = (await desk(grievances).get(await path_of(grievances, created["service_request_id"]))).body
    assert (shown["reporter"], shown["name"], shown["source"]) == ("ANONYMOUS", None, "OPEN311")
    assert shown["words"] == "停水、停气、停热"


async def test_what_became_of_it_is_read_as_updates_and_the_reply_when_it_ended(grievances: Running) -> None:
    channel = Channel(grievances)
    number = await channel.told()
    path = await path_of(grievances, number)
    await send(grievances, path)
    update = {"service_request_id": number, "update_id": "7", "status": "OPEN", "description": "几点能恢复？"}
    (added,) = (await channel.post("servicerequestupdates.json", update)).json()
    again = await channel.post("servicerequestupdates.json", update)
    assert again.json() == [added]
    grievances.set_clock("2022-07-04 09:10")
    await clerk(grievances).command(path, f"questions/{added['update_id']}/answer", {"answer": "今晚八点。"})
    grievances.set_clock("2022-07-04 09:20")
    await work_on(clerk(grievances), path)
    listed = (await channel.get("servicerequestupdates.json")).json()
    assert [item["description"] for item in listed] == [
        "已交承办单位办理",
        "今晚八点。",
        "设备已修好，供水已恢复。",
    ]
    assert {item["status"] for item in listed} == {"open"}
    grievances.set_clock("2022-07-04 15:00")
    await desk(grievances).command(path, "call", GOOD)
    (read,) = (await channel.get("requests.json", status="closed")).json()
    assert read["status_notes"] == "已办结：设备已修好，供水已恢复。"
    assert (read["updated_datetime"], read["agency_responsible"]) == (
        "2022-07-04T07:00:00Z",
        "东昌府区供水专营单位",
    )
    assert (await channel.get("requests.json", status="open")).json() == []
    late = await channel.get("servicerequestupdates.json", start_date="2022-07-04T14:00:00+08:00")
    assert [item["status"] for item in late.json()] == ["closed"]
    # It is over: nothing more is asked of it.
    refused = await channel.post("servicerequestupdates.json", update | {"update_id": "8"}, 400)
    assert codes(refused) == ["not-in-this-state"]


async def test_requests_are_found_by_ids_service_time_and_page(grievances: Running) -> None:
    channel = Channel(grievances)
    first = await channel.told()
    grievances.set_clock("2022-07-20 09:00")
    second = await channel.told(service_code="FACILITY-LEAK")

    async def found(**query: str) -> list[str]:
        answer = await channel.get("requests.json", **query)
        return [item["service_request_id"] for item in answer.json()]

    assert await found() == [second, first]
    assert await found(service_request_id=f"{first}, {second},SQ-1", status="closed") == [second, first]
    assert await found(service_code="FACILITY-LEAK,FEE-BILL") == [second]
    assert await found(end_date="2022-07-10T00:00:00Z", start_date="") == [first]
    assert await found(status="open,closed", page="2", page_size="1") == [first]
    grievances.set_clock("2022-10-10 09:00")
    assert await found() == [second]


async def test_a_channel_sees_its_own_alone(grievances: Running) -> None:
    number = await Channel(grievances).told()
    other = Channel(grievances, "WECHAT")
    for path in ("requests.json", "servicerequestupdates.json"):
        assert (await other.get(path)).json() == []
    assert (await other.get("requests.json", service_request_id=number)).json() == []
    for path in (f"requests/{number}.json", f"tokens/{number}.xml"):
        assert codes(await other.get(path, 404)) == ["not-found"]
    update = {"service_request_id": number, "description": "几点能恢复？"}
    assert codes(await other.post("servicerequestupdates.xml", update, 404)) == ["not-found"]


async def test_the_same_request_within_five_minutes_is_one(grievances: Running) -> None:
    channel = Channel(grievances)
    # Just before the end of a window of the clock, so that the next one is met within the five minutes.
    grievances.set_clock("2022-07-04 09:04:59")
    sent = await asyncio.gather(*(channel.post("requests.json", FORM) for _ in range(4)))
    assert len({answer.text for answer in sent}) == await count(grievances) == 1
    grievances.set_clock("2022-07-04 09:09:59")
    again = ET.fromstring((await channel.post("requests.xml", FORM)).content)
    assert again.findtext("request/service_request_id") == sent[0].json()[0]["service_request_id"]
    await Channel(grievances, "WECHAT").told()
    await channel.told(description="小区昨天起停水，今天仍停")
    assert await count(grievances) == 3
    grievances.set_clock("2022-07-04 09:10:00")
    await channel.told()
    assert await count(grievances) == 4


async def test_a_key_of_the_channel_says_which_requests_are_one(grievances: Running) -> None:
    channel = Channel(grievances)
    for key in ("one", "two", "one"):
        await channel.post("requests.json", FORM, key=key)
    assert await count(grievances) == 2
    refused = await channel.post("requests.json", FORM | {"lat": "36.4"}, 400, key="one")
    assert codes(refused) == ["idempotency-key-reused"]


async def test_an_update_is_known_by_its_id_and_without_one_by_its_text_for_five_minutes(
    grievances: Running,
) -> None:
    channel = Channel(grievances)
    number = await channel.told()
    await send(grievances, await path_of(grievances, number))
    update = {"service_request_id": number, "description": "几点能恢复？"}
    path = "servicerequestupdates.json"
    grievances.set_clock("2022-07-04 09:04:59")
    first = (await channel.post(path, update)).json()
    # The next window of the clock.
    grievances.set_clock("2022-07-04 09:05:01")
    assert (await channel.post(path, update)).json() == first
    own = (await channel.post(path, update | {"update_id": "7"})).json()
    assert own != first
    other = await channel.post(path, update | {"update_id": "7", "description": "还没有恢复"}, 400)
    assert codes(other) == ["idempotency-key-reused"]
    grievances.set_clock("2022-07-04 09:10:02")
    assert (await channel.post(path, update)).json() not in (first, own)


async def test_who_has_many_requests_open_reads_the_oldest_updates_and_goes_on(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open311, "MOST_REQUESTS", 2)
    channel = Channel(grievances)
    numbers = []
    for minute in range(3):
        grievances.set_clock(f"2022-07-04 09:0{minute}")
        numbers.append(await channel.told(description=f"停水{minute}"))
        await send(grievances, await path_of(grievances, numbers[-1]))
    # One that nothing happened to is not in the way.
    await channel.told(description="停水")

    async def read(start: str) -> list[tuple[str, str]]:
        listed = (await channel.get("servicerequestupdates.json", start_date=start)).json()
        return [(item["service_request_id"], item["updated_datetime"]) for item in listed]

    first = await read("2022-07-04T00:00:00Z")
    assert [number for number, _ in first] == numbers[:2]
    assert [number for number, _ in await read(first[-1][1])] == numbers[1:]
