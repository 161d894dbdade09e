"""Pages of tasks of one kind, and of objections: what is asked of the service, and what the rows show."""

import re

import pytest

from libs.casework.domain.work import Light
from libs.common.http.cursors import Page
from services.hookup.domain.values.permit_details import Objection, Reason, ReasonCode
from services.hookup.domain.values.permit_items import PermitItem, PermitKind, PermitMode
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose, WorkKind
from services.hookup.http.contact_models import WorkCounts
from services.hookup.http.models import WorkRow
from services.hookup.http.permit_models import AuthorityPermit
from services.hookup.http.permit_views import authority_permit
from services.hookup.http.work_views import work_row
from services.hookup.storage.permits import Listed
from tests.services.hookup.domain.entry_samples import very_late
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, go_through, submitted_case
from tests.support.pages import Browser, of_model

NOW = at("2022-08-05 10:00")


def table_of(page: str) -> str:
    """Return the rows of a page's table."""
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def answer_as_service(browser: Browser, row: WorkRow) -> None:
    """Let the service answer with one row, and without counts."""
    counts, rows = WorkCounts(as_of=NOW, items=[]), Page[WorkRow](items=[row])
    browser.answering(lambda request: of_model(counts if request.url.path.endswith("/counts") else rows))


async def test_a_list_of_a_kind_shows_the_tasks_of_that_kind(browser: Browser) -> None:
    case = very_late()
    case.urge("u-1", at("2022-08-05 09:30"), "C-1", RULES)
    answer_as_service(browser, work_row(case, RULES, Whose.CLERK, NOW))
    browser.sign_in("utility", "W-371502", ("approver",))
    everything = table_of((await browser.get("/work?whose=clerk")).text)
    assert ("办理环节" in everything, "答复催办" in everything) == (True, True)
    page = (await browser.get(f"/work?whose=clerk&kind={WorkKind.STAGE}")).text
    assert ("办理环节" in table_of(page), "答复催办" in table_of(page)) == (True, False)
    assert '<option value="STAGE" selected>办理环节</option>' in page
    # Rows, counts, tabs, the case and the next one are of the same list.
    asked = [dict(request.url.params).get("kind") for request in browser.upstreams.seen[-2:]]
    assert asked == [WorkKind.STAGE, WorkKind.STAGE]
    for address in (
        f"/cases/{case.id}?whose=clerk&amp;",
        "/work?whose=approver&amp;",
    ):
        assert f'href="{address}kind=STAGE"' in page
    # One goes from case to case of one's own list.
    assert 'data-key="n"' not in page
    browser.sign_in("utility", "W-371502", ("clerk",))
    page = (await browser.get(f"/work?whose=clerk&kind={WorkKind.STAGE}")).text
    assert 'href="/work/next?whose=clerk&amp;kind=STAGE"' in page


async def test_a_row_says_in_words_whose_deadline_is_which(browser: Browser) -> None:
    case = go_through(submitted_case(declared_dm=0), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    browser.sign_in("utility", "W-371502", ("clerk",))
    now = at("2022-07-08 09:00")
    answer_as_service(browser, work_row(case, RULES, Whose.CLERK, now))
    running = table_of((await browser.get("/work?whose=clerk")).text)
    assert ("本件 2022-07-07 17:30" in running, "本环节" in running) == (True, False)
    case.complete_stage(Stage.SURVEY_DESIGN, now, RULES)
    answer_as_service(browser, work_row(case, RULES, Whose.CLERK, now))
    handed_over = table_of((await browser.get("/work?whose=clerk")).text)
    assert "本件 2022-07-07 17:30<br>本环节 2022-07-11 17:30" in handed_over
    assert "已逾期" in handed_over
    assert 'class="is-late"' in handed_over


async def test_permits_are_narrowed_to_a_kind_and_show_the_time_left(signed_in: Browser) -> None:
    waiting = objected().model_copy(update={"act_by": NOW, "light": Light.RED, "remaining_minutes": -90})
    signed_in.answering(Page[AuthorityPermit](items=[waiting]))
    page = (await signed_in.get("/permits?all=true&kind=GREEN_LAND")).text
    assert dict(signed_in.asked.url.params) == {"limit": "50", "kind": "GREEN_LAND"}
    assert '<option value="GREEN_LAND" selected>' in page
    assert '<input type="hidden" name="all" value="true">' in page
    assert 'href="/permits?kind=GREEN_LAND&amp;objected=true"' in page
    assert 'class="light red">已逾期' in table_of(page)


async def test_late_entries_to_approve_are_listed_to_who_decides_them(browser: Browser) -> None:
    answer_as_service(browser, work_row(very_late(), RULES, Whose.APPROVER, NOW))
    browser.sign_in("utility", "W-371502", ("approver",))
    page = (await browser.get(f"/work?whose=approver&kind={WorkKind.DECIDE_LATE_ENTRY}")).text
    assert "审批补录" in table_of(page)


def objected() -> AuthorityPermit:
    """Return a record that its authority objected to."""
    reason = Reason(ReasonCode.OTHER, "绿地内有古树")
    item = PermitItem(
        id="01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d20",
        form_id="f-1",
        kind=PermitKind.GREEN_LAND,
        authority="GREENING-371502",
        mode=PermitMode.APPROVAL,
        filed_at=at("2022-08-01 09:00"),
        filed_by="clerk-1",
        is_parallel=True,
        objection=Objection(at("2022-08-02 09:00"), "greening-1", reason, "YY-1"),
    )
    number = "W-371502-20220801-0001"
    return authority_permit(
        Listed(item, "c-1", number, "W-371502", "371502", "WATER", "L1_LE50", CaseState.IN_PROGRESS),
        RULES,
        NOW,
    )


@pytest.mark.parametrize(
    ("query", "asked", "tab"),
    [
        ("", {"pending": "true"}, "待办"),
        ("?objected=true", {"objected": "true"}, "已提出异议"),
        ("?all=true", {}, "全部"),
    ],
)
async def test_objections_are_a_tab_of_the_permits(
    signed_in: Browser, query: str, asked: dict[str, str], tab: str
) -> None:
    signed_in.answering(Page[AuthorityPermit](items=[objected()], next="on"))
    page = (await signed_in.get(f"/permits{query}")).text
    assert dict(signed_in.asked.url.params) == {"limit": "50", **asked}
    assert re.findall(r'aria-current="page">([^<]+)</a>', page.partition("<main")[2]) == [tab]
    assert "2022-08-02 09:00 异议：其他（须写明），绿地内有古树" in table_of(page)
    assert '<a href="/cases?number=W-371502-20220801-0001">' in table_of(page)
    assert '<a href="/work?whose=authority&amp;kind=REVIEW_RECORD">异议期内</a>' in page
    following = re.search(r'hx-get="/permits\?([^"]*)"', page)
    assert following is not None
    assert following[1].startswith(f"{query[1:]}&amp;cursor=on" if query else "cursor=on")


async def test_an_authority_is_led_to_nothing_that_it_may_not_see(browser: Browser) -> None:
    browser.answering(Page[AuthorityPermit](items=[objected()]))
    browser.sign_in("authority", "GREENING-371502", ("authority",))
    page = (await browser.get("/permits?objected=true")).text
    assert "W-371502-20220801-0001" in page
    assert ('href="/cases' in page, 'href="/work' in page) == (False, False)
