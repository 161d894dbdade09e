"""Who is signed in: kept in an encrypted cookie, so that any replica can serve any request."""

import hashlib
import secrets
from typing import TypeVar

import msgspec
from joserfc import jwe
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import Response

from libs.common.auth.tokens import UNREADABLE
from libs.common.clock import Clock
from services.console.settings import Settings

SIGN_IN_SECONDS = 600
# RFC 6265 §6.1: browsers keep 4096 bytes of name, value and attributes.
LONGEST_VALUE = 3900
# Bytes of the address to which a sign-in leads back: JSON at worst doubles them, and a cookie holds it still.
LONGEST_TARGET = 1_000
_ENCRYPTION = ["dir", "A256GCM"]


class Session(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A signed-in user; `place_kind`, `place_code` and `roles` are the token's, `place` is a name.

    `expires` is the Unix time at which the access token does.
    """

    subject: str
    name: str
    place: str
    place_kind: str
    place_code: str
    roles: frozenset[str]
    access_token: str
    csrf: str
    expires: int


class SignIn(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A sign-in that has begun: what its answer has to match."""

    state: str
    verifier: str
    target: str
    expires: int


Kept = TypeVar("Kept", Session, SignIn)


class SessionTooLongError(Exception):
    """The access token is longer than a cookie can hold."""


class Cookies:
    """Reads and writes the console's cookies: encrypted and authenticated (JWE, dir, A256GCM).

    They are HttpOnly and SameSite=Lax, and on TLS Secure with the `__Host-` prefix, so that no other host sets them.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        secret = settings.session_secret.get_secret_value()
        self._key = OctKey.import_key(hashlib.sha256(secret.encode()).digest())
        self._clock = clock
        self._secure = settings.is_secure
        prefix = "__Host-" if self._secure else ""
        self._names = {Session: f"{prefix}sqn-session", SignIn: f"{prefix}sqn-sign-in"}

    def read(self, request: Request, kind: type[Kept]) -> Kept | None:
        """Return what a cookie keeps; None when it is missing, forged, of another kind or expired."""
        value = request.cookies.get(self._names[kind])
        if value is None or len(value) > LONGEST_VALUE:
            return None
        try:
            plain = jwe.decrypt_compact(value, self._key, algorithms=_ENCRYPTION).plaintext
            kept = msgspec.json.decode(plain or b"", type=kind)
        except (*UNREADABLE, msgspec.MsgspecError):
            return None
        return kept if self._clock.now().timestamp() < kept.expires else None

    def write(self, response: Response, kept: Session | SignIn) -> None:
        """Set the cookie. Raises SessionTooLongError when a browser would drop it without a word."""
        sealed = jwe.encrypt_compact(
            {"alg": "dir", "enc": "A256GCM"}, msgspec.json.encode(kept), self._key, algorithms=_ENCRYPTION
        )
        if len(sealed) > LONGEST_VALUE:
            raise SessionTooLongError(f"{len(sealed)} bytes")
        response.set_cookie(
            self._names[type(kept)],
            sealed,
            max_age=kept.expires - int(self._clock.now().timestamp()),
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def forget(self, response: Response, kind: type[Session] | type[SignIn]) -> None:
        """Delete the cookie."""
        response.delete_cookie(self._names[kind], secure=self._secure, httponly=True, samesite="lax")


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)
