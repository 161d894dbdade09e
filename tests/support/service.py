"""A service as it runs in a test, on any engine, and its callers."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from unittest.mock import patch
from uuid import uuid4

import asyncpg
import httpx
from fastapi import FastAPI
from sqlalchemy import event, select

from libs.common import laptop
from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.clock import SHANGHAI, Clock, ManualClock
from libs.common.database.tables import outbox, timer
from libs.common.http.quotas import QUOTAS
from libs.common.policy import PolicyBook
from libs.common.service import Service
from libs.common.settings import CommonSettings
from libs.common.timers import TimerRunner

MONDAY = "2022-07-04 09:00"
ISSUER = "http://127.0.0.1:9000"
A_LONG_TIME = 10**9
# Where those are who cannot be of the city.
HOMES = {
    "clerk": (ScopeKind.UTILITY, "W-371502"),
    "approver": (ScopeKind.UTILITY, "W-371502"),
    "agent": (ScopeKind.UTILITY, "W-371502"),
    "channel": (ScopeKind.CHANNEL, "ISHANDONG"),
    "citizen": (ScopeKind.CITIZEN, "C-1"),
    "authority": (ScopeKind.AUTHORITY, "GREENING-371502"),
}

Moment = str | datetime
Json = dict[str, Any]


def when(moment: Moment) -> datetime:
    """An instant; a text is Shanghai's wall clock."""
    if isinstance(moment, datetime):
        return moment
    instant = datetime.fromisoformat(moment)
    return (instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)).astimezone(UTC)


@dataclass
class Answered:
    """An answer, checked for its status."""

    response: httpx.Response

    @property
    def body(self) -> Json:
        """The answer's document."""
        document: Json = self.response.json()
        return document

    @property
    def code(self) -> str:
        """The slug of the problem."""
        return str(self.body["code"])

    @property
    def etag(self) -> str:
        """The version, as If-Match wants it."""
        return self.response.headers["etag"]


