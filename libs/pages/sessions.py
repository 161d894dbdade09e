"""Sessions: who is signed in; the cookie has the session's id, the console's database all else."""

import base64
import hashlib
import secrets
from typing import Final, Protocol, TypeVar
from urllib.parse import quote, unquote

import msgspec
from joserfc import jwe
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import Response

from libs.common.auth.tokens import UNREADABLE
from libs.common.clock import Clock

SIGN_IN_SECONDS = 600
# RFC 6265 §6.1: browsers keep 4096 bytes of name, value and attributes.
LONGEST_VALUE = 3900
# What a page fetches by itself says so, and does not keep its session from ending when nobody is there.
AUTOMATIC: Final = "x-sqn-automatic"
# Bytes of the address to which a sign-in leads back: JSON at worst doubles them, and a cookie holds it still.
LONGEST_TARGET = 1_000
LONGEST_NOTE = 1_000
_ENCRYPTION = ["dir", "A256GCM"]


class Session(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A signed-in user; scope and roles are the token's, `place` is the name of the scope.

    `expires` is the Unix time at which the issuer has to be asked again: the token is not used after it.
    """

    id: str
    subject: str
    name: str
    place: str
    scope_kind: str
    scope_code: str
    roles: frozenset[str]
    access_token: str
    csrf: str
    expires: int


class SessionId(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The session of a browser; `expires` is the Unix time at which it ends whatever its user does."""

    id: str
    expires: int


class SignIn(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """A sign-in that has begun: what its answer has to match. `acr` is the second factor that was asked for."""

    state: str
    verifier: str
    nonce: str
    target: str
    expires: int
    acr: str = ""


class Sessions(Protocol):
    """The sessions of all replicas."""

    async def current(self, request: Request) -> Session | None:
        """Return the session of a request, checked with the issuer; None if there is none or it has ended."""
        ...

    async def leave(self, request: Request, reason: str) -> None:
        """End the session of a request, if it has one."""
        ...


C = TypeVar("C", SessionId, SignIn)
T = TypeVar("T", bound=msgspec.Struct)


class Seal:
    """Seals what only the console reads: encrypted and authenticated (JWE, dir, A256GCM)."""

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(hashlib.sha256(secret.encode()).digest())

    def sealed(self, content: msgspec.Struct) -> str:
        """Return a content as text that nobody else reads or makes."""
        header = {"alg": "dir", "enc": "A256GCM"}
        return jwe.encrypt_compact(header, msgspec.json.encode(content), self._key, algorithms=_ENCRYPTION)

    def opened(self, text: str, kind: type[T]) -> T | None:
        """Return a content; None when it is forged, sealed with another secret, or of another kind."""
        try:
            plain = jwe.decrypt_compact(text, self._key, algorithms=_ENCRYPTION).plaintext
            return msgspec.json.decode(plain or b"", type=kind)
        except (*UNREADABLE, msgspec.MsgspecError):
            return None


class Cookies:
    """Reads and writes the console's cookies, which are sealed.

    They are HttpOnly and SameSite=Lax, and on TLS Secure with the `__Host-` prefix, so that no other host sets them.
    """

    def __init__(self, seal: Seal, clock: Clock, *, is_secure: bool) -> None:
        self._seal = seal
        self._clock = clock
        self._secure = is_secure
        prefix = "__Host-" if self._secure else ""
        self._done = f"{prefix}sqn-done"
        self._names = {SessionId: f"{prefix}sqn-session", SignIn: f"{prefix}sqn-sign-in"}

    def read(self, request: Request, kind: type[C]) -> C | None:
        """Return what a cookie holds; None when it is missing, forged, of another kind or expired."""
        value = request.cookies.get(self._names[kind])
        if value is None or len(value) > LONGEST_VALUE:
            return None
        content = self._seal.opened(value, kind)
        return content if content and self._clock.now().timestamp() < content.expires else None

    def is_sent(self, request: Request, kind: type[SessionId] | type[SignIn]) -> bool:
        """Tell whether a request carries the cookie, whatever it holds."""
        return self._names[kind] in request.cookies

    def write(self, response: Response, content: SessionId | SignIn) -> None:
        """Set the cookie."""
        response.set_cookie(
            self._names[type(content)],
            self._seal.sealed(content),
            max_age=content.expires - int(self._clock.now().timestamp()),
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def write_done(self, response: Response, title: str) -> None:
        """Tell the page that a redirect leads to what was done: a note of the browser's own, for one page."""
        response.set_cookie(
            self._done, quote(title), max_age=60, httponly=True, secure=self._secure, samesite="lax"
        )

    def read_done(self, request: Request) -> str | None:
        """Return what was done just before, None without a note."""
        title = request.cookies.get(self._done)
        return unquote(title) if title and len(title) < LONGEST_NOTE else None

    def forget_done(self, response: Response) -> None:
        """Delete the note: it has been shown."""
        response.delete_cookie(self._done, secure=self._secure, httponly=True, samesite="lax")

    def forget(self, response: Response, kind: type[SessionId] | type[SignIn]) -> None:
        """Delete the cookie."""
        response.delete_cookie(self._names[kind], secure=self._secure, httponly=True, samesite="lax")


def masked(token: str) -> str:
    """Return a token as it goes into a page, different each time: pages are compressed (BREACH)."""
    mask = secrets.token_bytes(len(token))
    return base64.urlsafe_b64encode(mask + _xor(token.encode(), mask)).decode()


def unmasked(text: str) -> bytes:
    """Return the token of a form; what no page of ours has made is no token: b""."""
    try:
        raw = base64.urlsafe_b64decode(text)
    except ValueError:
        return b""
    half = len(raw) // 2
    return _xor(raw[half:], raw[:half])


def _xor(first: bytes, second: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(first, second, strict=False))


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)
