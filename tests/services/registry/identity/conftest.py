"""Providers on real sockets of this machine: those of the laptop, and one that answers as a test says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import CITIZENS, StaticKeys, TokenVerifier, TrustedIssuer
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import house
from libs.common.http.app import create_app
from services.registry.dev.providers import APPLICATION, PROGRAM, SampleProviders
from services.registry.identity import routes
from services.registry.identity.asking import Upstream, new_client
from services.registry.identity.ishandong import Application, Ishandong
from services.registry.identity.port import Provider
from services.registry.identity.routes import Identity
from services.registry.identity.tokens import CitizenTokens
from services.registry.identity.wechat import MiniProgram, Wechat
from tests.libs.common.audit.samples import audit_log
from tests.libs.common.http.conftest import ISSUER, Service
from tests.support.serving import served

from .registry import AUDIT, CITIZEN_ISSUER, Logins, Registry, Shipped, metadata

NOWHERE = "http://provider.invalid"
NOW = datetime(2022, 9, 30, 2, 0, tzinfo=UTC)
# Less than any test waits, and far more than a server of this machine takes.
PATIENCE = 5.0


@pytest.fixture
def clock() -> ManualClock:
    """The machine's clock as this system sees it."""
    return ManualClock(NOW)


@pytest.fixture
def providers(clock: ManualClock) -> SampleProviders:
    """The sample providers, with a clock of their own."""
    return SampleProviders(ManualClock(clock.now()))


@pytest.fixture
async def address(providers: SampleProviders) -> AsyncIterator[str]:
    """Where the sample providers answer."""
    async with served(providers.app()) as server:
        yield f"http://127.0.0.1:{server.port}"


def ishandong(
    url: str,
    clock: ManualClock,
    application: Application = APPLICATION,
    seconds: float = PATIENCE,
    client: httpx.AsyncClient | None = None,
) -> Ishandong:
    upstream = Upstream(Provider.ISHANDONG, url, client or new_client(), seconds)
    return Ishandong(upstream, application, clock)


def wechat(
    url: str,
    program: MiniProgram = PROGRAM,
    seconds: float = PATIENCE,
    client: httpx.AsyncClient | None = None,
) -> Wechat:
    return Wechat(Upstream(Provider.WECHAT, url, client or new_client(), seconds), program)


@asynccontextmanager
async def answering(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application, which knows requests alone; yield its address."""

    async def requests(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)

    async with served(requests) as server:
        yield f"http://127.0.0.1:{server.port}"


def saying(*bodies: bytes, status: int = 200, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """A client, without a server, that gets these bodies, one a request; the last is repeated."""
    left = list(bodies)

    def answer(_request: httpx.Request) -> httpx.Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        # As a stream: a body that is given whole would be unpacked by the response itself.
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


def given_by(providers: SampleProviders, provider: Provider, person: str) -> dict[str, Any]:
    """The body of the request that signs a person in."""
    return providers.request_of(provider, person)[1]


async def nothing_listens() -> str:
    """An address that refuses connections: of a server that has ended."""
    async with answering(unasked) as url:
        return url


async def unasked(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("nobody asks")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
def tokens() -> CitizenTokens:
    return CitizenTokens(CITIZEN_ISSUER, "sqn", {"k1": bytes(range(32))})


@pytest.fixture
def identity(address: str, clock: ManualClock, tokens: CitizenTokens) -> Identity:
    return Identity(tokens, ishandong(address, clock), wechat(address), Logins(), Shipped())


@pytest.fixture
async def registry(
    database: Database,
    identity: Identity,
    providers: SampleProviders,
    clock: ManualClock,
    tmp_path: Path,
) -> AsyncIterator[Registry]:
    issuer = LocalIssuer(ISSUER, tmp_path / "issuer", clock, users={}, machines={}, redirect_uris=[])
    citizens = TrustedIssuer(CITIZEN_ISSUER, StaticKeys(identity.tokens.jwks()), CITIZENS)
    verifier = TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock, others=[citizens])
    # The city's time runs by itself: a session goes by the verifier's clock.
    city = ManualClock(clock.now() + timedelta(days=100))
    audit = audit_log(tmp_path, tables=AUDIT)
    service = Service(database, city, [routes.router], state={"identity": identity}, audit=audit)
    app = create_app(service, verifier)  # type: ignore[arg-type]  # a stand-in of the same shape
    running = Registry(app, database, issuer, verifier, providers, clock)
    yield running
    await running.client.aclose()
