"""Signing in and out."""

import hmac

import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from libs.common.problems import define
from services.console.http.parts import FromOwnPage, Parts, ThisConsole, home
from services.console.oidc import SIGN_IN_FAILED
from services.console.sessions import (
    LONGEST_TARGET,
    SIGN_IN_SECONDS,
    Session,
    SessionTooLongError,
    SignIn,
    new_secret,
)
from services.console.show import authority, district, utility

log = structlog.get_logger(__name__)
NEXT_TOO_LONG = define("next-too-long", 400, "返回地址过长")
router = APIRouter()


@router.get("/signin")
async def sign_in(console: ThisConsole, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Show the page that leads to the issuer. Raises `next-too-long`, as `start` does."""
    return console.page("signin.html", None, target=_own_path(next))


@router.get("/signin/start")
async def start(console: ThisConsole, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Send the browser to the issuer."""
    begun = SignIn(
        state=new_secret(),
        verifier=new_secret(),
        target=_own_path(next),
        expires=_now(console) + SIGN_IN_SECONDS,
    )
    response = RedirectResponse(await console.issuer.authorize_url(begun.state, begun.verifier), 303)
    console.cookies.write(response, begun)
    return response


@router.get("/signin/callback")
async def come_back(
    request: Request, console: ThisConsole, state: str = "", code: str = "", error: str = ""
) -> Response:
    """Take the issuer's answer. Raises the problem `sign-in-failed`."""
    begun = console.cookies.read(request, SignIn)
    if begun is None or not hmac.compare_digest(state.encode(), begun.state.encode()):
        raise SIGN_IN_FAILED("登录已超时，或不是从本浏览器发起，请重新登录")
    if error or not code:
        log.info("sign_in_refused", error=error[:80])
        raise SIGN_IN_FAILED("统一身份认证没有同意本次登录")
    caller, access_token, seconds = await console.issuer.redeem(code, begun.verifier)
    names = {"utility": utility, "district": district, "authority": authority}
    place = names.get(caller.scope.kind, str)(caller.scope.code)
    session = Session(
        subject=caller.subject,
        name=caller.name or caller.subject,
        place=place or "聊城市",
        place_kind=caller.scope.kind,
        place_code=caller.scope.code,
        roles=caller.roles,
        access_token=access_token,
        csrf=new_secret(),
        expires=_now(console) + seconds,
    )
    response = RedirectResponse(home(session) if begun.target == "/" else begun.target, 303)
    console.cookies.forget(response, SignIn)
    try:
        console.cookies.write(response, session)
    except SessionTooLongError as too_long:
        log.error("access_token_too_long", size=str(too_long))
        raise SIGN_IN_FAILED("访问令牌过长，浏览器无法保存，请联系管理员") from too_long
    return response


@router.post("/signout")
async def sign_out(console: ThisConsole, session: FromOwnPage) -> Response:
    """Forget the session, and end the boards that it has open at this process."""
    console.feed.end(session)
    response = RedirectResponse("/signin", 303)
    console.cookies.forget(response, Session)
    return response


def _now(console: Parts) -> int:
    return int(console.clock.now().timestamp())


def _own_path(target: str) -> str:
    """Return a path of this site; browsers read a second slash, or a backslash, as the start of a host."""
    if len(target.encode(errors="replace")) > LONGEST_TARGET:
        raise NEXT_TOO_LONG("请从首页重新登录")
    is_own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_own else "/"
