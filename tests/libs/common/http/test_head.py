"""HEAD has the head of GET, ends what GET would stream, and is a HEAD to whatever stands outside."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse

from libs.common.http.streams import OpenFile

from .conftest import Service


async def endless() -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100

    return StreamingResponse(pieces(), headers={"content-length": "1000000"})


@pytest.fixture
def opened() -> list[IO[bytes]]:
    """Every file that was opened for an answer."""
    return []


@pytest.fixture
async def streaming(
    service: Service, make_app: Callable[[Service], FastAPI], tmp_path: Path, opened: list[IO[bytes]]
) -> AsyncIterator[httpx.AsyncClient]:
    """A service that streams without end, and a file."""
    router = APIRouter()
    router.add_api_route("/endless", endless, include_in_schema=False)
    (tmp_path / "file").write_bytes(b"y" * 100_000)

    @router.get("/file", include_in_schema=False)
    async def file() -> StreamingResponse:
        opened.append((tmp_path / "file").open("rb"))
        return OpenFile(opened[-1], media_type="text/plain", headers={"x-size": "100000"})

    service.routers.append(router)
    transport = httpx.ASGITransport(make_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://s") as client:
        yield client


async def test_a_stream_ends_with_its_head(streaming: httpx.AsyncClient, opened: list[IO[bytes]]) -> None:
    head = await streaming.head("/endless")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "1000000")
    head = await streaming.head("/file")
    assert (head.status_code, head.content, head.headers["content-type"]) == (
        200,
        b"",
        "text/plain; charset=utf-8",
    )
    assert (await streaming.get("/file")).content == b"y" * 100_000
    assert [each.closed for each in opened] == [True, True]


async def test_the_probes_and_the_document_have_heads(streaming: httpx.AsyncClient) -> None:
    for path in ("/livez", "/metrics", "/openapi.json"):
        assert (await streaming.head(path)).status_code == 200


async def test_what_cannot_be_read_has_no_head(client: httpx.AsyncClient) -> None:
    answer = await client.head("/v1/meters/M-1/seal")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")
    answer = await client.delete("/v1/meters/M-1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PUT")
    assert (await client.head("/v1/nothing")).status_code == 404


async def test_the_access_log_says_head(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await client.head("/v1/meters/M-1")).headers["etag"] == '"1"'
    out = capsys.readouterr().out
    assert "HEAD" in out
    assert "/v1/meters/{meter_id}" in out
    assert "window-1" in out
