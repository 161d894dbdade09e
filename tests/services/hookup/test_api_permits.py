"""Permits over HTTP: filed once, seen and decided by their authorities; commitments."""

from libs.common.auth.callers import ScopeKind
from libs.common.problems import is_chinese
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.permit_samples import (
    DIG,
    DOCUMENT,
    GRANTED,
    REFUSED,
    ROAD,
    act_on,
    citizen,
    clerk_of,
    commitment,
    events,
    file,
    office,
    surveyed,
)
from tests.support.hookup import Hookup

# -- filing, and what an authority sees


async def test_a_road_is_filed_at_both_authorities_and_each_sees_its_own(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = await surveyed(clerk)
    filed = (await file(clerk, case_id, ROAD)).body
    municipal, police = filed["permits"]
    assert [each["authority"] for each in filed["permits"]] == ["MUNICIPAL-371502", "TRAFFIC_POLICE-371502"]
    assert is_chinese(municipal["authority_name"])
    # Five working days from a Monday, at the close of business.
    assert municipal["due_at"] == "2022-07-11T09:30:00Z"
    assert len({municipal["form_id"], police["form_id"]}) == 1
    for name, own, other in (("MUNICIPAL", municipal, police), ("TRAFFIC_POLICE", police, municipal)):
        authority = office(hookup, name)
        for pending in (True, False):
            listed = (await authority.get("/permits", pending=pending)).body
            assert ([each["id"] for each in listed["items"]], listed["next"]) == ([own["id"]], None)
        seen = (await authority.get(f"/permits/{own['id']}")).body
        assert (seen["case_number"], seen["utility"], seen["version"]) == (filed["number"], "W-371502", 1)
        assert "customer_ref" not in seen
        assert (await authority.get(f"/permits/{other['id']}", 404)).code == "not-found"
        refused = await authority.post(f"/permits/{other['id']}/decision", GRANTED, 404, version='"1"')
        assert refused.code == "not-found"
    elsewhere = office(hookup, "MUNICIPAL", "371503")
    assert (await elsewhere.get("/permits")).body["items"] == []
    assert (await elsewhere.get(f"/permits/{municipal['id']}", 404)).code == "not-found"


async def test_an_authority_sees_no_case(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id = await surveyed(clerk)
    await file(clerk, case_id, {"kind": "TREES", "mode": "APPROVAL"})
    of_case = f"/hookups/{case_id}"
    for path in ("/hookups", "/work-list", of_case, f"{of_case}/events", "/utilities/W-371502/agents"):
        assert (await authority.get(path, 403)).code == "forbidden"
    for path, body in (("acceptance", None), ("permits", {"items": [ROAD]}), ("excavation", DIG)):
        refused = await authority.post(f"/hookups/{case_id}/{path}", body, 403, version='"1"')
        assert refused.code == "forbidden"


async def test_what_is_decided_or_came_to_nothing_is_pending_no_more(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    items = []
    for minute in (0, 1, 2):
        hookup.set_clock(f"2022-07-0{4 + minute} 10:00")
        case_id = await surveyed(clerk)
        items.append(
            (await file(clerk, case_id, {"kind": "TREES", "mode": "APPROVAL"})).body["permits"][0]["id"]
        )

    async def listed(**query: object) -> list[str]:
        return [each["id"] for each in (await authority.get("/permits", query=query)).body["items"]]

    assert (await listed(pending=True), await listed()) == (items, items[::-1])
    await act_on(authority, items[0], "decision", GRANTED)
    assert await listed(pending=True) == items[1:]
    await clerk.act(case_id, "withdrawal", DOCUMENT)
    assert (await listed(pending=True), await listed()) == ([items[1]], items[::-1])
    refused = await act_on(authority, items[2], "decision", GRANTED, 409)
    assert refused.code == "not-in-this-state"
    page = (await authority.get("/permits", limit=2)).body
    rest = (await authority.get("/permits", limit=2, cursor=page["next"])).body
    assert [each["id"] for each in page["items"] + rest["items"]] == items[::-1]
    assert rest["next"] is None


async def test_a_form_names_each_item_once(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = await surveyed(clerk)
    assert (await file(clerk, case_id, ROAD, ROAD, status=409)).code == "permit-twice"
    assert (await file(clerk, case_id, status=422)).code == "invalid"
    await file(clerk, case_id, ROAD)
    assert (await file(clerk, case_id, ROAD, status=409)).code == "permit-on-file"


# -- decisions


async def test_a_decision_needs_the_items_version_and_the_last_one_ends_the_stage(hookup: Hookup) -> None:
    clerk, municipal, police = clerk_of(hookup), office(hookup, "MUNICIPAL"), office(hookup, "TRAFFIC_POLICE")
    case_id = await surveyed(clerk)
    items = [each["id"] for each in (await file(clerk, case_id, ROAD)).body["permits"]]
    decision = f"/permits/{items[0]}/decision"
    assert (await municipal.post(decision, GRANTED, 428)).code == "if-match-missing"
    assert (await municipal.post(decision, GRANTED, 412, version='"2"')).code == "version-changed"
    assert (await clerk.post(decision, GRANTED, 403, version='"1"')).code == "forbidden"
    hookup.set_clock("2022-07-05 10:00")
    decided = await municipal.post(decision, GRANTED, version='"1"', key="once")
    assert (decided.body["decision"], decided.body["document_ref"], decided.etag) == (
        "GRANTED",
        "OBJ-1",
        '"2"',
    )
    again = await municipal.post(decision, GRANTED, version='"1"', key="once")
    assert again.response.content == decided.response.content
    assert (await municipal.post(decision, GRANTED, 412, version='"1"')).code == "version-changed"
    assert (await municipal.post(decision, GRANTED, 409, version='"2"')).code == "permit-decided"
    hookup.set_clock("2022-07-06 10:00")
    await act_on(police, items[1], "decision", REFUSED)
    assert (await clerk.act(case_id, "excavation", DIG, 409)).code == "stage-not-started"
    (*_, again_filed) = (await file(clerk, case_id, ROAD)).body["permits"]
    assert again_filed["authority"] == "TRAFFIC_POLICE-371502"
    hookup.set_clock("2022-07-07 10:00")
    await act_on(police, again_filed["id"], "decision", GRANTED)
    view = (await clerk.get(f"/hookups/{case_id}")).body
    permit = next(each for each in view["stages"] if each["stage"] == "PERMIT")
    assert (permit["started_at"], permit["completed_at"]) == ("2022-07-04T01:00:00Z", "2022-07-07T02:00:00Z")
    told = [each for each in await events(clerk, case_id) if each["event"] == "permit_decided"]
    assert [
        (each["actor"], each["particulars"]["decision"], each["particulars"]["in_time"]) for each in told
    ] == [
        ("MUNICIPAL-1", "GRANTED", True),
        ("TRAFFIC_POLICE-1", "REFUSED", True),
        ("TRAFFIC_POLICE-1", "GRANTED", True),
    ]


# -- commitments


async def test_a_commitment_is_signed_by_whose_it_is(hookup: Hookup) -> None:
    clerk, user = clerk_of(hookup), citizen(hookup)
    manager = hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    await manager.put("/utilities/W-371502/agents", {"agents": ["agent-1"]}, version='"0"')
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    app = hookup.client("channel")
    case_id = str((await app.submit()).body["id"])
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    filed = await file(agent, case_id, commitment("TREES"), commitment("GREEN_LAND", applicant_commits=True))
    trees, green = filed.body["permits"]
    assert [each["commitment"]["party"] for each in (trees, green)] == ["W-371502", "C-1"]
    # A utility commits through its own people, never through the user.
    of_utility = f"permits/{trees['id']}/commitment"
    for channel in (user, app):
        assert (await channel.act(case_id, of_utility, DOCUMENT, 409)).code == "commitment-of-utility"
        assert (
            await channel.act(case_id, f"{of_utility}/withdrawal", status=409)
        ).code == "commitment-of-utility"
    signed = (await agent.act(case_id, of_utility, DOCUMENT)).body["permits"][0]
    assert (signed["commitment"]["state"], signed["decision"]) == ("DECIDED", "GRANTED")
    # The applicant's is the applicant's, and an agent's who has the authority.
    of_applicant = f"permits/{green['id']}/commitment"
    assert (await agent.act(case_id, of_applicant, DOCUMENT, 409)).code == "agent-not-authorised"
    await user.act(case_id, "agent/authorization", DOCUMENT)
    await agent.act(case_id, of_applicant, DOCUMENT)
    assert (await user.act(case_id, of_applicant, DOCUMENT, 409)).code == "commitment-not-offered"
    told = [each for each in await events(clerk, case_id) if each["event"] == "commitment_signed"]
    assert [(each["actor"], each["on_behalf_of"], each["particulars"]["party"]) for each in told] == [
        ("agent-1", None, "W-371502"),
        ("agent-1", "C-1", "C-1"),
    ]
    # The authority has nothing to decide, and sees what it has to check.
    listed = (await office(hookup).get("/permits", pending=True)).body["items"]
    assert {each["id"] for each in listed} == {trees["id"], green["id"]}
    assert {each["act_by"] for each in listed} == {signed["commitment"]["check_by"]}


async def test_who_committed_falsely_is_offered_no_other_until_its_credit_is_repaired(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    administrator = hookup.client("administrator")
    case_id, other = await surveyed(clerk), await surveyed(clerk)
    (item,) = (await file(clerk, case_id, commitment())).body["permits"]
    (offered,) = (await file(clerk, other, commitment())).body["permits"]
    await clerk.act(case_id, f"permits/{item['id']}/commitment", DOCUMENT)
    assert (await authority.get("/commitment-bars")).body["items"] == []
    false = await act_on(authority, item["id"], "check", {"result": "FALSE", **DOCUMENT})
    assert (false.body["commitment"]["state"], false.body["commitment"]["is_false"]) == ("REVOKED", True)
    (bar,) = (await authority.get("/commitment-bars")).body["items"]
    assert (bar["party"], bar["item_id"]) == ("W-371502", item["id"])
    third = await surveyed(clerk)
    assert (await file(clerk, third, commitment(), status=409)).code == "commitment-barred"
    signing = f"permits/{offered['id']}/commitment"
    assert (await clerk.act(other, signing, DOCUMENT, 409)).code == "commitment-barred"
    # The applicant's own word is not touched by it.
    await file(clerk, third, commitment("GREEN_LAND", applicant_commits=True))
    for client in (clerk, authority):
        refused = await client.post("/commitment-bars/W-371502/repair", None, 403)
        assert refused.code == "forbidden"
    await administrator.post("/commitment-bars/W-371502/repair", None, 204)
    assert (await administrator.post("/commitment-bars/W-371502/repair", None, 404)).code == "not-found"
    await file(clerk, third, commitment())
    await clerk.act(other, signing, DOCUMENT)
    # What was revoked is filed anew.
    assert len((await file(clerk, case_id, commitment())).body["permits"]) == 2


# -- cost


async def test_lists_and_decisions_cost_the_same_few_statements_however_many_items_there_are(
    hookup: Hookup,
) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    costs = []
    for _ in range(2):
        case_id = await surveyed(clerk)
        (item,) = (await file(clerk, case_id, {"kind": "TREES", "mode": "APPROVAL"})).body["permits"]
        for _more in range(6):
            await file(clerk, await surveyed(clerk), {"kind": "TREES", "mode": "APPROVAL"})
        seen = await authority.get(f"/permits/{item['id']}")
        async with hookup.counting() as statements:
            await authority.get("/permits", pending=True)
            await authority.get(f"/permits/{item['id']}")
        reads = len(statements)
        async with hookup.counting() as statements:
            await authority.post(f"/permits/{item['id']}/decision", GRANTED, version=seen.etag)
        costs.append((reads, len(statements)))
    assert costs[0] == costs[1]
    assert costs[0][0] == 2
    # Where it stands and the case; then the item, the case, its timer, its events and the answer.
    assert costs[0][1] <= 8
