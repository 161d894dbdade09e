"""Routes of sign-in: an app's back end exchanges what a provider gave its user for our token of a citizen.

The bootstrap passes an `Identity` as `identity` in the service's `state`; what is not set up there is not offered.
Providers go by the machine's time, a token by the clock of the verifier, whatever the service's own clock is: as
sessions on a laptop do. The channel is that of the caller's token and never in a body.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Protocol, TypeVar

import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded, refusals_recorded
from libs.common.auth.callers import Assurance, Caller, Role
from libs.common.auth.tokens import TokenVerifier
from libs.common.clock import Clock
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import public, require
from libs.common.http.idempotency import Answer, Once
from libs.common.http.views import View, encoded
from libs.common.policy import PolicyKind
from services.registry.identity.assurance import Purpose, check_assurance
from services.registry.identity.policy import IDENTITY_POLICY, IdentityPolicy
from services.registry.identity.port import (
    NOT_OFFERED,
    PROOF_REFUSED,
    SUBJECT_KIND_NAMES,
    Citizens,
    IdentityProvider,
    Provider,
    SubjectKind,
    Ticket,
    VerifiedIdentity,
    WechatCode,
)
from services.registry.identity.tokens import CitizenTokens, citizen, token_end

log = structlog.get_logger(__name__)
T = TypeVar("T")

router = APIRouter(tags=["用户登录"])
KEYS_SECONDS: Final = 300
_PURPOSE: Final = "SIGN_IN"
_NO_STORE: Final = {"Cache-Control": "no-store", "Content-Type": "application/json"}


class Rules(Protocol):
    """The policies of the service, as its rule book has them."""

    async def refresh(self) -> None:
        """Reload them if they may have changed."""
        ...

    def policy(self, kind: PolicyKind[T], /) -> T:
        """Return a policy's model of today. Raises NotInForceError."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """The parts of sign-in; a provider that is not set up is None."""

    tokens: CitizenTokens
    ishandong: IdentityProvider[Ticket] | None
    wechat: IdentityProvider[WechatCode] | None
    citizens: Citizens
    rules: Rules


@dataclass(frozen=True, slots=True)
class _Parts:
    identity: Identity
    clock: Clock
    policy: IdentityPolicy
    request: Request


async def _parts(request: Request) -> _Parts:
    state = request.app.state
    identity: Identity = state.identity
    verifier: TokenVerifier = state.verifier
    await identity.rules.refresh()
    return _Parts(identity, verifier.clock, identity.rules.policy(IDENTITY_POLICY), request)


Parts = Annotated[_Parts, Depends(_parts)]
Channel = Annotated[Caller, require(Role.CHANNEL)]
Citizen = Annotated[Caller, require(Role.CITIZEN)]
_Secret = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[\x21-\x7e]+$")]


class IshandongSignIn(BaseModel):
    """A ticket of 爱山东, as `lightAppJssdk.user.getTicket` gave it, with its usertype."""

    model_config = ConfigDict(extra="forbid")

    ticket: _Secret = Field(description="票据，只能使用一次", examples=["8a1f0c5e6b7d4e2f9c3b"])
    kind: SubjectKind = Field(
        description="、".join(f"{kind} {name}" for kind, name in SUBJECT_KIND_NAMES.items()),
        examples=["PERSON"],
    )


class WechatSignIn(BaseModel):
    """A code of a mini-program, as `wx.login` gave it."""

    model_config = ConfigDict(extra="forbid")

    code: _Secret = Field(description="登录凭证，只能使用一次", examples=["0716AVll20uHk94SLDml27etM946AVlq"])


class SignedIn(View):
    """What is kept of a sign-in for a repetition of its request: no token, which is made from it anew."""

    customer: str
    assurance: str
    signed_in_at: AwareDatetime
    ends_at: AwareDatetime


class SignIn(View):
    """A citizen's access token for the app that asked for it."""

    access_token: str = Field(
        description="访问令牌，仅保存在应用后台", examples=["eyJhbGciOiJFZDI1NTE5In0.e30.c2ln"]
    )
    token_type: str = Field(examples=["Bearer"])
    expires_in: int = Field(description="多少秒后失效", examples=[1800])
    customer: str = Field(description="用户编号", examples=["01838D6E-3F40-7A06-9F2B-5C0D6C1F7A11"])
    assurance: str = Field(description="认证等级：L1 账号，L2 手机号，L3 实名", examples=["L3"])


class LinkedLogin(View):
    """A login that signs in the same citizen from now on."""

    provider: Provider = Field(examples=["WECHAT"])


class KeySet(BaseModel):
    """Public keys of citizens' tokens (RFC 7517)."""

    keys: list[dict[str, Any]] = Field(
        examples=[[{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "use": "sig", "alg": "Ed25519", "x": "…"}]]
    )


