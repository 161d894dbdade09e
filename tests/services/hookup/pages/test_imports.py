"""Ledgers that are uploaded, and their reports."""

import httpx
import pytest

from libs.common.http.cursors import Page
from libs.workbooks.http.models import (
    BadRow,
    ImportRequested,
    ImportSummary,
    ImportView,
    LayoutColumn,
    LayoutWord,
    LedgerField,
    LedgerLayoutView,
    LedgerPreview,
    LedgerWord,
)
from libs.workbooks.ledgers.proposal import ColumnSource
from services.hookup.http.log_routes import LogReview
from services.hookup.pages.logs import ROLES
from tests.support.pages import CSRF, KEY, NOW, Browser, of_model, refusal

IMPORT = ImportView(
    id="01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11",
    file_name="台账.xlsx",
    mode="all",
    state="rejected",
    rows=3,
    checked=3,
    taken=3,
    loaded=0,
    repeated=0,
    bad=1,
    warnings=0,
    started_at=NOW,
    finished_at=NOW,
    error=None,
    has_report=True,
    bad_rows=[BadRow(row=4, column="区划", code="missing", reason="区划未填写", remedy="请填写区划")],
    warning_rows=[],
)


PREVIEW = LedgerPreview(
    sheet="台账",
    header_row=1,
    columns=[
        LayoutColumn(
            heading="大小户",
            field="用户类别",
            source=ColumnSource.LAYOUT,
            samples=["大户"],
            words=[LayoutWord(text="大户", code="ENT")],
        )
    ],
    missing=[],
    version=1,
    fields=[LedgerField(name="用户类别", must=True, words=[LedgerWord(code="ENT", name="企业用户")])],
    constants={"区划": "东昌府区"},
)
WORD_TO_DECIDE = PREVIEW.columns[0].model_copy(update={"words": [LayoutWord(text="大户", code="")]})


