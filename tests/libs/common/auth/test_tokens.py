import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.tokens import (
    LEEWAY_SECONDS,
    REFRESH_SECONDS,
    RETRY_SECONDS,
    InvalidTokenError,
    KeysUnavailableError,
    RemoteKeys,
    StaticKeys,
    TokenVerifier,
    claims_of,
)
from libs.common.clock import ManualClock

NOW = datetime(2022, 9, 30, 2, 0, tzinfo=UTC)
CALLER = Caller("u-1", frozenset({"clerk", "approver"}), Scope(ScopeKind.UTILITY, "W-371502"), "窗口一号")
KEYS: dict[str, Key] = {
    "ES256": ECKey.generate_key("P-256", {"kid": "ES256"}),
    "RS256": RSAKey.generate_key(2048, {"kid": "RS256"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "Ed25519"}),
}
JWKS = {"keys": [key.as_dict(private=False) for key in KEYS.values()]}


def claims(**changed: Any) -> dict[str, Any]:
    second = int(NOW.timestamp())
    whole = {
        **claims_of(CALLER),
        "iss": "https://issuer",
        "aud": "sqn",
        "exp": second + 300,
        "nbf": second,
    } | changed
    return {name: value for name, value in whole.items() if value is not None}


def signed(key: Key = KEYS["ES256"], alg: str = "ES256", kid: str | None = None, **changed: Any) -> str:
    return jwt.encode({"alg": alg, "kid": kid or key.kid}, claims(**changed), key, algorithms=[alg])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def verifier(clock: ManualClock) -> TokenVerifier:
    return TokenVerifier("https://issuer", "sqn", StaticKeys(JWKS), clock)


@pytest.mark.parametrize("alg", KEYS)
async def test_a_token_of_the_issuer_gives_its_caller(verifier: TokenVerifier, alg: str) -> None:
    token = signed(KEYS[alg], alg)
    assert await verifier.verify(token) == CALLER
    assert await verifier.verify(token) == CALLER


NESTED = b'{"sub":' + b"[" * 1_500 + b"]" * 1_500 + b"}"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unsigned(header: dict[str, Any]) -> str:
    return ".".join([*(encoded(json.dumps(part).encode()) for part in (header, claims())), ""])


def confused(alg: str) -> str:
    """Sign with the published key as if it were a shared secret."""
    secret = OctKey.import_key(json.dumps(KEYS[alg].as_dict(private=False)))
    return jwt.encode({"alg": "HS256", "kid": alg}, claims(), secret, algorithms=["HS256"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: unsigned({"alg": "none"}),
        lambda: unsigned({"alg": "none", "kid": "ES256"}),
        lambda: unsigned({"alg": "ES256", "kid": "ES256"}),
        lambda: confused("ES256"),
        lambda: confused("RS256"),
        lambda: signed(ECKey.generate_key("P-256"), kid="ES256"),
        lambda: signed(ECKey.generate_key("P-256", auto_kid=True)),
        lambda: signed(KEYS["RS256"], "PS256"),
        lambda: signed(KEYS["RS256"], "RS256", kid="ES256"),
        lambda: signed()[:-6] + "AAAAAA",
        lambda: signed(iss="https://other"),
        lambda: signed(iss=None),
        lambda: signed(aud="other"),
        lambda: signed(aud=None),
        lambda: signed(aud=["other"]),
        lambda: signed(exp=int(NOW.timestamp()) - LEEWAY_SECONDS),
        lambda: signed(exp=None),
        lambda: signed(exp="tomorrow"),
        lambda: signed(nbf=int(NOW.timestamp()) + LEEWAY_SECONDS + 1),
        lambda: signed(sub=None),
        lambda: signed(sub=""),
        lambda: signed(sub="s" * 121),
        lambda: signed(roles=None),
        lambda: signed(roles="clerk"),
        lambda: signed(roles=[1]),
        lambda: signed(place=None),
        lambda: signed(place={"kind": "utility"}),
        lambda: signed(place={"kind": "city", "code": "371500"}),
        lambda: signed(place={"kind": "world"}),
        lambda: signed(name="n" * 9000),
        lambda: signed(sub="u-13800138000"),
        lambda: signed(place={"kind": "citizen", "code": "371502199001011234"}),
        lambda: signed(place={"kind": "citizen", "code": "C 0=1"}),
        lambda: nested(b"[", b"]"),
        lambda: nested(b'{"a":', b"}"),
        lambda: "",
        lambda: "a.b.c",
        lambda: "字.字.字",
        # Of the issuer, and of anybody: JSON that no parser goes to the end of.
        lambda: jws.serialize_compact({"alg": "ES256", "kid": "ES256"}, NESTED, KEYS["ES256"]),
        lambda: jws.serialize_compact({"alg": "ES256", "kid": "ES256"}, b"[1]", KEYS["ES256"]),
        lambda: f"{encoded(NESTED)}.e30.AAAA",
        lambda: f"{encoded(NESTED)}..",
        lambda: f"{encoded(b'[]')}.e30.AAAA",
        lambda: f"{encoded(b'1' * 5_000)}.e30.AAAA",
        lambda: f"{encoded(json.dumps({'alg': 'ES256', 'kid': 'ES256', 'crit': [[]]}).encode())}.e30.AAAA",
    ],
)
async def test_any_other_token_is_refused(verifier: TokenVerifier, make: Callable[[], str]) -> None:
    with pytest.raises(InvalidTokenError):
        await verifier.verify(make())


