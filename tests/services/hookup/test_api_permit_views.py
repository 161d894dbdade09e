"""What an authority sees of a permit over HTTP, and says of it."""

from libs.common.auth.callers import ScopeKind
from tests.services.hookup.permit_samples import (
    DOCUMENT,
    act_on,
    clerk_of,
    commitment,
    events,
    file,
    office,
    surveyed,
)
from tests.services.hookup.test_api_materials import PDF
from tests.support.hookup import Hookup


async def test_an_authority_sees_place_length_period_and_the_files_that_it_needs_and_no_customer(
    hookup: Hookup,
) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id = await surveyed(clerk)
    await clerk.upload(case_id, "IDENTITY", PDF)
    assert (await clerk.upload(case_id, "SCHEME_DRAWING", PDF, 409)).code == "material-not-listed"
    attach = f"/hookups/{case_id}/permit-files"
    seen = await clerk.get(f"/hookups/{case_id}")
    assert (
        await clerk.attach(attach, "IDENTITY", PDF, 409, version=seen.etag)
    ).code == "file-not-for-permits"
    await clerk.attach(attach, "SCHEME_DRAWING", PDF, version=seen.etag)
    period = {"works_from": "2022-07-11", "works_to": "2022-07-15"}
    tree = {"kind": "TREES", "mode": "APPROVAL", "risks": ["ANCIENT_TREE"]}
    filed = await clerk.act(case_id, "permits", {"items": [tree], **period})
    (item,) = filed.body["permits"]
    shown = (await authority.get(f"/permits/{item['id']}")).body
    assert (shown["site_division"], shown["length_m"], shown["length_class"]) == (
        "371502008000",
        "42.0",
        "L1_LE50",
    )
    assert {name: shown[name] for name in period} == period
    assert [each["kind"] for each in shown["files"]] == ["SCHEME_DRAWING"]
    assert not {"customer_ref", "customer_category", "channel", "materials"} & shown.keys()
    (drawing,) = shown["files"]
    link = await authority.post(f"/permits/{item['id']}/files/{drawing['id']}/link")
    content = await authority.http.get(link.body["url"])
    assert content.content == PDF
    identity = filed.body["materials"][0]
    refused = await authority.post(f"/permits/{item['id']}/files/{identity['id']}/link", None, 404)
    assert refused.code == "not-found"
    stranger = office(hookup, "PLANNING")
    address = f"/permits/{item['id']}/files/{drawing['id']}/link"
    assert (await stranger.post(address, None, 404)).code == "not-found"
    await clerk.act(case_id, "lengths", {"kind": "DESIGNED", "length_m": "48.5"})
    assert (await authority.get(f"/permits/{item['id']}")).body["length_m"] == "48.5"


async def test_a_refusal_says_why_and_the_case_shows_it(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id = await surveyed(clerk)
    (item,) = (await file(clerk, case_id, {"kind": "TREES", "mode": "APPROVAL"})).body["permits"]
    bare = {"decision": "REFUSED", **DOCUMENT}
    assert (await act_on(authority, item["id"], "decision", bare, 409)).code == "reason-missing"
    why = {**bare, "reason": "PERIOD", "reason_text": "汛期不得移植。"}
    refused = (await act_on(authority, item["id"], "decision", why)).body
    assert refused["reason"] == {"code": "PERIOD", "name": "施工时段不可行", "text": "汛期不得移植。"}
    (shown,) = (await clerk.get(f"/hookups/{case_id}")).body["permits"]
    assert shown["reason"] == refused["reason"]


async def test_what_is_to_be_checked_stands_on_the_list_in_words(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id = await surveyed(clerk)
    (item,) = (await file(clerk, case_id, commitment())).body["permits"]
    await clerk.act(case_id, f"permits/{item['id']}/commitment", DOCUMENT)
    (listed,) = (await authority.get("/permits", pending=True)).body["items"]
    assert (listed["task"], listed["task_name"]) == ("CHECK", "核查告知承诺是否属实")
    assert "W-371502" in listed["task_about"]
    assert "告知承诺书（2022年版）" in listed["task_about"]
    await act_on(authority, item["id"], "check", {"result": "MISMATCH", **DOCUMENT})
    (listed,) = (await authority.get("/permits", pending=True)).body["items"]
    assert listed["task"] == "RECHECK"


async def test_a_special_case_is_declined_with_a_reason(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    approver = hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    case_id = str((await clerk.submit()).body["id"])
    refusal = "special-case/refusal"
    why = {"reason": "照片不能证明穿越河道。"}
    assert (await approver.act(case_id, refusal, why, 409)).code == "special-not-asked"
    body = {"reason": "CROSSING", "evidence_ref": await clerk.evidence(case_id)}
    await clerk.act(case_id, "special-case", body)
    waiting = (await approver.get("/work-list", whose="approver")).body["items"]
    assert [each["id"] for each in waiting] == [case_id]
    assert (await approver.act(case_id, refusal, {}, 422)).code == "invalid"
    declined = (await approver.act(case_id, refusal, why)).body
    assert (declined["special"], declined["special_case"]["declined_by"]) == (False, "approver-1")
    assert declined["special_case"]["declined_for"] == why["reason"]
    assert (await approver.get("/work-list", whose="approver")).body["items"] == []
    assert (await events(clerk, case_id))[-1]["event"] == "special_case_declined"


async def test_the_list_says_how_much_time_is_left_and_is_narrowed_to_a_kind(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id = await surveyed(clerk)
    for kind in ("TREES", "GREEN_LAND"):
        await file(clerk, case_id, {"kind": kind, "mode": "APPROVAL"})

    async def seen(**query: object) -> list[tuple[object, ...]]:
        rows = (await authority.get("/permits", query=query)).body["items"]
        return sorted((row["kind"], row["light"], row["remaining_minutes"]) for row in rows)

    # Decided within five working days of 7:30 each; the day of the filing is not counted.
    day = 450
    assert await seen() == [("GREEN_LAND", "GREEN", 5 * day + 420), ("TREES", "GREEN", 5 * day + 420)]
    hookup.set_clock("2022-07-11 09:00")
    assert await seen(kind="TREES") == [("TREES", "YELLOW", 420)]
    hookup.set_clock("2022-07-12 09:00")
    assert await seen(kind="GREEN_LAND", pending=True) == [("GREEN_LAND", "RED", -30)]
    assert await seen(kind="PLANNING") == []
    await authority.get("/permits", 422, query={"kind": "MOON"})


async def test_what_an_authority_cannot_do_to_an_item_is_told_with_the_reason(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id = await surveyed(clerk)
    (item,) = (await file(clerk, case_id, {"kind": "TREES", "mode": "APPROVAL"})).body["permits"]
    address = f"/permits/{item['id']}/actions"
    assert (await authority.get(address)).body["withheld"] == []

    async def withheld() -> dict[str, str]:
        told = (await authority.get(address, query={"withheld": "true"})).body["withheld"]
        return {each["operation_id"]: each["why"] for each in told}

    assert await withheld() == {
        "objectToPermit": "该事项不是备案、免审批，或异议期已过",
        "checkCommitment": "该事项没有待核查的告知承诺",
    }
    await act_on(authority, item["id"], "decision", {"decision": "GRANTED", **DOCUMENT})
    assert (await withheld())["decidePermit"] == "该事项没有待作出的决定"
    await clerk.act(case_id, "withdrawal", {"document_ref": "OBJ-1"})
    assert "已撤回" in (await withheld())["decidePermit"]