@router.post(
    "/v1/sign-ins/ishandong",
    operation_id="signInByIshandong",
    summary="用爱山东票据换取用户令牌",
    response_model=SignIn,
)
async def sign_in_by_ishandong(body: IshandongSignIn, caller: Channel, once: Once, parts: Parts) -> Response:
    """Exchange a ticket for a citizen's token; the customer is opened at the first sign-in."""
    asking = _asking(parts.identity.ishandong, Ticket(body.ticket, body.kind))
    return await _signed_in(asking, caller, once, parts)


@router.post(
    "/v1/sign-ins/wechat",
    operation_id="signInByWechat",
    summary="用微信小程序登录凭证换取用户令牌",
    response_model=SignIn,
)
async def sign_in_by_wechat(body: WechatSignIn, caller: Channel, once: Once, parts: Parts) -> Response:
    """Exchange a code for a citizen's token; the customer is opened at the first sign-in."""
    return await _signed_in(_asking(parts.identity.wechat, WechatCode(body.code)), caller, once, parts)


@router.post(
    "/v1/login-links/wechat",
    operation_id="linkWechat",
    summary="为本人绑定微信登录",
    response_model=LinkedLogin,
)
async def link_wechat(body: WechatSignIn, caller: Citizen, once: Once, parts: Parts) -> Response:
    """Link the WeChat account of a code to the citizen who is signed in by another login: both are proved here."""
    level = caller.assurance or Assurance.ACCOUNT

    async def link(uow: UnitOfWork, identity: VerifiedIdentity) -> Answer:
        await parts.identity.citizens.link(uow, caller.scope.code, identity, level)
        subjects = [caller.scope.code.lower()]
        await recorded(
            uow, caller, parts.request, Action.GRANT, purpose=Purpose.LINK_LOGIN, subjects=subjects
        )
        return Answer(LinkedLogin(provider=identity.provider))

    asking = _asking(parts.identity.wechat, WechatCode(body.code))
    async with refusals_recorded(caller, parts.request, Action.GRANT, purpose=Purpose.LINK_LOGIN):
        check_assurance(caller, Purpose.LINK_LOGIN, parts.policy.levels)
        return await once.after(caller, asking, link)


@router.get(
    "/.well-known/jwks.json",
    operation_id="getCitizenKeys",
    summary="查看用户令牌的公钥",
    dependencies=[Depends(public)],
)
async def get_keys(request: Request, response: Response) -> KeySet:
    """Return the keys by which every service verifies citizens' tokens."""
    identity: Identity = request.app.state.identity
    response.headers["Cache-Control"] = f"public, max-age={KEYS_SECONDS}"
    return KeySet(keys=identity.tokens.jwks()["keys"])


def _asking(
    provider: IdentityProvider[Any] | None, proof: object
) -> Callable[[], Awaitable[VerifiedIdentity]]:
    if provider is None:
        raise NOT_OFFERED("请改用其他方式登录")
    return lambda: provider.sign_in(proof)


async def _signed_in(
    asking: Callable[[], Awaitable[VerifiedIdentity]], caller: Caller, once: Once, parts: _Parts
) -> Response:
    if not parts.identity.tokens.can_issue:
        raise NOT_OFFERED("请联系系统管理员设置用户令牌的签名密钥")
    minutes = parts.policy.token_minutes
    now = parts.clock.now()

    async def open_customer(uow: UnitOfWork, identity: VerifiedIdentity) -> Answer:
        found = await parts.identity.citizens.find_or_open(uow, identity)
        customer = found.customer
        assurance = found.assurance(identity.assurance, parts.policy.linked_level)
        who = citizen(customer, caller.scope.code, assurance)
        await recorded(uow, who, parts.request, Action.SIGN_IN, purpose=_PURPOSE, subjects=[customer.lower()])
        return Answer(
            SignedIn(
                customer=customer,
                assurance=assurance.acr,
                signed_in_at=now,
                ends_at=token_end(now, minutes),
            )
        )

    answer = await once.after(caller, asking, open_customer)
    return _with_token(SignedIn.model_validate_json(bytes(answer.body)), caller, now, parts)


def _with_token(signed_in: SignedIn, caller: Caller, now: datetime, parts: _Parts) -> Response:
    if signed_in.ends_at <= now:
        raise PROOF_REFUSED("此次登录已过期，请重新登录")
    assurance = Assurance.of(signed_in.assurance) or Assurance.ACCOUNT
    who = citizen(signed_in.customer, caller.scope.code, assurance)
    log.info("citizen_signed_in", customer=who.subject, channel=who.channel, assurance=signed_in.assurance)
    answer = SignIn(
        access_token=parts.identity.tokens.issue(who, signed_in.signed_in_at, signed_in.ends_at),
        token_type="Bearer",  # noqa: S106 - the type of a token
        expires_in=int((signed_in.ends_at - now).total_seconds()),
        customer=who.subject,
        assurance=signed_in.assurance,
    )
    return Response(encoded(answer), headers=_NO_STORE)