def nested(opening: bytes, closing: bytes) -> str:
    """A token that is signed, with claims nested more deeply than a parser follows."""
    key, depth = KEYS["ES256"], 1_000
    claimed = b'{"sub": ' + opening * depth + b"1" + closing * depth + b"}"
    return jws.serialize_compact({"alg": "ES256", "kid": key.kid}, claimed, key, algorithms=["ES256"])


@pytest.mark.parametrize(
    ("kind", "code", "claimed", "held"),
    [
        ("channel", "ISHANDONG", {"approver"}, set()),
        ("channel", "ISHANDONG", {"channel", "approver", "clerk"}, {"channel"}),
        ("utility", "W-371502", {"authority"}, set()),
        ("utility", "W-371502", {"clerk", "agent", "supervisor"}, {"clerk", "agent"}),
        ("district", "371502", {"administrator"}, set()),
        ("district", "371502", {"supervisor", "citizen"}, {"supervisor"}),
        ("citizen", "C-1", {"citizen", "clerk"}, {"citizen"}),
        ("authority", "GREENING-371502", {"authority", "approver"}, {"authority"}),
        ("city", "", {"administrator", "agent", "inspector"}, {"administrator"}),
    ],
)
async def test_a_role_counts_only_where_it_can_be_held(
    verifier: TokenVerifier, kind: str, code: str, claimed: set[str], held: set[str]
) -> None:
    caller = await verifier.verify(signed(roles=sorted(claimed), place={"kind": kind, "code": code}))
    assert caller.roles == held


@pytest.mark.parametrize(
    ("kind", "written", "code"),
    [
        ("utility", "ｗ-371502", "W-371502"),
        ("citizen", " c-000318", "C-000318"),
        ("channel", "ishandong", "ISHANDONG"),
    ],
)
async def test_a_place_has_one_code(verifier: TokenVerifier, kind: str, written: str, code: str) -> None:
    caller = await verifier.verify(signed(place={"kind": kind, "code": written}))
    assert caller.scope == Scope(ScopeKind(kind), code)


async def test_a_citizens_token_says_the_app(verifier: TokenVerifier) -> None:
    citizen = Caller("c-1", frozenset({"citizen"}), Scope(ScopeKind.CITIZEN, "C-1"), channel="WECHAT")
    assert await verifier.verify(signed(**claims_of(citizen), name=None)) == citizen
    assert (await verifier.verify(signed(channel=7))).channel is None


async def test_clocks_may_differ_a_little(verifier: TokenVerifier) -> None:
    second = int(NOW.timestamp())
    assert (
        await verifier.verify(signed(exp=second - LEEWAY_SECONDS + 1, nbf=second + LEEWAY_SECONDS)) == CALLER
    )
    assert await verifier.verify(signed(aud=["other", "sqn"])) == CALLER


