"""What surrounds every page: security headers, and errors as pages in Chinese with the trace id."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import exc
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.http.errors import of_database, of_http
from libs.common.problems import INTERNAL, INVALID, Problem, define
from libs.common.telemetry import trace_id
from libs.pages.sessions import LONGEST_TARGET, SessionId
from libs.pages.site import is_fragment, known_session, render, signed_in, site_of, typed_in
from libs.pages.upstreams import SignedOutError

log = structlog.get_logger(__name__)

SIGNED_OUT = define("signed-out", 401, "登录已失效")
_DATABASE = (DBAPIError, exc.TimeoutError, ConnectionError)

# Everything comes from this origin; no inline script or style, no frame, forms go nowhere else.
# The issuer is reached by a redirect that a link begins, hence not a form.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Pages:
    """ASGI middleware: adds the headers, keeps pages out of caches, turns a fault of ours into a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                # Static files say themselves how long they are kept; that one is missing is kept by nobody.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            if begun:
                raise
            log.exception("page_failed")
            problem = INTERNAL("请稍后重试；如仍失败，请把追踪编号告诉管理员")
            await error_page(Request(scope), problem)(scope, receive, answer)


class CompressedPages(GZipMiddleware):
    """ASGI middleware: compresses pages and their parts; their secrets are masked anew in each (`masked`)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and _is_page(scope["path"]):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_page(path: str) -> bool:
    return not path.startswith("/static/") and not path.endswith((".xlsx", ".csv", "/stream"))


def error_page(request: Request, problem: Problem) -> Response:
    """Show a problem: as a page, or as a paragraph where htmx asked for a part of one."""
    site = site_of(request)
    page = render(
        request,
        site.templates,
        "fault.html" if is_fragment(request) else "error.html",
        known_session(request),
        status=problem.kind.status,
        problem=problem,
        typed=typed_in(request),
        trace_id=trace_id(),
    )
    page.headers.update(problem.headers)
    return page


def handle_errors(app: FastAPI) -> None:
    """Register the handlers; what none of them takes is a fault of ours and ends in `Pages`."""

    async def problem(request: Request, error: Any) -> Response:
        return error_page(request, error)

    async def http(request: Request, error: HTTPException) -> Response:
        # No route has asked who it is, and the page has the navigation of who is signed in.
        with suppress(SignedOutError, Problem, *_DATABASE):
            await signed_in(request)
        return error_page(request, of_http(error))

    async def invalid(request: Request, _error: Any) -> Response:
        is_form = request.method == "POST"
        text = (
            "表单缺少必填的内容，或内容不正确，请返回页面重新填写"
            if is_form
            else "地址中的查询条件不正确，请从页面上重新选择"
        )
        return error_page(request, INVALID(text))

    async def signed_out(request: Request, _error: Any) -> Response:
        is_page = request.method == "GET" and not is_fragment(request)
        # Not of `request.url`, which cannot be made with every Host that somebody may send.
        query = request.scope["query_string"].decode("latin-1")
        target = request.scope["path"] + (f"?{query}" if query else "")
        leads_back = is_page and len(target.encode(errors="replace")) <= LONGEST_TARGET
        to_sign_in = f"/signin?{urlencode({'next': target})}" if leads_back else "/signin"
        # An EventSource would follow a redirect to a page and never say that the session has ended.
        if request.headers.get("accept") == "text/event-stream":
            response = Response(status_code=401)
        elif is_fragment(request):
            response = Response(status_code=401, headers={"HX-Redirect": "/signin"})
        elif typed_in(request):
            response = error_page(request, SIGNED_OUT("请重新登录后再提交"))
        else:
            response = RedirectResponse(to_sign_in, 303)
        # A form of another site comes without the cookie, and must not sign the user out.
        site = site_of(request)
        if site.cookies.is_sent(request, SessionId):
            await site.sessions.leave(request, "refused")
            site.cookies.forget(response, SessionId)
        return response

    async def database(request: Request, error: Any) -> Response:
        return error_page(request, of_database(error))

    for kind in _DATABASE:
        app.add_exception_handler(kind, database)
    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(HTTPException, http)  # type: ignore[arg-type]  # starlette types the base class
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(SignedOutError, signed_out)
