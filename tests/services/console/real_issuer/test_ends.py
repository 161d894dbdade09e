"""What the provider says of a user later: other roles, no account, signed out."""

import asyncio
import html
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import httpx

from libs.common.auth import tokens
from libs.common.clock import ManualClock
from services.console.bootstrap import build
from tests.services.console.real_issuer.visiting import (
    NO_IMPORTS,
    begin,
    browser_at,
    is_signed_in,
    sign_in,
    why_ended,
)
from tests.support.oidc import AtProvider, OidcProvider, account, new_provider
from tests.support.pages import PAGE, Browser, Upstreams, of_model, settings
from tests.support.serving import served
from tests.support.waiting import until


async def test_a_role_that_is_taken_counts_no_longer_than_a_minute(
    provider: OidcProvider, browser: Browser, person: AtProvider, clock: ManualClock
) -> None:
    await sign_in(browser, person)
    assert await is_signed_in(browser)
    before = browser.asked.headers["authorization"]
    provider.accounts["u-city"] = account("window")
    provider.write()
    clock.advance(timedelta(seconds=59))
    await browser.get("/imports")
    assert browser.asked.headers["authorization"] == before
    clock.advance(timedelta(seconds=1))
    await browser.get("/imports")
    token = browser.asked.headers["authorization"].removeprefix("Bearer ")
    async with httpx.AsyncClient() as client:
        keys = tokens.RemoteKeys(f"{provider.url}/jwks", client)
        caller = await tokens.TokenVerifier(provider.url, "sqn", keys, clock).verify(token)
    assert caller.roles == {"window"}


async def test_an_account_that_is_closed_is_signed_out_within_a_minute(
    provider: OidcProvider, browser: Browser, person: AtProvider, clock: ManualClock
) -> None:
    await sign_in(browser, person)
    provider.accounts = {}
    provider.write()
    assert await is_signed_in(browser)
    clock.advance(timedelta(seconds=60))
    assert not await is_signed_in(browser)
    assert why_ended() == "refused"


async def test_pages_that_come_together_renew_once(
    browser: Browser, person: AtProvider, clock: ManualClock
) -> None:
    # The provider takes each refresh token once, and ends the whole sign-in when one comes again.
    await sign_in(browser, person)
    for _ in range(2):
        clock.advance(timedelta(seconds=60))
        pages = await asyncio.gather(*(browser.get("/imports") for _ in range(8)))
        assert {page.status_code for page in pages} == {200}


async def test_a_provider_that_does_not_answer_signs_nobody_out(
    provider: OidcProvider, browser: Browser, person: AtProvider, clock: ManualClock
) -> None:
    await sign_in(browser, person)
    clock.advance(timedelta(seconds=60))
    upstream, browser.upstreams.issuer = browser.upstreams.issuer, httpx.MockTransport(_refused)
    page = await browser.get("/imports")
    assert (page.status_code, "身份认证服务暂不可用" in page.text) == (503, True)
    browser.upstreams.issuer = upstream
    assert await is_signed_in(browser)


def _refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


async def sign_out(client: httpx.AsyncClient, address: str) -> httpx.Response:
    """Sign out at the provider; return where it leads then."""
    form = await client.get(address)
    secret = form.text.partition('name="xsrf" value="')[2].partition('"')[0]
    confirm = urljoin(address, "/session/end/confirm")
    return await client.post(confirm, data={"xsrf": secret, "logout": "yes"})


async def test_who_has_signed_out_here_is_led_to_the_providers_own_end(
    provider: OidcProvider, browser: Browser, person: AtProvider
) -> None:
    await sign_in(browser, person)
    page = await browser.get("/signed-out")
    address = html.unescape(page.text.partition(f'href="{provider.url}/session')[2].partition('"')[0])
    back = await sign_out(person.client, f"{provider.url}/session{address}")
    assert back.headers["location"] == f"{PAGE}/signin"
    # The provider asks again who it is.
    location = (await person.client.get(await begin(browser))).headers["location"]
    assert "/interaction/" in location


async def test_signing_out_at_the_provider_ends_the_session_here(
    tmp_path: Path, clock: ManualClock, person: AtProvider
) -> None:
    provider = new_provider(tmp_path)
    provider.accounts = {"u-city": account("supervisor")}
    async with httpx.AsyncHTTPTransport() as transport, httpx.AsyncClient() as other_client:
        upstreams = Upstreams(transport, lambda _request: of_model(NO_IMPORTS))
        app = build(settings(issuer=provider.url), clock, transport=upstreams)
        async with (
            served(app) as server,
            browser_at(app, upstreams, clock) as browser,
            browser_at(app, upstreams, clock) as elsewhere,
        ):
            provider.logout_url = f"http://127.0.0.1:{server.port}/signin/backchannel-logout"
            with provider.running():
                await sign_in(browser, person)
                await sign_in(elsewhere, AtProvider(other_client, "u-city"))
                assert await is_signed_in(browser)
                back = await sign_out(person.client, f"{provider.url}/session/end")
                assert back.status_code == 303

                async def has_ended() -> bool:
                    return not await is_signed_in(browser)

                await until("the session has ended", has_ended)
                # Another sign-in of the same user, at another machine, is another session of the provider.
                assert await is_signed_in(elsewhere)
