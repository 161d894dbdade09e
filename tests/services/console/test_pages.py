"""Pages over a transport that answers as the services would, for what a browser does not show well."""

import html
import re
from collections.abc import AsyncIterator, Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import Response

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from libs.common.places import load_places
from services.console.bootstrap import build
from services.console.http.edge import POLICY
from services.console.sessions import Cookies, Session, SignIn
from services.hookup.domain.case import Case
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.entries import Act, Claim, Grounds
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.late_entries import decide_late_entry, enter
from services.hookup.http.reference_routes import REFERENCE as ANSWERED
from services.hookup.http.views import case_view
from tests.services.console.cases import at, case
from tests.services.console.test_sessions import settings
from tests.support.hookup import RULES, Json, go_through, ready_case, submitted_case

PAGE = "http://127.0.0.1:8000"
ISSUER = "http://localhost:9"
NOW = datetime(2022, 10, 8, 1, 0, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
OFFICIAL = Caller("u-city", frozenset({"supervisor"}), Scope(ScopeKind.CITY), "市局督导")

Answer = Callable[[httpx.Request], httpx.Response]


class Upstreams(httpx.AsyncBaseTransport):
    """Answers as issuer and services; `answer` is what the services say."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self._issuer = httpx.ASGITransport(app=issuer.app())
        self.answer: Answer = lambda _request: httpx.Response(200, json={})
        self.seen: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "localhost":
            return await self._issuer.handle_async_request(request)
        await request.aread()
        self.seen.append(request)
        return self.answer(request)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def issuer(tmp_path: Path, clock: ManualClock) -> LocalIssuer:
    return LocalIssuer(
        ISSUER,
        tmp_path,
        clock,
        users={"city": OFFICIAL},
        machines={},
        redirect_uris=[f"{PAGE}/signin/callback"],
    )


@pytest.fixture
def upstreams(issuer: LocalIssuer) -> Upstreams:
    return Upstreams(issuer)


@pytest.fixture
def cookies(clock: ManualClock) -> Cookies:
    return Cookies(settings(issuer=ISSUER), clock)


@pytest_asyncio.fixture
async def browser(upstreams: Upstreams, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """Return a browser that has not signed in."""
    app = build(settings(issuer=ISSUER), clock, transport=upstreams)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PAGE) as client,
    ):
        yield client


@pytest.fixture
def signed_in(browser: httpx.AsyncClient, cookies: Cookies) -> httpx.AsyncClient:
    """Return a browser with a session of the city, whose hidden token is `token`."""
    sign_in(browser, cookies)
    return browser


def sign_in(
    browser: httpx.AsyncClient,
    cookies: Cookies,
    place_kind: str = "city",
    place_code: str = "",
    roles: Collection[str] = ("supervisor",),
) -> None:
    """Give a browser a session."""
    session = Session(
        subject="u-city",
        name="市局督导",
        place="聊城市",
        place_kind=place_kind,
        place_code=place_code,
        roles=frozenset(roles),
        access_token="a.b.c",
        csrf="token",
        expires=int(NOW.timestamp()) + 3600,
    )
    response = Response()
    cookies.write(response, session)
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    browser.cookies.set(name, value, domain="127.0.0.1")


async def begin(browser: httpx.AsyncClient, target: str = "/cases") -> dict[str, str]:
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


def next_request(browser: httpx.AsyncClient) -> Request:
    """Return a request as the console would see it, with the browser's cookies."""
    header = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return Request({"type": "http", "headers": [(b"cookie", header.encode())]})


async def test_signing_in_leads_back_to_the_page_asked_for(
    browser: httpx.AsyncClient, issuer: LocalIssuer, upstreams: Upstreams
) -> None:
    asked = await browser.get("/cases?overdue=true")
    assert asked.headers["location"] == "/signin?next=%2Fcases%3Foverdue%3Dtrue"
    back = await browser.get(await at_issuer(issuer, await begin(browser, "/cases?overdue=true")))
    assert (back.status_code, back.headers["location"]) == (303, "/cases?overdue=true")
    upstreams.answer = lambda _request: httpx.Response(200, json={"items": []})
    page = await browser.get("/imports")
    assert "聊城市 · 市局督导" in page.text
    assert upstreams.seen[-1].headers["authorization"].startswith("Bearer ey")


async def test_the_issuer_gets_a_challenge_and_never_the_verifier(
    browser: httpx.AsyncClient, cookies: Cookies
) -> None:
    query = await begin(browser)
    assert query["code_challenge_method"] == "S256"
    begun = cookies.read(next_request(browser), SignIn)
    assert begun is not None
    assert begun.verifier not in query.values()
    assert begun.state == query["state"]


async def test_an_answer_with_another_state_signs_nobody_in(
    browser: httpx.AsyncClient, issuer: LocalIssuer
) -> None:
    query = await begin(browser)
    location = await at_issuer(issuer, {**query, "state": "of-somebody-else"})
    response = await browser.get(location)
    assert response.status_code == 400
    assert "登录未完成" in response.text
    assert "sqn-session" not in browser.cookies


async def test_a_code_that_the_issuer_refuses_signs_nobody_in(browser: httpx.AsyncClient) -> None:
    query = await begin(browser)
    response = await browser.get("/signin/callback", params={"state": query["state"], "code": "made-up"})
    assert response.status_code == 400
    assert "sqn-session" not in browser.cookies


async def test_a_sign_in_that_the_issuer_denies_says_so(browser: httpx.AsyncClient) -> None:
    query = await begin(browser)
    answer = {"state": query["state"], "error": "access_denied"}
    response = await browser.get("/signin/callback", params=answer)
    assert response.status_code == 400
    assert "没有同意" in response.text


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "evil"],
)
async def test_nobody_is_led_to_another_site(
    browser: httpx.AsyncClient, cookies: Cookies, target: str
) -> None:
    await begin(browser, target)
    begun = cookies.read(next_request(browser), SignIn)
    assert begun is not None
    assert begun.target == "/"


