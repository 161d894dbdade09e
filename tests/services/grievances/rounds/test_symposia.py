"""Symposia over HTTP on both engines: minuted, filed, and their findings become grievances."""

from typing import Any
from uuid import uuid4

from libs.common.auth.callers import ScopeKind
from tests.services.grievances.people import JPEG, clerk, desk, district
from tests.support.service import Running

SYMPOSIUM: dict[str, Any] = {
    "title": "企业用气座谈会",
    "held_at": "2022-07-01T14:30:00+08:00",
    "place": "区政务服务中心三楼",
    "invited": 30,
    "attended": 24,
}
FINDING: dict[str, Any] = {
    "kind": "COMPLAINT",
    "category": "SUPPLY-PRESSURE",
    "supply": "WATER",
    "district": "371502",
    "words": "老旧小区水压不足",
}


async def held(grievances: Running) -> str:
    """Register a symposium; return its path."""
    made = await district(grievances).post("/symposia", SYMPOSIUM, status=201)
    return f"/symposia/{made.body['id']}"


async def test_findings_become_grievances_and_each_names_the_other(grievances: Running) -> None:
    path, holder = await held(grievances), district(grievances)
    await holder.command(path, "findings", {"text": "老旧小区水压不足"})
    unminuted = await holder.command(path, "closing", status=409)
    assert unminuted.code == "minutes-missing"
    await holder.command(path, "minutes", {"minutes": "会上反映老旧小区水压不足。"})
    early = await holder.command(path, "closing", status=409)
    assert early.code == "findings-open"
    changed = (await holder.command(path, "findings/1/grievance", FINDING)).body
    assert (changed["finding_count"], changed["submitted_count"]) == (1, 1)
    (finding,) = (await holder.get(path)).body["findings"]
    shown = (await desk(grievances).get(f"/grievances/{finding['grievance_id']}")).body
    assert (shown["source"], shown["reporter"]) == ("SYMPOSIUM", "ANONYMOUS")
    assert shown["arose_from"] == {"kind": "SYMPOSIUM", "id": path.rpartition("/")[2]}
    again = await holder.command(path, "findings/1/grievance", FINDING, 409)
    assert again.code == "submitted-already"
    missing = await holder.command(path, "findings/2/grievance", FINDING, 409)
    assert missing.code == "no-such-finding"
    assert (await holder.command(path, "closing")).body["state"] == "CLOSED"
    over = await holder.command(path, "findings", {"text": "还有一个问题"}, 409)
    assert over.code == "not-in-this-state"


async def test_files_are_handed_in_and_taken_by_a_link(grievances: Running) -> None:
    path, holder = await held(grievances), district(grievances)
    seen = await holder.get(path)
    response = await holder.http.post(
        f"/v1{path}/files/PHOTO",
        files={"file": ("a.jpg", JPEG)},
        headers={"Idempotency-Key": str(uuid4()), "If-Match": seen.etag},
    )
    assert response.status_code == 200, response.text
    (file,) = (await holder.get(path)).body["files"]
    link = (await holder.post(f"{path}/files/{file['id']}/link")).body
    assert (await grievances.app_get(link["url"])).status_code == 200


async def test_who_sees_a_symposium(grievances: Running) -> None:
    path = await held(grievances)
    assert (await clerk(grievances).get(path, 403)).code == "forbidden"
    neighbour = grievances.client("supervisor", ScopeKind.DISTRICT, "371503")
    assert (await neighbour.get(path, 404)).code == "not-found"
    assert (await neighbour.get("/symposia")).body["items"] == []


async def test_what_cannot_be_is_refused_in_words(grievances: Running) -> None:
    holder = district(grievances)
    tomorrow = await holder.post("/symposia", SYMPOSIUM | {"held_at": "2022-07-05T09:00:00+08:00"}, 409)
    assert tomorrow.code == "not-yet-held"
    named = await holder.post("/symposia", SYMPOSIUM | {"title": "联系 13800138000"}, 409)
    assert named.code == "personal-data-in-text"
    path = await held(grievances)
    minutes = await holder.command(path, "minutes", {"minutes": "联系 13800138000"}, 409)
    assert minutes.code == "personal-data-in-text"
