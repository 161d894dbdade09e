"""Verification of access tokens: JWTs of the issuers that are trusted, signed with keys that they publish.

The OIDC issuer speaks for staff and machines, the registry for citizens (`CITIZENS`), and neither for the other.
"""

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx
import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from libs.common.auth.callers import (
    ADMINISTRATORS,
    SEPARATED,
    Assurance,
    Caller,
    Scope,
    ScopeKind,
    roles_at,
    separated,
)
from libs.common.clock import Clock
from libs.common.personal_data import find_personal
from libs.common.references import customer_reference, normal
from libs.common.settings import CommonSettings

log = structlog.get_logger(__name__)

# Signatures by a private key only. Ed25519 is EdDSA under the name that RFC 9864 gives it.
ALGORITHMS = ("RS256", "ES256", "Ed25519")
LEEWAY_SECONDS = 30
# A key that the issuer withdraws is refused after this long, even for a token that was verified before.
REFRESH_SECONDS = 600
# Unknown key ids, which anyone may send, fetch the keys no more often than this.
RETRY_SECONDS = 10
LONGEST_TOKEN = 8192
# What the parsers of JOSE and JSON raise for a token of any content; RecursionError for deeply nested JSON.
UNREADABLE = (JoseError, ValueError, TypeError, RecursionError)
LONGEST_SUBJECT = 120
EVERY_KIND: Final = frozenset(ScopeKind)
CITIZENS: Final = frozenset({ScopeKind.CITIZEN})


class InvalidTokenError(Exception):
    """The token does not prove who calls; the text says why, for the log."""


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be had, so no token can be verified now."""


class Keys(Protocol):
    """Where the public keys of the issuer come from."""

    async def find(self, key_id: str) -> Key | None:
        """Return the key with this id, or None when the issuer has none. Raises KeysUnavailableError."""
        ...


class StaticKeys:
    """Keys that are known from the start."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._keys = _import(jwks)

    async def find(self, key_id: str) -> Key | None:
        """Return the key with this id."""
        return self._keys.get(key_id)


