"""Several issuers: each is believed for its own kinds of callers, by its own keys."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import ValidationError

from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.auth.tokens import (
    CITIZENS,
    EVERY_KIND,
    InvalidTokenError,
    KeysUnavailableError,
    StaticKeys,
    TokenVerifier,
    TrustedIssuer,
    claims_of,
    verifier_of,
)
from libs.common.clock import ManualClock
from libs.common.settings import CommonSettings

NOW = datetime(2022, 9, 30, 2, 0, tzinfo=UTC)
STAFF_ISSUER, CITIZEN_ISSUER = "https://staff.example", "https://registry.example"
# Of one key id, so that no key is found by its id alone.
STAFF_KEY, CITIZEN_KEY = (ECKey.generate_key("P-256", {"kid": "k1"}) for _ in range(2))
CLERK = Caller("u-1", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"))
CITIZEN = Caller(
    "C-1",
    frozenset({"citizen"}),
    Scope(ScopeKind.CITIZEN, "C-1"),
    channel="WECHAT",
    assurance=Assurance.MOBILE,
)
SETTINGS: dict[str, Any] = {
    "database_url": "sqlite+aiosqlite://",
    "bus_url": "sqlite:///bus.db",
    "issuer": STAFF_ISSUER,
    "jwks_url": f"{STAFF_ISSUER}/jwks",
}
OF_CITIZENS = {"citizen_issuer": CITIZEN_ISSUER, "citizen_jwks_url": f"{CITIZEN_ISSUER}/jwks"}


def jwks(key: ECKey) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False)]}


def token(caller: Caller, issuer: str, key: ECKey, **more: Any) -> str:
    claims = {**claims_of(caller), "iss": issuer, "aud": "sqn", "exp": int(NOW.timestamp()) + 300, **more}
    return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, key)


def publishing(request: httpx.Request) -> httpx.Response:
    keys = {"staff.example": STAFF_KEY, "registry.example": CITIZEN_KEY}
    return httpx.Response(200, json=jwks(keys[request.url.host]))


def verifier(**settings: str) -> TokenVerifier:
    client = httpx.AsyncClient(transport=httpx.MockTransport(publishing))
    return verifier_of(CommonSettings.model_validate({**SETTINGS, **settings}), client, ManualClock(NOW))


@pytest.mark.parametrize(
    ("caller", "issuer", "key"), [(CLERK, STAFF_ISSUER, STAFF_KEY), (CITIZEN, CITIZEN_ISSUER, CITIZEN_KEY)]
)
async def test_each_issuer_speaks_for_its_own(caller: Caller, issuer: str, key: ECKey) -> None:
    assert await verifier(**OF_CITIZENS).verify(token(caller, issuer, key)) == caller


@pytest.mark.parametrize(
    ("caller", "issuer", "key"), [(CITIZEN, STAFF_ISSUER, STAFF_KEY), (CLERK, CITIZEN_ISSUER, CITIZEN_KEY)]
)
async def test_no_issuer_speaks_for_the_others_callers(caller: Caller, issuer: str, key: ECKey) -> None:
    with pytest.raises(InvalidTokenError, match="does not speak for a"):
        await verifier(**OF_CITIZENS).verify(token(caller, issuer, key))


@pytest.mark.parametrize("kind", [kind for kind in ScopeKind if kind is not ScopeKind.CITIZEN])
async def test_the_issuer_of_citizens_gives_no_other_place(kind: ScopeKind) -> None:
    place = Scope(kind, "" if kind is ScopeKind.CITY else "371502")
    # Even with the role of a citizen, which counts nowhere else.
    caller = Caller("C-1", frozenset({"citizen", "administrator"}), place)
    with pytest.raises(InvalidTokenError, match="does not speak for a"):
        await verifier(**OF_CITIZENS).verify(token(caller, CITIZEN_ISSUER, CITIZEN_KEY))


@pytest.mark.parametrize(("issuer", "key"), [(STAFF_ISSUER, CITIZEN_KEY), (CITIZEN_ISSUER, STAFF_KEY)])
async def test_no_key_signs_in_the_name_of_the_other_issuer(issuer: str, key: ECKey) -> None:
    with pytest.raises(InvalidTokenError, match="BadSignatureError"):
        await verifier(**OF_CITIZENS).verify(token(CITIZEN, issuer, key))


@pytest.mark.parametrize("issuer", ["https://other.example", None, 7, ["https://staff.example"], {}])
async def test_an_issuer_that_is_not_trusted_gets_no_one_in(issuer: Any) -> None:
    with pytest.raises(InvalidTokenError):
        await verifier(**OF_CITIZENS).verify(token(CLERK, STAFF_ISSUER, STAFF_KEY, iss=issuer))


async def test_without_an_issuer_of_their_own_citizens_come_from_the_one_that_there_is() -> None:
    assert await verifier().verify(token(CITIZEN, STAFF_ISSUER, STAFF_KEY)) == CITIZEN
    with pytest.raises(InvalidTokenError, match="not trusted"):
        await verifier().verify(token(CITIZEN, CITIZEN_ISSUER, CITIZEN_KEY))


async def test_while_one_issuer_is_away_the_callers_of_the_other_are_let_in() -> None:
    class Away:
        async def find(self, key_id: str) -> None:
            raise KeysUnavailableError

    away = TrustedIssuer(CITIZEN_ISSUER, Away(), CITIZENS)
    both = TokenVerifier(STAFF_ISSUER, "sqn", StaticKeys(jwks(STAFF_KEY)), ManualClock(NOW), others=[away])
    assert await both.verify(token(CLERK, STAFF_ISSUER, STAFF_KEY)) == CLERK
    with pytest.raises(KeysUnavailableError):
        await both.verify(token(CITIZEN, CITIZEN_ISSUER, CITIZEN_KEY))


def test_two_issuers_of_one_name_are_a_mistake() -> None:
    keys = StaticKeys(jwks(STAFF_KEY))
    with pytest.raises(ValueError, match="two issuers have one name"):
        TokenVerifier(
            STAFF_ISSUER,
            "sqn",
            keys,
            ManualClock(NOW),
            others=[TrustedIssuer(STAFF_ISSUER, keys, EVERY_KIND)],
        )


@pytest.mark.parametrize(
    ("acr", "level"),
    [
        ("L1", Assurance.ACCOUNT),
        ("L2", Assurance.MOBILE),
        ("L3", Assurance.REAL_NAME),
        ("L4", None),
        ("3", None),
        (3, None),
        (["L3"], None),
        (None, None),
    ],
)
async def test_a_citizens_token_says_how_well_the_identity_was_proved(
    acr: Any, level: Assurance | None
) -> None:
    caller = await verifier(**OF_CITIZENS).verify(token(CITIZEN, CITIZEN_ISSUER, CITIZEN_KEY, acr=acr))
    assert caller.assurance is level


async def test_of_staff_no_level_is_read() -> None:
    caller = await verifier(**OF_CITIZENS).verify(token(CLERK, STAFF_ISSUER, STAFF_KEY, acr="L3"))
    assert caller == CLERK


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"citizen_issuer": CITIZEN_ISSUER}, "go together"),
        ({"citizen_jwks_url": f"{CITIZEN_ISSUER}/jwks"}, "go together"),
        ({"citizen_issuer": STAFF_ISSUER, "citizen_jwks_url": f"{STAFF_ISSUER}/jwks"}, "is not SQN_ISSUER"),
    ],
)
def test_half_an_issuer_of_citizens_does_not_start(settings: dict[str, str], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        CommonSettings.model_validate({**SETTINGS, **settings})
