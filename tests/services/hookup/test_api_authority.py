"""Who may do what: roles at their places, channels that tokens prove, agents with and without authorisation."""

import pytest

from libs.common.auth.callers import Caller, Scope, ScopeKind
from services.hookup.domain.values.transitions import ALLOWED, CaseState, Verb
from services.hookup.http.allowed import by_authorisation, roles_by_verb
from tests.services.hookup.permit_samples import DOCUMENT, act_on, citizen, clerk_of, commitment, file, office
from tests.services.hookup.test_api_agents import with_agents
from tests.services.hookup.test_api_materials import PDF
from tests.support.hookup import A_LONG_TIME, Client, Hookup, Json, application, joint_application

UTILITY = (ScopeKind.UTILITY, "W-371502")


def test_every_edge_of_a_case_is_taken_by_some_command() -> None:
    """Those of authorities are taken on items, and what only the user says is in nobody's stead."""
    of_items = {Verb.DECIDE_PERMIT, Verb.CHECK_COMMITMENT, Verb.OBJECT, Verb.REPORT_RISK}
    assert roles_by_verb().keys() | of_items == {verb for _, verb in ALLOWED}
    assert by_authorisation() == {
        Verb.ANSWER_CORRECTION,
        Verb.ADD_MATERIAL,
        Verb.ANSWER_QUOTE,
        Verb.AUTHORISE_AGENT,
        Verb.FINISH,
        Verb.WITHDRAW,
        Verb.DISPUTE,
        Verb.RATE,
    }


# -- roles and places


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("approver", (ScopeKind.CHANNEL, "ISHANDONG")),
        ("authority", UTILITY),
        ("administrator", (ScopeKind.DISTRICT, "371502")),
        ("citizen", (ScopeKind.CITY, "")),
        ("", (ScopeKind.CITY, "")),
        ("viewer", (ScopeKind.CITY, "")),
    ],
)
async def test_who_has_no_role_for_the_place_reads_nothing(
    hookup: Hookup, role: str, scope: tuple[ScopeKind, str]
) -> None:
    case_id = (await hookup.client().submit()).body["id"]
    stranger = hookup.client(role, *scope, subject="stranger")
    for path in (
        "/hookups",
        f"/hookups/{case_id}",
        f"/hookups/{case_id}/events",
        "/permits",
        "/work-list",
        "/forecasts",
        "/ledger.xlsx",
        "/reference",
        "/commitment-bars",
        "/utilities/W-371502/agents",
    ):
        assert (await stranger.get(path, 403)).code == "forbidden", path
    refused = await stranger.post(f"/hookups/{case_id}/acceptance", None, 403, version='"1"')
    assert refused.code == "forbidden"


# -- agents


@pytest.mark.parametrize("roles", ["agent clerk", "agent approver", "agent clerk approver"])
async def test_a_second_role_frees_no_agent_from_the_users_authorisation(hookup: Hookup, roles: str) -> None:
    await with_agents(hookup, "agent-1")
    user, agent = citizen(hookup), hookup.client(roles, *UTILITY, subject="agent-1")
    case_id = (await user.submit(complete=False)).body["id"]
    await clerk_of(hookup).act(case_id, "acceptance")
    before = (await agent.get(f"/hookups/{case_id}")).body
    assert not by_authorisation() & set(before["allowed"])
    for refused in (
        await agent.act(case_id, "withdrawal", None, 409),
        await agent.upload(case_id, "PREMISES_PROOF", PDF, 409),
    ):
        assert refused.code == "agent-not-authorised"
    if "clerk" in roles:
        refused = await agent.act(case_id, "agent/authorization", DOCUMENT, 409)
        assert refused.code == "agent-not-authorised"
    assert (await agent.get(f"/hookups/{case_id}")).body["version"] == before["version"]
    await user.act(case_id, "agent/authorization", DOCUMENT)
    assert "withdraw" in (await agent.get(f"/hookups/{case_id}")).body["allowed"]
    await agent.upload(case_id, "PREMISES_PROOF", PDF)
    # Of another agent's case the authorisation says nothing.
    other = hookup.client(roles, *UTILITY, subject="agent-2")
    assert (await other.act(case_id, "withdrawal", None, 409)).code == "agent-not-authorised"


# -- channels


@pytest.mark.parametrize("path", ["/hookups", "/joint-applications"])
async def test_a_channel_and_a_citizens_app_are_in_their_tokens(hookup: Hookup, path: str) -> None:
    body = joint_application if path == "/joint-applications" else application
    for client, own in (
        (hookup.client("channel", ScopeKind.CHANNEL, "WECHAT"), "WECHAT"),
        (hookup.client("channel", ScopeKind.CHANNEL, "PROJECT_APPROVAL"), "PROJECT_APPROVAL"),
        (citizen(hookup), "ISHANDONG"),
    ):
        for given in (None, own):
            made = (await client.post(path, body(channel=given), 201)).body
            assert {each["channel"] for each in made.get("cases", [made])} == {own}
        for other in {"HALL", "PROJECT_APPROVAL", "GOV_PORTAL"} - {own}:
            refused = await client.post(path, body(channel=other), 409)
            assert (refused.code, refused.body["errors"][0]["field"]) == ("not-your-place", "channel")


@pytest.mark.parametrize("scope", [UTILITY, (ScopeKind.DISTRICT, "371502"), (ScopeKind.CITY, "")])
async def test_a_counter_enters_its_own_ways_only(hookup: Hookup, scope: tuple[ScopeKind, str]) -> None:
    counter = hookup.client("clerk" if scope is UTILITY else "window", *scope)
    for own in ("HALL", "PHONE"):
        assert (await counter.submit(channel=own)).body["channel"] == own
    for other in ("ISHANDONG", "WECHAT", "PROJECT_APPROVAL", None):
        refused = await counter.submit(409, channel=other)
        assert (refused.code, refused.body["errors"][0]["field"]) == ("channel-not-yours", "channel")


