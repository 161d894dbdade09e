"""Authorisation of routes: `require(role, …)`, or `public` for anyone. A route without either is refused at start.

The caller is authenticated before the body is read (`guard.py`), and stored in the request's scope.
"""

from typing import Annotated, Any

import structlog
from fastapi import Depends, Request

from libs.common.auth.callers import SCOPES_OF_ROLES, Caller, Role, ScopeColumns
from libs.common.auth.tokens import RETRY_SECONDS, InvalidTokenError, KeysUnavailableError, TokenVerifier
from libs.common.http.queries import known_query
from libs.common.problems import Problem, define

log = structlog.get_logger(__name__)

UNAUTHENTICATED = define("unauthenticated", 401, "请先登录")
FORBIDDEN = define("forbidden", 403, "无权办理此事项")
ISSUER_UNAVAILABLE = define("issuer-unavailable", 503, "身份认证服务暂不可用")
_CALLER = "sqn.caller"


class Authenticated:
    """A dependency that authenticates the caller and requires one of these roles.

    `of` are the scope columns of the operation's objects, None where they belong to nobody (reference data, rules).
    The table of authorisations is made from these declarations (`permissions.py`). `for_others` says that a citizen
    may do it for another too, by a recorded authorisation that the operation looks for. Raises ValueError without any
    role, and for a role of which no kind of scope sees any of the objects.
    """

    def __init__(self, *roles: Role, of: ScopeColumns | None = None, for_others: bool = False) -> None:
        if not roles:
            raise ValueError("name the roles: nobody may do what no role is named for")
        self.roles = frozenset(roles)
        self.of = of
        self.for_others = for_others and Role.CITIZEN in roles
        if of and (blind := [role for role in roles if not any(map(of.shown_to, SCOPES_OF_ROLES[role]))]):
            raise ValueError(f"{', '.join(blind)} would see none of {of.label}")

    async def __call__(self, request: Request) -> Caller:
        """Return the caller. Raises `unauthenticated`, `forbidden`, `issuer-unavailable` and `invalid`."""
        caller: Caller | None = request.scope.get(_CALLER)
        if caller is None:
            caller = request.scope[_CALLER] = await verified(request)
            # For the access log: each user's operations are audited (GB/T 22239 level 3).
            request.scope["sqn.subject"] = caller.subject
        if not caller.roles:
            raise FORBIDDEN("当前账号没有角色，或其角色不属于所在单位")
        if self.roles.isdisjoint(caller.roles):
            raise FORBIDDEN("当前账号没有办理此事项的角色")
        await known_query(request)
        return caller


def gate_of(call: object) -> Authenticated | None:
    """Return the gate of a dependency: it authenticates the caller before anything else of the route runs."""
    return call if isinstance(call, Authenticated) else None


def caller_of(request: Request) -> Caller:
    """Return the caller of an authenticated request."""
    caller: Caller = request.scope[_CALLER]
    return caller


async def verified(request: Request) -> Caller:
    """Verify the request's token and return its caller. Raises `unauthenticated` and `issuer-unavailable`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UNAUTHENTICATED("请求未带访问令牌", headers={"WWW-Authenticate": "Bearer"})
    verifier: TokenVerifier = request.app.state.verifier
    try:
        return await verifier.verify(token)
    except InvalidTokenError as error:
        log.info("token_refused", reason=str(error))
        raise UNAUTHENTICATED(
            "访问令牌无效或已过期", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
        ) from error
    except KeysUnavailableError as error:
        raise ISSUER_UNAVAILABLE("请稍后重试", headers={"Retry-After": str(RETRY_SECONDS)}) from error


async def public(request: Request) -> None:
    """Declare an operation open to anyone, as what a link alone proves. Raises `invalid` for a misspelt query."""
    await known_query(request)


async def is_accepted(request: Request) -> bool:
    """Tell whether the token of a request with a streaming answer is still valid."""
    try:
        await verified(request)
    except Problem:
        return False
    return True


def require(*roles: Role, of: ScopeColumns | None = None, for_others: bool = False) -> Any:
    """Return the dependency for a caller with one of these roles, as `Authenticated` says.

    Use it as `caller: Annotated[Caller, require(Role.CLERK, of=CASES.scopes)]`.
    """
    return Depends(Authenticated(*roles, of=of, for_others=for_others))


CityAdministrator = Annotated[Caller, require(Role.ADMINISTRATOR)]
