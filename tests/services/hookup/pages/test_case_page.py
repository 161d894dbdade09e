"""What a case's page says of it."""

import html
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from libs.casework.http.files import FileLink
from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller
from libs.common.http.cursors import Page
from services.hookup.domain.case import Case
from services.hookup.domain.values.approval import Approver
from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.entries import EntryMark
from services.hookup.domain.values.pauses import Pause, PauseReason
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.verbs.late_entries import decide_late_entry
from services.hookup.http.history_models import CaseEvent
from tests.services.hookup.domain.case_states import (
    IN_STATE,
    Step,
    ask_pause,
    committed,
    filed,
    in_progress,
    offered,
    quote,
    ready_to_excavate,
    recorded,
)
from tests.services.hookup.domain.samples import at
from tests.services.hookup.pages.api import CITY, CLERK, DISTRICT, OFFICE, OfCase, turned_on_after_the_breach
from tests.support.hookup import RULES, go_through, ready_case, submitted_case
from tests.support.pages import NOW, Answer, Browser, of_model


def words(text: str, name: str) -> str:
    """Return what a part of a page says, by the name of its heading or label, in one line."""
    part = re.search(rf'aria-label(?:ledby)?="{name}".*?</table>', text, re.DOTALL)
    assert part is not None, name
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part[0])).split())


async def test_an_entry_that_waits_is_shown_with_what_it_says_and_why_the_case_is_late(
    browser: Browser,
) -> None:
    case = turned_on_after_the_breach()
    browser.answering(OfCase(case, at("2022-07-08 10:00"), DISTRICT))
    browser.sign_in(kind="district", code="371502", roles=["supervisor"])
    text = (await browser.get(f"/cases/{case.id}")).text
    row = words(text, "h-late-entries")
    # Who has no name is called by unit and role; the account is there for who points at it.
    assert "登记通水通气通热 2022-07-07 16:30 2022-07-08 09:00， 东昌府区供水专营单位工作人员" in row
    assert '<span title="账号 u-clerk">' in text
    assert "此件已公布超时" in row
    assert "现场记录三日后才交回 scan-1 待审批 —" in row
    assert "超时原因</strong>：应于07月07日17:30前办结" in text
    offered = re.findall(r'action="[^"]*/actions/([^"]+)"', text)
    # What waits for the district stands before what it may always do.
    assert offered[:2] == ["approveLateEntry", "declineLateEntry"]
    assert "审批补录 督导" in words(text, "h-work")


@pytest.mark.parametrize(
    ("caller", "code", "is_due"),
    [(CLERK, "W-371502", True), (DISTRICT, "371502", False)],
    ids=["own", "other"],
)
async def test_whom_a_case_waits_for_stands_first_where_it_is_not_the_user(
    browser: Browser, caller: Caller, code: str, is_due: bool
) -> None:
    case = in_progress()
    browser.answering(OfCase(case, at("2022-07-04 14:00"), caller))
    browser.sign_in(kind=caller.scope.kind, code=code, roles=sorted(caller.roles))
    text = (await browser.get(f"/cases/{case.id}")).text
    assert (text.index("/actions/") < text.index('id="h-work"')) is is_due


async def test_what_was_approved_stands_at_its_stage_and_the_verdict_says_so(signed_in: Browser) -> None:
    case = turned_on_after_the_breach()
    approved, confirmed = at("2022-07-08 11:00"), at("2022-07-08 15:00")
    case.actor = Actor(approved, "u-371502")
    decide_late_entry(case, "e-1", approved, Approver("u-371502", supervises=True), RULES)
    case.actor = Actor(confirmed, "u-clerk", "C-1", in_stead=True, document_ref="SQ-7")
    case.confirm(confirmed, RULES)
    signed_in.answering(OfCase(case, at("2022-07-09 10:00")))
    text = (await signed_in.get(f"/cases/{case.id}")).text
    assert "已同意 2022-07-08 11:00，工作人员" in words(text, "h-late-entries")
    assert (
        "审批补录 登记通水通气通热 2022-07-07 16:30，2022-07-08 11:00 由 东昌府区供水专营单位工作人员 录入"
        in words(text, "时间线数据表")
    )
    assert re.search(r'按时</span>\s*<span class="tag">补录后按时</span>', text)
    assert "曾公布超时，经审批补录后判定为按时" in text
    assert "办结 代录 2022-07-08 15:00 东昌府区供水专营单位工作人员 SQ-7" in words(text, "h-in-stead")
    assert "超时原因" not in text


async def test_a_dispute_and_what_follows_it_are_shown(signed_in: Browser) -> None:
    case = ready_case()
    case.actor = Actor(at("2022-07-08 10:00"), "u-clerk")
    case.report_meter_live(at("2022-07-08 10:00"), RULES)
    case.dispute_meter_live("阀门已开，户内没有水", at("2022-07-08 12:00"), "m-channel")
    signed_in.answering(OfCase(case, at("2022-07-08 13:00")))
    text = (await signed_in.get(f"/cases/{case.id}")).text
    assert "2022-07-08 12:00 工作人员 2022-07-08 10:00 阀门已开，户内没有水" in words(text, "h-disputes")


