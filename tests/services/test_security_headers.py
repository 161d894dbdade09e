"""Every answer of every API has its security headers: all operations of all services, refused and answered."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute

from libs.common import discovery
from libs.common.auth.callers import Caller, Role, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.clock import SystemClock
from libs.common.laptop import KEYS
from libs.common.service import Service
from tests.support.serving import Raw, served

ISSUER = "http://127.0.0.1:9000"
# What anybody may read and keep: the keys of citizens' tokens.
PUBLIC = frozenset({"/.well-known/jwks.json"})
ID = "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"
CITY = Caller("u-city", frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}), Scope(ScopeKind.CITY))
TLS = "https://api.example"
HSTS = "strict-transport-security"


async def asked(app: FastAPI, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, list[str]]:
    """Send a request with an empty JSON body; return the status, and the headers as `name: value`."""
    start: dict[str, Any] = {}
    messages: list[Any] = [{"type": "http.request", "body": b"{}"}]

    async def receive() -> Any:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            start.update(message)

    sent = {"content-type": "application/json", **headers}
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
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    async with asyncio.timeout(30):
        await app(scope, receive, send)
    return start["status"], [f"{name.decode()}: {value.decode()}" for name, value in start["headers"]]


def operations(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route, those outside of the contract included."""
    for route in app.routes:
        path = getattr(route, "path", "")
        if isinstance(route, APIRoute):
            for name in route.param_convertors:
                path = path.replace(f"{{{name}}}", ID)
        for method in sorted(getattr(route, "methods", None) or ()):
            yield method, path


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(ISSUER, tmp_path, SystemClock(), users={}, machines={}, redirect_uris=[])


@pytest_asyncio.fixture(params=discovery.stateful(), ids=lambda found: found.name)
async def service(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Service]:
    values: dict[str, Any] = {
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/service.db",
        "bus_url": f"sqlite:///{tmp_path}/bus.db",
        "objects_url": f"file://{tmp_path}/objects",
        "anchors_url": f"file://{tmp_path}/anchors",
        "issuer": ISSUER,
        "jwks_url": f"{ISSUER}/jwks",
        "public_url": TLS,
        "docs": True,
        **KEYS,
    }
    service = request.param.compose(values)
    assert isinstance(service, Service)
    await service.migrate()
    yield service
    await service.close()


def app_of(service: Service, issuer: LocalIssuer) -> FastAPI:
    return service.app(TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), SystemClock()))


async def test_every_answer_of_every_operation_has_them(service: Service, issuer: LocalIssuer) -> None:
    app = app_of(service, issuer)
    known = {"Authorization": f"Bearer {issuer.issue(CITY)}", "Idempotency-Key": "key-1", "If-Match": '"1"'}
    statuses = set()
    listed = [*operations(app), ("GET", "/nowhere"), ("DELETE", "/livez")]
    for method, path in listed:
        for headers in ({}, known):
            status, found = await asked(app, method, path, headers)
            statuses.add(status)
            for header in (
                "x-content-type-options: nosniff",
                "referrer-policy: no-referrer",
                f"{HSTS}: max-age=31536000",
            ):
                assert found.count(header) == 1, (method, path, status, header)
            kept = [header for header in found if header.startswith("cache-control:")]
            assert len(kept) == 1, (method, path, status)
            assert (path in PUBLIC and status == 200) or "no-store" in kept[0], (method, path, status)
            assert not [header for header in found if header.startswith(("server:", "x-powered-by:"))]
    # The sweep has met answers, refusals and unknown addresses.
    assert {200, 401, 404, 405} <= statuses
    assert len(listed) > 5


async def test_without_tls_no_browser_is_told_to_keep_to_it(service: Service, issuer: LocalIssuer) -> None:
    service.settings.public_url = "http://127.0.0.1:8000"
    _, found = await asked(app_of(service, issuer), "GET", "/livez", {})
    assert "x-content-type-options: nosniff" in found
    assert not [header for header in found if header.startswith(HSTS)]


async def test_a_fault_of_ours_has_them(service: Service, issuer: LocalIssuer) -> None:
    app = app_of(service, issuer)

    async def fail(_request: Request) -> Response:
        raise RuntimeError

    app.router.add_route("/failing", fail, methods=["GET"])
    status, found = await asked(app, "GET", "/failing", {})
    assert status == 500
    assert {"x-content-type-options: nosniff", "cache-control: no-store"} <= set(found)


async def test_the_server_does_not_tell_its_name(service: Service, issuer: LocalIssuer) -> None:
    async with served(app_of(service, issuer)) as running, Raw(running.port) as raw:
        await raw.send(b"GET /livez HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n")
        head = (await raw.closed()).partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 200")
    assert b"\r\nserver:" not in head
