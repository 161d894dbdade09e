"""Permits as supervised acts over HTTP: what authorities see and say before the ground is broken."""

import pytest

from libs.common.auth.callers import ScopeKind
from libs.common.problems import is_chinese
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.permit_samples import (
    BASIS,
    BOTH,
    DIG,
    DOCUMENT,
    EMERGENCY,
    FORM,
    GRANTED,
    GREEN_DIG,
    OBJECTION,
    ROAD,
    act_on,
    at_work,
    before_works,
    citizen,
    clerk_of,
    commitment,
    file,
    joint,
    named,
    office,
    recorded,
    surveyed,
)
from tests.services.hookup.test_api_agents import with_agents
from tests.support.hookup import Hookup

# The term of what is filed on Monday, 4 July, at 09:00.
TERM = "2022-07-06T09:30:00Z"


# -- 备案 and 免审批


@pytest.mark.parametrize("mode", ["RECORD", "EXEMPT"])
async def test_what_needs_no_decision_is_on_the_authoritys_list_at_once_and_granted_after_its_term(
    hookup: Hookup, mode: str
) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id, (item,) = await at_work(clerk, recorded(mode=mode))
    (listed,) = (await authority.get("/permits", pending=True)).body["items"]
    assert (listed["id"], listed["task"], listed["act_by"]) == (item["id"], "REVIEW", TERM)
    assert (listed["basis"], listed["object_by"], listed["decision"]) == (BASIS, TERM, None)
    assert is_chinese(listed["task_name"])
    assert BASIS in listed["task_about"]
    assert (await clerk.act(case_id, "excavation", GREEN_DIG, 409)).code == "permits-undecided"
    hookup.set_clock("2022-07-06 17:30")
    await hookup.fire_timers()
    assert (await clerk.act(case_id, "excavation", GREEN_DIG, 409)).code == "permits-undecided"
    hookup.set_clock("2022-07-06 17:31")
    # Whether or not a worker has come.
    dug = (await clerk.act(case_id, "excavation", GREEN_DIG)).body
    assert dug["dig"] == {
        "sites": ["GREEN_LAND"],
        "emergency": None,
        "document_ref": None,
        "stopped": False,
    }
    assert dug["permits"][0]["decided_at"] == "2022-07-06T09:30:01Z"
    assert (await authority.get("/permits", pending=True)).body["items"] == []
    assert (await act_on(authority, item["id"], "objection", OBJECTION, 409)).code == "objection-not-open"