@pytest.mark.parametrize("path", ["/signin", "/signin/start"])
@pytest.mark.parametrize("target", ["/" + "a" * 5_000, "/cases?x=" + "字" * 1_000])
async def test_an_address_that_no_cookie_holds_is_refused(
    browser: httpx.AsyncClient, path: str, target: str
) -> None:
    response = await browser.get(path, params={"next": target})
    assert response.status_code == 400
    assert "返回地址过长" in response.text


async def test_who_was_at_a_long_address_signs_in_without_it(browser: httpx.AsyncClient) -> None:
    response = await browser.get(f"/cases?number={'a' * 5_000}")
    assert (response.status_code, response.headers["location"]) == (303, "/signin")


async def test_pages_have_heads(signed_in: httpx.AsyncClient, upstreams: Upstreams) -> None:
    upstreams.answer = lambda _request: httpx.Response(200, json={"items": []})
    got, head = await signed_in.get("/imports"), await signed_in.head("/imports")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await signed_in.head("/nowhere")).status_code == 404
    assert (await signed_in.head("/signout")).status_code == 405


async def test_a_citizen_begins_at_the_list_of_their_own_business(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_reference = request.url.path == "/v1/reference"
        return httpx.Response(200, content=REFERENCE if is_reference else b'{"items": []}')

    upstreams.answer = answer
    sign_in(browser, cookies, "citizen", "C-000318", ("citizen",))
    page = (await browser.get("/cases?customer_ref=c-000318")).text
    assert re.findall(r'<a href="([^"]+)"[^>]*>我的办件</a>', page) == ["/cases"]
    for hidden in ("实时看板", "待办", "规则推演", "台账导入", "新建报装件"):
        assert hidden not in page
    asked = next(each for each in upstreams.seen if each.url.path == "/v1/hookups")
    assert asked.url.params["customer_ref"] == "c-000318"


@pytest.mark.parametrize("target", ["/" + "x" * 999, "/" + '"' * 999, "/" + "水" * 333])
async def test_a_long_address_is_come_back_to(
    browser: httpx.AsyncClient, cookies: Cookies, target: str
) -> None:
    await begin(browser, target)
    begun = cookies.read(next_request(browser), SignIn)
    assert begun is not None
    assert begun.target == target


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "x" * 20_000])
async def test_a_host_that_is_none_makes_no_fault(browser: httpx.AsyncClient, host: str) -> None:
    page = await browser.get("/cases?overdue=true", headers={"Host": host})
    assert (page.status_code, page.headers["location"]) == (303, "/signin?next=%2Fcases%3Foverdue%3Dtrue")
    stream = await browser.get("/board/stream", headers={"Accept": "text/event-stream", "Host": host})
    assert stream.status_code == 401


