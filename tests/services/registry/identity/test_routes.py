"""Sign-in as an app's back end sees it, over both engines, with the sample providers behind it."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.clock import ManualClock
from libs.common.database.tables import idempotency
from services.registry.identity.port import Provider
from services.registry.identity.routes import Identity
from services.registry.identity.tokens import CitizenTokens

from .conftest import given_by, ishandong, nothing_listens, wechat
from .registry import AUDIT, Logins, Registry, Shipped, backend


async def test_a_back_end_gets_a_token_of_its_citizen(registry: Registry) -> None:
    signed_in = await registry.sign_in(channel="WECHAT")
    caller = await registry.verifier.verify(signed_in["access_token"])
    assert caller.scope == Scope(ScopeKind.CITIZEN, signed_in["customer"])
    assert caller.roles == {"citizen"}
    # The channel is the back end's own, wherever the ticket is from.
    assert (caller.channel, caller.assurance) == ("WECHAT", Assurance.REAL_NAME)
    assert (signed_in["token_type"], signed_in["expires_in"]) == ("Bearer", 1800)
    assert signed_in["assurance"] == "L3"


async def test_who_comes_again_is_the_same_citizen(registry: Registry) -> None:
    first, again, other = [
        (await registry.sign_in(person=person))["customer"]
        for person in ("person-1", "person-1", "company-1")
    ]
    assert first == again != other
    by_wechat = await registry.sign_in(Provider.WECHAT, "person-1", "WECHAT")
    # An openid alone does not say who it is.
    assert by_wechat["customer"] != first
    assert by_wechat["assurance"] == "L1"


async def test_a_sign_in_is_on_record_with_who_it_was(registry: Registry) -> None:
    customer = (await registry.sign_in())["customer"]
    c = AUDIT.entry.c
    async with registry.database.reading() as connection:
        (entry,) = (await connection.execute(select(c.action, c.actor, c.subject, c.result))).all()
    assert tuple(entry) == ("SIGN_IN", customer, customer.lower(), "OK")


async def test_a_token_says_nothing_personal(registry: Registry) -> None:
    with capture_logs() as logs:
        signed_in = await registry.sign_in()
    async with registry.database.reading() as connection:
        stored = (await connection.execute(select(idempotency.c.body, idempotency.c.headers))).one()
    claims = repr(signed_in) + str(logs)
    for datum in ("测试", "3715", "1380000", "p-0001"):
        assert datum not in claims
    # Nor is the token stored, with which whoever reads the database could act for the citizen.
    assert signed_in["access_token"] not in str(stored)
    assert signed_in["access_token"].split(".")[2] not in str(stored)


async def test_a_request_that_is_repeated_gets_the_same_answer_although_its_ticket_is_used(
    registry: Registry,
) -> None:
    path, body = registry.providers.request_of(Provider.ISHANDONG, "person-1")
    first = await registry.post(path, body, key="k")
    again = await registry.post(path, body, key="k")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.headers["cache-control"] == "no-store"
    other = await registry.post(path, body, key="other")
    assert (other.status_code, other.json()["code"]) == (422, "sign-in-proof-refused")
    reused = await registry.post(path, {**body, "ticket": "another"}, key="k")
    assert reused.json()["code"] == "idempotency-key-reused"
    # Of another back end it is another key.
    strangers = await registry.post(path, body, registry.issuer.issue(backend("WECHAT")), key="k")
    assert strangers.json()["code"] == "sign-in-proof-refused"
    # What is repeated later lasts no longer, and in the end is no sign-in.
    registry.clock.advance(timedelta(minutes=10))
    assert (await registry.post(path, body, key="k")).json()["expires_in"] == 1200
    registry.clock.advance(timedelta(minutes=20))
    ended = await registry.post(path, body, registry.issuer.issue(backend("ISHANDONG")), key="k")
    assert (ended.status_code, ended.json()["code"]) == (422, "sign-in-proof-refused")


async def test_requests_that_are_repeated_at_once_use_one_ticket(registry: Registry) -> None:
    path, body = registry.providers.request_of(Provider.ISHANDONG, "person-1")
    answers = await asyncio.gather(*(registry.post(path, body, key="k") for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 422}
    signed_in = [answer for answer in answers if answer.status_code == 200]
    assert signed_in
    assert (await registry.post(path, body, key="k")).json() == signed_in[0].json()


@pytest.mark.parametrize("path", ["/v1/sign-ins/ishandong", "/v1/sign-ins/wechat"])
async def test_only_a_back_end_exchanges_proofs(registry: Registry, path: str) -> None:
    body = {"ticket": "t", "kind": "PERSON"} if "ishandong" in path else {"code": "c"}
    citizen = (await registry.sign_in())["access_token"]
    clerk = Caller("u-1", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"))
    for token in (citizen, registry.issuer.issue(clerk)):
        assert (await registry.post(path, body, token)).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("ishandong", {"ticket": "t", "kind": "PERSON", "channel": "WECHAT"}, "channel"),
        ("ishandong", {"ticket": "t", "kind": "person"}, "kind"),
        ("ishandong", {"ticket": "t"}, "kind"),
        ("ishandong", {"ticket": "", "kind": "PERSON"}, "ticket"),
        ("ishandong", {"ticket": "t" * 513, "kind": "PERSON"}, "ticket"),
        ("ishandong", {"ticket": "t\n", "kind": "PERSON"}, "ticket"),
        ("wechat", {"code": "c", "channel": "ISHANDONG"}, "channel"),
        ("wechat", {"code": 7}, "code"),
    ],
)
async def test_a_body_says_the_proof_and_nothing_more(
    registry: Registry, path: str, body: dict[str, Any], field: str
) -> None:
    answer = await registry.post(f"/v1/sign-ins/{path}", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_the_keys_are_open_to_anyone(registry: Registry, tokens: CitizenTokens) -> None:
    answer = await registry.client.get("/.well-known/jwks.json")
    assert answer.json() == tokens.jwks()
    assert answer.headers["cache-control"] == "public, max-age=300"


async def link(registry: Registry, token: str) -> httpx.Response:
    body = given_by(registry.providers, Provider.WECHAT, "person-1")
    return await registry.post("/v1/login-links/wechat", body, token)


async def test_a_citizen_links_wechat_and_signs_in_by_it(registry: Registry) -> None:
    signed_in = await registry.sign_in(channel="WECHAT")
    for _ in range(2):
        linked = await link(registry, signed_in["access_token"])
        assert (linked.status_code, linked.json()) == (200, {"provider": "WECHAT"})
    by_wechat = await registry.sign_in(Provider.WECHAT, "person-1", "WECHAT")
    assert by_wechat["customer"] == signed_in["customer"]
    # An account that a sign-in of the real name linked proves more than an openid does, and less than the name.
    assert by_wechat["assurance"] == "L2"
    company = await registry.sign_in(person="company-1")
    refused = await link(registry, company["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (409, "account-linked-elsewhere")


async def test_links_and_refused_ones_are_on_record(registry: Registry) -> None:
    signed_in, company = await registry.sign_in(), await registry.sign_in(person="company-1")
    for token in (signed_in["access_token"], company["access_token"]):
        await link(registry, token)
    c = AUDIT.entry.c
    statement = select(c.action, c.actor, c.subject, c.slug).where(c.purpose == "LINK_LOGIN").order_by(c.id)
    async with registry.database.reading() as connection:
        first, second = [tuple(row) for row in await connection.execute(statement)]
    assert first == ("GRANT", signed_in["customer"], signed_in["customer"].lower(), None)
    assert second == ("GRANT", company["customer"], None, "account-linked-elsewhere")


async def test_who_proved_too_little_links_nothing(registry: Registry) -> None:
    low = await registry.sign_in(person="person-2")
    body = given_by(registry.providers, Provider.WECHAT, "person-1")
    refused = await registry.post("/v1/login-links/wechat", body, low["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (401, "assurance-insufficient")
    assert 'acr_values="L3"' in refused.headers["www-authenticate"]
    # The code was not used up.
    assert (await registry.post("/v1/sign-ins/wechat", body)).status_code == 200
    backend_token = registry.issuer.issue(backend("WECHAT"))
    assert (await registry.post("/v1/login-links/wechat", body, backend_token)).status_code == 403


class TestNotSetUp:
    @pytest.fixture
    def identity(self, tokens: CitizenTokens) -> Identity:
        return Identity(tokens, None, None, Logins(), Shipped())

    @pytest.mark.parametrize("provider", Provider)
    async def test_a_provider_that_is_not_set_up_is_not_offered(
        self, registry: Registry, provider: Provider
    ) -> None:
        answer = await registry.post(*registry.providers.request_of(provider, "person-1"))
        assert (answer.status_code, answer.json()["code"]) == (404, "sign-in-not-offered")


class TestWithoutKeys:
    @pytest.fixture
    def tokens(self) -> CitizenTokens:
        return CitizenTokens("", "sqn", {})

    async def test_without_a_key_no_ticket_is_used_up(self, registry: Registry) -> None:
        path, body = registry.providers.request_of(Provider.ISHANDONG, "person-1")
        answer = await registry.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "sign-in-not-offered")
        assert registry.providers.used(body["ticket"]) == "person-1"


class TestAway:
    @pytest.fixture
    async def identity(self, clock: ManualClock, tokens: CitizenTokens) -> Identity:
        url = await nothing_listens()
        return Identity(tokens, ishandong(url, clock), wechat(url), Logins(), Shipped())

    async def test_a_provider_that_is_away_is_told_with_when_to_come_again(self, registry: Registry) -> None:
        answer = await registry.post(*registry.providers.request_of(Provider.WECHAT, "person-1"))
        assert (answer.status_code, answer.json()["code"]) == (503, "identity-provider-unavailable")
        assert answer.headers["retry-after"] == "10"
