"""What every route of the console uses: who is signed in, the parts of the application, pages."""

import asyncio
import hmac
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, StreamingResponse

from libs.common.clock import Clock
from libs.common.http.forms import FormLimits
from libs.common.problems import FieldError, define
from services.console.feed import Feed
from services.console.oidc import Issuer
from services.console.readers.hookup import Reference
from services.console.sessions import Cookies, Session
from services.console.settings import Settings
from services.console.upstreams import SignedOutError, Upstream

FORGED = define("forged-request", 403, "请求来源无法确认")
# Of a form with texts. One with a file may come large, so its fields are kept shorter: they stay in memory.
FORM_LIMITS: FormLimits = {"max_files": 1, "max_fields": 200, "max_part_size": 32_768}
SHORT_FIELDS: FormLimits = {"max_fields": 200, "max_part_size": 8_192}
MANY_FIELDS: FormLimits = {"max_fields": 1_000, "max_part_size": 2_048}
REFERENCE_SECONDS = 600
_SESSION = "sqn.session"
# A browser stays quick with so many rows, however long the list.
MOST_ROWS = 500


# Path, name, and the roles that can use it; None is for all.
_SECTIONS: tuple[tuple[str, str, frozenset[str] | None], ...] = (
    ("/", "实时看板", None),
    ("/work", "待办", None),
    ("/cases", "报装件", None),
    ("/forecast", "按时预测", None),
    ("/b-ready", "获得用水", None),
    ("/what-if", "规则推演", frozenset({"clerk", "approver", "supervisor", "administrator"})),
    ("/policies", "规则版本", frozenset({"supervisor", "administrator"})),
    ("/calendar", "工作日历", frozenset({"administrator"})),
    ("/imports", "台账导入", frozenset({"clerk", "supervisor"})),
    ("/agents", "帮办人员", frozenset({"approver"})),
    ("/commitment-bars", "承诺失信", frozenset({"administrator"})),
    ("/definitions", "指标口径", None),
)
_OF_AUTHORITIES = (("/permits", "审批事项"), ("/commitment-bars", "承诺失信"))
_OF_CITIZENS = (("/cases", "我的办件"),)


def sections(session: Session) -> Sequence[tuple[str, str]]:
    """Return the parts of the console that a user can use: paths and names.

    An authority sees no case, a citizen their own business alone.
    """
    if session.place_kind == "authority":
        return _OF_AUTHORITIES
    if session.place_kind == "citizen":
        return _OF_CITIZENS
    return [
        (path, name)
        for path, name, roles in _SECTIONS
        if roles is None or not roles.isdisjoint(session.roles)
    ]


def home(session: Session) -> str:
    """Return where a user begins."""
    return sections(session)[0][0]


@dataclass(slots=True)
class Parts:
    """The parts of a console."""

    settings: Settings
    clock: Clock
    cookies: Cookies
    issuer: Issuer
    hookup: Upstream
    metrics: Upstream
    feed: Feed
    templates: Environment
    _reference: tuple[float, Reference] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def reference(self, session: Session) -> Reference:
        """Return the names of the hookup service's codes, asked for again after ten minutes."""
        async with self._lock:
            if self._reference is None or time.monotonic() - self._reference[0] > REFERENCE_SECONDS:
                found = await self.hookup.get("/v1/reference", session, Reference)
                self._reference = time.monotonic(), found
            return self._reference[1]

    def page(
        self, template: str, session: Session | None, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Render a page or a fragment."""
        text = self.templates.get_template(template).render(
            session=session, sections=sections(session) if session else (), **context
        )
        return HTMLResponse(text, status)


async def parts(request: Request) -> Parts:
    """Return the parts of this application."""
    found: Parts = request.app.state.parts
    return found


async def signed_in(request: Request) -> Session:
    """Return who is signed in. Raises SignedOutError."""
    found: Parts = request.app.state.parts
    session: Session | None = request.scope.get(_SESSION) or found.cookies.read(request, Session)
    if session is None:
        raise SignedOutError
    request.scope[_SESSION] = session
    # For the access log: who did what is kept (GB/T 22239 level 3, audit of every user).
    request.scope["sqn.subject"] = session.subject
    return session


async def own_origin(request: Request) -> Session:
    """Return who is signed in, for a POST that came from this origin. Raises SignedOutError, `forged-request`.

    It goes before anything of the form is read (`libs.common.http.guard`).
    """
    found: Parts = request.app.state.parts
    session = await signed_in(request)
    if request.headers.get("origin") != found.settings.public_url:
        raise FORGED("请从本系统的页面操作")
    return session


async def from_own_page(request: Request) -> AsyncIterator[Session]:
    """Give who is signed in, for a POST that came from a page of ours. Raises `forged-request`.

    Both are asked for: the browser's word for where the form was (Origin, `own_origin`) and the form's hidden token.
    """
    session = await own_origin(request)
    # Closed at the end, since a form may hold files.
    limits: FormLimits = {**FORM_LIMITS, **request.scope["route"].form_limits}
    async with request.form(**limits) as form:
        given = form.get("csrf")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), session.csrf.encode()):
            raise FORGED("页面已过期，请刷新后重新提交")
        yield session


@dataclass(frozen=True, slots=True)
class Following:
    """The link to more rows: they are added to the page, until it has so many that a fresh one is better."""

    href: str
    is_fresh: bool


def following(path: str, query: Mapping[str, str], cursor: str | None, shown: int) -> Following | None:
    """Return the link to what follows a cursor, None at the end; `shown` rows are on the page by now."""
    if cursor is None:
        return None
    is_fresh = shown >= MOST_ROWS
    loaded = {} if is_fresh else {"loaded": str(shown)}
    return Following(f"{path}?{urlencode({**query, 'cursor': cursor, **loaded})}", is_fresh)


def beside_fields(errors: Sequence[FieldError]) -> dict[str, str]:
    """Return what is wrong, by the name of the field that a page shows it beside; one of a query is named alike."""
    return {each.field.removeprefix("query."): f"{each.rule}。{each.remedy}" for each in errors}


def passed_on(headers: Mapping[str, str], pieces: AsyncIterator[bytes]) -> StreamingResponse:
    """Return a file of a service as it comes, without keeping it."""
    kept = {name: headers[name] for name in ("content-type", "content-disposition") if name in headers}
    return StreamingResponse(pieces, headers=kept)


def is_fragment(request: Request) -> bool:
    """Tell whether htmx asks for a part of a page."""
    return "hx-request" in request.headers


ThisConsole = Annotated[Parts, Depends(parts)]
SignedIn = Annotated[Session, Depends(signed_in)]
Texts = Annotated[list[str], Form(default_factory=list)]
Loaded = Annotated[int, Query(ge=0, description="Rows that the page has already")]
FromOwnPage = Annotated[Session, Depends(from_own_page)]
