"""Pages of a kind of case by declarations alone: list, page of one, acts, history, files, work lists, updates."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from libs.common.clock import ManualClock
from services.console import bootstrap
from tests.libs.pages.complaints import SERVICE, api, pages
from tests.support.pages import CSRF, KEY, NOW, Browser, Upstreams, browser_over, refusal

ONE = f"/complaints/{KEY}"
FORM = {"csrf": CSRF, "key": KEY, "if-match": "3"}


@pytest_asyncio.fixture
async def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    """A browser of a console that has the pages of complaints only; a supervisor of the city has signed in."""
    declared = {SERVICE: pages(tmp_path)}
    monkeypatch.setattr(bootstrap, "pages_by_service", lambda: declared)
    async with browser_over(Upstreams(answer=api), ManualClock(NOW)) as browser:
        browser.sign_in()
        yield browser


def words(text: str) -> str:
    """Return what a page says, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


async def test_a_list_is_asked_for_by_its_filters_and_its_order(browser: Browser) -> None:
    text = (
        await browser.get(
            "/complaints?state=OPEN&submitted_from=2022-10-01&number=&order=-due_at&colour=blue"
        )
    ).text
    filters = {"state": "OPEN", "submitted_from": "2022-10-01", "order": "-due_at"}
    assert dict(browser.asked.url.params) == filters | {"limit": "50"}
    more = re.search(r'hx-get="([^"]+)"', text)
    assert more is not None
    query = parse_qs(urlsplit(html.unescape(more[1])).query)
    assert query == {name: [value] for name, value in (filters | {"cursor": "on", "loaded": "2"}).items()}
    assert 'aria-sort="descending"' in text
    rows = (await browser.fragment(html.unescape(more[1]))).text
    assert "<html" not in rows
    assert browser.asked.url.params["cursor"] == "on"
    await browser.get("/complaints?order=colour")
    assert dict(browser.asked.url.params) == {"order": "newest", "limit": "50"}


async def test_its_rows_are_as_the_columns_say(browser: Browser) -> None:
    text = (await browser.get("/complaints")).text
    rows = re.sub(r">\s+<", "><", text)
    first, late = re.findall(r'<tr( class="is-late")?><th scope="row">', rows)
    assert (first, bool(late)) == ("", True)
    assert words(text).count("T-1 T-1! 办理中 东昌府区供水专营单位 2022-10-08 09:00") == 1
    assert words(text).count("T-1 T-1! 已办结 东昌府区供水专营单位 2022-10-08 09:00") == 1
    assert f'<a href="{ONE}">T-1</a>' in text
    assert '<td class="wide">东昌府区供水专营单位</td>' in text
    assert "共 2 件" in text
    assert '<a href="/complaints?late=true">逾期</a>' in text


async def test_what_is_wrong_with_a_filter_is_said_beside_it(browser: Browser) -> None:
    wrong = {"field": "query.number", "rule": "过长", "remedy": "请缩短", "code": "long"}
    browser.answering(lambda _request: refusal(422, "invalid", errors=[wrong]))
    answer = await browser.get("/complaints?number=123")
    assert answer.status_code == 422
    assert '<p class="fault" id="e-number">过长。请缩短</p>' in answer.text
    # What is wrong with nothing that was asked for has no place on the page.
    answer = await browser.get("/complaints?state=OPEN")
    assert "筛选诉求" not in answer.text


async def test_the_file_of_a_list_is_passed_on_with_its_filters(browser: Browser) -> None:
    assert "/complaints.xlsx?late=true" in (await browser.get("/complaints?late=true")).text
    headers = {"content-disposition": "attachment", "set-cookie": "x=y"}
    browser.answering(lambda _request: httpx.Response(200, content=b"PK", headers=headers))
    answer = await browser.get("/complaints.xlsx?late=true&colour=blue&order=newest")
    assert (answer.content, answer.headers["content-disposition"]) == (b"PK", "attachment")
    assert "set-cookie" not in answer.headers
    assert dict(browser.asked.url.params) == {"late": "true"}


async def test_a_citizen_has_no_file_no_filter_of_others_and_no_notes(browser: Browser) -> None:
    browser.sign_in("citizen", "C-1", ("citizen",))
    text = (await browser.get("/complaints")).text
    assert ("f-number" in text, "f-customer" in text, "下载台账" in text) == (True, False, False)
    assert "已派人" not in (await browser.get(ONE)).text
    assert not any(request.url.path.endswith("/notes") for request in browser.upstreams.seen)


async def test_the_page_of_one_shows_what_every_kind_of_case_has(browser: Browser) -> None:
    text = (await browser.get(ONE)).text
    said = words(text)
    assert "<h1>T-1</h1>" in text
    assert "专营单位 东昌府区供水专营单位 提交 2022-10-08 09:00" in said
    assert "答复催办 窗口 2022-10-08 09:00 2022-10-08 09:00 剩 1 小时" in said
    assert "催办 — 2022-10-08 09:00 2022-10-11 17:00 待答复" in said
    assert "用户评价：满意（4 分）" in said
    assert "承办人 经办一（东昌府区供水） （2022-10-08 09:00 起）" in said
    assert "经办一（东昌府区供水），2022-10-08 09:00 已派人" in said
    assert f'action="{ONE}/actions/endComplaint"' in text
    assert f'hx-get="{ONE}/withheld"' in text
    assert "下一件" not in text


