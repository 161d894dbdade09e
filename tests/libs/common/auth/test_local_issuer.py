import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import CODE_SECONDS, RENEWAL_SECONDS, LocalIssuer
from libs.common.auth.tokens import RemoteKeys, TokenVerifier
from libs.common.clock import ManualClock

URL = "http://127.0.0.1:9000"
BACK = "http://127.0.0.1:8000/back"
WINDOW = Caller("window-1", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"), "供水窗口")
ROBOT = Caller("simulator", frozenset({"channel"}), Scope(ScopeKind.CHANNEL, "WECHAT"))
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
QUERY = {
    "response_type": "code",
    "client_id": "console",
    "redirect_uri": BACK,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "s 1",
    "nonce": "n1",
}


def make(directory: Path, clock: ManualClock, url: str = URL) -> LocalIssuer:
    return LocalIssuer(
        url, directory, clock, users={"window": WINDOW}, machines={"simulator": ROBOT}, redirect_uris=[BACK]
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2022, 9, 30, tzinfo=UTC))


@pytest.fixture
def issuer(tmp_path: Path, clock: ManualClock) -> LocalIssuer:
    return make(tmp_path / "issuer", clock)


@pytest.fixture
async def client(issuer: LocalIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(issuer.app()), base_url=URL) as client:
        yield client


@pytest.fixture
def verifier(client: httpx.AsyncClient, clock: ManualClock) -> TokenVerifier:
    return TokenVerifier(URL, "sqn", RemoteKeys(f"{URL}/jwks", client), clock)


async def sign_in(client: httpx.AsyncClient, issuer: LocalIssuer, **changed: str) -> str:
    form = {"login": "window", "password": issuer.password_file.read_text()}
    answer = await client.post("/authorize", params={**QUERY, **changed}, data=form)
    assert answer.status_code == 303
    back = urlsplit(answer.headers["location"])
    assert answer.headers["location"].startswith(BACK + "?")
    assert parse_qs(back.query)["state"] == ["s 1"]
    return parse_qs(back.query)["code"][0]


def redemption(code: str, /, **changed: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "console",
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    } | changed


async def test_a_user_signs_in_with_a_code_and_pkce(
    client: httpx.AsyncClient, issuer: LocalIssuer, verifier: TokenVerifier
) -> None:
    found = (await client.get("/.well-known/openid-configuration")).json()
    assert found["issuer"] == URL
    page = await client.get("/authorize", params=QUERY)
    assert "仅限本机演示使用" in page.text
    assert "供水窗口" in page.text
    code = await sign_in(client, issuer)
    answer = await client.post("/token", data=redemption(code))
    tokens = answer.json()
    assert await verifier.verify(tokens["access_token"]) == WINDOW
    assert answer.headers["cache-control"] == "no-store"
    payload = tokens["id_token"].split(".")[1]
    assert b'"nonce":"n1"' in base64.urlsafe_b64decode(payload + "==")


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 50},
        {"code_verifier": ""},
        {"client_id": "other"},
        {"redirect_uri": BACK + "x"},
        {"code": "x"},
    ],
)
async def test_a_code_serves_only_who_asked_for_it(
    client: httpx.AsyncClient, issuer: LocalIssuer, changed: dict[str, str]
) -> None:
    code = await sign_in(client, issuer)
    answer = await client.post("/token", data=redemption(code, **changed))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_serves_once_and_not_for_long(
    client: httpx.AsyncClient, issuer: LocalIssuer, clock: ManualClock
) -> None:
    code = await sign_in(client, issuer)
    assert (await client.post("/token", data=redemption(code))).status_code == 200
    assert (await client.post("/token", data=redemption(code))).status_code == 400
    late = await sign_in(client, issuer)
    clock.advance(timedelta(seconds=CODE_SECONDS))
    assert (await client.post("/token", data=redemption(late))).status_code == 400


