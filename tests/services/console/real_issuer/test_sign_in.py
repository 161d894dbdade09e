"""Sign-in at a real OIDC provider: what it answers is taken, and what somebody has changed on the way is not."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import ECKey

from libs.common.auth import tokens
from libs.common.clock import ManualClock
from tests.services.console.real_issuer.visiting import begin, changed, console, is_signed_in, sign_in
from tests.support.oidc import FACTOR, AtProvider, OidcProvider, account, new_provider
from tests.support.pages import Browser


async def test_who_signs_in_is_who_the_provider_says(browser: Browser, person: AtProvider) -> None:
    answer = await sign_in(browser, person)
    assert (answer.status_code, answer.headers["location"]) == (303, "/imports")
    page = await browser.get("/imports")
    assert "聊城市 · 市局督导" in page.text
    assert browser.asked.headers["authorization"].startswith("Bearer ey")


@pytest.mark.parametrize("name", ["nonce", "code_challenge"])
async def test_a_request_that_somebody_changed_signs_nobody_in(
    browser: Browser, person: AtProvider, name: str
) -> None:
    other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    answer = await browser.get(await person.go(changed(await begin(browser), **{name: other})))
    assert answer.status_code == 400
    assert not await is_signed_in(browser)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "another"},
        {"iss": "http://localhost:1"},
        {"iss": None},
        {"state": None},
        {"code": "another"},
    ],
)
async def test_an_answer_that_somebody_changed_signs_nobody_in(
    browser: Browser, person: AtProvider, changes: dict[str, str | None]
) -> None:
    location = await person.go(await begin(browser))
    assert (await browser.get(changed(location, **changes))).status_code == 400
    assert not await is_signed_in(browser)


async def test_another_issuers_answer_takes_the_code_nowhere(browser: Browser, person: AtProvider) -> None:
    location = await person.go(await begin(browser))
    await browser.get(changed(location, iss="http://localhost:1"))
    # The sign-in has not been used: the code was sent to nobody.
    assert (await browser.get(location)).status_code == 303


async def test_an_answer_of_another_browsers_sign_in_signs_nobody_in(
    provider: OidcProvider, browser: Browser, person: AtProvider, clock: ManualClock
) -> None:
    async with console(provider, clock) as other:
        theirs = await person.go(await begin(other))
        await begin(browser)
        assert (await browser.get(theirs)).status_code == 400
        assert not await is_signed_in(browser)


@pytest.mark.parametrize(
    "changes", [{"audience": "another"}, {"renews": False}], ids=["audience", "without a renewal"]
)
async def test_tokens_that_do_not_serve_sign_nobody_in(
    provider: OidcProvider, browser: Browser, person: AtProvider, changes: dict[str, Any]
) -> None:
    provider.changes = changes
    provider.write()
    answer = await sign_in(browser, person)
    assert answer.status_code == 400
    assert "凭据不可用" in answer.text
    assert not await is_signed_in(browser)


async def test_a_key_that_the_provider_has_anew_is_known_at_the_next_sign_in(
    tmp_path: Path, clock: ManualClock, person: AtProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "RETRY_SECONDS", -1)
    provider = new_provider(tmp_path)
    provider.accounts = {"u-city": account("supervisor")}
    async with console(provider, clock) as browser:
        with provider.running():
            assert (await sign_in(browser, person)).status_code == 303
        provider.key = ECKey.generate_key("P-256", auto_kid=True)
        with provider.running():
            assert (await sign_in(browser, person)).status_code == 303


async def test_an_administrator_is_sent_back_for_a_second_factor(
    provider: OidcProvider, clock: ManualClock, person: AtProvider
) -> None:
    person.account = "u-head"
    async with console(provider, clock, administrator_acr=FACTOR) as browser:
        first = await browser.get(await person.go(await begin(browser)))
        asked = dict(parse_qsl(urlsplit(first.headers["location"]).query))
        assert (first.status_code, asked["acr_values"]) == (303, FACTOR)
        assert not await is_signed_in(browser)
        person.has_second_factor = True
        second = await browser.get(await person.go(first.headers["location"]))
        assert second.headers["location"] == "/imports"
        assert "规则版本" in (await browser.get("/imports")).text


async def test_without_a_second_factor_an_administrator_is_none(
    provider: OidcProvider, clock: ManualClock, person: AtProvider
) -> None:
    person.account = "u-head"
    async with console(provider, clock, administrator_acr=FACTOR) as browser:
        first = await browser.get(await person.go(await begin(browser)))
        second = await browser.get(await person.go(first.headers["location"]))
        assert second.headers["location"] == "/imports"
        assert "规则版本" not in (await browser.get("/imports")).text


async def test_who_is_no_administrator_needs_one_factor(
    provider: OidcProvider, clock: ManualClock, person: AtProvider
) -> None:
    async with console(provider, clock, administrator_acr=FACTOR) as browser:
        assert (await sign_in(browser, person)).headers["location"] == "/imports"