async def test_a_gap_that_runs_is_listed_and_in_the_sum_and_a_pause_in_a_stage_is_in_the_net_time(
    signed_in: Browser,
) -> None:
    stages = [(Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00")]
    case = go_through(submitted_case(), *stages)
    pause = Pause("p-1", PauseReason.CROSSING, "E-1", at("2022-07-04 12:00"), "u-clerk")
    case.request_pause(pause, at("2022-07-04 12:00"), RULES)
    case.decide_pause("p-1", at("2022-07-04 12:00"), "u-head", RULES, approve=True)
    case.resume("p-1", at("2022-07-04 18:00"), RULES)
    signed_in.answering(OfCase(case, at("2022-07-11 09:00")))
    text = (await signed_in.get(f"/cases/{case.id}")).text
    assert "勘查设计 → 至今 2022-07-05 10:00 进行中 143.0" in words(text, "时间线数据表")
    assert "勘查设计至今，4个工作日" in text
    # 168 hours since Monday, 9:00, all but one and the running gap in the survey, six of them paused.
    sums = " ".join(re.sub(r"<[^>]+>", "", "".join(re.findall(r'<p class="sum">.*?</p>', text))).split())
    assert "总用时 168.0 = 环节 24.0 + 环节之外的暂停 0.0 + 空档与交接 144.0 小时，核对相符" in sums
    assert "6.0 小时后，净用时 162.0 小时" in sums


async def test_a_case_of_a_ledger_says_so(signed_in: Browser) -> None:
    case = ready_case()
    case.source = Source.LEDGER
    signed_in.answering(OfCase(case, at("2022-07-08 13:00")))
    assert '<span class="tag">台账导入</span>' in (await signed_in.get(f"/cases/{case.id}")).text


def event(seq: int, **facts: Any) -> CaseEvent:
    nobody: dict[str, Any] = {"recorded_at": None, "entry": None, "actor": None, "on_behalf_of": None}
    nobody |= {"in_stead": False, "person": None, "unit": None, "changes": []}
    happened = {"event": "case_closed", "name": "办结", "at": at("2022-07-07 16:30"), "particulars": {}}
    return CaseEvent(**{**nobody, **happened, "seq": seq, **facts})


def with_events(*events: CaseEvent) -> Answer:
    """Answer with a case, and what happened to it."""
    shown, listed = OfCase(ready_case(), at("2022-07-08 13:00")), Page[CaseEvent](items=list(events))
    return lambda request: of_model(listed) if request.url.path.endswith("/events") else shown(request)


async def test_a_history_that_does_not_begin_at_the_beginning_says_so(signed_in: Browser) -> None:
    path = f"/cases/{uuid4()}/events"
    signed_in.answering(with_events(event(7)))
    assert "第 7 条之前的记录已不保存" in (await signed_in.get(path)).text
    signed_in.answering(with_events(event(1)))
    assert "已不保存" not in (await signed_in.get(path)).text


async def test_a_history_says_when_who_and_for_whom(signed_in: Browser) -> None:
    recorded = at("2022-07-08 09:00")
    by_clerk = {"recorded_at": recorded, "actor": "u-clerk", "on_behalf_of": "C-1", "in_stead": True}
    signed_in.answering(
        with_events(
            event(1, **by_clerk, entry=EntryMark.APPROVED),
            event(2, recorded_at=at("2022-07-07 16:30"), entry=EntryMark.IN_TIME),
            event(3),
        )
    )
    text = words((await signed_in.get(f"/cases/{uuid4()}/events")).text, "h-events")
    first, second, third = "2022-07-07 16:30", "2022-07-08 09:00", "办结"
    assert f"1 {first} {second} {third} 审批补录 代录 工作人员 C-1 —" in text
    # What the clock does has nobody; of what is older than actors nobody is known.
    assert f"2 {first} {first} {third} 系统 — —" in text
    assert f"3 {first} — {third} — — —" in text


async def test_a_material_is_passed_on_from_the_services_short_link(browser: Browser) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return of_model(FileLink(url="/v1/files/abc", expires_at=NOW))
        headers = {
            "content-type": "application/pdf",
            "content-disposition": "attachment",
            "set-cookie": "x=y",
        }
        return httpx.Response(200, content=b"%PDF", headers=headers)

    browser.answering(answer)
    browser.sign_in()
    response = await browser.get(f"/cases/{uuid4()}/materials/{uuid4()}")
    assert response.content == b"%PDF"
    assert response.headers["content-disposition"] == "attachment"
    assert "set-cookie" not in response.headers
    assert [request.url.path.rpartition("/")[2] for request in browser.upstreams.seen] == ["link", "abc"]


STEPS: tuple[Step, ...] = (filed, offered, committed, recorded, ready_to_excavate, quote, ask_pause)


@pytest.mark.parametrize("caller", [CLERK, OFFICE, DISTRICT, CITY], ids=lambda caller: caller.subject)
@pytest.mark.parametrize("begin", IN_STATE.values(), ids=IN_STATE)
async def test_every_state_has_a_page_for_everybody(
    browser: Browser, begin: Callable[[], Case], caller: Caller
) -> None:
    case = begin()
    browser.sign_in(caller.scope.kind, caller.scope.code, caller.roles)
    browser.answering(OfCase(case, at("2022-07-08 15:30"), caller))
    for path in ("", "/withheld"):
        assert (await browser.get(f"/cases/{case.id}{path}")).status_code == 200


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
async def test_whatever_is_on_a_case_is_shown(browser: Browser, step: Step) -> None:
    case = in_progress()
    step(case)
    browser.sign_in("utility", "W-371502", ("clerk", "approver"))
    browser.answering(OfCase(case, at("2022-07-08 15:30"), OFFICE))
    answer = await browser.get(f"/cases/{case.id}")
    assert answer.status_code == 200
    # Codes are shown by their names.
    assert re.findall(r">([A-Z]+_[A-Z_]+)<", answer.text) == []
