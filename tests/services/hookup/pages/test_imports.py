"""Ledgers that are uploaded, and their reports."""

import httpx
import pytest

from libs.workbooks.http.models import BadRow, ImportRequested, ImportView
from tests.support.pages import CSRF, KEY, NOW, Browser, of_model

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
