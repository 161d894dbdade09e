"""What a body can cost: bytes held while it arrives, processor time by its size, and the time it may take."""

import asyncio
import contextlib
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from libs.common.auth.local_issuer import LocalIssuer
from libs.common.http import middleware
from libs.common.http.forms import FORM_LIMITS, has_plain_charset
from libs.common.http.middleware import BODY_RATE, BODY_SECONDS, MEBIBYTE, seconds_left
from tests.support.serving import Raw, served
from tests.support.waiting import until

from .conftest import Service, caller_named, client_of

MakeApp = Callable[[Service], FastAPI]
PART = b'\r\n--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
END = b"\r\n--x--\r\n"
MOST = 2_900_000


def upload_headers(issuer: LocalIssuer, kind: str = "multipart/form-data; boundary=x") -> dict[str, str]:
    token = issuer.issue(caller_named("window-1", "window"))
    return {"Authorization": f"Bearer {token}", "Content-Type": kind, "Idempotency-Key": "key-1"}


async def held_while_it_arrives(app: FastAPI, headers: dict[str, str], body: bytes) -> tuple[int, int]:
    """Send a body that never ends; return the bytes held when all of it was taken, and the answer's status."""
    pieces = [body[start : start + 65_536] for start in range(0, len(body), 65_536)]
    before = held = 0
    statuses: list[int] = []

    async def receive() -> Any:
        nonlocal held
        held = max(held, tracemalloc.get_traced_memory()[0] - before)
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": True}
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/meters/pages",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        await app(scope, receive, send)
    finally:
        tracemalloc.stop()
    return held, statuses[0] if statuses else 499


@pytest.mark.parametrize(
    "body",
    [
        FILE + b"x" * MOST,
        FILE + b"x" + b"".join(PART % b"a" + b"y" * 60_000 for _ in range(48)),
        PART[2:] % b"a" + b"y" * MOST,
        b"".join(FILE + b"x" * 50_000 + b"\r\n" for _ in range(50)),
        b"".join(PART % b"a" for _ in range(MOST // 60)),
        FILE.replace(b"\r\n\r\n", b"\r\nX-A: " + b"z" * MOST),
        b"--x\r\n" + b"X-A: z\r\n" * (MOST // 8),
    ],
    ids=["file", "fields", "long field", "files", "empty fields", "long part header", "many part headers"],
)
async def test_an_unfinished_form_holds_little(
    service: Service, make_app: MakeApp, issuer: LocalIssuer, body: bytes
) -> None:
    app = make_app(service)
    small, _ = await held_while_it_arrives(app, upload_headers(issuer), FILE + b"x")
    held, status = await held_while_it_arrives(app, upload_headers(issuer), body)
    # All fields that a form may have, what stays of a file, and a few pieces on their way.
    assert held - small < FORM_LIMITS["max_fields"] * FORM_LIMITS["max_part_size"] + 4 * 65_536
    assert status in (400, 499)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/mixed; boundary=x",
        "",
    ],
)
async def test_only_a_form_with_files_may_be_large(
    service: Service, make_app: MakeApp, issuer: LocalIssuer, kind: str
) -> None:
    held, status = await held_while_it_arrives(make_app(service), upload_headers(issuer, kind), b"&" * MOST)
    assert status in (400, 413)
    assert held < 1.5 * MEBIBYTE


@pytest.mark.parametrize(
    ("content_type", "plain"),
    [
        (b"multipart/form-data; boundary=x", True),
        (b'multipart/form-data; boundary=x; charset="UTF-8"', True),
        (b"multipart/form-data; boundary=charset", True),
        (b"multipart/form-data; boundary=x; charset=punycode", False),
        (b"multipart/form-data; boundary=x; Charset=utf-7", False),
        (b"multipart/form-data; charset=utf-8; charset=idna; boundary=x", False),
        (b"multipart/form-data; boundary=" + b"x" * 300, False),
    ],
)
def test_a_form_is_read_as_utf_8_or_not_at_all(content_type: bytes, plain: bool) -> None:
    assert has_plain_charset(content_type) is plain


async def test_a_codec_of_quadratic_time_is_never_used(
    service: Service, make_app: MakeApp, issuer: LocalIssuer
) -> None:
    def form(size: int) -> bytes:
        return FILE + b"x" + PART % b"a" + b"a-" + b"b" * size + END

    async def seconds(size: int, kind: str) -> float:
        async with client_of(make_app(service), issuer) as client:
            headers = upload_headers(issuer, f"multipart/form-data; boundary=x{kind}")
            begun = time.process_time()
            for _ in range(5):
                answer = await client.post("/v1/meters/pages", content=form(size), headers=headers)
                assert answer.status_code == 415
            return time.process_time() - begun

    await seconds(1_000, "; charset=punycode")
    few, many = [await seconds(size, "; charset=punycode") for size in (1_000, 60_000)]
    # Of sixty times the input quadratic time is thousands of times as much; a linear one is mostly the request.
    assert many < 20 * few


@pytest.mark.parametrize("depth", [50_000, 400_000])
async def test_deeply_nested_json_is_malformed(client: httpx.AsyncClient, depth: int) -> None:
    answer = await client.put(
        "/v1/meters/M-1",
        content=b"[" * depth,
        headers={"If-Match": '"1"', "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_a_body_that_drips_is_given_up(
    service: Service, make_app: MakeApp, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "BODY_SECONDS", 0.3)
    headers = upload_headers(issuer) | {"Host": "s", "Content-Length": str(MOST)}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    async with served(make_app(service)) as server:
        crowd = [Raw(server.port) for _ in range(20)]
        for raw in crowd:
            await raw.__aenter__()
            await raw.send(f"POST /v1/meters/pages HTTP/1.1\r\n{head}\r\n".encode() + FILE)
        silent, *others = crowd
        dripping = [asyncio.create_task(_drip(raw)) for raw in others]
        async with Raw(server.port) as control:
            await control.send(b"GET /livez HTTP/1.1\r\nHost: s\r\n\r\n")
            assert await control.status() == 200
        answer = await silent.closed()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"request-timeout"' in answer
        await server.until_connections(0)
        await asyncio.gather(*dripping)
        for raw in crowd:
            await raw.__aexit__(None, None, None)


async def _drip(raw: Raw) -> None:
    async def refused() -> bool:
        return not await raw.send(b"x")

    await until("the server takes no more", refused)


def test_what_comes_earns_time() -> None:
    assert seconds_left(0, 0.0) == BODY_SECONDS
    assert seconds_left(0, BODY_SECONDS) == 0
    # A hundred megabytes at eight times the least rate.
    size = 100 * MEBIBYTE
    assert seconds_left(size, size / (8 * BODY_RATE)) > BODY_SECONDS
    assert seconds_left(1_000, 31.0) < 0


async def test_whoever_waits_for_the_client_to_leave_is_not_hurried(
    service: Service, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()
    waited = asyncio.Event()

    @router.post("/wait", include_in_schema=False)
    async def wait(request: Request) -> int:
        size = len(await request.body())
        monkeypatch.setattr(middleware, "BODY_SECONDS", 0.0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await request.receive()
                pytest.fail("the client has not left")
        waited.set()
        return size

    service.routers.append(router)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"abc"

    async with served(make_app(service)) as server, httpx.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{server.port}/wait", content=chunks())
    assert (answer.text, waited.is_set()) == ("3", True)
