"""Commands given to a case on its page: sent once, on the version seen, and shown again with what is wrong."""

import re

import httpx
import msgspec
import pytest

from services.hookup.domain.case import Case
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.samples import at
from tests.services.hookup.pages.api import CLERK, OFFICE, OfCase, turned_on_after_the_breach
from tests.support.hookup import go_through, submitted_case
from tests.support.pages import CSRF, KEY, Browser, refusal

THEN = at("2022-07-04 11:00")
FORM = {"csrf": CSRF, "key": KEY, "if-match": "7", "length_m": "x", "kind": "DESIGNED"}


@pytest.fixture
def case() -> Case:
    """A case whose survey runs."""
    case = go_through(submitted_case(), (Stage.SURVEY_DESIGN, "2022-07-04 10:00", None))
    case.version = 9
    return case


@pytest.fixture
def clerk(browser: Browser) -> Browser:
    """Return a browser of a clerk of the utility."""
    browser.sign_in("utility", "W-371502", ("clerk",))
    return browser


async def act(
    browser: Browser, case: Case, operation_id: str = "changeLength", **changes: str
) -> httpx.Response:
    """Send the form of a command of a case."""
    return await browser.post(f"/cases/{case.id}/actions/{operation_id}", data=FORM | changes)


async def test_an_action_is_one_command_on_the_version_that_was_seen(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    response = await act(clerk, case, length_m="12.5")
    assert (response.status_code, response.headers["location"]) == (303, f"/cases/{case.id}")
    (sent,) = clerk.upstreams.commands
    assert sent.url.path == f"/v1/hookups/{case.id}/lengths"
    assert (sent.headers["if-match"], sent.headers["idempotency-key"]) == ('"7"', KEY)
    assert msgspec.json.decode(sent.content) == {"kind": "DESIGNED", "length_m": "12.5"}
    # It is told on the next page, and not again.
    assert "已办理：登记或更正外线长度" in (await clerk.get(f"/cases/{case.id}")).text
    assert "已办理" not in (await clerk.get(f"/cases/{case.id}")).text


async def test_what_was_done_waits_for_a_whole_page(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    await act(clerk, case, length_m="12.5")
    assert "已办理" not in (await clerk.fragment(f"/cases/{case.id}/withheld")).text
    assert "已办理：登记或更正外线长度" in (await clerk.get(f"/cases/{case.id}")).text


async def test_a_probable_duplicate_is_told_beside_what_lets_it_through(clerk: Browser, case: Case) -> None:
    error = {
        "field": "not_duplicate",
        "rule": "已有未办结的同类申请 W-371502-20220704-0001",
        "remedy": "请核对",
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and not msgspec.json.decode(request.content)["not_duplicate"]:
            return refusal(409, "probable-duplicate", errors=[error])
        return OfCase(case, THEN, CLERK)(request)

    clerk.answering(answer)
    form = {"csrf": CSRF, "key": KEY, "utility": "W-371502", "customer_ref": "C-000318"}
    shown = await clerk.post("/cases/new", data=form)
    assert shown.status_code == 409
    # The other case is a link, which leaves what was filled in as it is.
    number = "W-371502-20220704-0001"
    link = f'<a href="/search?q={number}" target="_blank" rel="noopener">{number}</a>'
    assert f"已有未办结的同类申请 {link}。请核对" in shown.text
    assert re.search(r'name="not_duplicate"[^>]*aria-invalid="true"', shown.text)
    made = await clerk.post("/cases/new", data=form | {"not_duplicate": "true"})
    assert (made.status_code, made.headers["location"]) == (303, f"/cases/{case.id}")
    sent = msgspec.json.decode(clerk.upstreams.commands[-1].content)
    # What the utility says itself is not asked for.
    assert (sent["supply"], sent["district"], sent["utility"]) == ("WATER", "371502", "W-371502")


async def test_a_command_that_comes_too_often_keeps_what_was_typed(clerk: Browser, case: Case) -> None:
    detail = "“办理”每 1 分钟至多 20 次，请在 3 秒后重试"
    too_often = refusal(429, "too-many-requests", "请求过于频繁", detail, headers={"Retry-After": "3"})
    clerk.answering(OfCase(case, THEN, CLERK, too_often))
    response = await act(clerk, case, length_m="12.5")
    assert response.status_code == 429
    assert "请在 3 秒后重试" in response.text
    assert 'value="12.5"' in response.text


async def test_a_refusal_keeps_what_was_typed_and_asks_with_a_new_key(clerk: Browser, case: Case) -> None:
    error = {"field": "length_m", "rule": "长度<b>不对", "remedy": "请改正", "code": "rule"}
    clerk.answering(OfCase(case, THEN, CLERK, refusal(422, "invalid", "填写内容不符合要求", errors=[error])))
    response = await act(clerk, case)
    assert response.status_code == 422
    assert '<p class="fault" id="e-changeLength-length_m">长度&lt;b&gt;不对。请改正</p>' in response.text
    assert re.search(r'value="x" id="changeLength-length_m"[^>]*aria-invalid="true" autofocus', response.text)
    assert '<option value="DESIGNED" selected>' in response.text
    assert 'name="if-match" value="9"' in response.text
    assert KEY not in response.text


async def test_another_version_is_explained(clerk: Browser, case: Case) -> None:
    changed = refusal(412, "version-changed", "内容已被他人修改", "请重新读取后再提交")
    clerk.answering(OfCase(case, THEN, CLERK, changed))
    response = await act(clerk, case)
    assert response.status_code == 412
    assert "已被他人修改" in response.text
    assert f'<a href="/cases/{case.id}">重新载入</a>' in response.text


async def test_what_was_done_meanwhile_is_told_with_who_did_it_by_name(clerk: Browser, case: Case) -> None:
    done = [
        {"event": "noted", "name": "催办", "at": "2022-07-05T11:00:00+08:00", "by": "u-district"},
        {"event": "noted", "name": "办理环节", "at": "2022-07-05T10:00:00+08:00", "by": "u-clerk"},
        {"event": "noted", "name": "登记", "at": "2022-07-05T09:00:00+08:00", "by": "u-unknown"},
    ]
    problem = {"title": "内容已被他人修改", "detail": "", "code": "version-changed", "changes": done}
    clerk.answering(OfCase(case, THEN, CLERK, httpx.Response(412, json=problem)))
    text = (await act(clerk, case)).text
    assert "<p>2022-07-05 11:00 催办，督导一（东昌府区）</p>" in text
    assert (
        '<p>2022-07-05 10:00 办理环节，<span title="账号 u-clerk">东昌府区供水专营单位工作人员</span></p>'
        in text
    )
    assert "<p>2022-07-05 09:00 登记</p>" in text


@pytest.mark.parametrize(
    ("changes", "operation_id", "status"),
    [
        ({"csrf": "guessed"}, "changeLength", 403),
        ({"key": "1"}, "changeLength", 422),
        ({"if-match": '7", "8'}, "changeLength", 422),
        ({"if-match": "７"}, "changeLength", 422),
        ({}, "made-up", 409),
        # Not offered now, and not to a clerk.
        ({}, "acceptHookup", 409),
        ({}, "approvePause", 409),
    ],
)
async def test_a_form_that_is_not_ours_sends_nothing(
    clerk: Browser, case: Case, changes: dict[str, str], operation_id: str, status: int
) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    assert (await act(clerk, case, operation_id, **changes)).status_code == status
    assert clerk.upstreams.commands == []


async def test_what_was_typed_for_what_is_not_offered_any_more_is_shown(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    page = (await act(clerk, case, "acceptHookup", reason="<b>已到现场", target="A-1")).text
    assert "“受理”没有办理" in page
    assert "您填写的内容：x；DESIGNED；&lt;b&gt;已到现场" in page


async def test_a_form_without_what_it_is_for_comes_back(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    response = await act(clerk, case, "uploadMaterial")
    assert (response.status_code, 'id="e-uploadMaterial-target"' in response.text) == (422, True)


async def test_what_cannot_be_mended_is_a_page_of_its_own(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK, refusal(403, "forbidden", "无权办理此事项", "没有角色")))
    response = await act(clerk, case)
    assert (response.status_code, "没有角色" in response.text) == (403, True)


@pytest.mark.parametrize(
    ("operation_id", "error", "name"),
    [
        (
            "reportMeterLive",
            {"field": "late_entry", "code": "late-entry-needs-approval"},
            "late_entry-reason",
        ),
        ("approveLateEntry", {"field": "path.entry_id", "code": "supervisor-needed"}, None),
    ],
)
async def test_that_somebody_else_has_to_approve_is_said_where_it_can_be_mended(
    browser: Browser, operation_id: str, error: dict[str, str], name: str | None
) -> None:
    case, now = turned_on_after_the_breach(), at("2022-07-08 10:00")
    fault = {**error, "rule": "须经他人审批", "remedy": "请由督导人员审批"}
    browser.answering(OfCase(case, now, OFFICE, refusal(409, error["code"], errors=[fault])))
    browser.sign_in("utility", "W-371502", ("clerk", "approver"))
    entered = {"late_entry.reason": "现场记录"} if name else {"target": "e-1"}
    response = await act(browser, case, operation_id, **entered)
    assert response.status_code == 409
    said = "须经他人审批。请由督导人员审批"
    assert response.text.count(said) == 1
    if name is None:
        # The only entry that waits is no input.
        assert f"<p>{said}</p>" in response.text
        return
    assert f'<p class="fault" id="e-{operation_id}-{name}">{said}</p>' in response.text
    assert f'aria-describedby="e-{operation_id}-{name}' in response.text
    assert ">现场记录</textarea>" in response.text


async def test_what_cannot_be_undone_is_confirmed_first(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    form = {"code": "NO_CAPACITY", "document_ref": "QR-1", "reason": "用户不再需要"}
    refused = await act(clerk, case, "withdrawHookup", **form)
    assert refused.status_code == 422
    assert 'id="e-withdrawHookup-confirmed">须先确认' in refused.text
    assert clerk.upstreams.commands == []
    done = await act(clerk, case, "withdrawHookup", **form, confirmed="true")
    assert done.status_code == 303
    (sent,) = clerk.upstreams.commands
    assert sent.url.path == f"/v1/hookups/{case.id}/withdrawal"
    assert "confirmed" not in msgspec.json.decode(sent.content)


async def test_what_is_due_stands_first_and_opened(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    text = (await clerk.get(f"/cases/{case.id}")).text
    first, others = text.split('class="doing"')
    assert "下一步：登记或更正外线长度" in first
    assert f'action="/cases/{case.id}/actions/changeLength"' in first
    assert f'action="/cases/{case.id}/actions/changeLength"' not in others
    assert re.search('<details name="acts-[^>]*"><summary>完成环节</summary>', others)
    assert "哪些现在不能办，为什么" in others


async def test_what_cannot_be_done_now_is_told_with_its_reason(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    for answer in (
        await clerk.get(f"/cases/{case.id}/withheld"),
        await clerk.fragment(f"/cases/{case.id}/withheld"),
    ):
        assert answer.status_code == 200
        assert re.search("<p><strong>受理</strong>：[^<]*不能受理</p>", answer.text)
    assert clerk.asked.url.params["withheld"] == "true"
    assert "<html" not in answer.text


async def test_a_file_goes_on_as_a_file(clerk: Browser, case: Case) -> None:
    clerk.answering(OfCase(case, THEN, CLERK))
    data = {name: FORM[name] for name in ("csrf", "key", "if-match")}
    path = f"/cases/{case.id}/actions/attachEvidence"
    missing = await clerk.post(path, data=data)
    assert (missing.status_code, "请选择文件" in missing.text) == (422, True)
    done = await clerk.post(path, data=data, files={"file": ("停工令.pdf", b"%PDF-1.4", "application/pdf")})
    assert done.status_code == 303
    (sent,) = clerk.upstreams.commands
    assert sent.headers["content-type"].startswith("multipart/form-data")
    assert b"%PDF-1.4" in sent.content
    assert sent.headers["if-match"] == '"7"'


async def test_an_answer_that_only_says_done_is_enough(clerk: Browser, case: Case) -> None:
    read = OfCase(case, THEN, CLERK)
    clerk.answering(lambda request: httpx.Response(204) if request.method == "POST" else read(request))
    assert (await act(clerk, case, length_m="12.5")).status_code == 303
