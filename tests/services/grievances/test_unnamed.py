"""Who is not named: whoever asked to be kept confidential is unknown to the utility, the anonymous to everybody."""

import json
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.grievances.people import (
    GOOD,
    HELPER,
    OWNER,
    citizen,
    clerk,
    desk,
    district,
    entries,
    payloads,
    send,
    told,
    told_by,
    upload,
    utility,
    work_on,
)
from tests.services.grievances.ratings.arriving import own_events_arrive, path_of
from tests.support.service import Client, Running

PDF = b"%PDF-1.7 a bill"
SUBJECT = f"citizen-{OWNER[-1]}"
SECRETS = ("李女士", "13800138000", "13900139000", OWNER, OWNER.upper(), SUBJECT)
WORDS = "我家停水，回电 13900139000，找李女士"


async def all_that_is_shown(client: Client, path: str) -> str:
    """Return all that the API gives somebody of a grievance."""
    file_id = (await client.get(path)).body["files"][0]["id"]
    reads = [
        await client.get(place)
        for place in (path, f"{path}/events", f"{path}/actions", f"{path}/notes", "/grievances", "/updates")
    ]
    reads += [await client.get("/grievance-work-list", whose=whose) for whose in ("handler", "caller")]
    reads.append(await client.post(f"{path}/files/{file_id}/link"))
    reads.append(await client.post(f"{path}/reveal", {"purpose": "HANDLE"}))
    return json.dumps([answer.body for answer in reads], ensure_ascii=False)


async def worked_on(grievances: Running, reporter: str) -> str:
    """Let a citizen tell a grievance, urge, ask, hand in a photo and answer the call-back."""
    owner = citizen(grievances)
    path = await told_by(grievances, words=WORDS, reporter=reporter, name="李女士", phone="13800138000")
    await upload(owner, path)
    await send(grievances, path, HELPER)
    await clerk(grievances).command(path, "watch")
    await owner.command(path, "urges")
    await owner.command(path, "questions", {"text": "何时上门？"})
    for contact, answer in (("urges", "urge"), ("questions", "question")):
        (item,) = (await clerk(grievances).get(path)).body[contact]
        await clerk(grievances).command(path, f"{contact}/{item['id']}/answer", {"answer": f"{answer}已答复"})
    await work_on(clerk(grievances), path)
    own = {"contacted": True, "solved": False, "grade": 2, "reason": "仍然没有水"}
    await owner.command(path, "own-call", own)
    return path


@pytest.mark.parametrize("unit", ["W-371502", HELPER])
async def test_a_utility_never_learns_who_asked_to_be_kept_confidential(
    grievances: Running, unit: str
) -> None:
    path = await worked_on(grievances, "CONFIDENTIAL")
    shown = await all_that_is_shown(utility(grievances, unit), path)
    assert [secret for secret in SECRETS[1:] if secret in shown] == []
    published = json.dumps(await payloads(grievances, path))
    assert [secret for secret in SECRETS if secret in published] == []
    # The desk knows, and who told it follows it.
    for knows in (desk(grievances), district(grievances)):
        seen = (await knows.get(path)).body
        assert (seen["customer_id"], seen["name"], seen["phone"]) == (OWNER, "李**", "138******00")
    assert (await citizen(grievances).get(path)).body["words"] == WORDS
    (entry,) = [row for row in await entries(grievances) if row["action"] == "REVEAL"]
    assert entry["fields"] == ["words", "place"]


async def test_the_rating_and_the_papers_of_the_confidential_name_nobody(grievances: Running) -> None:
    path = await told_by(grievances, words=WORDS, reporter="CONFIDENTIAL", name="李女士", phone="13800138000")
    owner = citizen(grievances)
    await upload(owner, path)
    await upload(owner, path, PDF, kind="DOCUMENT")
    await send(grievances, path)
    files = (await owner.get(path)).body["files"]
    for file, status in zip(files, (200, 404), strict=True):
        await clerk(grievances).post(f"{path}/files/{file['id']}/link", {}, status)
        await desk(grievances).post(f"{path}/files/{file['id']}/link", {})
    await work_on(clerk(grievances), path)
    await owner.command(path, "own-call", {"contacted": True, "solved": True, "grade": 4})
    await own_events_arrive(grievances)
    rating = await path_of(grievances, path.rpartition("/")[2])
    await owner.command(rating, "grade", {"grade": 2, "reason": f"请打我电话 {SECRETS[2]}"})
    events = await clerk(grievances).get(f"{rating}/events")
    revealed = await clerk(grievances).post(f"{rating}/reveal", {"purpose": "CALL_BACK"})
    published = json.dumps(await payloads(grievances, rating))
    for said in (events.response.text, revealed.response.text, published):
        assert [secret for secret in SECRETS if secret in said] == []
    whole = await desk(grievances).post(f"{rating}/reveal", {"purpose": "CALL_BACK"})
    assert SECRETS[2] in whole.response.text


async def test_who_is_named_is_known_to_the_unit(grievances: Running) -> None:
    path = await worked_on(grievances, "NAMED")
    shown = await all_that_is_shown(clerk(grievances), path)
    assert all(secret in shown for secret in (*SECRETS[:4], SUBJECT))
    assert {row["customer_id"] for row in await payloads(grievances, path)} == {OWNER}


