"""The table of routes finds what FastAPI's router finds."""

from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Form
from hypothesis import given
from hypothesis import strategies as st

from libs.common.http.route_table import RouteTable


def _application() -> FastAPI:
    app = FastAPI()

    @app.get("/v1/things/mine")
    async def mine() -> str:
        return "mine"

    @app.get("/v1/things/{thing_id}")
    async def one(thing_id: str) -> str:
        return f"one {thing_id}"

    @app.get("/v1/{kind}/last")
    async def last(kind: str) -> str:
        return f"last {kind}"

    @app.post("/v1/things/{thing_id}/form")
    async def form(thing_id: str, note: Annotated[str, Form()]) -> str:
        return f"form {thing_id} {note}"

    @app.post("/v1/things/{thing_id}/{verb}")
    async def verb(thing_id: str, verb: str) -> str:
        return f"{verb} {thing_id}"

    return app


_PLAIN, _TABLED = _application(), _application()
_TABLED.router.middleware_stack = RouteTable(_TABLED.router)


async def _answer(app: FastAPI, method: str, path: str) -> tuple[int, str, str | None]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        data = {"note": "n"} if path.endswith("form") else None
        answer = await client.request(method, f"http://service{path}", data=data)
        return answer.status_code, answer.text, answer.headers.get("allow")


segments = st.sampled_from(["v1", "things", "mine", "last", "form", "7", "start", ""])


@given(st.sampled_from(["GET", "POST", "PUT"]), st.lists(segments, min_size=1, max_size=5))
@pytest.mark.asyncio
async def test_it_finds_what_the_router_finds(method: str, path: list[str]) -> None:
    address = "/" + "/".join(path)

    assert await _answer(_TABLED, method, address) == await _answer(_PLAIN, method, address)


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("GET", "/v1/things/mine", "mine"),
        ("GET", "/v1/things/last", "one last"),
        ("GET", "/v1/others/last", "last others"),
        ("POST", "/v1/things/7/form", "form 7 n"),
        ("POST", "/v1/things/7/start", "start 7"),
    ],
)
async def test_the_first_declared_route_serves(method: str, path: str, text: str) -> None:
    assert await _answer(_TABLED, method, path) == (200, f'"{text}"', None)
