"""Requests of Open311 that are refused, and what is kept of nobody: in both formats, and nothing is changed."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import select
from starlette.types import Message

from libs.common.database.tables import idempotency, outbox
from services.grievances.storage.tables import OPEN311, grievance, grievance_words
from tests.services.grievances.open311.channel import FORM, SQLITE, V2, Channel, codes, count, path_of
from tests.services.grievances.people import clerk
from tests.support.service import Running

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
        ({"service_code": "FEE\0"}, "pattern"),
        ({"service_request_id": "SQ-１"}, "pattern"),
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
