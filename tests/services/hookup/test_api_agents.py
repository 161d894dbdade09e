"""帮办代办, urging, questions and the rating over HTTP; and all that a citizen does with a token of their own."""

import pytest

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.domain.oracle.outcomes import TELEPHONE
from tests.services.hookup.permit_samples import DOCUMENT, citizen, clerk_of, events
from tests.services.hookup.test_api_materials import PDF
from tests.support.hookup import Client, Hookup


def agent_of(hookup: Hookup, subject: str, utility: str = "W-371502") -> Client:
    return hookup.client("agent", ScopeKind.UTILITY, utility, subject=subject)


async def with_agents(hookup: Hookup, *agents: str, utility: str = "W-371502") -> Client:
    """Set a utility's agents; return who may."""
    manager = hookup.client("approver", ScopeKind.UTILITY, utility)
    await manager.put(f"/utilities/{utility}/agents", {"agents": list(agents)}, version='"0"')
    return manager


# -- agents


async def test_agents_are_saved_over_the_version_that_was_seen(hookup: Hookup) -> None:
    manager = hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    at = "/utilities/W-371502/agents"
    nobody = await manager.get(at)
    assert (nobody.body, nobody.etag) == ({"agents": [], "version": 0}, '"0"')
    saved = await manager.put(at, {"agents": ["b", "a", "b"]}, version=nobody.etag)
    assert (saved.body, saved.etag) == ({"agents": ["a", "b"], "version": 1}, '"1"')
    for stale in ('"0"', '"2"'):
        assert (await manager.put(at, {"agents": []}, 412, version=stale)).code == "version-changed"
    await manager.put(at, {"agents": ["c"]}, version=saved.etag)
    assert (await manager.get(at)).body == {"agents": ["c"], "version": 2}
    for subject in ("", "有空格", "x" * 121):
        assert (await manager.put(at, {"agents": [subject]}, 422, version='"2"')).code == "invalid"
    assert (await clerk_of(hookup).put(at, {"agents": []}, 403, version='"2"')).code == "forbidden"
    city = hookup.client("administrator")
    for unknown in ("W-999999", "x" * 40):
        missing = f"/utilities/{unknown}/agents"
        assert (await city.put(missing, {"agents": []}, 404, version='"0"')).code == "not-found"
        assert (await city.get(missing, 404)).code == "not-found"
    stranger = hookup.client("approver", ScopeKind.UTILITY, "G-371502")
    assert (await stranger.get(at, 404)).code == "not-found"
    assert (await stranger.put(at, {"agents": []}, 404, version='"2"')).code == "not-found"
    assert (await hookup.client("administrator").get(at)).body["agents"] == ["c"]


