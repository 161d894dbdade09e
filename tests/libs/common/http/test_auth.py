from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import column

from libs.common.auth.callers import Caller, Role, Scope, ScopeColumns, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import RemoteKeys, TokenVerifier
from libs.common.http.app import create_app
from libs.common.http.auth import require

from .conftest import ISSUER, Service, caller_named, client_of


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer nonsense", "Bearer a.b.c"]
)
async def test_without_a_valid_token_nothing_is_answered(
    client: httpx.AsyncClient, header: str | None
) -> None:
    del client.headers["authorization"]
    answer = await client.get("/v1/meters/M-1", headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("role", "status"),
    [("supervisor", 200), ("administrator", 200), ("window", 403), ("auditor", 403), (None, 403)],
)
async def test_a_route_is_open_to_its_roles_only(
    client: httpx.AsyncClient, issuer: LocalIssuer, role: str | None, status: int
) -> None:
    token = issuer.issue(caller_named("someone", *([role] if role else [])))
    answer = await client.get("/v1/meters/restricted", headers={"Authorization": f"bearer {token}"})
    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "forbidden"


@pytest.mark.parametrize(
    ("roles", "scope", "status"),
    [
        (["window"], Scope(ScopeKind.CITY), 200),
        ([], Scope(ScopeKind.CITY), 403),
        (["approver"], Scope(ScopeKind.CHANNEL, "WECHAT"), 403),
        (["authority"], Scope(ScopeKind.UTILITY, "W-371502"), 403),
        (["administrator"], Scope(ScopeKind.DISTRICT, "371502"), 403),
        (["citizen"], Scope(ScopeKind.CITY), 403),
        (["auditor"], Scope(ScopeKind.CITY), 403),
    ],
)
async def test_who_holds_no_role_reads_nothing(
    client: httpx.AsyncClient, issuer: LocalIssuer, roles: list[str], scope: Scope, status: int
) -> None:
    token = issuer.issue(Caller("someone", frozenset(roles), scope))
    for path in ("/v1/meters/M-1", "/v1/meters/unknown"):
        answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
        assert status == 200 or answer.json()["code"] == "forbidden"


def test_a_guard_without_roles_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="name the roles"):
        require()


def test_a_guard_for_a_role_that_sees_none_of_the_objects_is_a_mistake() -> None:
    of_utilities = ScopeColumns(column("utility"), label="meters")
    require(Role.CLERK, Role.SUPERVISOR, of=of_utilities)
    with pytest.raises(ValueError, match="citizen, authority would see none of meters"):
        require(Role.CLERK, Role.CITIZEN, Role.AUTHORITY, of=of_utilities)


async def test_without_the_keys_of_the_issuer_no_one_is_let_in(service: Service, issuer: LocalIssuer) -> None:
    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    keys = RemoteKeys("http://issuer/jwks", httpx.AsyncClient(transport=httpx.MockTransport(away)))
    service_app = create_app(service, TokenVerifier(ISSUER, "sqn", keys, service.clock))  # type: ignore[arg-type]
    async with client_of(service_app, issuer) as client:
        answer = await client.get("/v1/meters/M-1")
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer-unavailable")
    assert answer.headers["retry-after"]


async def test_an_expired_token_is_refused_even_when_it_was_remembered(
    service: Service, make_app: Callable[[Service], FastAPI], issuer: LocalIssuer
) -> None:
    async with client_of(make_app(service), issuer) as client:
        assert (await client.get("/v1/meters/M-1")).status_code == 200
        service.clock.instant = service.clock.instant.replace(hour=4)
        assert (await client.get("/v1/meters/M-1")).status_code == 401
