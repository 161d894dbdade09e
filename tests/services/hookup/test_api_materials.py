"""Materials over HTTP: the lists, asking for them, handing them in, and links to them."""

import asyncio
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from libs.common.auth.callers import ScopeKind
from libs.common.clock import ManualClock, SystemClock
from libs.common.objects import FILES_UNAVAILABLE, Files, Links, ObjectStore, Scan
from services.hookup.domain.values.names import CHANNEL_NAMES
from tests.support.hookup import Client, Hookup

PDF = b"%PDF-1.7 the premises"
JPEG = b"\xff\xd8\xff\xe0 a photograph"


def objects(tmp_path: Path) -> list[Path]:
    return [each for each in (tmp_path / "objects").rglob("*") if each.is_file()]


async def waiting(client: Client, **fields: Any) -> str:
    """Submit a case that is not complete; return its id."""
    return str((await client.submit(complete=False, **fields)).body["id"])


async def names(hookup: Hookup, case_id: str) -> list[str]:
    return [name for name, _ in await hookup.events(case_id)]


# -- lists


async def test_the_lists_are_there_for_everybody_who_signs_in(hookup: Hookup) -> None:
    citizen = hookup.client("citizen", ScopeKind.CITIZEN, "C-1")
    found = (await citizen.get("/material-lists")).body
    assert len(found) == 3 * len(CHANNEL_NAMES)
    [pushed] = (
        await citizen.get("/material-lists", supply="GAS", channel="PROJECT_APPROVAL")
    ).response.json()
    assert (pushed["channel_name"], pushed["version"], pushed["materials"]) == ("工程审批系统", "2022-1", [])
    [hall] = (await citizen.get("/material-lists", supply="HEAT", channel="HALL")).response.json()
    assert hall["materials"][:2] == [
        {
            "kind": "APPLICATION_FORM",
            "name": "市政公用报装申请表",
            "required": True,
            "shared_from": None,
            "note": None,
        },
        {
            "kind": "IDENTITY",
            "name": "身份证明",
            "required": True,
            "shared_from": "居民身份证电子证照",
            "note": "个人申请",
        },
    ]
    assert (await citizen.get("/material-lists", 422, channel="NONE")).code == "invalid"
    assert (await hookup.stranger().get("/material-lists", 401)).code == "unauthenticated"


# -- asking