@pytest.mark.parametrize("app", [None, "PROJECT_APPROVAL", "HALL", "NONE"])
async def test_a_citizens_token_without_an_app_proves_no_channel(hookup: Hookup, app: str | None) -> None:
    user = Caller("C-1", frozenset({"citizen"}), Scope(ScopeKind.CITIZEN, "C-1"), channel=app)
    client = Client(hookup.app, hookup.issuer.issue(user, A_LONG_TIME))
    hookup.clients.append(client)
    for given in (None, app, "ISHANDONG"):
        if given != "NONE":
            refused = await client.post("/hookups", application(channel=given), 409)
            assert refused.code == "channel-not-proved"
    assert (await client.get("/hookups")).body["items"] == []


# -- files and bars


async def test_files_are_for_who_works_on_the_case(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    user = citizen(hookup)
    case_id = (await user.submit(complete=False)).body["id"]
    await user.upload(case_id, "PREMISES_PROOF", PDF)
    await clerk_of(hookup).act(case_id, "acceptance")
    (handed,) = (await user.get(f"/hookups/{case_id}")).body["materials"]
    link = f"/hookups/{case_id}/materials/{handed['id']}/link"
    for client, status in (
        (user, 200),
        (clerk_of(hookup), 200),
        (hookup.client("window", ScopeKind.DISTRICT, "371502", subject="hall"), 200),
        (hookup.client("approver", *UTILITY), 200),
        (hookup.client("agent", *UTILITY, subject="agent-1"), 200),
        (hookup.client("agent", *UTILITY, subject="agent-2"), 403),
        (hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG"), 403),
        (hookup.client("supervisor", ScopeKind.DISTRICT, "371502"), 403),
        (hookup.client("supervisor"), 403),
        (hookup.client("administrator"), 403),
        (hookup.client("citizen", ScopeKind.CITIZEN, "C-2", subject="C-2"), 404),
        (hookup.client("clerk", ScopeKind.UTILITY, "G-371502", subject="gas"), 404),
    ):
        answer = await client.post(link, None, status)
        assert status == 200 or answer.code == {403: "forbidden", 404: "not-found"}[status]
        if status != 404:
            seen = (await client.get(f"/hookups/{case_id}")).body
            assert seen["may_open_files"] is (status == 200)


async def barred_by_commitment(hookup: Hookup, district: str, customer: str) -> None:
    clerk = clerk_of(hookup, f"W-{district}")
    fields: Json = {"district": district, "utility": f"W-{district}", "site_division": f"{district}001000"}
    case_id = (await clerk.submit(customer_ref=customer, **fields)).body["id"]
    await clerk.act(case_id, "stages/SURVEY_DESIGN/start", {})
    (item,) = (await file(clerk, case_id, commitment(applicant_commits=True))).body["permits"]
    await clerk.act(case_id, f"permits/{item['id']}/commitment", DOCUMENT)
    authority = office(hookup, "GREENING", district)
    await act_on(authority, item["id"], "check", {"result": "FALSE", **DOCUMENT})


async def test_bars_are_shown_to_an_authority_for_its_own_district(hookup: Hookup) -> None:
    # As long as a reference may be.
    long = "C-" + "9A" * 31
    for district, customer in (("371502", long), ("371503", "C-3")):
        await barred_by_commitment(hookup, district, customer)

    async def parties(client: Client) -> set[str]:
        return {each["party"] for each in (await client.get("/commitment-bars")).body["items"]}

    assert await parties(office(hookup, "GREENING", "371502")) == {long}
    assert await parties(office(hookup, "MUNICIPAL", "371502")) == {long}
    assert await parties(office(hookup, "GREENING", "371503")) == {"C-3"}
    assert await parties(office(hookup, "GREENING", "371521")) == set()
    administrator = hookup.client("administrator")
    assert await parties(administrator) == {long, "C-3"}
    assert (await hookup.client("supervisor").get("/commitment-bars", 403)).code == "forbidden"
    await administrator.post("/commitment-bars/ｃ-3\u200b/repair", None, 204)
    assert await parties(administrator) == {long}


# -- what is allowed


async def test_what_is_allowed_takes_the_caller_into_account(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    user = citizen(hookup)
    case_id = (await user.submit()).body["id"]
    state = CaseState((await user.get(f"/hookups/{case_id}")).body["state"])
    of_state = {verb for origin, verb in ALLOWED if origin is state}

    async def allowed(client: Client) -> set[str]:
        return set((await client.get(f"/hookups/{case_id}")).body["allowed"])

    clerk = await allowed(clerk_of(hookup))
    assert {"start_stage", "change_length", "withdraw", "refuse"} <= clerk <= of_state
    assert await allowed(user) == {
        verb for verb in of_state if "citizen" in roles_by_verb().get(verb, ()) and verb is not Verb.RATE
    }
    assert (
        await allowed(hookup.client("approver", *UTILITY))
        == {"decide_pause", "mark_special", "enter_late"} & of_state
    )
    assert (
        await allowed(hookup.client("supervisor"))
        == {"decide_pause", "mark_special", "enter_late"} & of_state
    )
    agent = hookup.client("agent", *UTILITY, subject="agent-1")
    assert "withdraw" not in await allowed(agent)
    assert "make_quote" in await allowed(agent)
    # A command's answer is for its caller, too.
    answered = await clerk_of(hookup).act(case_id, "stages/SURVEY_DESIGN/start", {})
    assert "complete_stage" in answered.body["allowed"]
    assert "decide_pause" not in answered.body["allowed"]