async def test_acceptances_assign_the_agents_in_turn(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1", "agent-2")
    found = [(await hookup.client().submit()).body["agent"] for _ in range(4)]
    assert [each["agent"] for each in found] == ["agent-2", "agent-1", "agent-2", "agent-1"]
    assert {(each["automatic"], each["fee_fen"], each["authorised_at"]) for each in found} == {
        (True, 0, None)
    }


async def test_without_agents_somebody_is_assigned_by_hand_or_it_is_told(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await clerk.submit()).body["id"]
    (to_do,) = [
        each
        for each in (await clerk.get(f"/hookups/{case_id}")).body["work"]
        if each["kind"] == "ASSIGN_AGENT"
    ]
    # Two office hours.
    assert to_do["due_at"] == "2022-07-04T03:00:00Z"
    hookup.set_clock("2022-07-04 11:00")
    await hookup.fire_timers()
    assert [each["event"] for each in await events(clerk, case_id)][-1] == "agent_overdue"
    assert (await clerk.act(case_id, "agent", {"agent": "agent-1"}, 409)).code == "agent-unknown"
    await with_agents(hookup, "agent-1", "agent-2")
    assigned = (await clerk.act(case_id, "agent", {"agent": "agent-1"})).body
    assert (assigned["agent"]["agent"], assigned["agent"]["automatic"]) == ("agent-1", False)
    assert "ASSIGN_AGENT" not in {each["kind"] for each in assigned["work"]}
    assert (await clerk.act(case_id, "agent", {"agent": "agent-1"}, 409)).code == "agent-assigned"
    assert (await citizen(hookup).act(case_id, "agent", {"agent": "agent-2"}, 403)).code == "forbidden"


async def test_an_agent_acts_for_the_user_until_the_user_says_no(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1", "agent-2")
    user, first, second = citizen(hookup), agent_of(hookup, "agent-1"), agent_of(hookup, "agent-2")
    clerk = clerk_of(hookup)
    case_id = (await user.submit()).body["id"]
    # The case's number ends in 0001.
    assert (await second.upload(case_id, "PREMISES_PROOF", PDF, 409)).code == "agent-not-authorised"
    for agent in (first, second):
        assert (await agent.act(case_id, "agent/authorization", DOCUMENT, 403)).code == "forbidden"
    given = (await user.act(case_id, "agent/authorization", DOCUMENT)).body["agent"]
    assert (given["authorised_at"], given["authorisation_ref"]) == ("2022-07-04T01:00:00Z", "OBJ-1")
    assert (await user.act(case_id, "agent/authorization", DOCUMENT, 409)).code == "agent-authorised"
    await second.upload(case_id, "PREMISES_PROOF", PDF)
    assert (await first.upload(case_id, "PREMISES_PROOF", PDF, 409)).code == "agent-not-authorised"
    told = (await events(clerk, case_id))[-1]
    assert (told["event"], told["actor"], told["on_behalf_of"]) == ("material_received", "agent-2", "C-1")
    await user.act(case_id, "agent/revocation")
    assert (await second.upload(case_id, "PREMISES_PROOF", PDF, 409)).code == "agent-not-authorised"
    await user.act(case_id, "agent/authorization", DOCUMENT)
    changed = (await clerk.act(case_id, "agent", {"agent": "agent-1"})).body["agent"]
    assert (changed["agent"], changed["authorised_at"]) == ("agent-1", None)
    for agent in (first, second):
        assert (await agent.act(case_id, "withdrawal", status=409)).code == "agent-not-authorised"
    # Advice needs no authority.
    guided = (await first.act(case_id, "guidance", DOCUMENT)).body["guidance"]
    assert [(each["document_ref"], each["given_by"]) for each in guided] == [("OBJ-1", "agent-1")]
    assert (await user.act(case_id, "guidance", DOCUMENT, 403)).code == "forbidden"


# -- urging and questions


async def test_an_urge_waits_a_working_day_for_its_answer(hookup: Hookup) -> None:
    user, clerk = citizen(hookup), clerk_of(hookup)
    hookup.set_clock("2022-07-08 10:00")
    case_id = (await user.submit()).body["id"]
    # Who is to answer does not start the clock of the answer.
    for helper in (clerk, agent_of(hookup, "agent-1")):
        assert (await helper.act(case_id, "urges", status=403)).code == "forbidden"
    (urge,) = (await user.act(case_id, "urges")).body["urges"]
    # A Friday's is answered by Monday's close.
    assert urge["answer_by"] == "2022-07-11T09:30:00Z"
    assert (await user.act(case_id, "urges", status=409)).code == "urged-already"
    assert (await user.act(case_id, f"urges/{urge['id']}/answer", {"answer": "好"}, 403)).code == "forbidden"
    hookup.set_clock("2022-07-12 09:00")
    await hookup.fire_timers()
    personal = {"answer": TELEPHONE}
    refused = await clerk.act(case_id, f"urges/{urge['id']}/answer", personal, 409)
    assert (refused.code, refused.body["errors"][0]["field"]) == ("personal-data-in-text", "answer")
    (answered,) = (await clerk.act(case_id, f"urges/{urge['id']}/answer", {"answer": "今日施工"})).body[
        "urges"
    ]
    assert (answered["answer"], answered["overdue"]) == ("今日施工", True)
    refused = await clerk.act(case_id, f"urges/{urge['id']}/answer", {"answer": "又及"}, 409)
    assert refused.code == "urge-unknown"
    await user.act(case_id, "urges")
    told = [each for each in await events(clerk, case_id) if each["event"].startswith("urge")]
    assert [each["event"] for each in told] == ["urged", "urge_overdue", "urge_answered", "urged"]
    assert told[2]["particulars"]["in_time"] is False
    # What was said stays on the case, and out of what is published.
    assert "今日施工" not in str(await events(clerk, case_id))


async def test_a_question_is_answered_on_the_case_by_whoever_helps(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    user, agent = citizen(hookup), agent_of(hookup, "agent-1")
    case_id = (await user.submit()).body["id"]
    assert (await user.act(case_id, "questions", {"text": ""}, 422)).code == "invalid"
    assert (await user.act(case_id, "questions", {"text": TELEPHONE}, 409)).code == "personal-data-in-text"
    asked = (await user.act(case_id, "questions", {"text": "北墙能否敷设？"})).body
    (to_do,) = [each for each in asked["work"] if each["kind"] == "ANSWER_QUESTION"]
    assert (to_do["whose"], to_do["due_at"]) == ("agent", "2022-07-05T09:30:00Z")
    (question,) = asked["questions"]
    await agent.act(case_id, f"questions/{question['id']}/answer", {"answer": "可以"})
    (answered,) = (await user.get(f"/hookups/{case_id}")).body["questions"]
    assert (answered["text"], answered["answer"]) == ("北墙能否敷设？", "可以")
    refused = await agent.act(case_id, f"questions/{question['id']}/answer", {"answer": "可以"}, 409)
    assert refused.code == "question-unknown"
    told = [
        each["particulars"] for each in await events(agent, case_id) if each["event"] == "question_answered"
    ]
    assert [each["in_time"] for each in told] == [True]


# -- the citizen's journey


@pytest.mark.parametrize(
    ("supply", "utility"), [("WATER", "W-371502"), ("GAS", "G-371502"), ("HEAT", "H-371502")]
)
async def test_a_citizen_applies_uploads_follows_confirms_and_rates_by_a_token_of_their_own(
    hookup: Hookup, supply: str, utility: str
) -> None:
    user, clerk = citizen(hookup), clerk_of(hookup, utility)
    made = await user.submit(supply=supply, utility=utility, complete=False, declared_length_m="0")
    case_id = made.body["id"]
    assert (await user.submit(409, customer_ref="C-2")).code == "not-your-place"
    await clerk.act(case_id, "corrections", {"materials": ["PREMISES_PROOF"]})
    handed = (await user.upload(case_id, "PREMISES_PROOF", PDF)).body
    assert [each["kind"] for each in handed["materials"]] == ["PREMISES_PROOF"]
    await user.act(case_id, "corrections/answer")
    await clerk.act(case_id, "acceptance")
    if supply == "HEAT":
        await clerk.act(case_id, "agreed-date", {"agreed_date": "2022-07-20", "document_ref": "HT-1"})
    for stage in (Stage.SURVEY_DESIGN, Stage.CONTRACT):
        await clerk.stage(case_id, stage, "start")
        hookup.set_clock(f"2022-07-0{5 if stage is Stage.SURVEY_DESIGN else 6} 10:00")
        await clerk.stage(case_id, stage, "completion")
    await user.act(case_id, "urges")
    await clerk.stage(case_id, Stage.TURN_ON, "start")
    shown = (await user.get(f"/hookups/{case_id}")).body
    assert [each["stage"] for each in shown["stages"]] == ["ACCEPT", "SURVEY_DESIGN", "CONTRACT", "TURN_ON"]
    assert all(each["started_at"] for each in shown["stages"])
    assert shown["due_at"] == ("2022-07-20T09:30:00Z" if supply == "HEAT" else "2022-07-07T09:30:00Z")
    assert [each["id"] for each in (await user.get("/hookups")).body["items"]] == [case_id]
    assert (await user.act(case_id, "rating", {"score": 5}, 409)).code == "not-in-this-state"
    await clerk.act(case_id, "meter-live", {})
    closed = (await user.act(case_id, "confirmation")).body
    assert (closed["state"], closed["confirmed_by_user"]) == ("CLOSED", True)
    for score in (0, 6):
        assert (await user.act(case_id, "rating", {"score": score}, 422)).code == "invalid"
    assert (await user.act(case_id, "rating", {"score": 5})).body["rating"] == 5
    assert (await user.act(case_id, "rating", {"score": 1}, 409)).code == "rated-already"
    assert (await clerk.act(case_id, "stages/CONTRACT/start", {}, 409)).code == "not-in-this-state"
    told = (await events(user, case_id))[-1]
    assert (told["event"], told["actor"], told["particulars"]["score"]) == ("case_rated", "C-1", 5)


async def test_a_citizen_withdraws_and_nobody_elses_case(hookup: Hookup) -> None:
    user, other = citizen(hookup), hookup.client("citizen", ScopeKind.CITIZEN, "C-2", subject="C-2")
    case_id = (await user.submit()).body["id"]
    seen = await user.get(f"/hookups/{case_id}")
    for path, body in (
        ("withdrawal", None),
        ("urges", None),
        ("questions", {"text": "？"}),
        ("agent/authorization", DOCUMENT),
        ("agent/revocation", None),
        ("confirmation", None),
        ("rating", {"score": 5}),
    ):
        refused = await other.post(f"/hookups/{case_id}/{path}", body, 404, version=seen.etag)
        assert refused.code == "not-found"
    assert (await user.act(case_id, "withdrawal")).body["state"] == "WITHDRAWN"
    assert (await other.get("/hookups")).body["items"] == []
