"""Requests of channels by Open311, on both engines: taken once, worked on as others are, read back without a word."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select
from starlette.types import Message

from libs.common.database.tables import idempotency, outbox
from services.grievances.storage.tables import OPEN311, grievance, grievance_words
from tests.services.grievances.open311.channel import FORM, OWN_WORDS, V2, Channel, codes
from tests.services.grievances.people import GOOD, clerk, desk, send, work_on
from tests.support.service import Running

SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


async def path_of(grievances: Running, number: str) -> str:
    """Return the path of the grievance that a request became."""
    listed = (await desk(grievances).get("/grievances", number=number)).body["items"]
    return f"/grievances/{listed[0]['id']}"


async def count(grievances: Running) -> int:
    """Return how many grievances there are."""
    async with grievances.service.database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(grievance)) or 0)


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


WRONG: dict[str, tuple[dict[str, str], int, str]] = {
    "no such service": ({"service_code": "NO"}, 404, "open311-service-unknown"),
    "a service above others": ({"service_code": "SUPPLY"}, 404, "open311-service-unknown"),
    "another city": ({"jurisdiction_id": "city.gov"}, 404, "open311-jurisdiction-unknown"),
    "no service": ({"service_code": ""}, 400, "missing"),
    "no district": ({"attribute[district]": ""}, 400, "missing"),
    "an unknown district": ({"attribute[district]": "110101"}, 400, "one-of"),
    "half a position": ({"long": ""}, 400, "missing"),
    "no position": ({"lat": "", "long": "", "address_string": ""}, 400, "missing"),
    "no latitude": ({"lat": "136.45"}, 400, "rule"),
    "other digits": ({"lat": "３６.45"}, 400, "pattern"),
    "no street": ({"address_id": "#NOTPINPOINTED#"}, 400, "pattern"),
    "another supply": ({"service_code": "SUPPLY-COLD"}, 400, "category-of-other-supply"),
    "no phone": ({"phone": "请打13900139000"}, 400, "pattern"),
    "too many words": ({"description": "水" * 2001}, 400, "too-long"),
    "an unknown field": ({"13900139000": "1"}, 400, "unknown-field"),
}


@SQLITE
async def test_bad_requests_are_refused_in_both_formats_and_change_nothing(grievances: Running) -> None:
    channel = Channel(grievances)
    for name, (wrong, status, code) in WRONG.items():
        for form in ("json", "xml"):
            answer = await channel.post(f"requests.{form}", FORM | wrong, status)
            assert codes(answer) == [code], name
            assert "13900139000" not in answer.text
    for said in ("CLOSED", "FIXED"):
        update = {"service_request_id": "SQ-1", "description": "已经好了", "status": said}
        assert codes(await channel.post("servicerequestupdates.json", update, 400)) == ["not-allowed"]
    for query, code in (
        ({"status": "done"}, "not-allowed"),
        ({"start_date": "2022-07-01"}, "rule"),
        ({"start_date": "2022-01-01T00:00:00Z", "end_date": "2022-06-01T00:00:00Z"}, "open311-span"),
        ({"page_size": "1001"}, "too-large"),
        ({"extensions": "true"}, "unknown-field"),
    ):
        assert codes(await channel.get("requests.xml", 400, **query)) == [code]
    number = "SQ-371502-20220704-0001"
    asked = {"service_request_id": number, "description": "请打 13800138000"}
    assert await count(grievances) == 0
    await channel.told()
    assert codes(await channel.post("servicerequestupdates.xml", asked, 400)) == ["personal-data-in-text"]


@SQLITE
async def test_what_is_no_form_of_open311_is_refused(grievances: Running) -> None:
    channel = Channel(grievances)
    kind = "application/x-www-form-urlencoded"
    bodies: list[tuple[str, bytes, str]] = [
        ("application/json", b"{}", "unsupported-media-type"),
        ("multipart/form-data; boundary=x", b"--x--", "unsupported-media-type"),
        (f"{kind}; charset=utf-7", b"a=b", "unsupported-media-type"),
        (kind, b"description=%ff", "malformed"),
        (kind, "description=水".encode(), "malformed"),
        (kind, b"&".join(b"a=b" for _ in range(100)), "malformed"),
        (kind, b"a=" + b"b" * 70_000, "too-large"),
    ]
    for token in ({"Authorization": f"Bearer {channel.key}"}, {}):
        for content_type, body, code in bodies:
            headers = {"Content-Type": content_type, **token}
            answer = await channel.http.post(f"{V2}/requests.json", content=body, headers=headers)
            assert (answer.status_code, codes(answer)) == (400, [code])


@SQLITE
async def test_a_key_is_needed_and_stands_in_no_address(grievances: Running) -> None:
    channel, stranger = Channel(grievances), grievances.stranger().http
    for key in ("", "nonsense", "é", "a b"):
        answer = await stranger.post(f"{V2}/requests.xml", data=FORM | {"api_key": key})
        assert (answer.status_code, codes(answer)) == (403, ["unauthenticated"])
        assert "nonsense" not in answer.text
    for path in ("requests.json", "servicerequestupdates.xml", "services.json"):
        answer = await stranger.get(f"{V2}/{path}", params={"api_key": channel.key})
        assert (answer.status_code, codes(answer)) == (400, ["open311-key-in-url"])
    answer = await stranger.get(f"{V2}/requests.json")
    assert (answer.status_code, codes(answer)) == (403, ["unauthenticated"])
    clerks = clerk(grievances).http
    answer = await clerks.post(f"{V2}/requests.json", data=FORM)
    assert (answer.status_code, codes(answer)) == (403, ["forbidden"])
    assert await count(grievances) == 0


@SQLITE
async def test_with_a_token_in_the_header_nothing_of_a_body_is_read_before_it_is_verified(
    grievances: Running,
) -> None:
    read: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(b"a=b")
        yield b"a=b"

    headers = {"Authorization": "Bearer nonsense", "Content-Type": "application/x-www-form-urlencoded"}
    http = grievances.stranger().http
    answer = await http.post(f"{V2}/requests.json", content=body(), headers=headers)
    assert (answer.status_code, read) == (403, [])


@SQLITE
async def test_who_leaves_in_the_middle_of_a_form_is_no_fault_of_ours(grievances: Running) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    for headers in ([], [(b"authorization", f"Bearer {Channel(grievances).key}".encode())]):
        scope = {
            "type": "http",
            "method": "POST",
            "path": f"{V2}/requests.json",
            "raw_path": b"",
            "query_string": b"",
            "headers": [(b"content-type", b"application/x-www-form-urlencoded"), *headers],
        }
        await grievances.app(scope, receive, send)
    assert sent == []


@SQLITE
async def test_the_key_is_in_no_row_and_no_event(grievances: Running) -> None:
    channel = Channel(grievances)
    number = await channel.told()
    path = await path_of(grievances, number)
    found: list[Any] = await _everything(grievances)
    assert found
    assert not [row for row in found if channel.key in row or "13800138000" in row]
    assert [name for name, _ in await grievances.events(path.rpartition("/")[2])] == ["grievance_received"]


async def _everything(grievances: Running) -> list[str]:
    async with grievances.service.database.reading() as connection:
        return [
            str(row)
            for table in (grievance, grievance_words, OPEN311, idempotency, outbox)
            for row in await connection.execute(select(table))
        ]


@SQLITE
async def test_who_asks_too_often_is_told_when_to_ask_again(grievances: Running) -> None:
    channel = Channel(grievances)
    # However slow the machine is, nothing is refilled meanwhile.
    grievances.app.state.quotas._now = lambda: 0.0
    for _ in range(60):
        await channel.get("servicerequestupdates.xml")
    answer = await channel.get("servicerequestupdates.xml", 429)
    assert codes(answer) == ["too-many-requests"]
    assert int(answer.headers["Retry-After"]) >= 1
