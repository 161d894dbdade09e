"""Lists of cases: what is asked of the service, and how rows are added."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from libs.casework.domain.work import Light
from libs.common.http.cursors import Page
from libs.common.places import load_places
from services.hookup.domain.reports.forecast import Level, NoForecast
from services.hookup.domain.values.work import DueOf, Whose, WorkKind
from services.hookup.http.contact_models import WorkCounts, WorkView
from services.hookup.http.forecast_routes import Chance, ForecastRow, ForecastView
from services.hookup.http.models import CaseRow, WorkRow
from services.hookup.http.views import case_row
from tests.support.hookup import submitted_case
from tests.support.pages import KEY, NOW, Browser, of_model

ROW = case_row(submitted_case("2022-10-08 08:00"), NOW)
TASK = WorkView(
    kind=WorkKind.STAGE,
    name="办理环节",
    about="",
    whose=Whose.CLERK,
    since=NOW,
    due_at=None,
    due_of=DueOf.TASK,
    due_of_name="本环节",
    overdue=False,
    remaining_minutes=None,
    light=Light.GREEN,
    gap_risk=False,
)
FIFTY = Page[CaseRow](items=[ROW] * 50, next="on")


async def test_a_citizen_begins_at_the_list_of_their_own_business(browser: Browser) -> None:
    browser.answering(Page[CaseRow](items=[]))
    browser.sign_in("citizen", "C-000318", ("citizen",))
    page = (await browser.get("/cases?customer_ref=c-000318")).text
    assert re.findall(r'<a href="([^"]+)"[^>]*>我的办件</a>', page) == ["/cases"]
    for hidden in ("实时看板", "待办", "规则推演", "台账导入", "新建报装件"):
        assert hidden not in page
    assert browser.asked.url.path == "/v1/hookups"
    assert browser.asked.url.params["customer_ref"] == "c-000318"


@pytest.mark.parametrize(
    ("kind", "code", "utilities", "supplies"),
    [
        ("utility", "G-371502", {"G-371502"}, {"GAS"}),
        ("district", "371502", {"W-371502", "G-371502", "H-371502"}, {"WATER", "GAS", "HEAT"}),
    ],
)
async def test_users_are_offered_only_what_is_theirs(
    browser: Browser,
    kind: str,
    code: str,
    utilities: set[str],
    supplies: set[str],
) -> None:
    browser.answering(FIFTY)
    browser.sign_in(kind=kind, code=code)
    text = (await browser.get("/cases")).text
    offered = {name: options(text, name) for name in ("utility", "supply", "district")}
    assert offered == {"utility": utilities, "supply": supplies, "district": {"371502"}}


async def test_the_city_is_offered_everything(signed_in: Browser) -> None:
    signed_in.answering(FIFTY)
    text = (await signed_in.get("/cases")).text
    places = load_places()
    assert options(text, "utility") == {place.code for place in places.utilities()}
    assert options(text, "district") == {place.code for place in places.reporting_units}


def options(text: str, name: str) -> set[str]:
    """Return the values that a page's choice offers."""
    choice = text[text.index(f'id="f-{name}"') :].partition("</select>")[0]
    return set(re.findall(r'<option value="([^"]+)"', choice))


async def test_rows_are_added_until_a_fresh_page_is_better(signed_in: Browser) -> None:
    signed_in.answering(FIFTY)
    text = (await signed_in.get("/cases?supply=GAS")).text
    asked = []
    while "hx-get" in text:
        link = re.search(r'hx-get="([^"]*)"', text)
        assert link is not None
        asked.append(html.unescape(link[1]))
        text = (await signed_in.fragment(asked[-1])).text
        assert text.count("<tr") == 51
    assert len(asked) == 9
    assert parse_qs(urlsplit(asked[-1]).query)["loaded"] == ["450"]
    assert "下一页" in text
    following = re.search(r'href="(/cases\?[^"]*)">下一页', text)
    assert following is not None
    assert html.unescape(following[1]) == "/cases?supply=GAS&order=newest&cursor=on"


async def test_running_cases_are_asked_for_as_the_form_says(signed_in: Browser) -> None:
    said = ForecastView(
        due_at=None,
        chance=Chance(numerator=5, denominator=6, percent="83"),
        sample=112,
        level=Level.CITY,
        why_not=None,
        basis="全市同类件112件",
    )
    too_few = "可比的已办结件不足5件"
    nothing = ForecastView(
        due_at=None, chance=None, sample=2, level=None, why_not=NoForecast.TOO_FEW, basis=too_few
    )
    rows = [ForecastRow(**ROW.model_dump(), forecast=forecast) for forecast in (said, nothing)]
    signed_in.answering(Page[ForecastRow](items=rows, next="on"))
    text = (await signed_in.get("/forecast/all?supply=WATER&utility=&colour=blue")).text
    assert dict(signed_in.asked.url.params) == {"supply": "WATER", "limit": "50"}
    assert ("83%" in text, "112" in text, too_few in text) == (True, True, True)
    # Too few to say anything are not shown as a sample.
    assert re.search(r'<td class="n">2</td>', text) is None
    link = re.search(r'hx-get="([^"]*)"', text)
    assert link is not None
    more = html.unescape(link[1])
    assert parse_qs(urlsplit(more).query) == {"supply": ["WATER"], "cursor": ["on"], "loaded": ["2"]}
    fragment = (await signed_in.fragment(more)).text
    assert fragment.count("<tr") == 3


