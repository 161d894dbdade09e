"""The running console as the pages see it: who is signed in, a service's API, its templates, the navigation."""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Form, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from libs.common.clock import Clock
from libs.common.http.forms import FormLimits
from libs.common.problems import INVALID, FieldError, Problem, define
from libs.pages.declaration import Entry, Running, ServicePages, entries
from libs.pages.entered import typed
from libs.pages.sessions import Cookies, Session, Sessions, unmasked
from libs.pages.upstreams import SignedOutError, Upstream

FORGED = define("forged-request", 403, "请求来源无法确认")
# Of a form with texts. One with a file may come large, so its fields are kept shorter: they stay in memory.
FORM_LIMITS: FormLimits = {"max_files": 1, "max_fields": 200, "max_part_size": 32_768}
SHORT_FIELDS: FormLimits = {"max_fields": 200, "max_part_size": 8_192}
MANY_FIELDS: FormLimits = {"max_fields": 1_000, "max_part_size": 2_048}
# Where a user begins for whom no page is meant.
NOTHING = "/nothing"
T = TypeVar("T")
_SESSION = "sqn.session"
_TYPED = "sqn.typed"


@dataclass(frozen=True, slots=True)
class Site:
    """The console: its origin in browsers, cookies, sessions, clock, and the pages of every service by its name."""

    origin: str
    cookies: Cookies
    sessions: Sessions
    clock: Clock
    services: Mapping[str, "Mounted"]
    templates: Environment

    def entries(self, session: Session) -> Sequence[Entry]:
        """Return the navigation of a user."""
        return entries(session, [service.declared for service in self.services.values()])

    def home(self, session: Session) -> str:
        """Return where a user begins: where the work of one of the roles does, else at the first page."""
        usable = self.entries(session)
        own = [entry for entry in usable if not entry.begins.isdisjoint(session.roles)]
        return (own or usable)[0].path if usable else NOTHING


@dataclass(frozen=True, slots=True)
class Mounted:
    """The pages of one service while the console runs: its API, its templates, and what it keeps."""

    declared: ServicePages
    api: Upstream
    templates: Environment
    running: Running | None


@dataclass(frozen=True, slots=True)
class PageContext:
    """The pages of one service as a request sees them."""

    request: Request
    mounted: Mounted

    @property
    def api(self) -> Upstream:
        """The service's API."""
        return self.mounted.api

    def render(
        self, template: str, session: Session | None, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Render a page or a part of one; what was done just before it is shown once.

        A page with `errors`, by its fields, is answered with 422: what was asked was not done.
        """
        if context.get("errors"):
            status = INVALID.status
        return render(self.request, self.mounted.templates, template, session, status=status, **context)

    def done(self, path: str, title: str) -> Response:
        """Lead to a page that says what was done."""
        response = RedirectResponse(path, 303)
        site_of(self.request).cookies.write_done(response, title)
        return response


def site_of(request: Request) -> Site:
    """Return the console that answers a request."""
    site: Site = request.app.state.site
    return site


def render(
    request: Request,
    templates: Environment,
    template: str,
    session: Session | None,
    *,
    status: int = 200,
    **context: Any,
) -> HTMLResponse:
    """Render a template with the session and its navigation."""
    site = site_of(request)
    done = None if is_fragment(request) else site.cookies.read_done(request)
    text = templates.get_template(template).render(
        session=session,
        navigation=site.entries(session) if session else (),
        path=request.scope["path"],
        done=done,
        now=site.clock.now(),
        **context,
    )
    response = HTMLResponse(text, status)
    if done is not None:
        site.cookies.forget_done(response)
    return response


def pages_of(name: str) -> Callable[[Request], Awaitable[PageContext]]:
    """Return the dependency that gives a route the pages of its service."""

    async def pages(request: Request) -> PageContext:
        return PageContext(request, site_of(request).services[name])

    return pages


async def signed_in(request: Request) -> Session:
    """Return who is signed in. Raises SignedOutError."""
    session = known_session(request) or await site_of(request).sessions.current(request)
    if session is None:
        raise SignedOutError
    request.scope[_SESSION] = session
    # For the access log: who did what is kept (GB/T 22239 level 3, audit of every user).
    request.scope["sqn.subject"] = session.subject
    return session


def known_session(request: Request) -> Session | None:
    """Return who is signed in, if this request has been asked already."""
    session: Session | None = request.scope.get(_SESSION)
    return session


async def own_origin(request: Request) -> Session:
    """Return who is signed in, for a POST that came from this origin. Raises SignedOutError, `forged-request`.

    It goes before anything of the form is read (`libs.common.http.guard`).
    """
    session = await signed_in(request)
    if request.headers.get("origin") != site_of(request).origin:
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
        token = form.get("csrf")
        if not isinstance(token, str) or not hmac.compare_digest(unmasked(token), session.csrf.encode()):
            raise FORGED("页面已过期，请刷新后重新提交")
        try:
            yield session
        except (Problem, SignedOutError):
            # The page of the error shows it: whoever typed it need not type it again.
            request.scope[_TYPED] = typed(form)
            raise


def typed_in(request: Request) -> Sequence[str]:
    """Return what was entered into the form of a request that failed."""
    texts: Sequence[str] = request.scope.get(_TYPED, ())
    return texts


async def or_errors(answer: Awaitable[T]) -> tuple[T | None, dict[str, str]]:
    """Return what a service answers, else what it finds wrong, by field. Raises a problem that names no field."""
    try:
        return await answer, {}
    except Problem as problem:
        if not problem.errors:
            raise
        return None, beside_fields(problem.errors)


def beside_fields(errors: Sequence[FieldError]) -> dict[str, str]:
    """Return what is wrong, by the name of the field that a page shows it beside; one of a query is named alike."""
    return {error.field.removeprefix("query."): f"{error.rule}。{error.remedy}" for error in errors}


def passed_on(headers: Mapping[str, str], pieces: AsyncIterator[bytes]) -> StreamingResponse:
    """Return a file of a service as it comes, without keeping it."""
    sent = {name: headers[name] for name in ("content-type", "content-disposition") if name in headers}
    return StreamingResponse(pieces, headers=sent)


def is_fragment(request: Request) -> bool:
    """Tell whether htmx asks for a part of a page, and not for a page of which it shows the main part."""
    return "hx-request" in request.headers and "hx-boosted" not in request.headers


SignedIn = Annotated[Session, Depends(signed_in)]
Texts = Annotated[list[str], Form(default_factory=list)]
FromOwnPage = Annotated[Session, Depends(from_own_page)]
