"""The console over a transport that answers as the services do, and browsers of its users."""

import atexit
import shutil
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import httpx
from pydantic import BaseModel
from sqlalchemy import Engine, create_engine, delete, insert
from starlette.responses import Response

from libs.common.clock import Clock, ManualClock
from libs.common.database.migrations import Migrations
from libs.common.http.views import View, encoded
from libs.pages.sessions import Cookies, Seal, Session, SessionId
from services.console.bootstrap import MIGRATIONS, build
from services.console.sessions import row_of
from services.console.settings import Settings, pages_by_service
from services.console.storage.tables import session as session_table

PAGE = "http://127.0.0.1:8000"
ISSUER = "http://localhost:9"
NOW = datetime(2022, 10, 8, 1, 0, tzinfo=UTC)
EXPIRES = int(NOW.timestamp()) + 3600
TRACE = "0af7651916cd43dd8448eb211c80319c"
SECRET = "s" * 32
KEY = "0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11"

Answer = Callable[[httpx.Request], httpx.Response]


# The hidden token of a form of the session. Its mask is zero, so that it is the same in every test process.
CSRF = urlsafe_b64encode(bytes(len("token")) + b"token").decode()


@cache
def database() -> Engine:
    """Return the sessions of every console of this test process, as what signs a browser in sees them."""
    folder = tempfile.mkdtemp(prefix="sqn-sessions-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    engine = create_engine(f"sqlite:///{Path(folder) / 'console.db'}")
    with engine.begin() as connection:
        Migrations(MIGRATIONS).bring_forward(connection)
    return engine


def settings(**changes: str) -> Settings:
    """Return the settings of a console, with changes."""
    return Settings.model_validate(
        {
            **{f"{name}_url": f"http://{name}" for name in pages_by_service()},
            "issuer": ISSUER,
            "session_secret": SECRET,
            "database_url": str(database().url).replace("sqlite:", "sqlite+aiosqlite:"),
            **changes,
        }
    )


def session(**changes: Any) -> Session:
    """Return the session of a supervisor of the city, with changes; its hidden token is `token`.

    The issuer is asked about it at `expires`. Equal facts are one session.
    """
    facts: dict[str, Any] = {
        "subject": "u-city",
        "name": "市局督导",
        "place": "聊城市",
        "scope_kind": "city",
        "scope_code": "",
        "roles": frozenset({"supervisor"}),
        "access_token": "a.b.c",
        "csrf": "token",
        "expires": EXPIRES,
    }
    facts |= changes
    return Session(**{"id": str(uuid5(NAMESPACE_OID, repr(sorted(facts.items())))), **facts})


def cookies_of(clock: Clock, secret: str = SECRET, *, is_secure: bool = False) -> Cookies:
    """Return what reads and writes the cookies of a console."""
    return Cookies(Seal(secret), clock, is_secure=is_secure)


def cookie_of(signed_in: Session, clock: Clock) -> tuple[str, str]:
    """Start a session; return name and value of its cookie."""
    # Seen when it expires, so that a test's clock goes no longer without its user.
    seen = datetime.fromtimestamp(signed_in.expires, UTC)
    with database().begin() as connection:
        connection.execute(delete(session_table).where(session_table.c.id == signed_in.id))
        connection.execute(insert(session_table), row_of(Seal(SECRET), signed_in, "renewal", None, seen))
    response = Response()
    cookies_of(clock).write(response, SessionId(id=signed_in.id, expires=signed_in.expires))
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    return name, value


def of_model(model: BaseModel, status: int = 200) -> httpx.Response:
    """Return a service's answer: a model of its own, encoded as it encodes it."""
    is_view = isinstance(model, View)
    return httpx.Response(status, content=encoded(model) if is_view else model.model_dump_json(by_alias=True))


def refusal(
    status: int,
    code: str,
    title: str = "不符合办理规则",
    detail: str = "",
    errors: Collection[dict[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Return a problem as a service tells it."""
    problem = {"title": title, "detail": detail, "code": code, "errors": list(errors)}
    return httpx.Response(status, json=problem, headers=headers)


@dataclass
class Upstreams(httpx.AsyncBaseTransport):
    """Answers as the services: `answer` is what they say, `seen` what they were asked; `issuer` signs in."""

    issuer: httpx.AsyncBaseTransport | None = None
    answer: Answer = lambda _request: httpx.Response(200, json={})
    seen: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "localhost" and self.issuer is not None:
            return await self.issuer.handle_async_request(request)
        await request.aread()
        self.seen.append(request)
        return self.answer(request)

    @property
    def commands(self) -> list[httpx.Request]:
        """What was sent to change something."""
        return [request for request in self.seen if request.method != "GET"]


@dataclass
class Browser:
    """A browser of the console, and the services behind it."""

    client: httpx.AsyncClient
    upstreams: Upstreams
    clock: ManualClock

    @property
    def cookies(self) -> Cookies:
        """What reads the cookies of this console."""
        return cookies_of(self.clock)

    def answering(self, answer: Answer | BaseModel) -> None:
        """Let the services answer so from now on: by what they are asked, or always with one of their models."""
        self.upstreams.answer = answer if callable(answer) else lambda _request: of_model(answer)

    @property
    def asked(self) -> httpx.Request:
        """What a service was asked last."""
        return self.upstreams.seen[-1]

    def sign_in(self, kind: str = "city", code: str = "", roles: Collection[str] = ("supervisor",)) -> None:
        """Give the browser a session."""
        signed_in = session(scope_kind=kind, scope_code=code, roles=frozenset(roles))
        self.client.cookies.set(*cookie_of(signed_in, self.clock), domain="127.0.0.1")

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """Open a page."""
        return await self.client.get(path, **more)

    async def fragment(self, path: str) -> httpx.Response:
        """Ask for a part of a page, as htmx does."""
        return await self.client.get(path, headers={"HX-Request": "true"})

    async def post(self, path: str, **more: Any) -> httpx.Response:
        """Send a form, from a page of ours unless `headers` say otherwise."""
        return await self.client.post(path, **{"headers": {"Origin": PAGE}, **more})


@asynccontextmanager
async def browser_over(upstreams: Upstreams, clock: ManualClock) -> AsyncIterator[Browser]:
    """Serve a console; return a browser that has not signed in."""
    app = build(settings(), clock, transport=upstreams)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PAGE) as client,
    ):
        yield Browser(client, upstreams, clock)