async def test_a_session_that_the_service_refuses_ends(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    upstreams.answer = lambda _request: httpx.Response(401, json={})
    response = await signed_in.get("/imports")
    assert (response.status_code, response.headers["location"]) == (303, "/signin?next=%2Fimports")
    assert "sqn-session" not in signed_in.cookies


async def test_a_fragment_and_a_stream_say_that_the_session_has_ended(browser: httpx.AsyncClient) -> None:
    fragment = await browser.get("/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/signin")
    stream = await browser.get("/board/stream", headers={"Accept": "text/event-stream"})
    assert stream.status_code == 401


@pytest.mark.parametrize(
    ("origin", "csrf", "status"),
    [
        (PAGE, "token", 303),
        (PAGE, "guessed", 403),
        (PAGE, None, 403),
        ("https://evil.example", "token", 403),
        ("null", "token", 403),
        (None, "token", 403),
    ],
)
async def test_only_a_form_of_ours_signs_out(
    signed_in: httpx.AsyncClient, origin: str | None, csrf: str | None, status: int
) -> None:
    response = await signed_in.post(
        "/signout",
        data={"csrf": csrf} if csrf else {},
        headers={"Origin": origin} if origin else {},
    )
    assert response.status_code == status
    assert ("sqn-session" in signed_in.cookies) is (status == 403)


async def test_only_a_form_of_ours_uploads(signed_in: httpx.AsyncClient, upstreams: Upstreams) -> None:
    upstreams.answer = lambda _request: httpx.Response(
        202, json={"id": "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"}
    )
    key = "0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11"

    async def upload(csrf: str) -> httpx.Response:
        return await signed_in.post(
            "/imports",
            data={"csrf": csrf, "mode": "good", "key": key},
            files={"file": ("台账.xlsx", b"PK")},
            headers={"Origin": PAGE},
        )

    assert (await upload("guessed")).status_code == 403
    assert not upstreams.seen
    accepted = await upload("token")
    assert accepted.headers["location"] == "/imports/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"
    sent = upstreams.seen[-1]
    assert sent.headers["idempotency-key"] == key
    assert b'name="mode"\r\n\r\ngood' in sent.content


IMPORT = {
    **dict.fromkeys(("rows", "checked", "taken"), 3),
    **dict.fromkeys(("loaded", "repeated", "warnings"), 0),
    "id": "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11",
    "file_name": "台账.xlsx",
    "mode": "all",
    "state": "rejected",
    "bad": 1,
    "started_at": "2022-03-01T01:00:00Z",
    "finished_at": "2022-03-01T01:00:09Z",
    "error": None,
    "bad_rows": [
        {"row": 4, "column": "区划", "code": "missing", "reason": "区划未填写", "remedy": "请填写区划"}
    ],
    "warning_rows": [],
}


@pytest.mark.parametrize("has_report", [True, False])
async def test_an_import_leads_to_its_report_where_there_is_one(
    signed_in: httpx.AsyncClient, upstreams: Upstreams, has_report: bool
) -> None:
    upstreams.answer = lambda _request: httpx.Response(200, json={**IMPORT, "has_report": has_report})
    page = await signed_in.get(f"/imports/{IMPORT['id']}")
    assert (f'href="/imports/{IMPORT["id"]}/report.xlsx"' in page.text) is has_report
    assert "区划未填写" in page.text


async def test_the_report_of_an_import_is_passed_on(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    headers = {
        "content-type": "application/vnd.ms-excel",
        "content-disposition": "attachment; filename=a.xlsx",
    }
    upstreams.answer = lambda _request: httpx.Response(200, content=b"PK", headers=headers)
    response = await signed_in.get(f"/imports/{IMPORT['id']}/report.xlsx")
    assert response.content == b"PK"
    assert headers.items() <= dict(response.headers).items()
    assert upstreams.seen[-1].url.path == f"/v1/imports/{IMPORT['id']}/report.xlsx"


async def test_an_unknown_address_is_a_page_with_the_trace(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/nowhere", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "未找到" in response.text
    assert TRACE in response.text


async def test_a_wrong_filter_is_a_page(signed_in: httpx.AsyncClient) -> None:
    response = await signed_in.get("/cases?order=sideways")
    assert response.status_code == 422
    assert "查询条件不正确" in response.text


async def test_a_service_that_is_down_is_named_and_the_trace_passed_on(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    upstreams.answer = fail
    response = await signed_in.get("/imports", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert response.status_code == 503
    assert "报装服务暂时没有响应" in response.text
    assert TRACE in response.text
    assert upstreams.seen[-1].headers["traceparent"].startswith(f"00-{TRACE}-")


async def test_what_a_service_says_is_shown_and_escaped(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    problem = {"title": "无权办理此事项", "detail": "<b>x</b>", "code": "forbidden"}
    upstreams.answer = lambda _request: httpx.Response(403, json=problem)
    response = await signed_in.get("/imports")
    assert response.status_code == 403
    assert "无权办理此事项" in response.text
    assert "&lt;b&gt;x&lt;/b&gt;" in response.text


async def test_a_fault_of_ours_is_a_page_without_internals(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    upstreams.answer = lambda _request: httpx.Response(200, json={"items": "not a list"})
    response = await signed_in.get("/imports")
    assert response.status_code == 500
    assert "系统内部错误" in response.text
    assert "items" not in response.text


async def test_an_error_of_a_fragment_is_a_fragment(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    upstreams.answer = lambda _request: httpx.Response(500)
    response = await signed_in.get("/", headers={"HX-Request": "true"})
    assert response.status_code == 503
    assert "<html" not in response.text
    assert 'role="alert"' in response.text


@pytest.mark.parametrize("path", ["/signin", "/nowhere", "/static/console.css", "/"])
async def test_every_answer_has_the_policy(browser: httpx.AsyncClient, path: str) -> None:
    response = await browser.get(path)
    assert response.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_pages_are_kept_out_of_caches_and_assets_are_not(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/signin")).headers["cache-control"] == "no-store"
    assert "cache-control" not in (await browser.get("/static/console.css")).headers


@pytest.mark.parametrize(
    ("down", "status", "ready"),
    [((), 200, True), (("hookup",), 200, True), (("hookup", "metrics"), 503, False)],
)
async def test_readiness_says_which_services_answer(
    browser: httpx.AsyncClient, upstreams: Upstreams, down: tuple[str, ...], status: int, ready: bool
) -> None:
    def livez(request: httpx.Request) -> httpx.Response:
        if request.url.host in down:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={})

    upstreams.answer = livez
    response = await browser.get("/readyz")
    assert response.status_code == status
    assert msgspec.json.decode(response.content) == {
        "ready": ready,
        "upstreams": {name: name not in down for name in ("hookup", "metrics")},
    }


async def test_the_process_is_alive_and_measured(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/livez")).status_code == 200
    await browser.get("/signin")
    assert 'route="/signin",service="console"' in (await browser.get("/metrics")).text


async def test_the_ledger_is_passed_on_with_the_filters_of_the_list(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    upstreams.answer = lambda _request: httpx.Response(
        200, content=b"PK", headers={"content-disposition": "attachment", "set-cookie": "x=y"}
    )
    response = await signed_in.get("/ledger.xlsx?district=371502&overdue=true&number=&colour=blue")
    assert response.content == b"PK"
    assert response.headers["content-disposition"] == "attachment"
    assert "set-cookie" not in response.headers
    assert dict(upstreams.seen[-1].url.params) == {"district": "371502", "overdue": "true"}


async def test_a_service_that_is_asked_too_often_says_when_to_come_back(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    problem = {"title": "请求过于频繁", "detail": "请在 7 秒后重试", "code": "too-many-requests"}
    upstreams.answer = lambda _request: httpx.Response(429, json=problem, headers={"Retry-After": "7"})
    for path in ("/imports", "/ledger.xlsx"):
        response = await signed_in.get(path)
        assert (response.status_code, response.headers["retry-after"]) == (429, "7")
        assert "请在 7 秒后重试" in response.text


REFERENCE = msgspec.json.encode(ANSWERED.model_dump())
ROW = msgspec.to_builtins(case())


def of_lists(request: httpx.Request) -> httpx.Response:
    """Answer as hookup: a page of fifty cases, and more of them."""
    if request.url.path == "/v1/reference":
        return httpx.Response(200, content=REFERENCE)
    return httpx.Response(200, json={"items": [ROW] * 50, "next": "on"})


@pytest.mark.parametrize(
    ("kind", "code", "utilities", "supplies"),
    [
        ("utility", "G-371502", {"G-371502"}, {"GAS"}),
        ("district", "371502", {"W-371502", "G-371502", "H-371502"}, {"WATER", "GAS", "HEAT"}),
    ],
)
async def test_users_are_offered_only_what_is_theirs(
    browser: httpx.AsyncClient,
    cookies: Cookies,
    upstreams: Upstreams,
    kind: str,
    code: str,
    utilities: set[str],
    supplies: set[str],
) -> None:
    upstreams.answer = of_lists
    sign_in(browser, cookies, place_kind=kind, place_code=code)
    text = (await browser.get("/cases")).text
    offered = {name: options(text, name) for name in ("utility", "supply", "district")}
    assert offered == {"utility": utilities, "supply": supplies, "district": {"371502"}}


async def test_the_city_is_offered_everything(signed_in: httpx.AsyncClient, upstreams: Upstreams) -> None:
    upstreams.answer = of_lists
    text = (await signed_in.get("/cases")).text
    places = load_places()
    assert options(text, "utility") == {each.code for each in places.utilities()}
    assert options(text, "district") == {each.code for each in places.reporting_units}


def options(text: str, name: str) -> set[str]:
    """Return the values that a page's choice offers."""
    choice = text[text.index(f'id="f-{name}"') :].partition("</select>")[0]
    return set(re.findall(r'<option value="([^"]+)"', choice))


async def test_rows_are_added_until_a_fresh_page_is_better(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    upstreams.answer = of_lists
    text = (await signed_in.get("/cases?supply=GAS")).text
    asked = []
    while "hx-get" in text:
        found = re.search(r'hx-get="([^"]*)"', text)
        assert found is not None
        asked.append(html.unescape(found[1]))
        text = (await signed_in.get(asked[-1], headers={"HX-Request": "true"})).text
        assert text.count("<tr") == 51
    assert len(asked) == 9
    assert parse_qs(urlsplit(asked[-1]).query)["loaded"] == ["450"]
    assert "下一页" in text
    following = re.search(r'href="(/cases\?[^"]*)">下一页', text)
    assert following is not None
    assert html.unescape(following[1]) == "/cases?supply=GAS&order=newest&cursor=on"


async def test_the_cases_behind_a_figure_are_asked_for_as_the_board_says(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    page: Json = {
        "items": [],
        "next": None,
        "name": "已超时",
        "figure": "overdue",
        "unit": "件",
        "totals": None,
    }
    reach = {"version": "1.1", "folded": 1, "latest_event_at": None}
    narrowed = {"district": {"code": "371502", "name": "东昌府区"}}
    upstreams.answer = lambda _request: httpx.Response(
        200, json={**page, "reach": reach, "narrowed": narrowed}
    )
    text = (await signed_in.get("/figures/cases?code=overdue&district=371502&colour=blue")).text
    assert dict(upstreams.seen[-1].url.params) == {"code": "overdue", "district": "371502"}
    assert "县（市、区）：东昌府区" in text


async def test_a_history_that_does_not_begin_at_the_beginning_says_so(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    event = {
        "seq": 7,
        "event": "meter_live",
        "name": "通水通气通热",
        "at": NOW.isoformat(),
        "particulars": {},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            return httpx.Response(200, json={"items": [event], "next": None})
        return of_lists(request) if "reference" in request.url.path else httpx.Response(200, json=ROW)

    upstreams.answer = answer
    path = "/cases/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11/events"
    assert "第 7 条之前的记录已不保存" in (await signed_in.get(path)).text
    event["seq"] = 1
    assert "已不保存" not in (await signed_in.get(path)).text


async def test_running_cases_are_asked_for_as_the_form_says(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    said = {"chance": {"percent": "83"}, "sample": 112, "level": "CITY", "basis": "全市同类件112件"}
    nothing = {"chance": None, "sample": 2, "level": None, "basis": "可比的已办结件不足5件"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/reference":
            return httpx.Response(200, content=REFERENCE)
        rows = [{**ROW, "overdue": False, "forecast": each} for each in (said, nothing)]
        return httpx.Response(200, json={"items": rows, "next": "on"})

    upstreams.answer = answer
    text = (await signed_in.get("/forecast?supply=WATER&utility=&colour=blue")).text
    assert dict(upstreams.seen[-1].url.params) == {"supply": "WATER", "limit": "50"}
    assert ("83%" in text, "112" in text, "可比的已办结件不足5件" in text) == (True, True, True)
    # Too few to say anything are not shown as a sample.
    assert re.search(r'<td class="n">2</td>', text) is None
    found = re.search(r'hx-get="([^"]*)"', text)
    assert found is not None
    more = html.unescape(found[1])
    assert parse_qs(urlsplit(more).query) == {"supply": ["WATER"], "cursor": ["on"], "loaded": ["2"]}
    fragment = (await signed_in.get(more, headers={"HX-Request": "true"})).text
    assert fragment.count("<tr") == 3


async def test_what_if_asks_what_the_form_says_and_nothing_else(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    rate = {"percent": None}
    none = {
        "cases": 0, "on_time_before": 0, "on_time_then": 0, "became_on_time": 0, "became_late": 0,
        "rate_before": rate, "rate_then": rate,
    }  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/reference":
            return httpx.Response(200, content=REFERENCE)
        return httpx.Response(200, json={"total": none, "utilities": [], "changed": []})

    upstreams.answer = answer
    form = {
        "csrf": "token",
        "first_month": " 2022-01 ",
        "last_month": "2022-12",
        "judged": "",
        "excluded": ["CONTRACT", "EXTERNAL_WORKS"],
    }
    assert (await signed_in.post("/what-if", data=form)).status_code == 403
    response = await signed_in.post("/what-if", data=form, headers={"Origin": PAGE})
    assert "这些月份没有可比较的件" in response.text
    asked = next(each for each in upstreams.seen if each.url.path == "/v1/policies/what-if")
    assert msgspec.json.decode(asked.content) == {
        "first_month": "2022-01",
        "last_month": "2022-12",
        "judged": None,
        "excluded_stages": ["CONTRACT", "EXTERNAL_WORKS"],
    }
    assert asked.headers["idempotency-key"]


async def test_a_refusal_that_names_no_field_is_a_page_of_its_own(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/reference":
            return httpx.Response(200, content=REFERENCE)
        return httpx.Response(
            403, json={"title": "无权办理此事项", "detail": "没有角色", "code": "forbidden"}
        )

    upstreams.answer = answer
    response = await signed_in.post("/what-if", data={"csrf": "token"}, headers={"Origin": PAGE})
    assert (response.status_code, "没有角色" in response.text) == (403, True)


CASE = "/cases/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"
FORM = {
    "csrf": "token",
    "key": "0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11",
    "version": "7",
    "length_m": "x",
    "kind": "DESIGNED",
}


def at_a_case(refusal: httpx.Response | None = None) -> Answer:
    """Answer as hookup does for one case, on which a length may be set; commands are refused as said."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return refusal or httpx.Response(200, json={**ROW, "version": 8})
        if request.url.path == "/v1/reference":
            return httpx.Response(200, content=REFERENCE)
        if request.url.path == "/v1/calendar":
            return httpx.Response(200, json={"days": []})
        return httpx.Response(200, json={**ROW, "version": 9, "allowed": ["change_length"]})

    return answer


async def act(browser: httpx.AsyncClient, code: str = "change-length", **changes: str) -> httpx.Response:
    return await browser.post(f"{CASE}/actions/{code}", data=FORM | changes, headers={"Origin": PAGE})


async def test_an_action_is_one_command_on_the_version_that_was_seen(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    upstreams.answer = at_a_case()
    sign_in(browser, cookies, roles=["clerk"])
    response = await act(browser, length_m="12.5")
    assert (response.status_code, response.headers["location"]) == (303, f"{CASE}?done=change-length")
    (sent,) = [each for each in upstreams.seen if each.method == "POST"]
    assert sent.url.path == f"/v1/hookups/{ROW['id']}/lengths"
    assert (sent.headers["if-match"], sent.headers["idempotency-key"]) == ('"7"', FORM["key"])
    assert msgspec.json.decode(sent.content) == {"kind": "DESIGNED", "length_m": "12.5"}
    assert "已办理：登记外线长度" in (await browser.get(f"{CASE}?done=change-length")).text
    assert "已办理" not in (await browser.get(f"{CASE}?done=made-up")).text


async def test_a_probable_duplicate_is_told_beside_what_lets_it_through(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    error = {
        "field": "not_duplicate",
        "rule": "已有未办结的同类申请 W-371502-20220704-0001",
        "remedy": "请核对",
    }
    refusal = {"title": "不符合办理规则", "detail": "", "code": "probable-duplicate", "errors": [error]}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, content=REFERENCE)
        confirmed = msgspec.json.decode(request.content)["not_duplicate"]
        return httpx.Response(201, json=ROW) if confirmed else httpx.Response(409, json=refusal)

    upstreams.answer = answer
    sign_in(browser, cookies, roles=["clerk"])
    form = {"csrf": "token", "key": FORM["key"], "utility": "W-371502", "customer_ref": "C-000318"}
    shown = await browser.post("/cases/new", data=form, headers={"Origin": PAGE})
    assert shown.status_code == 409
    assert "W-371502-20220704-0001。请核对" in shown.text
    assert re.search(r'name="not_duplicate"[^>]*aria-invalid="true"', shown.text)
    made = await browser.post("/cases/new", data=form | {"not_duplicate": "true"}, headers={"Origin": PAGE})
    assert (made.status_code, made.headers["location"]) == (303, f"/cases/{ROW['id']}")


async def test_a_command_that_comes_too_often_keeps_what_was_typed(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    problem = {
        "title": "请求过于频繁",
        "detail": "“办理”每 1 分钟至多 20 次，请在 3 秒后重试",
        "code": "too-many-requests",
    }
    upstreams.answer = at_a_case(httpx.Response(429, json=problem, headers={"Retry-After": "3"}))
    sign_in(browser, cookies, roles=["clerk"])
    response = await act(browser, length_m="12.5")
    assert response.status_code == 429
    assert "请在 3 秒后重试" in response.text
    assert 'value="12.5"' in response.text


async def test_a_refusal_keeps_what_was_typed_and_asks_with_a_new_key(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    error = {"field": "length_m", "rule": "长度<b>不对", "remedy": "请改正", "code": "rule"}
    refusal = {"title": "填写内容不符合要求", "detail": "", "code": "invalid", "errors": [error]}
    upstreams.answer = at_a_case(httpx.Response(422, json=refusal))
    sign_in(browser, cookies, roles=["clerk"])
    response = await act(browser)
    assert response.status_code == 422
    assert '<p class="fault" id="e-change-length-length_m">长度&lt;b&gt;不对。请改正</p>' in response.text
    assert re.search(
        r'value="x" id="change-length-length_m"[^>]*aria-invalid="true" autofocus', response.text
    )
    assert '<option value="DESIGNED" selected>' in response.text
    assert 'name="version" value="9"' in response.text
    assert FORM["key"] not in response.text


async def test_another_version_is_explained(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    refusal = {"title": "内容已被他人修改", "detail": "请重新读取后再提交", "code": "version-changed"}
    upstreams.answer = at_a_case(httpx.Response(412, json=refusal))
    sign_in(browser, cookies, roles=["clerk"])
    response = await act(browser)
    assert response.status_code == 412
    assert "已被他人修改" in response.text
    assert f'<a href="{CASE}">重新载入</a>' in response.text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"csrf": "guessed"}, 403),
        ({"key": "1"}, 422),
        ({"version": '7", "8'}, 422),
        ({"version": "７"}, 422),
        ({"code": "made-up"}, 404),
    ],
)
async def test_a_form_that_is_not_ours_sends_nothing(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams, changes: dict[str, str], status: int
) -> None:
    upstreams.answer = at_a_case()
    sign_in(browser, cookies, roles=["clerk"])
    assert (await act(browser, **changes)).status_code == status
    assert [each for each in upstreams.seen if each.method == "POST"] == []


async def test_what_cannot_be_mended_is_a_page_of_its_own(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    refusal = {"title": "无权办理此事项", "detail": "没有角色", "code": "forbidden"}
    upstreams.answer = at_a_case(httpx.Response(403, json=refusal))
    sign_in(browser, cookies, roles=["clerk"])
    response = await act(browser)
    assert (response.status_code, "没有角色" in response.text) == (403, True)


OFFICE = Caller("office-1", frozenset({"clerk", "approver"}), Scope(ScopeKind.UTILITY, "W-371502"))


def of_the_api(found: Case, now: datetime) -> Answer:
    """Answer with a case as the API itself shows it then."""
    shown = case_view(found, RULES, now, OFFICE).model_dump_json(by_alias=True)
    beside: dict[str, object] = {
        "calendar": {"days": []},
        "forecast": {"chance": None, "sample": 0, "level": None, "basis": "没有可比件", "method": "—"},
        "agents": {"agents": [], "version": 0},
        "fee-catalogue": {"items": []},
        "material-lists": [],
        "reference": ANSWERED.model_dump(),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name in beside:
            return httpx.Response(200, json=beside[name])
        return httpx.Response(200, content=shown)

    return answer


def words(text: str, name: str) -> str:
    """Return what a part of a page says, by the name of its heading or label, in one line."""
    part = re.search(rf'aria-label(?:ledby)?="{name}".*?</table>', text, re.DOTALL)
    assert part is not None, name
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part[0])).split())


GROUNDS = Grounds("现场记录三日后才交回", "scan-1")


def turned_on_after_the_breach() -> Case:
    """A case without an external line, due on Thursday, 7 July, whose live meter is entered on Friday."""
    found = go_through(
        submitted_case(declared_dm=0),
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 10:00"),
        (Stage.TURN_ON, "2022-07-06 10:00", None),
    )
    entered, claimed = at("2022-07-08 09:00"), at("2022-07-07 16:30")
    found.actor = Actor(entered)
    found.catch_up(entered, RULES)
    enter(found, Claim(act=Act.METER_LIVE, claimed_at=claimed), GROUNDS, "e-1", entered, "u-clerk", RULES)
    return found


async def test_an_entry_that_waits_is_shown_with_what_it_says_and_why_the_case_is_late(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    upstreams.answer = of_the_api(turned_on_after_the_breach(), at("2022-07-08 10:00"))
    sign_in(browser, cookies, place_kind="district", place_code="371502", roles=["supervisor"])
    text = (await browser.get(CASE)).text
    row = words(text, "h-late-entries")
    assert "登记通水通气通热 2022-07-07 16:30 2022-07-08 09:00，u-clerk" in row
    assert "此件已公布超时" in row
    assert "现场记录三日后才交回 scan-1 待审批 —" in row
    assert "超时原因</strong>：应于07月07日17:30前办结" in text
    assert re.findall(r'action="[^"]*/actions/([^"]+)"', text) == ["approve-late-entry", "decline-late-entry"]
    assert "审批补录 督导" in words(text, "h-work")


async def test_what_was_approved_stands_at_its_stage_and_the_verdict_says_so(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    found = turned_on_after_the_breach()
    approved, confirmed = at("2022-07-08 11:00"), at("2022-07-08 15:00")
    found.actor = Actor(approved, "u-371502")
    decide_late_entry(found, "e-1", approved, Approver("u-371502", supervises=True), RULES)
    found.actor = Actor(confirmed, "u-clerk", "C-1", in_stead=True, document_ref="SQ-7")
    found.confirm(confirmed, RULES)
    upstreams.answer = of_the_api(found, at("2022-07-09 10:00"))
    text = (await signed_in.get(CASE)).text
    assert "已同意 2022-07-08 11:00，u-371502" in words(text, "h-late-entries")
    assert "审批补录 登记通水通气通热 2022-07-07 16:30，2022-07-08 11:00 由 u-clerk 录入" in words(
        text, "时间线数据表"
    )
    assert re.search(r'按时</span>\s*<span class="tag">补录后按时</span>', text)
    assert "曾公布超时，经审批补录后判定为按时" in text
    assert "办结 代录 2022-07-08 15:00 u-clerk SQ-7" in words(text, "h-in-stead")
    assert "超时原因" not in text


async def test_a_dispute_and_what_follows_it_are_shown(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    found = ready_case()
    found.actor = Actor(at("2022-07-08 10:00"), "u-clerk")
    found.report_meter_live(at("2022-07-08 10:00"), RULES)
    found.dispute_meter_live("阀门已开，户内没有水", at("2022-07-08 12:00"), "m-channel")
    upstreams.answer = of_the_api(found, at("2022-07-08 13:00"))
    text = (await signed_in.get(CASE)).text
    assert "2022-07-08 12:00 m-channel 2022-07-08 10:00 阀门已开，户内没有水" in words(text, "h-disputes")


async def test_a_gap_that_runs_is_listed_and_in_the_sum_and_a_pause_in_a_stage_is_in_the_net_time(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    stages = [(Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00")]
    found = go_through(submitted_case(), *stages)
    pause = Pause("p-1", PauseReason.CROSSING, "E-1", at("2022-07-04 12:00"), "u-clerk")
    found.request_pause(pause, at("2022-07-04 12:00"), RULES)
    found.decide_pause("p-1", at("2022-07-04 12:00"), "u-head", RULES, approve=True)
    found.resume("p-1", at("2022-07-04 18:00"), RULES)
    upstreams.answer = of_the_api(found, at("2022-07-11 09:00"))
    text = (await signed_in.get(CASE)).text
    assert "勘查设计 → 至今 2022-07-05 10:00 进行中 143.0" in words(text, "时间线数据表")
    assert "勘查设计至今，4个工作日" in text
    # 168 hours since Monday, 9:00, all but one and the running gap in the survey, six of them paused.
    sums = " ".join(re.sub(r"<[^>]+>", "", "".join(re.findall(r'<p class="sum">.*?</p>', text))).split())
    assert "总用时 168.0 = 环节 24.0 + 环节之外的暂停 0.0 + 空档与交接 144.0 小时，核对相符" in sums
    assert "6.0 小时后，净用时 162.0 小时" in sums


async def test_a_case_of_a_ledger_says_so_and_a_list_tells_what_was_on_time_by_late_entry(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    found = ready_case()
    found.source = Source.LEDGER
    upstreams.answer = of_the_api(found, at("2022-07-08 13:00"))
    assert '<span class="tag">台账导入</span>' in (await signed_in.get(CASE)).text
    upstreams.answer = lambda request: (
        of_lists(request)
        if request.url.path == "/v1/reference"
        else httpx.Response(200, json={"items": [ROW, {**ROW, "on_time_by_late_entry": True}], "next": None})
    )
    assert (await signed_in.get("/cases")).text.count("补录后按时") == 1


async def test_a_history_says_when_who_and_for_whom(
    signed_in: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    common = {"event": "case_closed", "name": "办结", "at": "2022-07-07T08:30:00Z", "particulars": {}}
    marked = {"recorded_at": "2022-07-08T01:00:00Z", "actor": "u-clerk", "entry": "APPROVED"}
    events = [
        {**common, **marked, "seq": 1, "on_behalf_of": "C-1", "in_stead": True},
        {**common, "seq": 2, "recorded_at": "2022-07-07T08:30:00Z", "entry": "IN_TIME"},
        {**common, "seq": 3},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            return httpx.Response(200, json={"items": events, "next": None})
        return of_lists(request) if "reference" in request.url.path else httpx.Response(200, json=ROW)

    upstreams.answer = answer
    text = words((await signed_in.get(f"{CASE}/events")).text, "h-events")
    first, second, third = "2022-07-07 16:30", "2022-07-08 09:00", "办结"
    assert f"1 {first} {second} {third} 审批补录 代录 u-clerk C-1 —" in text
    # What the clock does has nobody; of what is older than actors nobody is known.
    assert f"2 {first} {first} {third} 系统 — —" in text
    assert f"3 {first} — {third} — — —" in text


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("meter-live", {"field": "late_entry", "code": "late-entry-needs-approval"}),
        ("approve-late-entry", {"field": "entry_id", "code": "supervisor-needed"}),
    ],
)
async def test_that_somebody_else_has_to_approve_stands_beside_the_field(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams, code: str, error: dict[str, str]
) -> None:
    told = {**error, "rule": "须经他人审批", "remedy": "请由督导人员审批"}
    refusal = httpx.Response(409, json={"title": "不符合办理规则", "code": error["code"], "errors": [told]})
    shown = of_the_api(turned_on_after_the_breach(), at("2022-07-08 10:00"))
    upstreams.answer = lambda request: refusal if request.method == "POST" else shown(request)
    sign_in(browser, cookies, roles=["clerk", "approver"])
    response = await act(browser, code, entry_id="e-1", **{"late_entry.reason": "现场记录"})
    assert response.status_code == 409
    fault = re.search(
        rf'<p class="fault" id="e-({code}-[^"]+)">须经他人审批。请由督导人员审批</p>', response.text
    )
    assert fault is not None
    assert fault[1] == f"{code}-{error['field']}" + ("-reason" if code == "meter-live" else "")
    assert f'aria-describedby="e-{fault[1]}' in response.text
    assert code != "meter-live" or ">现场记录</textarea>" in response.text


@pytest.mark.parametrize(
    ("roles", "kind", "own", "others"),
    [
        (["clerk"], "utility", {"/work", "/imports"}, {"/agents", "/permits", "/commitment-bars"}),
        (["approver"], "utility", {"/work", "/agents"}, {"/imports", "/permits"}),
        (["agent"], "utility", {"/work", "/cases"}, {"/imports", "/what-if", "/agents"}),
        (["authority"], "authority", {"/permits"}, {"/", "/work", "/cases", "/imports"}),
    ],
)
async def test_the_navigation_has_what_a_role_can_use(
    browser: httpx.AsyncClient,
    cookies: Cookies,
    upstreams: Upstreams,
    roles: list[str],
    kind: str,
    own: set[str],
    others: set[str],
) -> None:
    upstreams.answer = at_a_case(httpx.Response(404, json={}))
    sign_in(browser, cookies, place_kind=kind, place_code="W-371502", roles=roles)
    text = (await browser.get("/nowhere")).text
    found = set(re.findall(r'<a href="([^"]+)"', text.partition("主导航")[2].partition("</nav>")[0]))
    assert own <= found
    assert not others & found


@pytest.mark.parametrize(
    ("roles", "asked"), [(["clerk"], "clerk"), (["approver"], "approver"), (["supervisor"], "supervisor")]
)
async def test_the_work_list_begins_with_the_users_own(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams, roles: list[str], asked: str
) -> None:
    upstreams.answer = lambda _request: httpx.Response(200, json={"items": [], "next": None})
    sign_in(browser, cookies, roles=roles)
    assert "没有待办" in (await browser.get("/work")).text
    assert dict(upstreams.seen[-1].url.params)["whose"] == asked
    assert (await browser.get("/work?whose=mayor")).status_code == 422


async def test_a_material_is_passed_on_from_the_services_short_link(
    browser: httpx.AsyncClient, cookies: Cookies, upstreams: Upstreams
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"url": "/v1/files/abc", "expires_at": NOW.isoformat()})
        headers = {
            "content-type": "application/pdf",
            "content-disposition": "attachment",
            "set-cookie": "x=y",
        }
        return httpx.Response(200, content=b"%PDF", headers=headers)

    upstreams.answer = answer
    sign_in(browser, cookies)
    response = await browser.get(f"{CASE}/materials/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d12")
    assert response.content == b"%PDF"
    assert response.headers["content-disposition"] == "attachment"
    assert "set-cookie" not in response.headers
    assert [each.url.path.rpartition("/")[2] for each in upstreams.seen] == ["link", "abc"]
