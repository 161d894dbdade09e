"""ID tokens and logout tokens: one claim that is not as it has to be, and the token proves nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from libs.common.auth.id_tokens import LOGOUT_EVENT, Identity, IdTokens, Logout
from libs.common.auth.tokens import InvalidTokenError, StaticKeys
from libs.common.clock import ManualClock

NOW = datetime(2022, 10, 8, 1, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEY, OTHER = (ECKey.generate_key("P-256", auto_kid=True) for _ in range(2))
ED25519 = OKPKey.generate_key("Ed25519", auto_kid=True)
ACCESS_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
# Of that access token, as OpenID Connect Core 1.0 shows it in A.4.
AT_HASH = "77QmUPtjPfzWtF2AnpK9RQ"
# Half of its SHA-512, as openssl makes it, for Ed25519.
LONG_HASH = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"
LOGOUT: Mapping[str, Any] = {"events": {LOGOUT_EVENT: {}}, "jti": "1", "sid": "s-1", "nonce": None}


def token(key: ECKey | OKPKey = KEY, alg: str = "ES256", **changes: Any) -> str:
    """Return a token with changes; None takes a claim out."""
    claims: Mapping[str, Any] = {
        "iss": "https://issuer",
        "aud": "console",
        "sub": "u-1",
        "iat": SECONDS,
        "exp": SECONDS + 60,
        "nonce": "n-1",
        **changes,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid}, given, key, algorithms=[alg])


@pytest.fixture
def id_tokens() -> IdTokens:
    published = {"keys": [KEY.as_dict(private=False), ED25519.as_dict(private=False)]}
    return IdTokens("https://issuer", "console", StaticKeys(published), ManualClock(NOW))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"at_hash": AT_HASH},
        {"azp": "console"},
        {"aud": ["console"]},
        {"aud": ["console", "other"], "azp": "console"},
    ],
)
async def test_the_issuers_token_says_who_signed_in(id_tokens: IdTokens, changes: dict[str, Any]) -> None:
    identity = await id_tokens.identity(token(**changes, sid="s-1"), ACCESS_TOKEN, "n-1")
    assert identity == Identity("u-1", "s-1")


WRONG_OF_BOTH: list[dict[str, Any]] = [
    {"key": OTHER},
    {"iss": "https://other"},
    {"iss": None},
    {"aud": "other"},
    {"aud": ["other"]},
    {"aud": None},
    {"aud": ["console", "other"]},
    {"aud": ["console", "other"], "azp": "other"},
    {"azp": "other"},
    {"exp": SECONDS - 31},
    {"exp": None},
    {"iat": SECONDS + 31},
    {"iat": None},
]


@pytest.mark.parametrize(
    "changes",
    [
        *WRONG_OF_BOTH,
        {"nonce": "n-2"},
        {"nonce": None},
        {"at_hash": AT_HASH[::-1]},
        {"at_hash": 1},
        {"sub": None},
        {"sub": ""},
        {"sub": 1},
    ],
)
async def test_any_other_token_signs_nobody_in(id_tokens: IdTokens, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        await id_tokens.identity(token(**changes), ACCESS_TOKEN, "n-1")


@pytest.mark.parametrize(("at_hash", "is_right"), [(LONG_HASH, True), (AT_HASH, False)])
async def test_the_hash_is_the_one_of_the_signature(
    id_tokens: IdTokens, at_hash: str, is_right: bool
) -> None:
    signed = token(ED25519, "Ed25519", at_hash=at_hash)
    if is_right:
        assert (await id_tokens.identity(signed, ACCESS_TOKEN, "n-1")).subject == "u-1"
    else:
        with pytest.raises(InvalidTokenError, match="at_hash"):
            await id_tokens.identity(signed, ACCESS_TOKEN, "n-1")


async def test_a_renewal_has_no_nonce(id_tokens: IdTokens) -> None:
    assert await id_tokens.identity(token(nonce=None), ACCESS_TOKEN, None) == Identity("u-1", None)


@pytest.mark.parametrize(
    ("changes", "logout"),
    [
        ({}, Logout("u-1", "s-1", SECONDS)),
        ({"sub": None}, Logout(None, "s-1", SECONDS)),
        ({"sid": None}, Logout("u-1", None, SECONDS)),
    ],
)
async def test_a_logout_token_says_whose_sessions_end(
    id_tokens: IdTokens, changes: dict[str, Any], logout: Logout
) -> None:
    assert await id_tokens.logout(token(**{**LOGOUT, **changes})) == logout


@pytest.mark.parametrize(
    "changes",
    [
        *WRONG_OF_BOTH,
        {"nonce": "n-1"},
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": {LOGOUT_EVENT: "yes"}},
        {"events": LOGOUT_EVENT},
        {"sid": None, "sub": None},
        {"sid": 1},
        {"sid": None, "sub": ""},
    ],
)
async def test_any_other_token_ends_nothing(id_tokens: IdTokens, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        await id_tokens.logout(token(**{**LOGOUT, **changes}))