async def test_the_anonymous_are_nobody_s_even_signed_in(grievances: Running) -> None:
    owner = citizen(grievances)
    for more in ({"name": "李女士"}, {"phone": "13800138000"}, {"customer_id": OWNER}):
        path = {"reporter": "ANONYMOUS"} | more
        body: dict[str, Any] = {"kind": "REPORT", "category": "OTHER", "district": "371502", "words": WORDS}
        if "customer_id" in more:
            answer = await owner.post("/grievances", body | path, 201)
            continue
        answer = await owner.post("/grievances", body | path, 409)
        assert answer.code == "anonymous-with-name"
        assert answer.body["errors"][0]["field"] == "reporter"
    path_of = await told_by(grievances, reporter="ANONYMOUS")
    published = json.dumps(await payloads(grievances, path_of))
    assert [secret for secret in SECRETS if secret in published] == []
    assert (await payloads(grievances, path_of))[0]["actor_unit"] == "citizen"
    # Nobody's: neither list nor page of who told it has it.
    await owner.get(path_of, 404)
    assert (await owner.get("/grievances")).body["items"] == []
    seen = (await desk(grievances).get(path_of)).body
    assert (seen["customer_id"], seen["name"], seen["phone"]) == (None, None, None)


async def test_the_anonymous_are_replied_to_without_contact_and_withdrawn_by_nobody(
    grievances: Running,
) -> None:
    path = await told(grievances, reporter="ANONYMOUS", name=None, phone=None)
    stead = {"document_ref": "REC-2022-1"}
    assert (await desk(grievances).command(path, "withdrawal", stead, 409)).code == "nobody-to-contact"
    await send(grievances, path)
    unit = clerk(grievances)
    await unit.command(path, "signature")
    assert (await unit.command(path, "contact", {"way": "PHONE"}, 409)).code == "nobody-to-contact"
    await unit.command(path, "verification", {"finding": "已核实", "reasonable": True})
    await unit.command(path, "reply", {"measures": ["EXPLAINED"], "text": "已公示。"})
    assert (await desk(grievances).command(path, "call", GOOD)).body["state"] == "CLOSED"


async def test_a_citizen_sees_own_ones_without_anybody_of_the_staff(grievances: Running) -> None:
    path = await worked_on(grievances, "NAMED")
    owner = citizen(grievances)
    await clerk(grievances).command(path, "notes", {"text": "内部备注"})
    reads = [await owner.get(place) for place in (path, f"{path}/events", f"{path}/actions", "/grievances")]
    shown = json.dumps([answer.body for answer in reads], ensure_ascii=False)
    assert [
        secret for secret in ("u-clerk", "u-desk", "内部备注", "二次供水设备停机") if secret in shown
    ] == []
    assert (await owner.get(path)).body["words"] == WORDS
    for place in (f"{path}/notes", "/grievance-work-list", "/updates"):
        await owner.get(place, 403)
    await owner.post(f"{path}/reveal", {"purpose": "HANDLE"}, 403)
    stranger = citizen(grievances, OWNER[:-1] + "9")
    await stranger.get(path, 404)
    assert (await stranger.get("/grievances")).body["items"] == []
    await stranger.post(f"{path}/urges", None, 404, version='"1"')


async def test_a_unit_that_helps_sees_and_does_no_more(grievances: Running) -> None:
    path = await told_by(grievances)
    await send(grievances, path, HELPER)
    helper = utility(grievances, HELPER)
    assert (await helper.get(path)).body["helpers"] == [HELPER]
    offered = {item["operation_id"] for item in (await helper.get(f"{path}/actions")).body["items"]}
    assert "signGrievance" not in offered
    assert "writeNote" in offered
    why = (await helper.get(f"{path}/actions", withheld="true")).body["withheld"]
    assert (
        next(item["why"] for item in why if item["operation_id"] == "signGrievance") == "只有主办单位才能办理"
    )
    assert (await helper.command(path, "signature", None, 409)).code == "not-the-unit"
    returning = {"reason": "OTHER_UTILITY", "note": "属邻区"}
    assert (await helper.command(path, "return", returning, 409)).code == "not-the-unit"
    await upload(helper, path)
    # What a unit hands in is evidence: who told it sees that it is there.
    owner = citizen(grievances)
    (file,) = (await owner.get(path)).body["files"]
    assert file["may_open"] is False
    await owner.post(f"{path}/files/{file['id']}/link", None, 404)
    # A third one sees nothing.
    stranger = utility(grievances, "G-371502")
    await stranger.get(path, 404)
    await stranger.post(f"{path}/reveal", {"purpose": "HANDLE"}, 404)
    refusal = (await entries(grievances))[-1]
    assert (refusal["action"], refusal["result"], refusal["slug"]) == ("REVEAL", "REFUSED", "not-found")
    assert refusal["subject"] == path.rpartition("/")[2]


async def test_who_returned_it_sees_it_no_more_nor_who_helped(grievances: Running) -> None:
    path = await told(grievances)
    await send(grievances, path, HELPER)
    unit, helper = clerk(grievances), utility(grievances, HELPER)
    await unit.command(path, "watch")
    await unit.command(path, "return", {"reason": "OTHER_UTILITY", "note": "属邻区"})
    await desk(grievances).command(path, "return-decision", {"granted": True})
    for former in (unit, helper):
        for place in (path, f"{path}/events", f"{path}/actions", f"{path}/notes"):
            await former.get(place, 404)
        assert (await former.get("/grievances")).body["items"] == []
        assert (await former.get("/updates")).body["items"] == []
        await former.post(f"{path}/reveal", {"purpose": "HANDLE"}, 404)
    await send(grievances, path, utility=HELPER)
    await helper.get(path)
    await unit.get(path, 404)


async def test_a_neighbouring_district_and_other_kinds_of_callers_see_nothing(grievances: Running) -> None:
    path = await told(grievances)
    near = grievances.client("supervisor", ScopeKind.DISTRICT, "371503")
    await near.get(path, 404)
    assert (await near.get("/grievances")).body["total"] == 0
    for role in ("channel", "authority", "auditor"):
        await grievances.client(role).get(path, 403)
    await grievances.stranger().get(path, 401)
