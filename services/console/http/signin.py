"""Signing in and out, also where the issuer ends what it began."""

import hmac
from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from libs.common.auth.callers import Scope
from libs.common.auth.tokens import InvalidTokenError
from libs.common.problems import Problem, define
from libs.pages.sessions import LONGEST_TARGET, SIGN_IN_SECONDS, SessionId, SignIn, new_secret
from libs.pages.shown import district, utility
from libs.pages.site import FromOwnPage, Site, render, site_of
from services.console.oidc import SIGN_IN_FAILED, Issuer
from services.console.sessions import KeptSessions

log = structlog.get_logger(__name__)
NEXT_TOO_LONG = define("next-too-long", 400, "返回地址过长")
router = APIRouter()
_LONGEST_LOGOUT = 16_384


@router.get("/signin")
async def sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Show the page that leads to the issuer. Raises `next-too-long`, as `start` does."""
    return render(request, site_of(request).templates, "signin.html", None, target=_own_path(next))


@router.get("/signed-out")
async def signed_out(request: Request) -> Response:
    """Say that the session has ended, and lead to the issuer's own end: else it signs in whoever sits down next."""
    try:
        end = await _issuer(request).end_url()
    except Problem:
        end = None
    return render(request, site_of(request).templates, "signed_out.html", None, end=end)


@router.get("/signin/start")
async def start(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Send the browser to the issuer."""
    return await _to_issuer(request, _own_path(next))


@router.get("/signin/callback")
async def come_back(
    request: Request, state: str = "", code: str = "", error: str = "", iss: str | None = None
) -> Response:
    """Take the issuer's answer. Raises the problem `sign-in-failed`."""
    site, issuer = site_of(request), _issuer(request)
    begun = site.cookies.read(request, SignIn)
    if begun is None or not hmac.compare_digest(state.encode(), begun.state.encode()):
        raise SIGN_IN_FAILED("登录已超时，或不是从本浏览器发起，请重新登录")
    await issuer.check_sender(iss)
    if error or not code:
        log.info("sign_in_refused", error=error[:80])
        raise SIGN_IN_FAILED("统一身份认证没有同意本次登录")
    granted = await issuer.redeem(code, begun)
    caller = granted.caller
    if caller.unproven and not begun.acr:
        # Asked for once: who still has no second factor works without these roles.
        return await _to_issuer(request, begun.target, issuer.administrator_acr)
    if caller.unproven:
        log.warning("second_factor_missing", subject=caller.subject, roles=sorted(caller.unproven))
    await site.sessions.leave(request, "replaced")
    session, kept = await _sessions(request).start(granted, _place(site, caller.scope))
    response = RedirectResponse(site.home(session) if begun.target == "/" else begun.target, 303)
    site.cookies.forget(response, SignIn)
    site.cookies.write(response, kept)
    return response


@router.post(
    "/signin/backchannel-logout",
    max_body_size=_LONGEST_LOGOUT,
    form_limits={"max_files": 0, "max_fields": 4, "max_part_size": _LONGEST_LOGOUT},
)
async def log_out(request: Request, logout_token: Annotated[str, Form()]) -> Response:
    """End the sessions that the issuer has ended (OpenID Connect Back-Channel Logout 1.0 §2.5); it proves itself."""
    uncached = {"Cache-Control": "no-store"}
    try:
        logout = await _issuer(request).logout(logout_token)
    except InvalidTokenError as error:
        log.warning("logout_refused", reason=str(error))
        return JSONResponse({"error": "invalid_request"}, 400, uncached)
    ended = await _sessions(request).log_out(logout)
    log.info("logged_out_by_issuer", subject=logout.subject, ended=ended)
    return Response(status_code=200, headers=uncached)


@router.post("/signout")
async def sign_out(request: Request, session: FromOwnPage) -> Response:
    """End the session, and what it has open at this process."""
    site = site_of(request)
    await site.sessions.leave(request, "signed_out")
    for service in site.services.values():
        if service.running is not None:
            service.running.end(session)
    response = RedirectResponse("/signed-out", 303)
    site.cookies.forget(response, SessionId)
    return response


async def _to_issuer(request: Request, target: str, acr: str = "") -> Response:
    begun = SignIn(
        state=new_secret(),
        verifier=new_secret(),
        nonce=new_secret(),
        target=target,
        expires=int(site_of(request).clock.now().timestamp()) + SIGN_IN_SECONDS,
        acr=acr,
    )
    response = RedirectResponse(await _issuer(request).authorize_url(begun), 303)
    site_of(request).cookies.write(response, begun)
    return response


def _place(site: Site, scope: Scope) -> str:
    """Return what a scope is called; one of a service's own kind is named by that service."""
    names = {"utility": utility, "district": district}
    if scope.kind in names:
        return names[scope.kind](scope.code)
    own = (service.declared.scope_name(scope) for service in site.services.values())
    return next((name for name in own if name), scope.code or "聊城市")


def _issuer(request: Request) -> Issuer:
    issuer: Issuer = request.app.state.issuer
    return issuer


def _sessions(request: Request) -> KeptSessions:
    sessions: KeptSessions = request.app.state.sessions
    return sessions


def _own_path(target: str) -> str:
    """Return a path of this site; browsers read a second slash, or a backslash, as the start of a host."""
    if len(target.encode(errors="replace")) > LONGEST_TARGET:
        raise NEXT_TOO_LONG("请从首页重新登录")
    is_own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_own else "/"
