"""Signing in at the issuer and out again, and what a session that has ended leads to."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.requests import Request

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from libs.common.http.cursors import Page
from libs.pages.sessions import SignIn
from libs.workbooks.http.models import ImportSummary
from tests.support.pages import CSRF, ISSUER, PAGE, Browser, Upstreams, browser_over, refusal

NO_IMPORTS = Page[ImportSummary](items=[])


def begun_in(browser: Browser) -> SignIn | None:
    """Return the sign-in that a browser has begun, as the console reads it."""
    header = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    return browser.cookies.read(Request({"type": "http", "headers": [(b"cookie", header.encode())]}), SignIn)


async def begin(browser: Browser, target: str = "/cases") -> dict[str, str]:
    """Begin a sign-in and return the query with which the browser is sent to the issuer."""
    response = await browser.get("/signin/start", params={"next": target})
    assert response.headers["location"].startswith(f"{ISSUER}/authorize?")
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


async def at_issuer(issuer: LocalIssuer, query: dict[str, str]) -> str:
    """Sign in at the issuer; return where it sends the browser."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=issuer.app()), base_url=ISSUER) as client:
        form = {"login": "city", "password": issuer.password_file.read_text()}
        response = await client.post("/authorize", params=query, data=form)
    return response.headers["location"]


async def test_signing_in_leads_back_to_the_page_asked_for(browser: Browser, issuer: LocalIssuer) -> None:
    asked = await browser.get("/cases?overdue=true")
    assert asked.headers["location"] == "/signin?next=%2Fcases%3Foverdue%3Dtrue"
    back = await browser.get(await at_issuer(issuer, await begin(browser, "/cases?overdue=true")))
    assert (back.status_code, back.headers["location"]) == (303, "/cases?overdue=true")
    browser.answering(NO_IMPORTS)
    page = await browser.get("/imports")
    assert "聊城市 · 市局督导" in page.text
    assert browser.asked.headers["authorization"].startswith("Bearer ey")


async def test_who_has_no_name_is_called_by_unit_and_role(tmp_path: Path, clock: ManualClock) -> None:
    nameless = Caller("u-7", frozenset({"clerk", "approver"}), Scope(ScopeKind.UTILITY, "W-371502"))
    callback = f"{PAGE}/signin/callback"
    issuer = LocalIssuer(
        ISSUER, tmp_path, clock, users={"city": nameless}, machines={}, redirect_uris=[callback]
    )
    async with browser_over(Upstreams(httpx.ASGITransport(app=issuer.app())), clock) as browser:
        await browser.get(await at_issuer(issuer, await begin(browser)))
        browser.answering(Page[ImportSummary](items=[]))
        page = (await browser.get("/imports")).text
    assert "<span>东昌府区供水专营单位 · 经办、审批</span>" in page
    assert "u-7" not in page


async def test_the_issuer_gets_a_challenge_and_never_the_verifier(browser: Browser) -> None:
    query = await begin(browser)
    assert query["code_challenge_method"] == "S256"
    begun = begun_in(browser)
    assert begun is not None
    assert begun.verifier not in query.values()
    assert begun.state == query["state"]


async def test_an_answer_with_another_state_signs_nobody_in(browser: Browser, issuer: LocalIssuer) -> None:
    query = await begin(browser)
    location = await at_issuer(issuer, {**query, "state": "of-somebody-else"})
    response = await browser.get(location)
    assert response.status_code == 400
    assert "登录未完成" in response.text
    assert "sqn-session" not in browser.client.cookies


async def test_a_code_that_the_issuer_refuses_signs_nobody_in(browser: Browser) -> None:
    query = await begin(browser)
    answer = {"state": query["state"], "code": "made-up", "iss": ISSUER}
    response = await browser.get("/signin/callback", params=answer)
    assert response.status_code == 400
    assert "sqn-session" not in browser.client.cookies


