"""What the hotline is told: each message in its order, again until it is there, and nothing that is not for it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.common.auth.callers import ScopeKind
from services.grievances.domain.hotline.values import MessageKind
from services.grievances.settings import HotlineSettings
from services.grievances.usecases.hotline.gateway import OutMessage
from services.grievances.usecases.hotline.send_messages import hotline_sender
from services.grievances.usecases.outbox.gateways import HttpGateway, gateway_at
from services.grievances.usecases.outbox.posting import JsonPost
from services.grievances.usecases.outbox.sending import (
    LONGEST_WAIT,
    NotAcceptedError,
    Sender,
    UnavailableError,
    wait_after,
)
from tests.services.grievances.hotline.orders import city, clerk, desk, push, taken, work_on
from tests.support.service import Running, when

Answer = tuple[int, bytes]
OK: Answer = (202, b"")


@dataclass
class Hotline:
    """A hotline that answers as it is told, in turn; the last answer is for all that follow. None hangs."""

    answers: Sequence[Answer | None] = (OK,)
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        answer = self.answers[min(len(self.got), len(self.answers) - 1)]
        self.got.append((headers, body))
        if answer is None:
            await reader.read()
        else:
            status, content = answer
            if b"{id}" in content:
                content = content.replace(b"{id}", body["origin"]["message_id"].encode())
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
            await writer.drain()
        writer.close()

    @property
    def kinds(self) -> list[str]:
        """The kinds of the messages that came."""
        return [body["kind"] for _, body in self.got]


@asynccontextmanager
async def serving(*answers: Answer | None) -> AsyncIterator[Hotline]:
    """Run a hotline at an address of this machine."""
    hotline = Hotline(answers or (OK,))
    server = await asyncio.start_server(hotline.serve, "127.0.0.1", 0)
    async with server:
        hotline.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/messages"
        yield hotline


def sender(grievances: Running, url: str, seconds: float = 5.0) -> Sender:
    """Return a worker that sends to an address."""
    gateway = HttpGateway(JsonPost(url, "token-1", httpx.AsyncClient(), seconds))
    return hotline_sender(grievances.service.database, grievances.clock, gateway)


async def messages(grievances: Running) -> list[dict[str, Any]]:
    """Return the messages, the oldest first."""
    listed: list[dict[str, Any]] = (await city(grievances).get("/hotline-messages")).body["items"]
    return listed[::-1]


async def test_the_hotline_is_told_what_the_person_is_told_and_no_more(grievances: Running) -> None:
    path = await taken(grievances)
    await work_on(grievances, path)
    good = {"reached": True, "contacted": True, "solved": True, "grade": 4}
    await desk(grievances).command(path, "call", good)
    async with serving() as hotline:
        worker = sender(grievances, hotline.url)
        # One of a grievance at a time, so that none is overtaken.
        assert [await worker.step() for _ in range(4)] == [1, 1, 1, 0]
    assert hotline.kinds == ["SIGNED", "REPLIED", "CLOSED"]
    headers, replied = hotline.got[1]
    assert headers["authorization"] == "Bearer token-1"
    assert headers["idempotency-key"] == replied["origin"]["message_id"]
    assert replied["number"] == "DH20220704000123"
    assert replied["version"] == 1
    assert replied["reply"] == "设备已修好，供水已恢复。"
    assert replied["measures"] == ["已维修"]
    said = json.dumps([body for _, body in hotline.got], ensure_ascii=False)
    for secret in ("设备老旧", "李女士", "13800138000", "古楼", "停水", "停机", "u-clerk"):
        assert secret not in said
    assert [message["state"] for message in await messages(grievances)] == ["SENT"] * 3


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("NOT_OURS", "BEYOND_DUTY"), ("CONCLUDED", "RETURNED"), ("IN_PROCEEDINGS", "RETURNED")],
)
async def test_what_is_not_accepted_is_returned_or_beyond_duty(
    grievances: Running, reason: str, kind: str
) -> None:
    path = await taken(grievances)
    await desk(grievances).command(path, "refusal", {"reason": reason, "note": "属于物业管理事项"})
    async with serving() as hotline:
        await sender(grievances, hotline.url).step()
    assert hotline.kinds == [kind]
    assert hotline.got[0][1]["explanation"] == "属于物业管理事项"


@pytest.mark.parametrize("failing", [(500, b""), (503, b""), (429, b""), None], ids=str)
async def test_what_does_not_get_there_is_sent_again_later(
    grievances: Running, failing: Answer | None
) -> None:
    path = await taken(grievances)
    await desk(grievances).command(path, "dispatch", {"utility": "W-371502"})
    await clerk(grievances).command(path, "signature")
    async with serving(failing, OK) as hotline:
        worker = sender(grievances, hotline.url, seconds=0.2)
        assert await worker.step() == 1
        (waiting,) = await messages(grievances)
        assert (waiting["state"], waiting["attempts"]) == ("WAITING", 1)
        assert waiting["error"] is not None
        assert await worker.step() == 0
        grievances.clock.advance(wait_after(1))
        assert await worker.step() == 1
    (sent,) = await messages(grievances)
    assert (sent["state"], sent["attempts"], sent["error"]) == ("SENT", 2, None)
    assert len({body["origin"]["message_id"] for _, body in hotline.got}) == 1


async def test_a_hotline_that_nobody_answers_at_is_tried_again(grievances: Running) -> None:
    path = await taken(grievances)
    await desk(grievances).command(path, "refusal", {"reason": "NOT_OURS", "note": "属于物业管理事项"})
    async with serving() as hotline:
        pass
    assert await sender(grievances, hotline.url).step() == 1
    (waiting,) = await messages(grievances)
    assert (waiting["state"], waiting["error"]) == ("WAITING", "ConnectError")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((409, b'{"message_id": "{id}"}'), "SENT"),
        ((409, b'{"message_id": "another"}'), "REFUSED"),
        ((409, b"no json"), "REFUSED"),
        ((409, b'["{id}"]'), "REFUSED"),
        ((422, b""), "REFUSED"),
        ((302, b""), "REFUSED"),
    ],
    ids=str,
)
async def test_a_duplicate_is_there_and_what_is_refused_is_shown_and_sent_again_by_hand(
    grievances: Running, answer: Answer, state: str
) -> None:
    path = await taken(grievances)
    await desk(grievances).command(path, "refusal", {"reason": "NOT_OURS", "note": "属于物业管理事项"})
    async with serving(answer, OK) as hotline:
        worker = sender(grievances, hotline.url)
        await worker.step()
        (message,) = await messages(grievances)
        assert message["state"] == state
        again = f"/hotline-messages/{message['id']}/sending"
        if state == "SENT":
            assert (await desk(grievances).post(again, status=409)).code == "message-not-refused"
            return
        assert await worker.step() == 0
        elsewhere = grievances.client("window", ScopeKind.DISTRICT, "371503")
        await elsewhere.post(again, status=404)
        await desk(grievances).post(again, status=204)
        assert await worker.step() == 1
    assert [item["state"] for item in await messages(grievances)] == ["SENT"]


async def test_an_answer_without_end_is_not_read(grievances: Running) -> None:
    async with serving((409, b"x" * 200_000)) as hotline:
        gateway = HttpGateway(JsonPost(hotline.url, None, httpx.AsyncClient(), 5.0))
        message = OutMessage("m-1", "DH1", 1, MessageKind.SIGNED, grievances.clock.now())
        with pytest.raises(NotAcceptedError):
            await gateway.send(message)


async def test_two_workers_send_each_message_once(grievances: Running) -> None:
    for number in range(6):
        path = await taken(grievances, number=f"DH{number}")
        await desk(grievances).command(path, "refusal", {"reason": "NOT_OURS", "note": "属于物业管理事项"})
    async with serving() as hotline:
        workers = [sender(grievances, hotline.url) for _ in range(3)]
        await asyncio.gather(*(worker.step() for worker in workers))
    assert len(hotline.got) == 6
    assert len({body["number"] for _, body in hotline.got}) == 6


async def test_our_own_change_that_comes_back_changes_nothing(grievances: Running) -> None:
    path = await taken(grievances)
    await desk(grievances).command(path, "dispatch", {"utility": "W-371502"})
    await clerk(grievances).command(path, "signature")
    (message,) = await messages(grievances)
    before = (await desk(grievances).get(path)).body
    echo = await push(
        grievances,
        version=2,
        status="督办",
        reply_by="2022-07-05T10:00:00+08:00",
        origin={"system": "SQN", "message_id": message["id"]},
    )
    assert echo["state"] == "OWN"
    assert (await desk(grievances).get(path)).body == before
    # Of another number it is none of ours.
    other = await push(grievances, number="DH2", origin={"system": "SQN", "message_id": message["id"]})
    assert other["reasons"] == ["MESSAGE"]


async def test_the_hotline_is_not_told_what_it_did_itself(grievances: Running) -> None:
    path = await taken(grievances)
    await work_on(grievances, path)
    call = {"at": "2022-07-04T08:50:00+08:00", "reached": True, "contacted": True, "solved": True}
    await taken(grievances, version=2, call_back=call | {"grade": "满意"})
    assert (await desk(grievances).get(path)).body["state"] == "CLOSED"
    assert [message["kind"] for message in await messages(grievances)] == ["SIGNED", "REPLIED"]


async def test_what_came_by_another_way_is_no_affair_of_the_hotline(grievances: Running) -> None:
    told = {
        "kind": "COMPLAINT",
        "category": "SUPPLY-NONE",
        "district": "371502",
        "words": "小区停水",
        "phone": "13800138000",
    }
    path = f"/grievances/{(await desk(grievances).post('/grievances', told, 201)).body['id']}"
    await desk(grievances).command(path, "refusal", {"reason": "NOT_OURS", "note": "属于物业管理事项"})
    assert await messages(grievances) == []
    await desk(grievances).get(f"{path}/hotline", 404)


def test_a_message_waits_twice_as_long_each_time_and_an_hour_at_most() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 200)]
    assert waits[:3] == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    assert max(waits) == waits[-1] == LONGEST_WAIT


async def test_a_directory_takes_messages_as_lines_and_one_that_cannot_be_written_waits(
    tmp_path: Path,
) -> None:
    message = OutMessage(
        "m-1", "DH20220704000123", 1, MessageKind.REPLIED, when("2022-07-04 10:00"), reply="已修好。"
    )
    gateway = gateway_at(f"file://{tmp_path}/hotline", None, 5.0)
    assert gateway is not None
    for _ in range(2):
        await gateway.send(message)
    (file,) = (tmp_path / "hotline").iterdir()
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        json.loads(json.dumps(message.body()))
    ]
    (tmp_path / "taken").touch()
    nowhere = gateway_at(f"file://{tmp_path}/taken", None, 5.0)
    assert nowhere is not None
    with pytest.raises(UnavailableError):
        await nowhere.send(message)


def test_production_wants_tls_and_a_token() -> None:
    def faults(**settings: Any) -> list[str]:
        return HotlineSettings.model_construct(
            hotline_url=settings.get("url"), hotline_token=settings.get("token")
        ).hotline_faults()

    assert faults() == []
    assert len(faults(url="http://hotline.example/m")) == 2
    assert len(faults(url="https://hotline.example/m")) == 1
    assert len(faults(url="file:///hotline", token="t")) == 1
