"""The console's pages of policies and of the calendar, over the service as it runs: two people and their browsers."""

import html
import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest_asyncio

from libs.common.auth.callers import Caller, Scope, ScopeKind
from services.console.bootstrap import build
from services.hookup.domain.values.rules import LIMITS, MATERIALS
from tests.services.hookup.past import closed_case, put
from tests.support.hookup import A_LONG_TIME, Hookup
from tests.support.pages import KEY, PAGE, cookie_of, session, settings

Browsers = Callable[..., httpx.AsyncClient]


@pytest_asyncio.fixture
async def browsers(hookup: Hookup) -> AsyncIterator[Browsers]:
    """Return what opens a browser of a signed-in user."""
    app = build(
        settings(), hookup.clock, transport=httpx.ASGITransport(hookup.app, raise_app_exceptions=False)
    )
    opened: list[httpx.AsyncClient] = []

    def browser(
        subject: str, *roles: str, kind: ScopeKind = ScopeKind.CITY, code: str = ""
    ) -> httpx.AsyncClient:
        caller = Caller(subject, frozenset(roles), Scope(kind, code), subject)
        signed_in = session(
            subject=subject,
            scope_kind=kind,
            scope_code=code,
            roles=caller.roles,
            access_token=hookup.issuer.issue(caller, A_LONG_TIME),
            expires=int(hookup.clock.now().timestamp()) + A_LONG_TIME // 100,
        )
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PAGE)
        client.cookies.set(*cookie_of(signed_in, hookup.clock), domain="127.0.0.1")
        opened.append(client)
        return client

    async with app.router.lifespan_context(app):
        yield browser
        for client in opened:
            await client.aclose()


def inputs(page: str, form: str) -> dict[str, str]:
    """What a form of a page sends if nobody touches it: hidden keys, texts, and what is chosen."""
    match = re.search(rf'<form[^>]*action="{re.escape(form)}".*?</form>', page, re.DOTALL)
    assert match, form
    text = match[0]
    values = {}
    for tag in re.findall(r"<input[^>]*>", text):
        named = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if named.get("type") != "checkbox" or " checked" in tag:
            values[named["name"]] = html.unescape(named.get("value", ""))
    for tag, content in re.findall(r"<textarea([^>]*)>(.*?)</textarea>", text, re.DOTALL):
        values[dict(re.findall(r'(\w+)="([^"]*)"', tag))["name"]] = html.unescape(content)
    for tag, content in re.findall(r"<select([^>]*)>(.*?)</select>", text, re.DOTALL):
        if chosen := re.search(r'<option value="([^"]*)" selected>', content):
            values[dict(re.findall(r'(\w+)="([^"]*)"', tag))["name"]] = chosen[1]
    return values


async def send(
    browser: httpx.AsyncClient, page: str, form: str, status: int = 303, /, **changes: str
) -> httpx.Response:
    """Fill in a form of a page and send it."""
    answer = await browser.post(
        form.replace("&amp;", "&"), data={**inputs(page, form), **changes}, headers={"Origin": PAGE}
    )
    assert answer.status_code == status, answer.text
    return answer


async def name_the_drafter(hookup: Hookup) -> None:
    """Let the city's list have a name for `a-1`, and none for `a-2`."""
    administrator = hookup.client("administrator", ScopeKind.CITY)
    await administrator.put(
        "/city/staff", {"staff": [{"subject": "a-1", "name": "规则起草员"}]}, version='"0"'
    )


DRAFTER = "规则起草员（市级主管部门）"
APPROVER = '<span title="账号 a-2">市级主管部门管理员</span>'


async def test_a_version_is_drafted_looked_at_and_approved_on_pages(
    hookup: Hookup, browsers: Browsers
) -> None:
    drafter, approver = browsers("a-1", "administrator"), browsers("a-2", "administrator")
    await name_the_drafter(hookup)
    await put(hookup, closed_case(), closed_case(works_days=4), closed_case(works_days=9))
    listed = (await drafter.get("/policies")).text
    assert "报装时限规则" in listed
    assert "今日生效" in listed
    form = f"/policies/{LIMITS}/draft"
    page = (await drafter.get(form)).text
    base = f"{form}?from=2022-49"
    assert "时限（天） · 供水 · 50米以内" in page
    assert "08:30–12:00，13:30–17:30" in page
    validity = {"version": "2022-99", "source_document": "聊城管字〔2022〕99号", "valid_from": "2022-08-01"}
    changed = {"body.limit_days.WATER.L1_LE50": "2"}
    # What is wrong stands beside its input, and what was typed is kept.
    wrong = await drafter.post(
        base,
        data={**inputs(page, base), **validity, **changed, "body.handover_workdays": "0"},
        headers={"Origin": PAGE},
    )
    assert wrong.status_code == 422
    assert 'id="e-draftPolicy-body-handover_workdays">不得小于 1' in wrong.text
    assert 'value="聊城管字〔2022〕99号"' in wrong.text
    made = await send(drafter, page, base, **validity, **changed)
    draft = made.headers["location"]
    shown = (await drafter.get(draft)).text
    assert '<td class="wrap">5</td><td class="wrap">2</td>' in shown
    assert "须由另一位市级管理员批准" in shown
    assert DRAFTER in shown
    assert DRAFTER in (await drafter.get("/policies")).text
    assert f"{draft}/actions/approvePolicyDraft" not in shown
    # The second person tries it on past cases, and approves.
    page = (await approver.get(draft)).text
    tried = await send(approver, page, f"{draft}/what-if", 200, first_month="2022-05", last_month="2022-05")
    assert "2 件由按时变为超时" in tried.text
    bad = await send(approver, page, f"{draft}/what-if", 422, first_month="2022-5", last_month="2022-05")
    assert 'id="e-first_month"' in bad.text
    done = await send(approver, page, f"{draft}/actions/approvePolicyDraft")
    listed = (await approver.get(done.headers["location"])).text
    assert "已办理：批准" in listed
    assert "聊城管字〔2022〕99号" in listed
    version = (await approver.get(f"/policies/{LIMITS}/versions/2022-99")).text
    assert "与上一版本 2022-49 的差异" in version
    for text in (version, listed):
        assert DRAFTER in text
        assert APPROVER in text
    # What a release has shipped says which office approved it.
    assert "聊城市城市管理局" in listed
    again = await approver.post(
        f"{draft}/actions/approvePolicyDraft",
        data=inputs(page, f"{draft}/what-if") | {"key": KEY},
        headers={"Origin": PAGE},
    )
    assert (again.status_code, "“批准”没有办理" in again.text) == (409, True)