async def test_a_remembered_token_ends_with_its_time(verifier: TokenVerifier, clock: ManualClock) -> None:
    token = signed()
    await verifier.verify(token)
    clock.advance(timedelta(seconds=300 + LEEWAY_SECONDS - 1))
    assert await verifier.verify(token) == CALLER
    clock.advance(timedelta(seconds=1))
    with pytest.raises(InvalidTokenError):
        await verifier.verify(token)


async def test_no_more_tokens_are_remembered_than_allowed(clock: ManualClock) -> None:
    asked: list[str] = []

    class Counting(StaticKeys):
        async def find(self, key_id: str) -> Key | None:
            asked.append(key_id)
            return await super().find(key_id)

    verifier = TokenVerifier("https://issuer", "sqn", Counting(JWKS), clock, remembered=2)
    tokens = [signed(sub=f"u-{number}") for number in range(3)]
    for token in tokens:
        await verifier.verify(token)
    await verifier.verify(tokens[2])
    assert len(asked) == 3
    await verifier.verify(tokens[0])
    assert len(asked) == 4


class Publisher:
    """An issuer's key set that can change, fail and be counted."""

    def __init__(self) -> None:
        self.keys: list[Any] = list(JWKS["keys"])
        self.asked = 0
        self.status = 200
        self.now = 0.0
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        self.remote = RemoteKeys("https://issuer/jwks", client, lambda: self.now)

    def answer(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(self.status, json={"keys": self.keys})


async def test_keys_are_fetched_once_and_unknown_ids_do_not_flood_the_issuer() -> None:
    publisher = Publisher()
    for _ in range(3):
        assert await publisher.remote.find("ES256")
    for number in range(50):
        assert await publisher.remote.find(f"unknown-{number}") is None
    assert publisher.asked == 1
    publisher.keys.append(ECKey.generate_key("P-256", {"kid": "new"}).as_dict(private=False))
    publisher.now = RETRY_SECONDS + 1
    assert await publisher.remote.find("new")
    assert publisher.asked == 2


async def test_a_withdrawn_key_is_refused_even_for_a_remembered_token(clock: ManualClock) -> None:
    publisher = Publisher()
    verifier = TokenVerifier("https://issuer", "sqn", publisher.remote, clock)
    token = signed(exp=int(NOW.timestamp()) + 36_000)
    await verifier.verify(token)
    publisher.keys = []
    clock.advance(timedelta(seconds=REFRESH_SECONDS + 1))
    publisher.now = REFRESH_SECONDS + 1
    with pytest.raises(InvalidTokenError):
        await verifier.verify(token)


async def test_without_the_issuer_keys_serve_for_a_while_and_then_no_more() -> None:
    publisher = Publisher()
    assert await publisher.remote.find("ES256")
    publisher.status = 500
    publisher.now = REFRESH_SECONDS + 1
    assert await publisher.remote.find("ES256")
    publisher.now = 2 * REFRESH_SECONDS + 1
    with pytest.raises(KeysUnavailableError):
        await publisher.remote.find("ES256")


async def test_who_asks_while_keys_are_fetched_waits_for_them() -> None:
    publisher = Publisher()
    found = await asyncio.gather(*(publisher.remote.find("ES256") for _ in range(20)))
    assert all(found)
    assert publisher.asked == 1


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"keys": [{"kid": "ES256", "kty": "EC"}]}', b"<html>"])
async def test_an_answer_that_is_no_key_set_leaves_no_one_in(answer: bytes) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=answer)))
    with pytest.raises(KeysUnavailableError):
        await RemoteKeys("https://issuer/jwks", client, lambda: 0.0).find("ES256")


async def test_a_shared_secret_in_the_key_set_is_not_taken(clock: ManualClock) -> None:
    secret = OctKey.generate_key(256, {"kid": "shared"})
    keys = StaticKeys({"keys": [secret.as_dict(private=True)]})
    assert await keys.find("shared") is None
