"""Work lists over HTTP: whose turn it is, what is due first, page by page, and at what cost."""

from typing import Any

from sqlalchemy import text

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.work import Whose
from tests.services.hookup.copies import SLOW, copy_cases, plan_of, sending
from tests.services.hookup.permit_samples import citizen, clerk_of, commitment, file, surveyed
from tests.services.hookup.test_api_agents import agent_of, with_agents
from tests.support.hookup import Client, Hookup, Json
from tests.support.older import before_supervisors_list


async def ask_pause(clerk: Client, case_id: str) -> None:
    body = {"reason": "CROSSING", "evidence_ref": await clerk.evidence(case_id)}
    await clerk.act(case_id, "pauses", body)


async def listed(client: Client, whose: str, **more: object) -> list[Json]:
    found: list[Json] = (await client.get("/work-list", query={"whose": whose, **more})).body["items"]
    return found


async def ids(client: Client, whose: str, **more: object) -> list[str]:
    return [each["id"] for each in await listed(client, whose, **more)]


def kinds(row: Json) -> set[tuple[str, str]]:
    return {(each["kind"], each["whose"]) for each in row["work"]}


async def test_each_role_finds_what_waits_for_it(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1", "agent-2")
    clerk, user = clerk_of(hookup), citizen(hookup)
    approver = hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    first, second = agent_of(hookup, "agent-1"), agent_of(hookup, "agent-2")
    # Its number ends in 0001, so that it is the second agent's.
    case_id = (await user.submit()).body["id"]
    waiting = (await user.submit(complete=False)).body["id"]
    assert set(await ids(clerk, "clerk")) == {waiting, case_id}
    for whose in ("approver", "agent", "applicant"):
        assert await ids(clerk, whose) == []
    await ask_pause(clerk, case_id)
    (row,) = await listed(approver, "approver")
    assert (row["id"], ("DECIDE_PAUSE", "approver") in kinds(row)) == (case_id, True)
    await user.act(case_id, "questions", {"text": "北墙？"})
    assert (await ids(first, "agent"), await ids(second, "agent")) == ([], [case_id])
    # Another's list is nobody's business: an agent's is that of who asks.
    assert await ids(clerk, "agent") == []
    await clerk.act(waiting, "corrections", {"materials": ["PREMISES_PROOF"]})
    (row,) = await listed(user, "applicant")
    assert (row["id"], kinds(row)) == (waiting, {("ANSWER_CORRECTION", "applicant")})
    assert waiting not in await ids(clerk, "clerk")
    assert await ids(clerk_of(hookup, "G-371502"), "clerk") == []
    assert await ids(hookup.client("citizen", ScopeKind.CITIZEN, "C-2", subject="C-2"), "applicant") == []
    await clerk.get("/work-list", 422, whose="mayor")


async def test_what_is_for_the_applicant_is_listed_until_it_is_done(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    clerk, user = clerk_of(hookup), citizen(hookup)
    case_id = await surveyed(clerk)
    (item,) = (await file(clerk, case_id, commitment(applicant_commits=True))).body["permits"]
    (row,) = await listed(user, "applicant")
    assert ("SIGN_COMMITMENT", "applicant") in kinds(row)
    await user.act(case_id, f"permits/{item['id']}/commitment", {"document_ref": "OBJ-1"})
    assert await listed(user, "applicant") == []
    other = (await clerk.submit(declared_length_m="0")).body["id"]
    for stage in (Stage.SURVEY_DESIGN, Stage.CONTRACT):
        await clerk.stage(other, stage, "start")
        await clerk.stage(other, stage, "completion")
    await clerk.stage(other, Stage.TURN_ON, "start")
    await clerk.act(other, "meter-live", {})
    (row,) = await listed(user, "applicant")
    assert (row["id"], kinds(row)) == (other, {("CONFIRM", "applicant")})
    assert row["work"][0]["due_at"] == "2022-07-05T01:00:00Z"
    await user.act(other, "confirmation")
    assert await listed(user, "applicant") == []


async def test_what_is_due_first_comes_first_and_what_is_due_never_comes_last(hookup: Hookup) -> None:
    clerk, approver = clerk_of(hookup), hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    await with_agents(hookup, "agent-1")
    endless = await surveyed(clerk, "200.1")
    later = await surveyed(clerk, "120")
    sooner = await surveyed(clerk)
    assert await ids(clerk, "clerk") == [sooner, later, endless]
    assert [each["work_due_at"] for each in await listed(clerk, "clerk")] == [
        "2022-07-11T09:30:00Z",
        "2022-07-14T09:30:00Z",
        None,
    ]
    # A pause of a case without a date waits for its approver all the same.
    for case_id in (endless, later):
        await ask_pause(clerk, case_id)
    # Both by the close of the next working day: an approval has a limit of its own.
    waiting = await listed(approver, "approver")
    assert {row["id"] for row in waiting} == {endless, later}
    assert {(row["work_due_at"], row["work_due_of"]) for row in waiting} == {("2022-07-05T09:30:00Z", "TASK")}
    # An urge is due before the case itself.
    await citizen(hookup).act(later, "urges")
    assert await ids(clerk, "clerk") == [later, sooner, endless]
    hookup.set_clock("2022-07-06 09:00")
    (row, *_) = await listed(clerk, "clerk")
    assert [(each["kind"], each["overdue"]) for each in row["work"] if each["kind"] == "ANSWER_URGE"] == [
        ("ANSWER_URGE", True)
    ]


async def test_an_overdue_case_comes_first_although_its_next_task_has_time(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    clerk = clerk_of(hookup)
    late = (await clerk.submit(declared_length_m="0")).body["id"]
    await clerk.stage(late, Stage.SURVEY_DESIGN, "start")
    hookup.set_clock("2022-07-08 09:00")
    # Of two cases that were taken up today the new one is to be handed over by Monday's close, too.
    other = (await clerk.submit()).body["id"]
    await clerk.stage(late, Stage.SURVEY_DESIGN, "completion")
    rows = await listed(clerk, "clerk")
    assert [(row["id"], row["work_due_at"], row["work_due_of"], row["work_due_of_name"]) for row in rows] == [
        (late, "2022-07-07T09:30:00Z", "CASE", "本件"),
        (other, "2022-07-11T09:30:00Z", "TASK", "本环节"),
    ]
    (task,) = rows[0]["work"]
    assert (task["due_at"], task["due_of_name"], task["overdue"]) == ("2022-07-11T09:30:00Z", "本环节", False)
    assert (rows[0]["light"], rows[0]["remaining_minutes"]) == ("RED", -30)
    assert await ids(clerk, "clerk", overdue=True) == [late]


async def test_a_list_is_sorted_by_what_is_due_of_those_whose_it_is(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    clerk, user, agent = clerk_of(hookup), citizen(hookup), agent_of(hookup, "agent-1")
    later = await surveyed(clerk, "120")
    await user.act(later, "questions", {"text": "北墙？"})
    hookup.set_clock("2022-07-05 09:00")
    sooner = await surveyed(clerk)
    await user.act(sooner, "questions", {"text": "南墙？"})
    # The case that is due first has the question that is due last.
    assert await ids(clerk, "clerk") == [sooner, later]
    found = await listed(agent, "agent")
    assert [each["id"] for each in found] == [later, sooner]
    assert [each["work_due_at"] for each in found] == ["2022-07-05T09:30:00Z", "2022-07-06T09:30:00Z"]
    await file(clerk, later, {"kind": "TREES", "mode": "APPROVAL"})
    (row,) = await listed(clerk, "authority")
    assert row["id"] == later
    assert {each["kind"]: each["about"] for each in row["work"]} == {
        "STAGE": "勘查设计、并联审批/告知承诺",
        "DECIDE_PERMIT": "砍伐、迁移城市树木（东昌府区城市绿化行政主管部门）",
        "ANSWER_QUESTION": "",
    }


async def test_the_next_owner_is_shown_the_gap(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    clerk = clerk_of(hookup)
    case_id = await surveyed(clerk)
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "completion")
    (row,) = await listed(clerk, "clerk")
    (gap,) = row["work"]
    # From the end of the stage, to be taken up by the close of the next working day.
    assert (gap["kind"], gap["since"], gap["due_at"], gap["overdue"]) == (
        "HAND_OVER",
        "2022-07-04T01:00:00Z",
        "2022-07-05T09:30:00Z",
        False,
    )
    # An ordinary hand-over until half of its time is used: of the 870 minutes of two days.
    for moment, remaining, light, gap_risk in (
        ("2022-07-04 09:00", 870, "GREEN", False),
        ("2022-07-05 08:29", 450, "YELLOW", False),
        ("2022-07-05 08:44", 436, "YELLOW", False),
        ("2022-07-05 08:45", 435, "YELLOW", True),
        ("2022-07-05 17:30", 0, "YELLOW", True),
        ("2022-07-05 17:31", 0, "RED", True),
    ):
        hookup.set_clock(moment)
        (row,) = await listed(clerk, "clerk")
        (gap,) = row["work"]
        shown = (gap["remaining_minutes"], gap["light"], gap["gap_risk"])
        assert shown == (remaining, light, gap_risk), moment
        assert (row["remaining_minutes"], row["light"]) == (remaining, light)
    hookup.set_clock("2022-07-05 18:00")
    (row,) = await listed(clerk, "clerk")
    assert row["work"][0]["overdue"] is True
    await clerk.stage(case_id, Stage.CONTRACT, "start")
    (row,) = await listed(clerk, "clerk")
    assert [each["kind"] for each in row["work"]] == ["STAGE"]


async def test_pages_lose_nothing_while_work_is_done(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    for number in range(9):
        # Several are due at the same instant, so that the id decides; some never.
        await clerk.submit(declared_length_m=("42", "0", "200.1")[number % 3])
    expected = await ids(clerk, "clerk")
    found: list[str] = []
    query: dict[str, object] = {"whose": "clerk", "limit": 2}
    while True:
        page = (await clerk.get("/work-list", query=query)).body
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        # What lies behind is done meanwhile.
        await clerk.act(found[-1], "withdrawal", {"document_ref": "OBJ-1"})
    assert found == expected
    assert (
        await clerk.get("/work-list", 400, whose="agent", cursor=query["cursor"])
    ).code == "cursor-invalid"
    await clerk.get("/work-list", 422, limit=201)


async def test_a_list_costs_one_statement_however_long_it_is(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    for limit in (1, 12):
        while len(await ids(clerk, "clerk")) < limit:
            await surveyed(clerk)
        async with hookup.counting() as statements:
            assert len(await ids(clerk, "clerk", limit=limit)) == limit
        assert len(statements) == 1


async def test_twenty_thousand_cases_are_paged_by_the_index(hookup: Hookup) -> None:
    clerk, database = clerk_of(hookup), hookup.service.database
    await surveyed(clerk)
    await copy_cases(hookup, 20_000)
    agent = agent_of(hookup, "agent-2", "H-371502")
    kinds: tuple[Any, ...] = ({}, {"kind": "STAGE"})
    for client, whose, kind in (*((clerk, "clerk", kind) for kind in kinds), (agent, "agent", {})):
        with sending(database) as sent:
            page = (await client.get("/work-list", query=kind, whose=whose)).body
            await client.get("/work-list", query=kind, whose=whose, cursor=page["next"])
        assert len(page["items"]) == 50
        assert len(sent) == 2
        for statement, parameters in sent:
            plan = await plan_of(database, statement, parameters)
            # SQLite may take the open cases of the utility for an agent.
            assert f"hookup_case_work_{whose}" in plan or (whose == "agent" and database.is_sqlite)
            # What is one agent's own is few enough to be sorted.
            slow = SLOW if whose == "clerk" else ("SCAN hookup_case\n", "Seq Scan")
            assert not any(word in plan for word in slow), plan


async def test_who_was_waited_for_before_is_waited_for_after_the_update(hookup: Hookup) -> None:
    clerk, database = clerk_of(hookup), hookup.service.database
    case_id = await surveyed(clerk)
    await file(clerk, case_id, {"kind": "TREES", "mode": "APPROVAL"})
    async with database.migrating() as connection:
        await before_supervisors_list(connection)
        for whose in set(Whose) - {Whose.SUPERVISOR}:
            await connection.execute(text(f"DROP INDEX hookup_case_work_{whose}"))
            await connection.execute(text(f"ALTER TABLE hookup_case DROP COLUMN {whose}_due_at"))
        await connection.execute(text("ALTER TABLE hookup_case ADD awaits VARCHAR(80) NOT NULL DEFAULT ''"))
        await connection.execute(text("DROP INDEX hookup_case_running_newest"))
        kind = "TEXT" if database.is_sqlite else "TIMESTAMP WITH TIME ZONE"
        await connection.execute(text(f"ALTER TABLE hookup_case ADD work_due_at {kind}"))
        await connection.execute(text("CREATE INDEX hookup_case_work ON hookup_case (work_due_at, id)"))
        await connection.execute(text("UPDATE hookup_case SET awaits = ',authority,clerk,'"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    await hookup.service.migrate()
    for whose in Whose:
        expected = [case_id] if whose in (Whose.AUTHORITY, Whose.CLERK) else []
        assert await ids(clerk, whose) == expected
