"""WeChat mini-programs: a code is exchanged for the openid (`jscode2session`).

The answer's session_key is not even read. An openid is personal data; it is of one appid only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
import structlog

from libs.common.auth.callers import Assurance
from services.registry.identity.asking import RETRY_SECONDS, Upstream
from services.registry.identity.port import (
    ACCOUNT_BLOCKED,
    PROOF_REFUSED,
    Provider,
    SubjectKind,
    VerifiedIdentity,
    WechatCode,
)

log = structlog.get_logger(__name__)

PATH: Final = "/sns/jscode2session"
_OPENID: Final = re.compile(r"[A-Za-z0-9_-]{6,64}")
# Return codes: an invalid code, one that was used; a user whom WeChat holds for a high risk.
SPENT: Final = frozenset({40029, 40163})
BLOCKED: Final = 40226
# Codes that pass by themselves, with the seconds until then: busy, too many calls a minute, or on this day.
PASSING: Final[Mapping[int, int]] = {-1: RETRY_SECONDS, 45011: 60, 45009: 3600}


class _Session(msgspec.Struct):
    errcode: int = 0
    openid: str | None = None


@dataclass(frozen=True, slots=True)
class MiniProgram:
    """The mini-program's id and secret."""

    appid: str
    secret: str = field(repr=False)


class Wechat:
    """Exchanges a mini-program's code for the openid of its user, which proves an account and nothing more."""

    def __init__(self, upstream: Upstream, program: MiniProgram) -> None:
        self._upstream = upstream
        self._program = program

    async def sign_in(self, proof: WechatCode) -> VerifiedIdentity:
        """Return the identity of a code, which is used up. Raises the problems of `IdentityProvider`."""
        query = {
            "appid": self._program.appid,
            "secret": self._program.secret,
            "js_code": proof.code,
            "grant_type": "authorization_code",
        }
        try:
            told = msgspec.json.decode(await self._upstream.ask("GET", PATH, query=query), type=_Session)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise self._upstream.unreadable("session") from None
        if told.errcode:
            raise self._refusal(told.errcode)
        if told.openid is None or not _OPENID.fullmatch(told.openid):
            raise self._upstream.unreadable("openid")
        return VerifiedIdentity(
            Provider.WECHAT, self._program.appid, told.openid, SubjectKind.PERSON, Assurance.ACCOUNT
        )

    def _refusal(self, code: int) -> Exception:
        if code in SPENT:
            log.info("code_refused", provider=Provider.WECHAT, errcode=code)
            return PROOF_REFUSED("请在小程序中重新登录；每个登录凭证只能使用一次")
        if code == BLOCKED:
            log.warning("code_refused", provider=Provider.WECHAT, errcode=code)
            return ACCOUNT_BLOCKED("请通过爱山东APP登录，或到办事大厅办理")
        if code in PASSING:
            return self._upstream.unavailable(f"errcode {code}", PASSING[code])
        return self._upstream.refused(f"errcode {code}")
