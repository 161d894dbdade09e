"""Nothing of a body is read before it is known who sends it: every route of every service, asked one by one."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.routing import APIRoute
from structlog.testing import capture_logs

from libs.common import discovery, laptop
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.clock import ManualClock, SystemClock
from libs.common.service import Service
from services.console import bootstrap as console
from tests.support.pages import NOW, PAGE, cookie_of, session, settings

ISSUER = "http://127.0.0.1:9000"
ID = "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"
NOBODY = Caller("u-nobody", frozenset(), Scope(ScopeKind.CITIZEN, "C-1"))
BODIES = {"POST", "PUT", "PATCH", "DELETE"}
FORM = b"multipart/form-data; boundary=x"


async def asked(app: FastAPI, method: str, path: str, headers: dict[str, str]) -> tuple[int, Any, bool]:
    """Send a request whose body never comes; return status, document, and whether the body was asked for."""
    sent: list[Any] = []
    was_read = False

    async def receive() -> Any:
        nonlocal was_read
        was_read = True
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [
            (b"content-type", FORM),
            (b"content-length", b"100000"),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body, was_read


# What the issuer sends proves itself, by what stands in its short body; who has a link to rate or to answer a
# call-back proves it by that.
OPEN = {
    "/signin/backchannel-logout",
    "/v1/rating-links/{token}",
    "/r/{token}",
    "/v1/call-links/{token}",
    "/c/{token}",
}


# Clients of Open311 have their key in the form: it is looked for in a short one, where the header has none.
KEY_IN_FORM = "/open311/"


def with_bodies(app: FastAPI, *, are_open: bool = False) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route that takes a body from a caller, or of those that are open to anybody."""
    for route in app.routes:
        if isinstance(route, APIRoute) and (route.path in OPEN) is are_open:
            for method in sorted((route.methods or set()) & BODIES):
                path = route.path.replace("{format}", "json")
                for name in route.param_convertors:
                    path = path.replace(f"{{{name}}}", ID)
                yield method, path


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(ISSUER, tmp_path, SystemClock(), users={}, machines={}, redirect_uris=[])


@pytest.fixture(params=discovery.stateful(), ids=lambda found: found.name)
def api(request: pytest.FixtureRequest, tmp_path: Path, issuer: LocalIssuer) -> FastAPI:
    values: dict[str, Any] = {
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/none.db",
        "bus_url": f"sqlite:///{tmp_path}/bus.db",
        "issuer": ISSUER,
        "jwks_url": f"{ISSUER}/jwks",
        "anchors_url": f"file://{tmp_path}/anchors",
        **laptop.KEYS,
    }
    service = request.param.compose(values)
    assert isinstance(service, Service)
    return service.app(TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), SystemClock()))


async def test_no_api_reads_a_body_before_it_knows_the_caller(api: FastAPI) -> None:
    for method, path in with_bodies(api):
        for headers in ({}, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Basic eDp5"}):
            status, body, was_read = await asked(api, method, path, headers)
            if path.startswith(KEY_IN_FORM):
                refusal = (403, "unauthenticated") if headers else (400, "too-large")
                code = json.loads(body)[0]["description"].rpartition("[")[2].removesuffix("]")
                assert (status, code, was_read) == (*refusal, False), path
                continue
            assert (status, json.loads(body)["code"], was_read) == (401, "unauthenticated", False), path


async def test_what_is_open_to_anybody_reads_no_long_body(api: FastAPI, pages: tuple[FastAPI, str]) -> None:
    for method, path in (*with_bodies(api, are_open=True), *with_bodies(pages[0], are_open=True)):
        app = api if path.startswith("/v1/") else pages[0]
        status, _, was_read = await asked(app, method, path, {})
        assert (status, was_read) == (413, False), path


async def test_no_api_reads_a_body_of_who_may_not_send_it(api: FastAPI, issuer: LocalIssuer) -> None:
    for method, path in with_bodies(api):
        headers = {"Authorization": f"Bearer {issuer.issue(NOBODY)}"}
        status, _, was_read = await asked(api, method, path, headers)
        # A link to a file anybody may ask for who sees its case; it has no body.
        assert status == 403 or path.endswith("/link"), path
        assert not was_read, path


@pytest_asyncio.fixture
async def pages() -> AsyncIterator[tuple[FastAPI, str]]:
    clock = ManualClock(NOW)
    app = console.build(settings(), clock)
    async with app.router.lifespan_context(app):
        yield app, "=".join(cookie_of(session(), clock))


async def test_no_page_reads_a_form_before_it_knows_the_session_and_where_the_form_was(
    pages: tuple[FastAPI, str],
) -> None:
    app, cookie = pages
    listed = list(with_bodies(app))
    assert len(listed) > 10
    for method, path in listed:
        status, _, was_read = await asked(app, method, path, {})
        assert (status, was_read) == (303, False), path
        for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            status, _, was_read = await asked(app, method, path, {"Cookie": cookie} | origin)
            assert (status, was_read) == (403, False), path


async def test_a_form_of_ours_is_read(pages: tuple[FastAPI, str]) -> None:
    app, cookie = pages
    # Each form breaks off, and to draw its traceback for nobody takes seconds.
    with capture_logs():
        for method, path in with_bodies(app):
            _, _, was_read = await asked(app, method, path, {"Cookie": cookie, "Origin": PAGE})
            assert was_read, path