async def test_what_is_missing_is_asked_for_by_code(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = await waiting(clerk, channel="HALL")
    asked = await clerk.act(case_id, "corrections", {"materials": ["APPLICATION_FORM", "PREMISES_PROOF"]})
    assert asked.body["state"] == "CORRECTION"
    assert asked.body["correction_items"] == ["市政公用报装申请表", "用地或房产证明"]
    assert asked.body["correction_materials"] == ["APPLICATION_FORM", "PREMISES_PROOF"]
    assert asked.body["missing_materials"] == ["APPLICATION_FORM"]


async def test_asking_for_more_is_refused_counted_and_answered_the_same_again(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = await waiting(clerk)
    seen = await clerk.get(f"/hookups/{case_id}")
    body = {"materials": ["PREMISES_PROOF", "SCHEME_DRAWING", "户口本"]}
    path = f"/hookups/{case_id}/corrections"
    first = await clerk.post(path, body, 422, key="one", version=seen.etag)
    assert first.code == "material-not-listed"
    assert [each["field"] for each in first.body["errors"]] == ["materials"]
    assert "户口本" not in first.response.text
    again = await clerk.post(path, body, 422, key="one", version=seen.etag)
    assert again.response.content == first.response.content
    after = await clerk.get(f"/hookups/{case_id}")
    assert (after.body["state"], after.body["correction_items"]) == ("SUBMITTED", None)
    events = (await clerk.get(f"/hookups/{case_id}/events")).body["items"]
    [attempt] = [each for each in events if each["event"] == "extra_material_attempted"]
    assert attempt["name"] == "超范围索要材料，未予准许"
    assert attempt["particulars"] == {
        "length_class": "L1_LE50",
        "refused": 2,
        "materials": ["SCHEME_DRAWING"],
        "list_version": "2022-1",
    }
    # The one right question may still be asked.
    await clerk.act(case_id, "corrections", {"materials": ["PREMISES_PROOF"]})


# -- handing in


async def test_a_file_is_handed_in_and_downloaded_by_a_link(hookup: Hookup, tmp_path: Path) -> None:
    clerk, citizen = hookup.client(), hookup.client("citizen", ScopeKind.CITIZEN, "C-1")
    case_id = await waiting(clerk, channel="HALL")
    answer = await citizen.upload(case_id, "APPLICATION_FORM", PDF, name="张三的申请表.exe")
    assert answer.body["missing_materials"] == []
    [file] = answer.body["materials"]
    assert (file["kind"], file["name"]) == ("APPLICATION_FORM", "市政公用报装申请表")
    assert (file["media_type"], file["size"], file["uploaded_by"]) == (
        "application/pdf",
        len(PDF),
        "citizen-1",
    )
    [kept] = objects(tmp_path)
    assert kept.read_bytes() == PDF
    assert kept.relative_to(tmp_path / "objects").as_posix() == f"hookup/{case_id}/{file['id']}"
    assert (await names(hookup, case_id))[-1] == "material_received"

    link = await clerk.post(f"/hookups/{case_id}/materials/{file['id']}/link")
    downloaded = await hookup.stranger().http.get(link.body["url"])
    assert (downloaded.status_code, downloaded.content) == (200, PDF)
    number = answer.body["number"]
    assert downloaded.headers["content-disposition"].endswith(
        f"{number}-%E5%B8%82%E6%94%BF%E5%85%AC%E7%94%A8%E6%8A%A5%E8%A3%85%E7%94%B3%E8%AF%B7%E8%A1%A8.pdf"
    )


async def test_evidence_is_a_file_that_who_decides_opens(hookup: Hookup) -> None:
    """hookup.md, "Clock": reason code and evidence *file*; who only supervises opens no application material."""
    clerk, district = hookup.client(), hookup.client("supervisor", ScopeKind.DISTRICT, "371502")
    case_id = await waiting(clerk)
    evidence = await clerk.evidence(case_id)
    await clerk.upload(case_id, "PREMISES_PROOF", PDF)
    [shown, proof] = (await district.get(f"/hookups/{case_id}")).body["materials"]
    assert (shown["id"], shown["name"], shown["may_open"], proof["may_open"]) == (
        evidence,
        "依据材料",
        True,
        False,
    )
    link = f"/hookups/{case_id}/materials/{evidence}/link"
    downloaded = await hookup.stranger().http.get((await district.post(link)).body["url"])
    assert downloaded.status_code == 200
    await district.post(f"/hookups/{case_id}/materials/{proof['id']}/link", status=403)
    for client in (hookup.client("approver"), district):
        await client.act(case_id, "evidence", status=403)


async def test_what_its_name_or_caller_says_of_a_file_counts_for_nothing(
    hookup: Hookup, tmp_path: Path
) -> None:
    clerk = hookup.client()
    case_id = await waiting(clerk)
    assert (
        await clerk.upload(case_id, "PREMISES_PROOF", b"<html>", 422, name="proof.pdf")
    ).code == "file-kind"
    assert (await clerk.upload(case_id, "PREMISES_PROOF", b"", 422, name="proof.pdf")).code == "file-kind"
    taken = await clerk.upload(case_id, "PREMISES_PROOF", JPEG, name="proof.pdf")
    assert [each["media_type"] for each in taken.body["materials"]] == ["image/jpeg"]
    assert len(objects(tmp_path)) == 1


async def test_a_file_stays_whatever_the_caller_wants_to_be_answered(hookup: Hookup, tmp_path: Path) -> None:
    clerk = hookup.client()
    case_id = await waiting(clerk)
    seen = (await clerk.get(f"/hookups/{case_id}")).etag
    headers = {"Idempotency-Key": "once", "If-Match": seen, "Prefer": "return=minimal"}
    path = f"/v1/hookups/{case_id}/materials/PREMISES_PROOF"
    for _ in range(2):
        answer = await clerk.http.post(path, files={"file": ("scan", PDF)}, headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
        [kept] = objects(tmp_path)
    [file] = (await clerk.get(f"/hookups/{case_id}")).body["materials"]
    assert kept.name == file["id"]


async def test_what_the_scanner_finds_bad_or_is_too_large_is_not_kept(hookup: Hookup, tmp_path: Path) -> None:
    clerk = hookup.client()
    case_id = await waiting(clerk)
    files: Files = hookup.app.state.files
    hookup.app.state.files = Files(files.store, Scan("false"), files.links, files.most)
    assert (await clerk.upload(case_id, "PREMISES_PROOF", PDF, 422)).code == "file-refused"
    hookup.app.state.files = Files(files.store, Scan(None), files.links, len(PDF) - 1)
    assert (await clerk.upload(case_id, "PREMISES_PROOF", PDF, 413)).code == "too-large"
    assert objects(tmp_path) == []
    assert (await clerk.get(f"/hookups/{case_id}")).body["materials"] == []


async def test_a_file_that_the_case_does_not_take_is_deleted(hookup: Hookup, tmp_path: Path) -> None:
    clerk, channel = hookup.client(), hookup.client("channel")
    case_id = await waiting(channel)
    seen = (await clerk.get(f"/hookups/{case_id}")).etag
    assert (await clerk.upload(case_id, "SCHEME_DRAWING", PDF, 409)).code == "material-not-listed"
    assert (await clerk.upload(case_id, "UNHEARD_OF", PDF, 422)).code == "invalid"
    nobody = str(uuid4())
    assert (await clerk.upload(nobody, "PREMISES_PROOF", PDF, 404, version=seen)).code == "not-found"
    elsewhere = hookup.client("clerk", ScopeKind.UTILITY, "G-371502")
    refused = await elsewhere.upload(case_id, "PREMISES_PROOF", PDF, 404, version=seen)
    assert refused.code == "not-found"
    await clerk.upload(case_id, "PREMISES_PROOF", PDF)
    assert (await clerk.upload(case_id, "PREMISES_PROOF", JPEG, 412, version=seen)).code == "version-changed"
    assert [each.read_bytes() for each in objects(tmp_path)] == [PDF]
    assert "extra_material_attempted" not in await names(hookup, case_id)


async def test_a_repetition_is_answered_as_before_and_keeps_one_file(hookup: Hookup, tmp_path: Path) -> None:
    clerk, channel = hookup.client(), hookup.client("channel")
    case_id = await waiting(channel)
    seen = (await clerk.get(f"/hookups/{case_id}")).etag
    once = [clerk.upload(case_id, "PREMISES_PROOF", PDF, key="one", version=seen) for _ in range(3)]
    first, *others = await asyncio.gather(*once)
    assert {each.response.content for each in others} == {first.response.content}
    again = await clerk.upload(case_id, "PREMISES_PROOF", PDF, key="one", version=seen)
    assert again.response.content == first.response.content
    other = await clerk.upload(case_id, "PREMISES_PROOF", JPEG, 422, key="one", version=seen)
    assert other.code == "idempotency-key-reused"
    [kept] = objects(tmp_path)
    assert kept.name == first.body["materials"][0]["id"]


async def test_a_store_that_is_away_when_a_file_is_to_be_deleted_changes_no_answer(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = await waiting(clerk)

    async def away(_store: ObjectStore, _key: str) -> None:
        raise FILES_UNAVAILABLE()

    with patch.object(ObjectStore, "delete", away):
        assert (await clerk.upload(case_id, "SCHEME_DRAWING", PDF, 409)).code == "material-not-listed"


async def test_who_may_hand_in_and_who_may_see(hookup: Hookup) -> None:
    clerk, channel = hookup.client(), hookup.client("channel")
    case_id = await waiting(channel)
    seen = (await clerk.get(f"/hookups/{case_id}")).etag
    for role in ("approver", "administrator"):
        client = hookup.client(role)
        refused = await client.upload(case_id, "PREMISES_PROOF", PDF, 403, version=seen)
        assert refused.code == "forbidden"
    stranger = await hookup.stranger().upload(case_id, "PREMISES_PROOF", PDF, 401, version=seen)
    assert stranger.code == "unauthenticated"
    taken = await channel.upload(case_id, "PREMISES_PROOF", PDF)
    path = f"/hookups/{case_id}/materials/{taken.body['materials'][0]['id']}/link"
    await hookup.client("approver", ScopeKind.UTILITY, "W-371502").post(path)
    elsewhere = hookup.client("clerk", ScopeKind.UTILITY, "G-371502")
    assert (await elsewhere.post(path, None, 404)).code == "not-found"
    assert (await hookup.stranger().post(path, None, 401)).code == "unauthenticated"
    nothing = f"/hookups/{case_id}/materials/{uuid4()}/link"
    assert (await clerk.post(nothing, None, 404)).code == "not-found"


async def test_a_link_is_logged_and_ends_after_the_policys_minutes(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = await waiting(clerk)
    file_id = (await clerk.upload(case_id, "PREMISES_PROOF", PDF)).body["materials"][0]["id"]
    files: Files = hookup.app.state.files
    clock = ManualClock(SystemClock().now().replace(microsecond=0))
    hookup.app.state.files = Files(files.store, files.scan, Links(files.store, None, clock), files.most)
    with capture_logs() as logs:
        link = (await clerk.post(f"/hookups/{case_id}/materials/{file_id}/link")).body
    [noted] = [each for each in logs if each["event"] == "material_link"]
    assert (noted["case_id"], noted["file_id"], noted["subject"]) == (case_id, file_id, "clerk-1")
    assert link["expires_at"] == (clock.now() + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    browser = hookup.stranger().http
    assert (await browser.get(link["url"])).status_code == 200
    clock.instant += timedelta(minutes=10)
    assert (await browser.get(link["url"])).json()["code"] == "link-expired"


async def test_a_body_beyond_the_bound_is_refused_before_it_is_read(hookup: Hookup, tmp_path: Path) -> None:
    clerk = hookup.client()
    case_id = await waiting(clerk)
    endless = BytesIO(PDF + bytes(66 * 2**20))
    assert (await clerk.upload(case_id, "PREMISES_PROOF", endless.getvalue(), 413)).code == "too-large"
    assert objects(tmp_path) == []


@pytest.mark.parametrize("kind", ["PREMISES_PROOF", "AGENT_AUTHORISATION"])
async def test_the_platforms_cases_take_nothing(hookup: Hookup, kind: str) -> None:
    clerk = hookup.client()
    case_id = await waiting(hookup.client("channel", ScopeKind.CHANNEL, "PROJECT_APPROVAL"))
    assert (await clerk.upload(case_id, kind, PDF, 409)).code == "material-not-listed"
    assert (await clerk.act(case_id, "corrections", {"materials": [kind]}, 422)).code == "material-not-listed"
