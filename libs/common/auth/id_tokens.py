"""What an OIDC issuer tells a client about its users: ID tokens (OpenID Connect Core 1.0 §3.1.3.7) and logout tokens.

A logout token ends sessions (OpenID Connect Back-Channel Logout 1.0 §2.4 to §2.6).
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt

from libs.common.auth.tokens import LEEWAY_SECONDS, InvalidTokenError, Keys, signed
from libs.common.clock import Clock

LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
# The hash of an algorithm, of which `at_hash` has the left half.
_HASHES: Final = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "Ed25519": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in; `session` is the issuer's id of the sign-in, for a logout."""

    subject: str
    session: str | None


@dataclass(frozen=True, slots=True)
class Logout:
    """Whose sessions end: those of the issuer's `session`, without it all of `subject`; `issued` is a Unix time."""

    subject: str | None
    session: str | None
    issued: int


class IdTokens:
    """Verifies what an issuer signs for one of its clients. Every error is an InvalidTokenError with its reason."""

    def __init__(self, issuer: str, client_id: str, keys: Keys, clock: Clock) -> None:
        self._client_id = client_id
        self._keys = keys
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            iat={"essential": True},
            exp={"essential": True},
        )

    async def identity(self, token: str, access_token: str, nonce: str | None) -> Identity:
        """Return who signed in; `nonce` is None for a token of a renewal (§12.2), which need not have one."""
        read = await signed(token, self._keys, self._claims)
        claims = read.claims
        self._check_authorized(claims)
        if nonce is not None and claims.get("nonce") != nonce:
            raise InvalidTokenError("the nonce is of another sign-in")
        if "at_hash" in claims and claims["at_hash"] != _left_half(read.header["alg"], access_token):
            raise InvalidTokenError("at_hash is of another access token")
        subject, session = claims.get("sub"), claims.get("sid")
        if not isinstance(subject, str) or not subject:
            raise InvalidTokenError("without a subject")
        return Identity(subject, session if isinstance(session, str) else None)

    async def logout(self, token: str) -> Logout:
        """Return whose sessions a logout token ends."""
        read = await signed(token, self._keys, self._claims)
        claims = read.claims
        self._check_authorized(claims)
        events = claims.get("events")
        if not isinstance(events, Mapping) or not isinstance(events.get(LOGOUT_EVENT), Mapping):
            raise InvalidTokenError("no logout token")
        # An ID token must not pass for one.
        if "nonce" in claims:
            raise InvalidTokenError("a logout token with a nonce")
        subject, session = claims.get("sub"), claims.get("sid")
        if not all(isinstance(claim, str | None) for claim in (subject, session)) or not (subject or session):
            raise InvalidTokenError("neither subject nor session")
        return Logout(subject, session, int(claims["iat"]))

    def _check_authorized(self, claims: Mapping[str, Any]) -> None:
        party = claims.get("azp")
        has_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if party != self._client_id and (party is not None or has_others):
            raise InvalidTokenError("issued for another client")


def _left_half(algorithm: str, access_token: str) -> str:
    digest = _HASHES[algorithm](access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
