"""Citizens' tokens: what they claim, with which key, until when; and the environment that they come from."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from pydantic import SecretStr, ValidationError

from libs.common.auth.callers import Assurance
from libs.common.auth.tokens import LEEWAY_SECONDS, InvalidTokenError, StaticKeys, TokenVerifier
from libs.common.clock import ManualClock, SystemClock
from libs.common.encryption.keys import KeysError
from services.registry.identity.asking import new_client
from services.registry.identity.settings import IdentitySettings
from services.registry.identity.setup import ishandong_of, tokens_of, wechat_of
from services.registry.identity.tokens import CitizenTokens, citizen, signing_keys, token_end

from .conftest import NOW

ISSUER = "https://registry.example"
OLD, NEW = (bytes(range(start, start + 32)) for start in (0, 100))
CUSTOMER = "01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"
WHO = citizen(CUSTOMER, "WECHAT", Assurance.REAL_NAME)


def written(**keys: bytes) -> SecretStr:
    return SecretStr(",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in keys.items()))


def tokens(**keys: bytes) -> CitizenTokens:
    return CitizenTokens(ISSUER, "sqn", keys)


def verifier(issuer: CitizenTokens, clock: ManualClock) -> TokenVerifier:
    return TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock)


def issued(issuer: CitizenTokens) -> str:
    return issuer.issue(WHO, NOW, token_end(NOW, 30))


async def test_a_token_gives_the_citizen_back(clock: ManualClock) -> None:
    caller = await verifier(tokens(new=NEW), clock).verify(issued(tokens(new=NEW)))
    assert caller == WHO
    assert caller.subject == caller.scope.code == CUSTOMER.upper()
    assert (caller.channel, caller.assurance) == ("WECHAT", Assurance.REAL_NAME)


async def test_a_token_ends_with_its_time(clock: ManualClock) -> None:
    token = issued(tokens(new=NEW))
    clock.advance(timedelta(minutes=30, seconds=LEEWAY_SECONDS - 1))
    assert await verifier(tokens(new=NEW), clock).verify(token)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(InvalidTokenError):
        await verifier(tokens(new=NEW), clock).verify(token)


async def test_a_key_is_changed_without_a_token_being_refused(clock: ManualClock) -> None:
    before, during, after = tokens(old=OLD, new=NEW), tokens(new=NEW, old=OLD), tokens(new=NEW)
    for issuer in (tokens(old=OLD), before, during):
        assert await verifier(during, clock).verify(issued(issuer)) == WHO
    # A verifier that has fetched the keys before the change knows the new one already.
    assert await verifier(before, clock).verify(issued(during)) == WHO
    with pytest.raises(InvalidTokenError):
        await verifier(after, clock).verify(issued(before))
    heads = [jws.extract_compact(issued(each).encode()).headers() for each in (before, during)]
    assert [head["kid"] for head in heads] == ["old", "new"]


def test_the_published_keys_are_public_ones() -> None:
    (first, second) = tokens(new=NEW, old=OLD).jwks()["keys"]
    assert {key["kid"] for key in (first, second)} == {"new", "old"}
    for key in (first, second):
        assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}
    assert tokens().jwks() == {"keys": []}


def test_keys_are_read_in_their_order() -> None:
    assert list(signing_keys(written(new=NEW, old=OLD))) == ["new", "old"]
    assert signing_keys(None) == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (written(new=NEW[:16]), "not of 32 bytes"),
        (written(new=bytes(32)), "not random"),
        (SecretStr("new"), "not base64|bytes"),
        (SecretStr("new:%%%"), "not base64"),
        (SecretStr(""), "an id of its own"),
    ],
)
def test_a_key_that_is_none_does_not_start(text: SecretStr, fault: str) -> None:
    with pytest.raises(KeysError, match=fault) as caught:
        signing_keys(text)
    assert "SQN_CITIZEN_SIGNING_KEYS" in str(caught.value)


WHOLE: dict[str, Any] = {
    "ishandong_url": "https://jis.example",
    "ishandong_app_mark": "sqn",
    "ishandong_app_word": "sixteen-letters-",
    "wechat_appid": "wx-1",
    "wechat_secret": "secret",
}


def test_what_is_set_is_offered_and_nothing_else() -> None:
    client, clock = new_client(), SystemClock()
    whole, bare = IdentitySettings.model_validate(WHOLE), IdentitySettings.model_validate({})
    assert ishandong_of(whole, client, clock) is not None
    assert wechat_of(whole, client) is not None
    assert ishandong_of(bare, client, clock) is None
    assert wechat_of(bare, client) is None
    assert "sixteen" not in repr(whole)


def test_without_the_issuers_name_no_token_is_issued() -> None:
    settings = IdentitySettings(citizen_signing_keys=written(new=NEW))
    assert tokens_of(settings, ISSUER, "sqn").can_issue
    assert not tokens_of(settings, None, "sqn").can_issue
    assert not tokens_of(IdentitySettings.model_validate({}), ISSUER, "sqn").can_issue


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"ishandong_url": None}, "go together"),
        ({"ishandong_app_mark": None}, "go together"),
        ({"ishandong_app_word": None}, "go together"),
        ({"ishandong_app_word": "too-short"}, "16 ASCII characters"),
        ({"ishandong_app_word": "十六个字符的应用密钥但不是字母数字"[:16]}, "16 ASCII characters"),
        ({"wechat_secret": None}, "go together"),
        ({"wechat_appid": None}, "go together"),
        ({"ishandong_url": "jis.example"}, "pattern"),
        ({"wechat_url": "https://api.example/?x=1"}, "pattern"),
    ],
)
def test_half_a_provider_does_not_start(changed: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        IdentitySettings.model_validate({**WHOLE, **changed})