async def test_the_ledger_is_passed_on_with_the_filters_of_the_list(signed_in: Browser) -> None:
    headers = {"content-disposition": "attachment", "set-cookie": "x=y"}
    signed_in.answering(lambda _request: httpx.Response(200, content=b"PK", headers=headers))
    response = await signed_in.get("/ledger.xlsx?district=371502&overdue=true&number=&colour=blue")
    assert response.content == b"PK"
    assert response.headers["content-disposition"] == "attachment"
    assert "set-cookie" not in response.headers
    assert dict(signed_in.asked.url.params) == {"district": "371502", "overdue": "true"}


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        (["clerk"], "clerk"),
        (["approver"], "approver"),
        (["supervisor"], "supervisor"),
        (["window"], "applicant"),
    ],
)
async def test_the_work_list_begins_with_the_users_own(
    browser: Browser, roles: list[str], asked: str
) -> None:
    counts, rows = WorkCounts(as_of=NOW, items=[]), Page[WorkRow](items=[])
    browser.answering(lambda request: of_model(counts if request.url.path.endswith("/counts") else rows))
    browser.sign_in(roles=roles)
    assert "没有待办" in (await browser.get("/work")).text
    (listed,) = [request for request in browser.upstreams.seen if request.url.path == "/v1/work-list"]
    assert dict(listed.url.params)["whose"] == asked
    assert (await browser.get("/work?whose=mayor")).status_code == 422


async def test_a_list_tells_what_was_on_time_by_late_entry(signed_in: Browser) -> None:
    by_late_entry = ROW.model_copy(update={"on_time": True, "on_time_by_late_entry": True})
    signed_in.answering(Page[CaseRow](items=[ROW, by_late_entry]))
    assert (await signed_in.get("/cases")).text.count("补录后按时") == 1


async def test_the_next_case_is_of_the_same_list_with_its_filters(browser: Browser) -> None:
    browser.sign_in("utility", "W-371502", ("clerk",))
    ids = [f"01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d1{number}" for number in range(3)]
    rows = [
        WorkRow(
            **ROW.model_dump() | {"id": case_id},
            work_due_at=NOW,
            work_due_of=None,
            work_due_of_name=None,
            remaining_minutes=1,
            light=Light.GREEN,
            work=[TASK],
        )
        for case_id in ids
    ]

    def first_after(request: httpx.Request) -> httpx.Response:
        """Answer as the API: with the case after `after`, or the first one where the list does not have that."""
        query = dict(request.url.params)
        after = query.pop("after", None)
        assert query == {"whose": "clerk", "mine": "true", "kind": "STAGE", "limit": "1"}
        start = ids.index(after) + 1 if after in ids else 0
        return of_model(Page[WorkRow](items=rows[start : start + 1]))

    browser.answering(first_after)
    desk = "whose=clerk&kind=STAGE&mine=true"
    for after, next_id in ((ids[0], ids[1]), (ids[2], ids[0]), (KEY, ids[0])):
        answer = await browser.get(f"/work/next?{desk}&other=1&after={after}")
        assert answer.headers["location"] == f"/cases/{next_id}?{desk}"
    assert (await browser.get(f"/work/next?{desk}")).headers["location"] == f"/cases/{ids[0]}?{desk}"
    # A list of somebody else's is left for one's own.
    browser.answering(
        lambda request: of_model(
            Page[WorkRow](items=rows[:1] if request.url.params["whose"] == "clerk" else rows[1:])
        )
    )
    answer = await browser.get("/work/next?whose=approver&mine=true")
    assert answer.headers["location"] == f"/cases/{ids[0]}?whose=clerk"
    browser.answering(first_after)
    # A case for which nothing is to be done is not led to, although it is listed.
    idle = rows[1].model_copy(update={"work": [TASK.model_copy(update={"whose": Whose.AGENT})]})
    rows[1] = idle
    assert (await browser.get(f"/work/next?{desk}&after={ids[0]}")).headers["location"] == f"/work?{desk}"
    # Nothing but the one that is open already, and nothing at all.
    del rows[1:], ids[1:]
    assert (await browser.get(f"/work/next?{desk}&after={ids[0]}")).headers["location"] == f"/work?{desk}"
    del rows[:], ids[:]
    assert (await browser.get(f"/work/next?{desk}&after={KEY}")).headers["location"] == f"/work?{desk}"


async def test_a_list_says_how_long_it_is_until_each_case_is_due(signed_in: Browser) -> None:
    for minutes, shown in (
        (2_900, "剩 2 个自然日"),
        (119, "剩 1 小时"),
        (0, "剩 0 分钟"),
        (-1_441, "已超时 1 个自然日"),
    ):
        row = ROW.model_copy(update={"minutes_left": minutes, "overdue": minutes < 0})
        signed_in.answering(Page[CaseRow](items=[row]))
        assert (shown in (await signed_in.get("/cases")).text) is True, shown
    signed_in.answering(Page[CaseRow](items=[ROW.model_copy(update={"minutes_left": None, "paused": True})]))
    assert "暂停计时" in (await signed_in.get("/cases")).text