async def test_two_tokens_of_two_subjects_sign_nobody_in(
    browser: Browser, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = await at_issuer(issuer, await begin(browser))
    issue = issuer.issue
    monkeypatch.setattr(issuer, "issue", lambda caller: issue(replace(caller, subject="u-other")))
    assert (await browser.get(location)).status_code == 400
    assert "sqn-session" not in browser.client.cookies


async def test_where_an_issuer_has_no_end_none_is_shown(browser: Browser) -> None:
    page = await browser.get("/signed-out")
    assert (page.status_code, "已退出" in page.text, "退出统一身份认证" in page.text) == (200, True, False)


async def test_a_sign_in_that_the_issuer_denies_says_so(browser: Browser) -> None:
    query = await begin(browser)
    answer = {"state": query["state"], "error": "access_denied", "iss": ISSUER}
    response = await browser.get("/signin/callback", params=answer)
    assert response.status_code == 400
    assert "没有同意" in response.text


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "evil"],
)
async def test_nobody_is_led_to_another_site(browser: Browser, target: str) -> None:
    await begin(browser, target)
    begun = begun_in(browser)
    assert begun is not None
    assert begun.target == "/"


@pytest.mark.parametrize("path", ["/signin", "/signin/start"])
@pytest.mark.parametrize("target", ["/" + "a" * 5_000, "/cases?x=" + "字" * 1_000])
async def test_an_address_that_no_cookie_holds_is_refused(browser: Browser, path: str, target: str) -> None:
    response = await browser.get(path, params={"next": target})
    assert response.status_code == 400
    assert "返回地址过长" in response.text


async def test_who_was_at_a_long_address_signs_in_without_it(browser: Browser) -> None:
    response = await browser.get(f"/cases?number={'a' * 5_000}")
    assert (response.status_code, response.headers["location"]) == (303, "/signin")


@pytest.mark.parametrize("target", ["/" + "x" * 999, "/" + '"' * 999, "/" + "水" * 333])
async def test_a_long_address_is_come_back_to(browser: Browser, target: str) -> None:
    await begin(browser, target)
    begun = begun_in(browser)
    assert begun is not None
    assert begun.target == target


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "x" * 20_000])
async def test_a_host_that_is_none_makes_no_fault(browser: Browser, host: str) -> None:
    page = await browser.get("/cases?overdue=true", headers={"Host": host})
    assert (page.status_code, page.headers["location"]) == (303, "/signin?next=%2Fcases%3Foverdue%3Dtrue")
    stream = await browser.get("/board/stream", headers={"Accept": "text/event-stream", "Host": host})
    assert stream.status_code == 401


async def test_a_session_that_the_service_refuses_ends(signed_in: Browser) -> None:
    signed_in.answering(lambda _request: refusal(401, "unauthenticated"))
    response = await signed_in.get("/imports")
    assert (response.status_code, response.headers["location"]) == (303, "/signin?next=%2Fimports")
    assert "sqn-session" not in signed_in.client.cookies


async def test_a_fragment_and_a_stream_say_that_the_session_has_ended(browser: Browser) -> None:
    fragment = await browser.fragment("/")
    assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/signin")
    stream = await browser.get("/board/stream", headers={"Accept": "text/event-stream"})
    assert stream.status_code == 401


@pytest.mark.parametrize(
    ("origin", "csrf", "status"),
    [
        (PAGE, CSRF, 303),
        (PAGE, "guessed", 403),
        (PAGE, None, 403),
        ("https://evil.example", CSRF, 403),
        ("null", CSRF, 403),
        (None, CSRF, 403),
    ],
)
async def test_only_a_form_of_ours_signs_out(
    signed_in: Browser, origin: str | None, csrf: str | None, status: int
) -> None:
    response = await signed_in.post(
        "/signout",
        data={"csrf": csrf} if csrf else {},
        headers={"Origin": origin} if origin else {},
    )
    assert response.status_code == status
    assert ("sqn-session" in signed_in.client.cookies) is (status == 403)