@pytest.mark.parametrize(
    ("changes", "is_begun"),
    [({}, True), ({"missing": ["办理状态"]}, False), ({"columns": [WORD_TO_DECIDE]}, False)],
)
async def test_an_upload_stops_where_a_column_or_word_has_to_be_decided(
    browser: Browser, changes: dict[str, object], is_begun: bool
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/imports/preview":
            return of_model(PREVIEW.model_copy(update=changes))
        if request.method == "POST":
            return of_model(ImportRequested(id=IMPORT.id), 202)
        return of_model(Page[ImportSummary](items=[], next=None))

    browser.answering(answer)
    browser.sign_in("utility", "W-371502", ("clerk",))
    response = await browser.post(
        "/imports", data={"csrf": CSRF, "mode": "all", "key": KEY}, files={"file": ("台账.xlsx", b"PK-1")}
    )
    begun = [
        request
        for request in browser.upstreams.seen
        if (request.method, request.url.path) == ("POST", "/v1/imports")
    ]
    assert len(begun) == is_begun
    if is_begun:
        assert b"PK-1" in begun[0].content
        assert response.headers["location"] == f"/imports/{IMPORT.id}"
    else:
        assert "列名和取值的对应" in response.text
        assert "区划“东昌府区”" in response.text


async def test_only_a_form_of_ours_uploads(signed_in: Browser) -> None:
    signed_in.answering(lambda _request: of_model(ImportRequested(id=IMPORT.id), 202))

    async def upload(csrf: str) -> httpx.Response:
        return await signed_in.post(
            "/imports",
            data={"csrf": csrf, "mode": "good", "key": KEY},
            files={"file": ("台账.xlsx", b"PK")},
        )

    assert (await upload("guessed")).status_code == 403
    assert not signed_in.upstreams.seen
    accepted = await upload(CSRF)
    assert accepted.headers["location"] == f"/imports/{IMPORT.id}"
    sent = signed_in.asked
    assert sent.headers["idempotency-key"] == KEY
    assert b'name="mode"\r\n\r\ngood' in sent.content


@pytest.mark.parametrize("has_report", [True, False])
async def test_an_import_leads_to_its_report_where_there_is_one(signed_in: Browser, has_report: bool) -> None:
    signed_in.answering(IMPORT.model_copy(update={"has_report": has_report}))
    page = await signed_in.get(f"/imports/{IMPORT.id}")
    assert (f'href="/imports/{IMPORT.id}/report.xlsx"' in page.text) is has_report
    assert "区划未填写" in page.text


async def test_the_report_of_an_import_is_passed_on(signed_in: Browser) -> None:
    headers = {
        "content-type": "application/vnd.ms-excel",
        "content-disposition": "attachment; filename=a.xlsx",
    }
    signed_in.answering(lambda _request: httpx.Response(200, content=b"PK", headers=headers))
    response = await signed_in.get(f"/imports/{IMPORT.id}/report.xlsx")
    assert response.content == b"PK"
    assert headers.items() <= dict(response.headers).items()
    assert signed_in.asked.url.path == f"/v1/imports/{IMPORT.id}/report.xlsx"


async def test_older_imports_follow(signed_in: Browser) -> None:
    summary = ImportSummary.model_validate(IMPORT.model_dump())
    signed_in.answering(Page[ImportSummary](items=[summary], next="older"))
    assert 'href="/imports?cursor=older&amp;loaded=1"' in (await signed_in.get("/imports")).text
    signed_in.answering(Page[ImportSummary](items=[summary], next=None))
    rows = (await signed_in.fragment("/imports?cursor=older&loaded=1")).text
    assert signed_in.asked.url.params["cursor"] == "older"
    assert IMPORT.file_name in rows
    assert "<h1>" not in rows


async def test_a_mapping_that_is_looked_at_again_keeps_the_version_that_was_seen(browser: Browser) -> None:
    saved = LedgerLayoutView(columns={}, values={}, version=4)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/imports/preview":
            return of_model(PREVIEW.model_copy(update={"version": 4}))
        return of_model(saved if "layout" in request.url.path else Page[ImportSummary](items=[], next=None))

    browser.answering(answer)
    browser.sign_in("utility", "W-371502", ("clerk",))
    form = {"csrf": CSRF, "heading": "大小户", "field": "用户类别", "version": "3"}
    again = await browser.post("/imports/layout", data=form, files={"file": ("台账.xlsx", b"PK-1")})
    # Somebody has saved the fourth version since: it is not overwritten unseen.
    assert '<input type="hidden" name="version" value="3">' in again.text


async def test_what_is_wrong_with_a_mapping_stands_beside_it(browser: Browser) -> None:
    saved = LedgerLayoutView(columns={}, values={}, version=4)
    error = {"field": "columns.大小户", "rule": "没有这个字段", "remedy": "请另选", "code": "unknown"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            return refusal(422, "invalid", errors=[error])
        if request.url.path == "/v1/imports/preview":
            return of_model(PREVIEW)
        return of_model(saved if "layout" in request.url.path else Page[ImportSummary](items=[], next=None))

    browser.answering(answer)
    browser.sign_in("utility", "W-371502", ("clerk",))
    form = {"csrf": CSRF, "heading": "大小户", "field": "x", "version": "4", "mode": "all", "key": KEY}
    shown = await browser.post("/imports/own", data=form, files={"file": ("台账.xlsx", b"PK-1")})
    assert shown.status_code == 422
    assert "没有这个字段。请另选" in shown.text


async def test_what_is_wrong_with_the_columns_of_a_log_stands_beside_them(signed_in: Browser) -> None:
    review = LogReview(
        headings=["号", "活动"],
        roles={**dict.fromkeys(ROLES, ""), "case": "号", "stages": {}},
        figures=None,
    )
    error = {"field": "end", "rule": "必填", "remedy": "请选择", "code": "missing"}
    signed_in.answering(
        lambda request: (
            refusal(422, "invalid", errors=[error])
            if b'name="roles"' in request.content
            else of_model(review)
        )
    )
    form = {"csrf": CSRF, "role": ["号"] * len(ROLES)}
    shown = await signed_in.post("/imports/log", data=form, files={"file": ("log.csv", b"a,b")})
    assert shown.status_code == 422
    assert '<p class="fault" id="e-end">必填。请选择</p>' in shown.text
