"""A command's own route answers as FastAPI's would, whatever is sent."""

from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.command_route import CommandRoute
from libs.common.http.errors import handle_errors
from libs.common.problems import define

REFUSED = define("refused-for-the-test", 403, "不行")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    length: int = Field(ge=0)
    note: str | None = None


async def _command(request: Request, thing_id: UUID) -> str:
    if request.headers.get("x-refuse"):
        raise REFUSED("不行")
    return f"{thing_id} {(await request.body()).decode('latin-1')}"


def _application(route: Any) -> FastAPI:
    app, router = FastAPI(), APIRouter()
    command = Annotated[str, Depends(_command)]

    async def needs(command: command, number: int, body: _Body) -> Response:
        return Response(f"{command} {number} {body!r}")

    async def may(command: command, body: _Body | None = None) -> Response:
        return Response(f"{command} {body!r}")

    async def without(command: command) -> Response:
        return Response(command)

    for path, endpoint in (("needs/{number}", needs), ("may", may), ("without", without)):
        router.add_api_route(
            f"/{{thing_id}}/{path}",
            endpoint,
            methods=["POST"],
            route_class_override=route,
            response_model=None,
        )
    app.router.routes.extend(router.routes)
    handle_errors(app)
    return app


_DOCUMENTED, _SHORT = _application(None), _application(CommandRoute)


async def _answer(app: FastAPI, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        answer = await client.post(path, content=body, headers=headers)
        return answer.status_code, answer.text


bodies = st.sampled_from(
    [
        *(b"", b"{}", b"null", b"[]", b'"', b"\xff", b"[" * 5000),
        *(b'{"length": 3}', b'{"length": "3", "note": null}', b' {"length":1}\n'),
        *(b'{"length": -1}', b'{"length": 1, "more": 2}', b'{"length": NaN}'),
    ]
)
types = st.sampled_from(
    ["", "application/json", "Application/JSON; charset=utf-8", "text/plain", "application/a+json"]
)
paths = st.sampled_from(["needs/7", "needs/x", "may", "without"])
ids = st.sampled_from(["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11", "01838D6E3F407A069F2B5C0D6C1F7A11", "no-id"])


@given(ids, paths, bodies, types, st.booleans())
@pytest.mark.asyncio
async def test_the_short_way_answers_as_fastapi_does(
    thing_id: str, path: str, body: bytes, content_type: str, refuse: bool
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    headers |= {"x-refuse": "1"} if refuse else {}
    address = f"/{thing_id}/{path}"

    assert await _answer(_SHORT, address, body, headers) == await _answer(_DOCUMENTED, address, body, headers)


async def test_what_is_right_does_not_take_fastapis_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastapi.routing.solve_dependencies", None)
    address = "/01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11/needs/7"

    answer = await _answer(_SHORT, address, b'{"length": 3}', {"content-type": "application/json"})

    assert answer == (
        200,
        '01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11 {"length": 3} 7 _Body(length=3, note=None)',
    )


@pytest.mark.parametrize("parameter", ["query", "second_body"])
def test_a_route_that_reads_more_is_refused(parameter: str) -> None:
    async def query(command: Annotated[str, Depends(_command)], thing_id: UUID, more: str) -> None: ...

    async def second_body(
        command: Annotated[str, Depends(_command)], thing_id: UUID, one: _Body, two: _Body
    ) -> None: ...

    endpoint = {"query": query, "second_body": second_body}[parameter]
    with pytest.raises(TypeError, match="a command"):
        CommandRoute("/{thing_id}", endpoint, methods=["POST"], response_model=None)