class RemoteKeys:
    """Keys that the issuer publishes; when they cannot be renewed they serve one more period, then none."""

    def __init__(
        self, url: str, client: httpx.AsyncClient, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._client = client
        self._monotonic = monotonic
        self._keys: dict[str, Key] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> Key | None:
        """Return the key with this id, fetching the issuer's keys when they are old or do not have it."""
        if self._wanting(key_id):
            async with self._lock:
                if self._wanting(key_id):
                    await self._fetch()
        if self._monotonic() - self._fetched_at > 2 * REFRESH_SECONDS:
            raise KeysUnavailableError
        return self._keys.get(key_id)

    def _wanting(self, key_id: str) -> bool:
        now = self._monotonic()
        old = now - self._fetched_at > REFRESH_SECONDS
        return (old or key_id not in self._keys) and now - self._tried_at > RETRY_SECONDS

    async def _fetch(self) -> None:
        try:
            answer = await self._client.get(self._url, timeout=2)
            self._keys = _import(answer.raise_for_status().json())
            self._fetched_at = self._monotonic()
        except (httpx.HTTPError, ValueError, TypeError, KeyError, JoseError) as error:
            log.warning("keys_not_fetched", url=self._url, error=repr(error))
        # Set only now, so that concurrent callers wait for these keys instead of getting none.
        self._tried_at = self._monotonic()


def _import(jwks: Mapping[str, Any]) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for jwk in jwks["keys"]:
        # A symmetric key in a published set is ignored: with it anyone could sign.
        if "kid" in jwk and jwk.get("kty") in (RSAKey.key_type, ECKey.key_type, OKPKey.key_type):
            keys[jwk["kid"]] = JWKRegistry.import_key(jwk)
    return keys


async def signed(token: str, keys: Keys, claims: jwt.JWTClaimsRegistry) -> jwt.Token:
    """Return a token whose signature and claims are right. Raises InvalidTokenError and KeysUnavailableError."""
    if len(token) > LONGEST_TOKEN:
        raise InvalidTokenError("too long")
    try:
        key_id = jws.extract_compact(token.encode()).headers().get("kid")
        key = await keys.find(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise InvalidTokenError("signed by a key that the issuer does not publish")
        read = jwt.decode(token, key, algorithms=ALGORITHMS)
        claims.validate(read.claims)
    except UNREADABLE as error:
        raise InvalidTokenError(type(error).__name__) from error
    return read


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer, its keys, and the kinds of scope that it speaks for: its tokens for others are refused."""

    name: str
    keys: Keys
    kinds: frozenset[ScopeKind] = EVERY_KIND


class TokenVerifier:
    """Turns an access token into its caller; remembers verified tokens for a while, since it is costly.

    Trusts an issuer for some kinds of scope, by default for all, and `others` as they say; each has its own name.
    Roles of administrators count only in a token with this `administrator_acr` (RFC 9068 §2.2.1), if one is set.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: Keys,
        clock: Clock,
        *,
        kinds: frozenset[ScopeKind] = EVERY_KIND,
        others: Sequence[TrustedIssuer] = (),
        administrator_acr: str | None = None,
        remembered: int = 4096,
    ) -> None:
        self._administrator_acr = administrator_acr
        self._issuers = {each.name: each for each in (TrustedIssuer(issuer, keys, kinds), *others)}
        if len(self._issuers) <= len(others):
            raise ValueError("two issuers have one name")
        self.clock = clock
        self._remembered = remembered
        self._callers: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._claims = {
            name: jwt.JWTClaimsRegistry(
                now=lambda: int(clock.now().timestamp()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": name},
                aud={"essential": True, "value": audience},
                exp={"essential": True},
                sub={"essential": True},
            )
            for name in self._issuers
        }

    async def verify(self, token: str) -> Caller:
        """Return the caller of a token. Raises InvalidTokenError and KeysUnavailableError."""
        cached = self._callers.get(token)
        now = self.clock.now().timestamp()
        if cached is not None:
            if now < cached[0]:
                self._callers.move_to_end(token)
                return cached[1]
            del self._callers[token]
        issuer = self._issuer_of(token)
        claims = (await signed(token, issuer.keys, self._claims[issuer.name])).claims
        caller = _caller(claims, self._administrator_acr)
        if caller.scope.kind not in issuer.kinds:
            raise InvalidTokenError(f"{issuer.name} does not speak for a {caller.scope.kind}")
        self._callers[token] = (min(claims["exp"] + LEEWAY_SECONDS, now + REFRESH_SECONDS), caller)
        if len(self._callers) > self._remembered:
            self._callers.popitem(last=False)
        return caller

    def _issuer_of(self, token: str) -> TrustedIssuer:
        """Return the issuer that a token names: it only chooses the keys, and is verified with the other claims."""
        if len(token) > LONGEST_TOKEN:
            raise InvalidTokenError("too long")
        try:
            claimed = json.loads(jws.extract_compact(token.encode()).payload)
        except UNREADABLE as error:
            raise InvalidTokenError(type(error).__name__) from error
        name = claimed.get("iss") if isinstance(claimed, dict) else None
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise InvalidTokenError("by an issuer that is not trusted")
        return issuer


def verifier_of(settings: CommonSettings, client: httpx.AsyncClient, clock: Clock) -> TokenVerifier:
    """Return the verifier for the issuers that the settings trust: that of citizens for them alone, where it is set.

    Without one the first issuer speaks for citizens too.
    """
    keys = RemoteKeys(settings.jwks_url, client)
    acr = settings.administrator_acr
    if settings.citizen_issuer is None or settings.citizen_jwks_url is None:
        return TokenVerifier(settings.issuer, settings.audience, keys, clock, administrator_acr=acr)
    of_citizens = RemoteKeys(settings.citizen_jwks_url, client)
    return TokenVerifier(
        settings.issuer,
        settings.audience,
        keys,
        clock,
        kinds=EVERY_KIND - CITIZENS,
        others=[TrustedIssuer(settings.citizen_issuer, of_citizens, CITIZENS)],
        administrator_acr=acr,
    )


def claims_of(caller: Caller) -> dict[str, Any]:
    """Return the claims that a token says about its caller."""
    place = {"kind": caller.scope.kind.value, "code": caller.scope.code}
    claims: dict[str, Any] = {"sub": caller.subject, "roles": sorted(caller.roles), "place": place}
    acr = caller.assurance and caller.assurance.acr
    more = {"name": caller.name, "channel": caller.channel, "acr": acr}
    return claims | {claim: value for claim, value in more.items() if value is not None}


def _caller(claims: Mapping[str, Any], administrator_acr: str | None) -> Caller:
    match claims:
        case {"sub": str(subject), "roles": list(roles), "place": {"kind": str(kind), **place}} if 0 < len(
            subject
        ) <= LONGEST_SUBJECT and all(isinstance(role, str) for role in roles):
            name, channel = claims.get("name"), claims.get("channel")
            # Who acted is in every event, and no event holds personal data.
            if find_personal(subject):
                raise InvalidTokenError("the subject is a number of a person")
            try:
                scope = _scope(ScopeKind(kind), str(place.get("code", "")))
            except ValueError as error:
                raise InvalidTokenError(f"place: {error}") from error
            held = roles_at(scope.kind, roles)
            if len(held) < len(set(roles)):
                log.warning("roles_without_place", subject=subject, kind=scope.kind, roles=sorted(roles))
            if separated(held) != held:
                log.warning("separated_roles_together", subject=subject, roles=sorted(held & SEPARATED))
                held = separated(held)
            is_proven = administrator_acr is None or claims.get("acr") == administrator_acr
            unproven = frozenset() if is_proven else held & ADMINISTRATORS
            return Caller(
                subject,
                held - unproven,
                scope,
                name if isinstance(name, str) else None,
                channel if isinstance(channel, str) else None,
                # Of staff an issuer may say anything here.
                Assurance.of(claims.get("acr")) if scope.kind is ScopeKind.CITIZEN else None,
                unproven,
            )
    raise InvalidTokenError("without the claims sub, roles and place")


def _scope(kind: ScopeKind, code: str) -> Scope:
    """Return a scope, its code in canonical form. Raises ValueError, also for a citizen under a personal number."""
    return Scope(kind, customer_reference(code) if kind is ScopeKind.CITIZEN else normal(code))
