"""Ledgers that are uploaded, and their reports."""


async def test_only_a_form_of_ours_uploads(signed_in: Browser) -> None:
    signed_in.upstreams.answer = lambda _request: httpx.Response(
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
    assert not signed_in.upstreams.seen
    accepted = await upload("token")
    assert accepted.headers["location"] == "/imports/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11"
    sent = signed_in.upstreams.seen[-1]
    assert sent.headers["idempotency-key"] == key
    assert b'name="mode"\r\n\r\ngood' in sent.content


@pytest.mark.parametrize("has_report", [True, False])
async def test_an_import_leads_to_its_report_where_there_is_one(
    signed_in: Browser, has_report: bool
) -> None:
    signed_in.upstreams.answer = lambda _request: httpx.Response(200, json={**IMPORT, "has_report": has_report})
    page = await signed_in.get(f"/imports/{IMPORT['id']}")
    assert (f'href="/imports/{IMPORT["id"]}/report.xlsx"' in page.text) is has_report
    assert "区划未填写" in page.text


async def test_the_report_of_an_import_is_passed_on(
    signed_in: Browser
) -> None:
    headers = {
        "content-type": "application/vnd.ms-excel",
        "content-disposition": "attachment; filename=a.xlsx",
    }
    signed_in.upstreams.answer = lambda _request: httpx.Response(200, content=b"PK", headers=headers)
    response = await signed_in.get(f"/imports/{IMPORT['id']}/report.xlsx")
    assert response.content == b"PK"
    assert headers.items() <= dict(response.headers).items()
    assert signed_in.upstreams.seen[-1].url.path == f"/v1/imports/{IMPORT['id']}/report.xlsx"