@pytest.mark.parametrize("form", [{"login": "window", "password": "x"}, {"login": "nobody"}])
async def test_a_wrong_account_or_password_gets_no_code(
    client: httpx.AsyncClient, issuer: LocalIssuer, form: dict[str, str]
) -> None:
    whole = {"password": issuer.password_file.read_text()} | form
    answer = await client.post("/authorize", params=QUERY, data=whole)
    assert answer.status_code == 401
    assert "账号或口令不正确" in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://elsewhere/back"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"response_type": "token"},
        {"client_id": ""},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wrong_request_is_never_redirected(
    client: httpx.AsyncClient, issuer: LocalIssuer, method: str, changed: dict[str, str]
) -> None:
    form: Any = {"login": "window", "password": issuer.password_file.read_text()}
    answer = await client.request(method, "/authorize", params={**QUERY, **changed}, data=form)
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_machine_uses_its_secret(
    client: httpx.AsyncClient, issuer: LocalIssuer, verifier: TokenVerifier
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": "simulator",
        "client_secret": issuer.secret_file.read_text(),
    }
    answer = await client.post("/token", data=form)
    assert await verifier.verify(answer.json()["access_token"]) == ROBOT
    for wrong in ({"client_secret": "x"}, {"client_secret": ""}, {"client_id": "window"}):
        refused = await client.post("/token", data={**form, **wrong})
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert (await client.post("/token", data={"grant_type": "password"})).status_code == 400


def test_secrets_are_kept_for_their_owner_and_survive_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    first = make(tmp_path, clock)
    again = make(tmp_path, clock)
    assert first.jwks() == again.jwks()
    assert "d" not in first.jwks()["keys"][0]
    assert first.password_file.read_text() == again.password_file.read_text()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert make(tmp_path / "other", clock).jwks() != first.jwks()


@pytest.mark.parametrize(
    "url", ["https://sso.example.com", "http://10.0.0.1:9000", "http://localhost.example.com"]
)
def test_it_serves_no_other_machine(tmp_path: Path, clock: ManualClock, url: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        make(tmp_path, clock, url)


async def test_issued_tokens_expire(issuer: LocalIssuer, verifier: TokenVerifier, clock: ManualClock) -> None:
    token = issuer.issue(WINDOW, 60)
    assert await verifier.verify(token) == WINDOW
    clock.advance(timedelta(seconds=91))
    with pytest.raises(Exception, match="ExpiredTokenError"):
        await verifier.verify(token)


async def signed_in(client: httpx.AsyncClient, issuer: LocalIssuer) -> dict[str, Any]:
    answer = await client.post("/token", data=redemption(await sign_in(client, issuer)))
    tokens: dict[str, Any] = answer.json()
    return tokens


def renewal(token: str, client_id: str = "console") -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": token, "client_id": client_id}


async def test_who_has_signed_in_renews_also_after_a_restart(
    client: httpx.AsyncClient,
    issuer: LocalIssuer,
    verifier: TokenVerifier,
    tmp_path: Path,
    clock: ManualClock,
) -> None:
    tokens = await signed_in(client, issuer)
    clock.advance(timedelta(hours=8))
    again = make(tmp_path / "issuer", clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(again.app()), base_url=URL) as restarted:
        answer = await restarted.post("/token", data=renewal(tokens["refresh_token"]))
    assert await verifier.verify(answer.json()["access_token"]) == WINDOW
    assert answer.json()["refresh_token"]


async def test_only_a_refresh_token_of_the_client_renews(
    client: httpx.AsyncClient, issuer: LocalIssuer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await signed_in(client, issuer)
    refused = [
        renewal(tokens["refresh_token"], "other"),
        renewal(tokens["access_token"]),
        renewal(tokens["id_token"]),
        renewal("a.b.c"),
        renewal("é"),
    ]
    for form in refused:
        answer = await client.post("/token", data=form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), form
    with monkeypatch.context() as patched:
        patched.setattr(issuer, "_users", {})
        assert (await client.post("/token", data=renewal(tokens["refresh_token"]))).status_code == 400
    assert (await client.post("/token", data=renewal(tokens["refresh_token"]))).status_code == 200
    clock.advance(timedelta(seconds=RENEWAL_SECONDS))
    assert (await client.post("/token", data=renewal(tokens["refresh_token"]))).status_code == 400


@pytest.mark.parametrize(("said", "refuses"), [("true", True), ("1", True), ("false", False), (None, False)])
def test_in_production_it_does_not_run(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, said: str | None, refuses: bool
) -> None:
    monkeypatch.delenv("SQN_PRODUCTION", raising=False)
    if said is not None:
        monkeypatch.setenv("SQN_PRODUCTION", said)
    if refuses:
        with pytest.raises(ValueError, match="SQN_PRODUCTION"):
            make(tmp_path, clock)
    else:
        make(tmp_path, clock)
