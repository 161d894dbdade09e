"""Signing in and out."""

import hmac

import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from libs.common.auth.callers import Scope
from libs.common.problems import define
from libs.pages.sessions import (
    LONGEST_TARGET,
    SIGN_IN_SECONDS,
    Session,
    SessionTooLongError,
    SignIn,
    new_secret,
)
from libs.pages.shown import district, utility
from libs.pages.site import FromOwnPage, Site, render, site_of
from services.console.oidc import SIGN_IN_FAILED, Issuer

log = structlog.get_logger(__name__)
NEXT_TOO_LONG = define("next-too-long", 400, "返回地址过长")
router = APIRouter()


@router.get("/signin")
async def sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Show the page that leads to the issuer. Raises `next-too-long`, as `start` does."""
    return render(request, site_of(request).templates, "signin.html", None, target=_own_path(next))


@router.get("/signin/start")
async def start(request: Request, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Send the browser to the issuer."""
    begun = SignIn(
        state=new_secret(),
        verifier=new_secret(),
        target=_own_path(next),
        expires=_now(request) + SIGN_IN_SECONDS,
    )
    response = RedirectResponse(await _issuer(request).authorize_url(begun.state, begun.verifier), 303)
    site_of(request).cookies.write(response, begun)
    return response


@router.get("/signin/callback")
async def come_back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """Take the issuer's answer. Raises the problem `sign-in-failed`."""
    site = site_of(request)
    begun = site.cookies.read(request, SignIn)
    if begun is None or not hmac.compare_digest(state.encode(), begun.state.encode()):
        raise SIGN_IN_FAILED("登录已超时，或不是从本浏览器发起，请重新登录")
    if error or not code:
        log.info("sign_in_refused", error=error[:80])
        raise SIGN_IN_FAILED("统一身份认证没有同意本次登录")
    caller, access_token, seconds = await _issuer(request).redeem(code, begun.verifier)
    session = Session(
        subject=caller.subject,
        name=caller.name or caller.subject,
        place=_place(site, caller.scope),
        scope_kind=caller.scope.kind,
        scope_code=caller.scope.code,
        roles=caller.roles,
        access_token=access_token,
        csrf=new_secret(),
        expires=_now(request) + seconds,
    )
    response = RedirectResponse(site.home(session) if begun.target == "/" else begun.target, 303)
    site.cookies.forget(response, SignIn)
    try:
        site.cookies.write(response, session)
    except SessionTooLongError as too_long:
        log.error("access_token_too_long", size=str(too_long))
        raise SIGN_IN_FAILED("访问令牌过长，浏览器无法保存，请联系管理员") from too_long
    return response


@router.post("/signout")
async def sign_out(request: Request, session: FromOwnPage) -> Response:
    """Forget the session, and end what it has open at this process."""
    site = site_of(request)
    for service in site.services.values():
        if service.running is not None:
            service.running.end(session)
    response = RedirectResponse("/signin", 303)
    site.cookies.forget(response, Session)
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


def _now(request: Request) -> int:
    return int(site_of(request).clock.now().timestamp())


def _own_path(target: str) -> str:
    """Return a path of this site; browsers read a second slash, or a backslash, as the start of a host."""
    if len(target.encode(errors="replace")) > LONGEST_TARGET:
        raise NEXT_TOO_LONG("请从首页重新登录")
    is_own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_own else "/"