async def test_an_objection_in_its_term_stops_the_dig_until_the_authority_has_decided(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id, (item,) = await at_work(clerk, recorded())
    hookup.set_clock("2022-07-06 17:30")
    for client in (clerk, office(hookup, "GREENING", "371503"), office(hookup, "MUNICIPAL")):
        status = 403 if client is clerk else 404
        refused = await client.post(f"/permits/{item['id']}/objection", OBJECTION, status, version='"1"')
        assert refused.code in ("forbidden", "not-found")
    vague = {**OBJECTION, "reason": "OTHER"}
    assert (await act_on(authority, item["id"], "objection", vague, 409)).code == "reason-text-missing"
    telephone = {**OBJECTION, "reason_text": "请联系13800001234"}
    assert (await act_on(authority, item["id"], "objection", telephone, 409)).code == "personal-data-in-text"
    found = {**OBJECTION, "reason_text": "绿地内有古树。", "risks": ["ANCIENT_TREE"]}
    objected = (await act_on(authority, item["id"], "objection", found)).body
    assert (objected["mode"], objected["due_at"], objected["risks"]) == (
        "APPROVAL",
        "2022-07-13T09:30:00Z",
        ["ANCIENT_TREE"],
    )
    assert (objected["objection"]["reason"]["code"], objected["objection"]["reason"]["text"]) == (
        "MODE_NOT_DUE",
        "绿地内有古树。",
    )
    told = await named(clerk, case_id, "permit_objected", "undeclared_risk_found", "permit_mode_ended")
    assert told == ["permit_objected", "undeclared_risk_found", "permit_mode_ended"]
    hookup.set_clock("2022-07-08 09:00")
    await hookup.fire_timers()
    assert (await clerk.act(case_id, "excavation", GREEN_DIG, 409)).code == "permits-undecided"
    await act_on(authority, item["id"], "decision", GRANTED)
    await clerk.act(case_id, "excavation", GREEN_DIG)


async def test_what_a_utility_may_not_choose_is_refused_with_the_rule(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    short, long = await surveyed(clerk), await surveyed(clerk, "200.1")
    wrong = [
        (short, recorded(risks=["NO_DIG_ROAD"]), "permit-mode-not-allowed"),
        (short, commitment(risks=["RIVER_CROSSING"]), "permit-mode-not-allowed"),
        (short, recorded("TREES"), "permit-mode-not-allowed"),
        (short, {"kind": "GREEN_LAND", "mode": "EXEMPT"}, "permit-basis-missing"),
        (long, recorded(), "permit-mode-not-allowed"),
    ]
    for case_id, item, code in wrong:
        refused = await file(clerk, case_id, item, status=409)
        assert refused.code == code
        (error,) = refused.body["errors"]
        assert error["field"] == ("items[0].basis" if code == "permit-basis-missing" else "items[0].mode")
        assert is_chinese(error["rule"])
        assert is_chinese(error["remedy"])
    await file(clerk, long, commitment("GREEN_LAND"))


async def test_a_risk_that_is_found_after_the_dig_stops_it(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup)
    case_id, (item,) = await at_work(clerk, recorded())
    hookup.set_clock("2022-07-07 09:00")
    await clerk.act(case_id, "excavation", GREEN_DIG)
    found = {"risks": ["ANCIENT_TREE"], **DOCUMENT}
    assert (await clerk.post(f"/permits/{item['id']}/risks", found, 403, version='"2"')).code == "forbidden"
    shown = (await act_on(authority, item["id"], "risks", found)).body
    assert [each["risks"] for each in shown["findings"]] == [["ANCIENT_TREE"]]
    assert (await act_on(authority, item["id"], "risks", found, 409)).code == "risk-known"
    case = (await clerk.get(f"/hookups/{case_id}")).body
    assert (case["dig"]["stopped"], case["violations"]) == (True, ["UNDECLARED_RISK"])
    completion = "stages/EXTERNAL_WORKS/completion"
    assert (await clerk.act(case_id, completion, {}, 409)).code == "permits-undecided"
    await act_on(authority, item["id"], "decision", GRANTED)
    case = (await clerk.act(case_id, completion, {})).body
    assert case["dig"]["stopped"] is False


# -- joint applications


async def test_a_joint_form_is_judged_by_each_of_its_lines(hookup: Hookup) -> None:
    long = [BOTH[0], {**BOTH[1], "declared_length_m": "250.0"}]
    body = {**FORM, "services": long}
    await with_agents(hookup, "agent-1")
    made = (await citizen(hookup).post("/joint-applications", body, 201)).body
    city = hookup.client("supervisor")
    for each in made["cases"]:
        await clerk_of(hookup, each["utility"]).stage(each["id"], Stage.SURVEY_DESIGN, "start")
    address = f"/joint-applications/{made['id']}/permits"
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    refused = await agent.post(address, {"items": [recorded()]}, 409)
    assert refused.code == "permit-mode-not-allowed"
    # Nothing of it was filed, on neither.
    assert (await city.get(f"/joint-applications/{made['id']}")).body["permits"] == []


async def test_an_objection_to_a_shared_item_holds_for_every_case(hookup: Hookup) -> None:
    joint_id, ids = await joint(hookup)
    city, authority = hookup.client("supervisor"), office(hookup)
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    form = {"items": [recorded()]}
    (item,) = (await agent.post(f"/joint-applications/{joint_id}/permits", form)).body["permits"]
    await act_on(authority, item["id"], "objection", {**OBJECTION, "risks": ["ANCIENT_TREE"]})
    for case_id in ids:
        case = (await city.get(f"/hookups/{case_id}")).body
        (shown,) = case["permits"]
        assert (shown["mode"], shown["risks"]) == ("APPROVAL", ["ANCIENT_TREE"])
        # Nor does another form of the one go without the risk.
        road = recorded("TRAFFIC_SAFETY", "EXEMPT")
        assert (
            await file(clerk_of(hookup, case["utility"]), case_id, road, status=409)
        ).code == "permit-mode-not-allowed"
    await act_on(authority, item["id"], "decision", GRANTED)
    assert (await authority.get("/permits", pending=True)).body["items"] == []


# -- no permit, and the dig


async def test_works_do_not_begin_with_neither_a_permit_nor_a_reason(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = await before_works(clerk)
    start = "stages/EXTERNAL_WORKS/start"
    assert (await clerk.act(case_id, start, {}, 409)).code == "permits-not-filed"
    reason = {"reason": "NOT_PUBLIC_GROUND", **DOCUMENT}
    assert (await clerk.act(case_id, "no-permit", {**reason, "reason": "CHEAPER"}, 422)).code == "invalid"
    shown = (await clerk.act(case_id, "no-permit", reason)).body["no_permit"]
    assert (shown["reason"], shown["document_ref"]) == ("NOT_PUBLIC_GROUND", "OBJ-1")
    assert is_chinese(shown["name"])
    assert await named(clerk, case_id, "no_permit_needed") == ["no_permit_needed"]
    await clerk.act(case_id, start, {})
    await clerk.act(case_id, "stages/EXTERNAL_WORKS/completion", {})


async def test_a_permit_for_one_ground_is_none_for_another(hookup: Hookup) -> None:
    clerk, authority = clerk_of(hookup), office(hookup, "TRAFFIC_POLICE")
    case_id, (item,) = await at_work(clerk, recorded("TRAFFIC_SAFETY", "EXEMPT"))
    await act_on(authority, item["id"], "decision", GRANTED)
    assert (await clerk.act(case_id, "excavation", DIG, 409)).code == "dig-without-permit"
    completion = "stages/EXTERNAL_WORKS/completion"
    assert (await clerk.act(case_id, completion, {}, 409)).code == "dig-not-registered"


# -- emergencies


async def test_an_emergency_is_on_its_authorities_lists_at_once_and_told_of_when_it_is_not_filed(
    hookup: Hookup,
) -> None:
    clerk, municipal = clerk_of(hookup), office(hookup, "MUNICIPAL")
    case_id, _ = await at_work(clerk, recorded())
    dug = (await clerk.act(case_id, "excavation/emergency", EMERGENCY)).body
    assert (dug["dig"]["emergency"], dug["dig"]["stopped"]) == ("PIPE_BURST", False)
    for name in ("MUNICIPAL", "TRAFFIC_POLICE"):
        (listed,) = (await office(hookup, name).get("/permits", pending=True)).body["items"]
        assert (listed["task"], listed["emergency"], listed["file_by"]) == (
            "AWAIT_FILING",
            "PIPE_BURST",
            "2022-07-05T01:00:00Z",
        )
        assert (listed["form_id"], listed["length_m"]) == (None, "42.0")
    assert [each["kind"] for each in dug["work"] if each["whose"] == "clerk"].count("FILE_EMERGENCY") == 2
    hookup.set_clock("2022-07-05 09:00")
    await hookup.fire_timers()
    assert await named(clerk, case_id, "emergency_unfiled") == []
    hookup.set_clock("2022-07-05 09:00:01")
    await hookup.fire_timers()
    assert await named(clerk, case_id, "emergency_unfiled") == ["emergency_unfiled"] * 2
    assert (await file(clerk, case_id, recorded("ROAD_EXCAVATION", "EXEMPT"), status=409)).code == (
        "emergency-needs-approval"
    )
    filed = (await file(clerk, case_id, ROAD)).body
    assert [each["id"] for each in filed["permits"]] == [each["id"] for each in dug["permits"]]
    assert filed["violations"] == ["EMERGENCY_NOT_FILED"]
    (listed,) = (await municipal.get("/permits", pending=True)).body["items"]
    assert (listed["task"], listed["due_at"], listed["filing_overdue"]) == (
        "DECIDE",
        "2022-07-12T09:30:00Z",
        True,
    )