async def test_lists_are_drafted_as_text_and_taken_back(browsers: Browsers) -> None:
    drafter = browsers("a-1", "administrator")
    form = f"/policies/{MATERIALS}/draft"
    page = (await drafter.get(form)).text
    base = f"{form}?from=2022-1"
    validity = {"version": "2022-2", "source_document": "聊城管字〔2022〕99号", "valid_from": "2022-08-01"}
    content = inputs(page, base)["body"].replace('"most_files": 40', '"most_files": 30')
    made = await send(drafter, page, base, **validity, body=content)
    shown = (await drafter.get(made.headers["location"])).text
    assert '<td class="wrap">40</td><td class="wrap">30</td>' in shown
    assert "按草案重判" not in shown
    done = await send(drafter, shown, f"{made.headers['location']}/actions/withdrawPolicyDraft")
    assert "草案，待批准" not in (await drafter.get(done.headers["location"])).text


async def test_who_only_reads_is_offered_nothing_to_do(browsers: Browsers) -> None:
    supervisor = browsers("s-1", "supervisor")
    listed = (await supervisor.get("/policies")).text
    assert "起草新版本" not in listed
    assert '<a href="/policies" aria-current="page">规则版本</a>' in listed
    assert "工作日历</a>" not in listed
    assert (await supervisor.get(f"/policies/{LIMITS}/versions/2022-49")).status_code == 200
    assert (await supervisor.get("/policies/taxes/draft")).status_code == 404
    assert (await supervisor.get("/calendar")).status_code == 403
    district = browsers("d-1", "administrator", kind=ScopeKind.DISTRICT, code="371502")
    assert "起草新版本" not in (await district.get("/policies")).text


async def test_a_notice_is_entered_and_approved_on_the_page(hookup: Hookup, browsers: Browsers) -> None:
    asker, approver = browsers("a-1", "administrator"), browsers("a-2", "administrator")
    await name_the_drafter(hookup)
    page = (await asker.get("/calendar")).text
    assert "2004—2026 年" in page
    notice = {
        "year": "2027",
        "source_document": "国办发明电〔2026〕8号",
        "holidays.春节.first": "2027-02-05",
        "holidays.春节.last": "2027-02-11",
        "holidays.春节.worked": "2027-02-14 2027-02-20",
    }
    form = "/calendar/askYearlyNotice"
    outside = await send(asker, page, form, 422, **{**notice, "year": "2028"})
    assert "2027-02-05不在2028年" in html.unescape(outside.text)
    weekday = await send(asker, page, form, 422, **{**notice, "holidays.春节.worked": "2027-02-15"})
    assert "2027-02-15不是周末" in weekday.text
    await send(asker, page, form, **notice)
    waiting = (await asker.get("/calendar")).text
    assert "由您提出，须由另一位市级管理员批准" in waiting
    assert "approveCalendarAmendment" not in waiting
    page = (await approver.get("/calendar")).text
    assert f"{DRAFTER} 2022-" in page
    (path,) = re.findall(r'action="(/calendar/[^"]+/approveCalendarAmendment)"', page)
    await send(approver, page, path)
    page = (await approver.get("/calendar")).text
    assert "已办理：批准" in page
    assert "2004—2027 年，最近一年依据 国办发明电〔2026〕8号" in page
    assert "没有待批准的修订" in page
    assert f"<td>{APPROVER} 2022-" in page
    # A single day, taken back by who asked for it.
    day = {"date": "2022-11-08", "works": "no", "name": "市定休息", "source_document": "聊政办发〔2022〕8号"}
    await send(asker, page, "/calendar/askSingleDay", **day)
    page = (await asker.get("/calendar")).text
    assert "2022-11-08休（市定休息）" in page
    (path,) = re.findall(r'action="(/calendar/[^"]+/withdrawCalendarAmendment)"', page)
    await send(asker, page, path)
    assert "撤回</td>" in (await asker.get("/calendar")).text