class Client:
    """One caller of an API: a new key for every command, and the version that was last seen."""

    def __init__(self, app: FastAPI, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # What breaks inside is the 500 that a caller would see, and the assertion on the status shows it.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)

    async def get(
        self, path: str, status: int = 200, query: Mapping[str, Any] | None = None, **more: Any
    ) -> Answered:
        """Read a path under /v1."""
        response = await self.http.get(f"/v1{path}", params={**(query or {}), **more})
        assert response.status_code == status, response.text
        return Answered(response)

    async def post(
        self, path: str, body: Json | None = None, status: int = 200, *, key: str = "", version: str = ""
    ) -> Answered:
        """Post to a path under /v1, with a new idempotency key unless one is given."""
        headers = {"Idempotency-Key": key or str(uuid4())} | ({"If-Match": version} if version else {})
        response = await self.http.post(f"/v1{path}", json=body, headers=headers)
        assert response.status_code == status, response.text
        return Answered(response)

    async def put(self, path: str, body: Json, status: int = 200, *, version: str) -> Answered:
        """Put to a path under /v1 over the version that was seen."""
        response = await self.http.put(f"/v1{path}", json=body, headers={"If-Match": version})
        assert response.status_code == status, response.text
        return Answered(response)

    async def command(
        self, thing: str, path: str, body: Json | None = None, status: int = 200, *, key: str = ""
    ) -> Answered:
        """Read a thing at its path and send it a command with the version that was read."""
        seen = await self.get(thing)
        return await self.post(f"{thing}/{path}", body, status, key=key, version=seen.etag)


C = TypeVar("C", bound=Client)


@dataclass
class Running:
    """A service as it runs, on a clock that the test moves."""

    service: Service
    clock: ManualClock
    app: FastAPI
    issuer: LocalIssuer
    clients: list[Client] = field(default_factory=list)

    def caller(
        self, role: str = "clerk", scope: ScopeKind | None = None, code: str = "", subject: str = ""
    ) -> Caller:
        """Return a caller with a role (or several, with blanks between) and a place.

        A citizen's app is 爱山东, under the real name. The place is where the role is at home unless it is given, the
        subject is the role.
        """
        if scope is None:
            scope, code = HOMES.get(role, (ScopeKind.CITY, ""))
        app, level = ("ISHANDONG", Assurance.REAL_NAME) if scope is ScopeKind.CITIZEN else (None, None)
        roles = frozenset(role.split())
        return Caller(subject or f"{role}-1", roles, Scope(scope, code), channel=app, assurance=level)

    def token(self, caller: Caller) -> str:
        """Return an access token that outlasts the test."""
        return self.issuer.issue(caller, A_LONG_TIME)

    def client(
        self, role: str = "clerk", scope: ScopeKind | None = None, code: str = "", subject: str = ""
    ) -> Client:
        """Return a client for a caller, as `caller` says."""
        return self.keep(Client(self.app, self.token(self.caller(role, scope, code, subject))))

    def stranger(self) -> Client:
        """A caller without a token."""
        return self.keep(Client(self.app, None))

    def keep(self, client: C) -> C:
        """Close a client with the service."""
        self.clients.append(client)
        return client

    def lift_quotas(self) -> None:
        """Let callers ask as much as a test of something else needs."""
        quotas = self.app.state.quotas
        quotas._versions, quotas._of = PolicyBook((QUOTAS,)).of(QUOTAS), {}

    async def app_get(self, path: str) -> httpx.Response:
        """Read an address outside of /v1, as a probe does."""
        return await self.stranger().http.get(path)

    def set_clock(self, moment: Moment) -> None:
        """Move the clock."""
        self.clock.instant = when(moment)

    def runner(self) -> TimerRunner:
        """A worker's timers, with the service's own handlers."""
        return TimerRunner(self.service.database, self.clock, self.service.timer_handlers)

    async def fire_timers(self) -> int:
        """Fire all that is due; return how many rows were claimed."""
        runner, fired = self.runner(), 0
        while count := await runner.step():
            fired += count
        return fired

    async def timers(self, aggregate_id: str) -> Mapping[str, datetime]:
        """The timer rows of an aggregate."""
        async with self.service.database.reading() as connection:
            rows = await connection.execute(select(timer).where(timer.c.aggregate_id == aggregate_id))
            return {row.kind: row.due_at for row in rows}

    async def events(self, key: str) -> list[tuple[str, datetime]]:
        """What was published of an aggregate, in order: the event's name and its time."""
        async with self.service.database.reading() as connection:
            rows = (
                await connection.execute(
                    select(outbox).where(outbox.c.key == key).order_by(outbox.c.aggregate_seq)
                )
            ).all()
        assert [row.aggregate_seq for row in rows] == list(range(1, len(rows) + 1))
        return [(row.type.split(".")[-2], row.created_at) for row in rows]

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[list[str]]:
        """Collect the statements that are sent to the database, without those that open a transaction."""
        database, found = self.service.database, list[str]()

        def note(*of: Any) -> None:
            if not of[2].startswith("BEGIN"):
                found.append(of[2])

        fetch = asyncpg.Connection.fetchmany

        async def fetchmany(connection: Any, query: str, arguments: Any) -> Any:
            found.append(query)
            return await fetch(connection, query, arguments)

        engines = {database._reader.sync_engine, database._writer.sync_engine}
        for each in engines:
            event.listen(each, "before_cursor_execute", note)
        try:
            # What commands send together goes past SQLAlchemy.
            with patch.object(asyncpg.Connection, "fetchmany", fetchmany):
                yield found
        finally:
            for each in engines:
                event.remove(each, "before_cursor_execute", note)


R = TypeVar("R", bound=Running)


@asynccontextmanager
async def running_as(
    make: Callable[[Service, ManualClock, FastAPI, LocalIssuer], R],
    build: Callable[[Any, Clock], Service | FastAPI],
    database_url: str,
    folder: Path,
    now: Moment = MONDAY,
) -> AsyncIterator[R]:
    """Run a service over a database, as it is, as a `Running` of its own kind."""
    clock = ManualClock(when(now))
    values = {
        "database_url": database_url,
        "bus_url": f"sqlite:///{folder}/bus.db",
        "issuer": ISSUER,
        "jwks_url": f"{ISSUER}/jwks",
        "objects_url": f"file://{folder}/objects",
        "anchors_url": f"file://{folder}/anchors",
        **laptop.KEYS,
    }
    settings: CommonSettings = get_type_hints(build)["settings"].model_validate(values)
    service = build(settings, clock)
    assert isinstance(service, Service)
    issuer = LocalIssuer(ISSUER, folder / "issuer", clock, users={}, machines={}, redirect_uris=[])
    verifier = TokenVerifier(ISSUER, settings.audience, StaticKeys(issuer.jwks()), clock)
    running = make(service, clock, service.app(verifier), issuer)
    try:
        yield running
    finally:
        for client in running.clients:
            await client.http.aclose()
        await service.close()


def running(
    build: Callable[[Any, Clock], Service | FastAPI], database_url: str, folder: Path, now: Moment = MONDAY
) -> AbstractAsyncContextManager[Running]:
    """Run a service over a database, as it is."""
    return running_as(Running, build, database_url, folder, now)