async def test_an_act_leads_back_along_the_work_list(browser: Browser) -> None:
    desk = "whose=clerk&late=1&mine=true"
    # Who only looks at somebody's list is not led along it.
    assert "/complaints/work/next" not in (await browser.get(f"{ONE}?{desk}")).text
    browser.sign_in("utility", "W-371502", ("clerk",))
    text = (await browser.get(f"{ONE}?{desk}")).text
    assert '<a href="/complaints/work?whose=clerk&amp;mine=true">窗口待办</a>' in text
    assert f"/complaints/work/next?whose=clerk&amp;mine=true&amp;after={KEY}" in text
    answer = await browser.post(f"{ONE}/actions/endComplaint?{desk}", data=FORM)
    assert answer.headers["location"] == f"{ONE}?whose=clerk&mine=true"
    (command,) = browser.upstreams.commands
    assert command.url.path == f"/v1/complaints/{KEY}/end"
    assert command.headers["if-match"] == '"3"'
    answer = await browser.post(f"{ONE}/actions/other", data=FORM)
    assert (answer.status_code, "可能已经办过" in answer.text) == (409, True)


async def test_what_cannot_be_done_and_what_happened_are_pages(browser: Browser) -> None:
    assert "催办 ：已办结，不能催办" in words((await browser.get(f"{ONE}/withheld")).text)
    assert browser.asked.url.params["withheld"] == "true"
    assert "<html" not in (await browser.fragment(f"{ONE}/withheld")).text
    text = words((await browser.get(f"{ONE}/events")).text)
    assert "T-1 办理记录" in text
    assert "催办 系统 — 状态 办理中 答复期限 2022-10-09 09:00 用时 1.5 小时" in text
    # Its time is told of urges only, and what has no label not at all.
    assert "咨询 补录 系统 — —" in text
    rows = (await browser.fragment(f"{ONE}/events?cursor=on&loaded=2")).text
    assert browser.asked.url.params["cursor"] == "on"
    assert "loaded=4" in rows


async def test_a_file_is_passed_on_from_the_services_short_link(browser: Browser) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"%PDF") if "files" in request.url.path else api(request)

    browser.answering(answer)
    assert (await browser.get(f"{ONE}/records/{KEY}")).content == b"%PDF"
    assert [request.url.path for request in browser.upstreams.seen] == [
        f"/v1/complaints/{KEY}/records/{KEY}/link",
        "/v1/files/abc",
    ]


async def test_a_thing_is_opened_by_its_form(browser: Browser) -> None:
    assert '<a class="button" href="/complaints/new">登记诉求</a>' in (await browser.get("/complaints")).text
    browser.sign_in("utility", "W-371502", ("clerk",))
    assert "/complaints/new" not in (await browser.get("/complaints")).text
    browser.sign_in()
    assert "不填写个人信息。" in (await browser.get("/complaints/new")).text
    answer = await browser.post("/complaints/new", data=FORM)
    assert answer.headers["location"] == ONE
    assert browser.asked.content == b'{"by":"u-city"}'


async def test_a_work_list_begins_with_the_users_own_and_leads_from_thing_to_thing(browser: Browser) -> None:
    text = (await browser.get("/complaints/work")).text
    assert '<a href="/complaints/work?whose=clerk" aria-current="page">窗口 <b>1</b></a>' in text
    assert "T-1 答复催办 剩 1 小时" in words(text)
    assert "T-1 暂无待办" in words(text)
    assert "f-utility" in text
    browser.sign_in("utility", "W-371502", ("caller",))
    text = (await browser.get("/complaints/work?overdue=true")).text
    assert 'href="/complaints/work?whose=caller&amp;overdue=true" aria-current="page"' in text
    # There is nothing to choose from for who serves one utility.
    assert "f-utility" not in text
    assert (await browser.get("/complaints/work?whose=mayor")).status_code == 422
    assert "从最急的一件办起" in text
    assert "从最急的一件办起" not in (await browser.get("/complaints/work?whose=clerk")).text
    browser.sign_in("utility", "W-371502", ("clerk",))
    answer = await browser.get("/complaints/work/next?whose=clerk&mine=true")
    assert answer.headers["location"] == f"{ONE}?whose=clerk&mine=true"
    answer = await browser.get(f"/complaints/work/next?whose=clerk&after={KEY}")
    assert answer.headers["location"] == "/complaints/work?whose=clerk"


async def test_updates_lead_to_their_things_and_are_marked_as_read(browser: Browser) -> None:
    text = (await browser.get("/complaint-updates")).text
    assert f'<a href="{ONE}">T-1</a> <span class="tag">未读</span>' in text
    assert 'action="/complaint-updates"' in text
    # Of a note what it says, of anything else its particulars.
    assert '<span class="pre">已派人</span><span class="note">，提及 经办一（东昌府区供水）</span>' in text
    assert "状态 办理中" in words(text)
    answer = await browser.post("/complaint-updates", data={"csrf": CSRF, "up_to": "7"})
    assert answer.headers["location"] == "/complaint-updates"
    assert browser.asked.url.path == "/v1/complaint-updates/read"
    assert browser.asked.content == b'{"up_to":7}'
