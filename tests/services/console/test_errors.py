"""What surrounds every page: errors in Chinese with the trace, headers, heads and health."""

import httpx
import msgspec
import pytest

from libs.common.http.cursors import Page
from libs.workbooks.http.models import ImportSummary
from services.console.http.edge import POLICY
from services.console.settings import pages_by_service
from tests.support.pages import CSRF, TRACE, Browser, refusal


async def test_pages_have_heads(signed_in: Browser) -> None:
    signed_in.answering(Page[ImportSummary](items=[]))
    # Not compressed: the hidden token is another in each page, so that its length is, too.
    plain = {"accept-encoding": "identity"}
    got = await signed_in.get("/imports", headers=plain)
    head = await signed_in.client.head("/imports", headers=plain)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await signed_in.client.head("/nowhere")).status_code == 404
    assert (await signed_in.client.head("/signout")).status_code == 405


async def test_an_unknown_address_is_a_page_with_the_trace(browser: Browser) -> None:
    response = await browser.get("/nowhere", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "未找到" in response.text
    assert TRACE in response.text


async def test_a_wrong_filter_is_a_page(signed_in: Browser) -> None:
    response = await signed_in.get("/work?whose=mayor")
    assert response.status_code == 422
    assert "查询条件不正确" in response.text


async def test_a_service_that_is_down_is_named_and_the_trace_passed_on(signed_in: Browser) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    signed_in.answering(fail)
    response = await signed_in.get("/imports", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert response.status_code == 503
    assert "报装服务暂时没有响应" in response.text
    assert TRACE in response.text
    assert signed_in.asked.headers["traceparent"].startswith(f"00-{TRACE}-")


async def test_what_a_service_says_is_shown_and_escaped(signed_in: Browser) -> None:
    signed_in.answering(lambda _request: refusal(403, "forbidden", "无权办理此事项", "<b>x</b>"))
    response = await signed_in.get("/imports")
    assert response.status_code == 403
    assert "无权办理此事项" in response.text
    assert "&lt;b&gt;x&lt;/b&gt;" in response.text


async def test_a_fault_of_ours_is_a_page_without_internals(signed_in: Browser) -> None:
    signed_in.answering(lambda _request: httpx.Response(200, json={"items": "not a list"}))
    response = await signed_in.get("/imports")
    assert response.status_code == 500
    assert "系统内部错误" in response.text
    assert "items" not in response.text


async def test_an_error_of_a_fragment_is_a_fragment(signed_in: Browser) -> None:
    signed_in.answering(lambda _request: httpx.Response(500))
    response = await signed_in.fragment("/")
    assert response.status_code == 503
    assert "<html" not in response.text
    assert 'role="alert"' in response.text


@pytest.mark.parametrize("path", ["/signin", "/nowhere", "/static/console.css", "/"])
async def test_every_answer_has_the_policy(browser: Browser, path: str) -> None:
    response = await browser.get(path)
    assert response.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_pages_are_kept_out_of_caches(browser: Browser) -> None:
    assert (await browser.get("/signin")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("down", "status", "ready"),
    [((), 200, True), (("hookup",), 200, True), (tuple(pages_by_service()), 503, False)],
)
async def test_readiness_says_which_services_answer(
    browser: Browser, down: tuple[str, ...], status: int, ready: bool
) -> None:
    def livez(request: httpx.Request) -> httpx.Response:
        if request.url.host in down:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={})

    browser.answering(livez)
    response = await browser.get("/readyz")
    assert response.status_code == status
    assert msgspec.json.decode(response.content) == {
        "ready": ready,
        "sessions": True,
        "upstreams": {name: name not in down for name in pages_by_service()},
    }


async def test_the_process_is_alive_and_measured(browser: Browser) -> None:
    assert (await browser.get("/livez")).status_code == 200
    await browser.get("/signin")
    assert 'route="/signin",service="console"' in (await browser.get("/metrics")).text


async def test_a_service_that_is_asked_too_often_says_when_to_come_back(signed_in: Browser) -> None:
    too_many = refusal(
        429, "too-many-requests", "请求过于频繁", "请在 7 秒后重试", headers={"Retry-After": "7"}
    )
    signed_in.answering(lambda _request: too_many)
    for path in ("/imports", "/ledger.xlsx"):
        response = await signed_in.get(path)
        assert (response.status_code, response.headers["retry-after"]) == (429, "7")
        assert "请在 7 秒后重试" in response.text


@pytest.mark.parametrize(("status", "answered", "title"), [(500, 503, "服务"), (401, 401, "登录已失效")])
async def test_what_was_typed_is_shown_when_it_could_not_be_sent(
    signed_in: Browser, status: int, answered: int, title: str
) -> None:
    signed_in.answering(lambda _request: httpx.Response(status))
    form = {"csrf": CSRF, "note.text": "  <b>已电话\n告知</b> ", "key": "k", "empty": " "}
    response = await signed_in.post(
        "/cases/01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11/actions/writeNote", data=form
    )
    assert response.status_code == answered
    assert title in response.text
    assert '<li class="pre">&lt;b&gt;已电话\n告知&lt;/b&gt;</li>' in response.text
    assert response.text.count('<li class="pre">') == 1
