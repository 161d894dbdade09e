"""Joint applications over HTTP: one form and one agent for several cases, and permits that they share."""

from datetime import timedelta

from libs.common.auth.callers import ScopeKind
from tests.services.hookup.permit_samples import (
    BASIS,
    BOTH,
    DOCUMENT,
    FORM,
    GRANTED,
    ROAD,
    act_on,
    citizen,
    clerk_of,
    commitment,
    events,
    joint,
    office,
)
from tests.support.hookup import Hookup


async def test_one_form_makes_a_case_each_with_one_agent_who_sees_them_together(hookup: Hookup) -> None:
    dry = {"supply": "HEAT", "utility": "H-371502", "declared_length_m": "0"}
    joint_id, ids = await joint(hookup, dry)
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    view = (await agent.get(f"/joint-applications/{joint_id}")).body
    assert [(each["supply"], each["utility"]) for each in view["cases"]] == [
        ("WATER", "W-371502"),
        ("GAS", "G-371502"),
        ("HEAT", "H-371502"),
    ]
    assert ([each["id"] for each in view["cases"]], view["agent"], view["permits"]) == (ids, "agent-1", [])
    for case_id in ids:
        shown = (await hookup.client("supervisor").get(f"/hookups/{case_id}")).body
        assert (shown["joint_id"], shown["agent"]["agent"], shown["agent"]["automatic"]) == (
            joint_id,
            "agent-1",
            True,
        )
    # Their own utility's case and no other; the joint view is all that reaches across.
    await agent.get(f"/hookups/{ids[0]}")
    for case_id in ids[1:]:
        assert (await agent.get(f"/hookups/{case_id}", 404)).code == "not-found"
    assert [each["id"] for each in (await agent.get("/hookups")).body["items"]] == [ids[0]]
    gas = clerk_of(hookup, "G-371502")
    assert [each["id"] for each in (await gas.get(f"/joint-applications/{joint_id}")).body["cases"]] == [
        ids[1]
    ]
    for stranger in (
        clerk_of(hookup, "W-371503"),
        hookup.client("citizen", ScopeKind.CITIZEN, "C-2", subject="C-2"),
        hookup.client("agent", ScopeKind.UTILITY, "H-371503", subject="agent-2"),
    ):
        assert (await stranger.get(f"/joint-applications/{joint_id}", 404)).code == "not-found"
    assert (await office(hookup).get(f"/joint-applications/{joint_id}", 403)).code == "forbidden"
    twice = await citizen(hookup).post("/joint-applications", {**FORM, "services": [BOTH[0]] * 2}, 409)
    assert twice.code == "supply-twice"


async def test_a_shared_permit_is_filed_and_decided_once_for_all_cases(hookup: Hookup) -> None:
    joint_id, ids = await joint(hookup, {"supply": "HEAT", "utility": "H-371502", "declared_length_m": "0"})
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    filed = (await agent.post(f"/joint-applications/{joint_id}/permits", {"items": [ROAD]})).body
    assert len(filed["permits"]) == 2
    # Without a line there is nothing to file for.
    assert [each["id"] for each in filed["cases"]] == ids[:2]
    city = hookup.client("supervisor")
    assert (await city.get(f"/hookups/{ids[2]}")).body["permits"] == []
    for item, name in zip(filed["permits"], ("MUNICIPAL", "TRAFFIC_POLICE"), strict=True):
        authority = office(hookup, name)
        assert {each["id"] for each in (await authority.get("/permits", pending=True)).body["items"]} == {
            item["id"]
        }
        hookup.clock.advance(timedelta(hours=3))
        versions = [(await city.get(f"/hookups/{each}")).body["version"] for each in ids[:2]]
        await act_on(authority, item["id"], "decision", GRANTED)
        for case_id, version in zip(ids, versions, strict=False):
            shown = (await city.get(f"/hookups/{case_id}")).body
            assert shown["version"] == version + 1
            assert [each["decision"] for each in shown["permits"] if each["id"] == item["id"]] == ["GRANTED"]
        assert (await authority.get("/permits", pending=True)).body["items"] == []
    for case_id in ids[:2]:
        names = [each["event"] for each in await events(city, case_id)]
        assert names[-3:] == ["permit_decided", "permit_decided", "stage_completed"]
        assert (await events(city, case_id))[-1]["actor"] == "TRAFFIC_POLICE-1"


async def test_a_case_that_is_withdrawn_holds_up_no_other(hookup: Hookup) -> None:
    joint_id, (water, gas) = await joint(hookup)
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    trees = {"items": [{"kind": "TREES", "mode": "APPROVAL"}]}
    (item,) = (await agent.post(f"/joint-applications/{joint_id}/permits", trees)).body["permits"]
    await citizen(hookup).act(water, "withdrawal")
    # The clock goes on for one of them.
    hookup.set_clock("2022-07-14 09:00")
    await hookup.fire_timers()
    authority = office(hookup)
    (listed,) = (await authority.get("/permits", pending=True)).body["items"]
    assert (listed["id"], listed["utility"], listed["overdue"]) == (item["id"], "G-371502", True)
    shown = await authority.get(f"/permits/{item['id']}")
    assert (shown.body["utility"], shown.etag) == ("G-371502", f'"{listed["version"]}"')
    await act_on(authority, item["id"], "decision", GRANTED)
    city = hookup.client("supervisor")
    assert (await city.get(f"/hookups/{gas}")).body["permits"][0]["decision"] == "GRANTED"
    assert (await city.get(f"/hookups/{water}")).body["permits"][0]["decision"] is None
    # Nor does it when more is filed.
    green = {"items": [{"kind": "GREEN_LAND", "mode": "RECORD", "basis": BASIS}]}
    filed = (await agent.post(f"/joint-applications/{joint_id}/permits", green)).body
    assert [each["id"] for each in filed["cases"]] == [gas]


async def test_each_party_of_a_shared_commitment_signs_and_is_checked_for_itself(hookup: Hookup) -> None:
    joint_id, (water, gas) = await joint(hookup)
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    view = (await agent.post(f"/joint-applications/{joint_id}/permits", {"items": [commitment()]})).body
    item, same = view["permits"]
    assert item["id"] == same["id"]
    authority, city = office(hookup), hookup.client("supervisor")
    await clerk_of(hookup).act(water, f"permits/{item['id']}/commitment", DOCUMENT)
    # Each stands in the one view with its own state.
    view = (await city.get(f"/joint-applications/{joint_id}")).body["permits"]
    assert [(each["commitment"]["party"], each["commitment"]["state"]) for each in view] == [
        ("W-371502", "DECIDED"),
        ("G-371502", "OFFERED"),
    ]
    checked = await act_on(authority, item["id"], "check", {"result": "OK", **DOCUMENT})
    assert checked.body["commitment"]["state"] == "OK"
    assert (await city.get(f"/hookups/{gas}")).body["permits"][0]["commitment"]["state"] == "OFFERED"
    await clerk_of(hookup, "G-371502").act(gas, f"permits/{item['id']}/commitment", DOCUMENT)
    (listed,) = (await authority.get("/permits", pending=True)).body["items"]
    shown = (await authority.get(f"/permits/{item['id']}")).body
    assert shown["case_number"] == listed["case_number"]
    assert shown["case_number"].startswith("G-")
    await act_on(authority, item["id"], "check", {"result": "FALSE", **DOCUMENT})
    states = [
        (await city.get(f"/hookups/{each}")).body["permits"][0]["commitment"]["state"]
        for each in (water, gas)
    ]
    assert states == ["OK", "REVOKED"]
    assert [each["party"] for each in (await authority.get("/commitment-bars")).body["items"]] == ["G-371502"]


async def test_an_agent_commits_where_the_user_gave_it_the_authority(hookup: Hookup) -> None:
    joint_id, (water, gas) = await joint(hookup)
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    form = {"items": [commitment(applicant_commits=True)]}
    (item,) = (await agent.post(f"/joint-applications/{joint_id}/permits", form)).body["permits"]
    await citizen(hookup).act(water, "agent/authorization", DOCUMENT)
    await agent.act(water, f"permits/{item['id']}/commitment", DOCUMENT)
    shown = [
        (await hookup.client("supervisor").get(f"/hookups/{each}")).body["permits"][0]
        for each in (water, gas)
    ]
    assert [each["commitment"]["state"] for each in shown] == ["DECIDED", "OFFERED"]


async def test_the_applicant_of_a_joint_application_commits_once_for_all_cases(hookup: Hookup) -> None:
    joint_id, ids = await joint(
        hookup, {"supply": "HEAT", "utility": "H-371502", "declared_length_m": "42.0"}
    )
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502", subject="agent-1")
    form = {"items": [commitment(each, applicant_commits=True) for each in ("TREES", "GREEN_LAND")]}
    view = (await agent.post(f"/joint-applications/{joint_id}/permits", form)).body
    trees, green = (each["id"] for each in view["permits"])
    user, city, authority = citizen(hookup), hookup.client("supervisor"), office(hookup)
    water, gas, heat = ids
    await user.act(heat, "withdrawal")
    # At the counter of one of the utilities, which sees nothing of the other's case.
    await clerk_of(hookup, "G-371502").act(gas, f"permits/{trees}/commitment", DOCUMENT)
    await user.act(water, f"permits/{green}/commitment/withdrawal")

    async def states(case_id: str) -> list[tuple[str, str]]:
        shown = (await city.get(f"/hookups/{case_id}")).body["permits"]
        return [(each["mode"], each["commitment"]["state"]) for each in shown]

    for case_id in (water, gas):
        assert await states(case_id) == [("COMMITMENT", "DECIDED"), ("APPROVAL", "WITHDRAWN")]
    assert await states(heat) == [("COMMITMENT", "OFFERED")] * 2
    told = [each for each in await events(city, water) if each["event"] == "commitment_signed"]
    assert [(each["actor"], each["on_behalf_of"]) for each in told] == [("clerk-G-371502", "C-1")]
    # So the authority decides and checks once, too.
    await act_on(authority, green, "decision", GRANTED)
    await act_on(authority, trees, "check", {"result": "OK", **DOCUMENT})
    for case_id in (water, gas):
        assert await states(case_id) == [("COMMITMENT", "OK"), ("APPROVAL", "WITHDRAWN")]
    assert (await authority.get("/permits", pending=True)).body["items"] == []


async def test_a_joint_application_says_who_its_agent_is(hookup: Hookup) -> None:
    joint_id, _ = await joint(hookup)
    view = (await clerk_of(hookup).get(f"/joint-applications/{joint_id}")).body
    unit = "东昌府区供水专营单位"
    assert view["agent_person"] == {"subject": "agent-1", "name": None, "unit": unit, "role": "帮办人员"}
