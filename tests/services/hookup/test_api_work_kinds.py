"""Work lists over HTTP narrowed to one kind of task, begun after a case, and filled after the update."""

import pytest
from sqlalchemy import select, text

from libs.common.auth.callers import ScopeKind
from libs.common.database.migrations import differences
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.work import WorkKind
from services.hookup.storage.tables import hookup_case, metadata
from services.hookup.usecases import recompute
from tests.services.hookup.permit_samples import citizen, clerk_of, file, recorded, surveyed
from tests.services.hookup.test_api_agents import agent_of, with_agents
from tests.services.hookup.test_api_work import ask_pause, ids, listed
from tests.services.hookup.test_api_work_counts import NOTHING, counts
from tests.support.hookup import Client, Hookup, Json
from tests.support.older import before_open_tasks

LATE_ENTRY = WorkKind.DECIDE_LATE_ENTRY


def head_of(hookup: Hookup) -> Client:
    return hookup.client("approver", ScopeKind.UTILITY, "W-371502", subject="head-1")


def supervisor_of(hookup: Hookup, district: str = "371502") -> Client:
    return hookup.client("supervisor", ScopeKind.DISTRICT, district, subject=f"supervisor-{district}")


async def enter_late(clerk: Client, case_id: str, path: str, claimed_at: str) -> None:
    """Enter an act that needs an approval."""
    entry = {"reason": "现场记录交回晚", "evidence_ref": await clerk.evidence(case_id)}
    await clerk.act(case_id, path, {"at": f"{claimed_at}:00+08:00", "late_entry": entry})


async def very_late(hookup: Hookup, clerk: Client) -> str:
    """A case with a stage whose end was entered a week later."""
    case_id = await surveyed(clerk, "120")
    hookup.set_clock("2022-07-11 09:00")
    await enter_late(clerk, case_id, "stages/SURVEY_DESIGN/completion", "2022-07-04T09:30")
    return case_id


async def test_a_utility_finds_the_late_entries_to_approve_and_nothing_else(hookup: Hookup) -> None:
    clerk, head = clerk_of(hookup), head_of(hookup)
    paused = await surveyed(clerk, "120")
    await ask_pause(clerk, paused)
    late = await very_late(hookup, clerk)
    assert set(await ids(head, "approver")) == {late, paused}
    assert await ids(head, "approver", kind=LATE_ENTRY) == [late]
    assert await ids(head, "approver", kind=WorkKind.DECIDE_PAUSE) == [paused]
    for client, expected in (
        (head, (1, 0, 0)),
        (supervisor_of(hookup), (1, 0, 0)),
        (supervisor_of(hookup, "371503"), NOTHING),
    ):
        numbers = await counts(client, kind=LATE_ENTRY)
        assert numbers.pop("approver") == expected
        assert set(numbers.values()) == {NOTHING}
    (entry,) = (await head.get(f"/hookups/{late}")).body["late_entries"]
    await head.act(late, f"late-entries/{entry['id']}/approval")
    assert await ids(head, "approver", kind=LATE_ENTRY) == []
    refused = await head.get("/work-list", 422, whose="approver", kind="LATE")
    assert all(kind in refused.body["errors"][0]["rule"] for kind in WorkKind)
    await head.get("/work-list/counts", 422, kind="LATE")


async def test_a_task_counts_on_the_list_of_who_has_it(hookup: Hookup) -> None:
    """The late entry waits for who supervises; of the same case a pause waits for the utility."""
    clerk, district = clerk_of(hookup), supervisor_of(hookup)
    case_id = (await clerk.submit(declared_length_m="0")).body["id"]
    for stage in (Stage.SURVEY_DESIGN, Stage.CONTRACT):
        await clerk.stage(case_id, stage, "start")
        await clerk.stage(case_id, stage, "completion")
    await clerk.stage(case_id, Stage.TURN_ON, "start")
    hookup.set_clock("2022-07-08 09:00")
    await hookup.fire_timers()
    await ask_pause(clerk, case_id)
    await enter_late(clerk, case_id, "meter-live", "2022-07-06T17:00")
    assert await ids(clerk, "approver") == [case_id]
    assert await ids(clerk, "approver", kind=LATE_ENTRY) == []
    (row,) = await listed(district, "supervisor", kind=LATE_ENTRY)
    assert (row["id"], [item["whose"] for item in row["work"] if item["kind"] == LATE_ENTRY]) == (
        case_id,
        ["supervisor"],
    )


async def test_an_agents_list_of_a_kind_has_only_cases_with_such_a_task(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    user, agent = citizen(hookup), agent_of(hookup, "agent-1")
    asked, quiet = [(await user.submit()).body["id"] for _ in range(2)]
    await user.act(asked, "questions", {"text": "北墙？"})
    assert await ids(agent, "agent") == [asked, quiet]
    assert await ids(agent, "agent", kind=WorkKind.ANSWER_QUESTION) == [asked]


async def test_a_list_begins_after_a_case_or_at_the_first_one(hookup: Hookup) -> None:
    await with_agents(hookup, "agent-1")
    clerk, user, agent = clerk_of(hookup), citizen(hookup), agent_of(hookup, "agent-1")
    for length in ("42", "200.1", "42", "0"):
        case_id = (await user.submit(declared_length_m=length)).body["id"]
    await user.act(case_id, "questions", {"text": "北墙？"})
    # An agent's list has cases without a task, too.
    for client, whose in ((clerk, "clerk"), (agent, "agent")):
        everything = await ids(client, whose)
        assert len(everything) == 4
        for place, case_id in enumerate(everything):
            assert await ids(client, whose, after=case_id) == everything[place + 1 :]
    first, second, *_ = everything = await ids(clerk, "clerk")
    page: Json = (await clerk.get("/work-list", after=first, limit=1)).body
    assert [row["id"] for row in page["items"]] == [second]
    rest = (await clerk.get("/work-list", after=first, cursor=page["next"])).body["items"]
    assert [row["id"] for row in rest] == everything[2:]
    # What is done is on no list, and another utility's case is on none of this one's.
    await clerk.act(first, "withdrawal", {"document_ref": "OBJ-1"})
    foreign = (await hookup.client("window").submit(supply="HEAT", utility="H-371502")).body["id"]
    for case_id in (first, foreign):
        assert await ids(clerk, "clerk", after=case_id) == everything[1:]
    await clerk.get("/work-list", 422, after="W-1")


async def test_cases_of_before_are_on_the_lists_of_kinds_once_the_worker_has_filled_them(
    hookup: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recompute, "PAGE", 2)
    clerk, head, database = clerk_of(hookup), head_of(hookup), hookup.service.database
    cases = [await surveyed(clerk) for _ in range(3)]
    await clerk.act(cases[1], "withdrawal", {"document_ref": "OBJ-1"})
    late = await very_late(hookup, clerk)
    await hookup.fire_timers()
    await file(clerk, cases[0], recorded())

    async def tasks() -> dict[str, str]:
        statement = select(hookup_case.c.id, hookup_case.c.open_tasks)
        async with database.reading() as connection:
            return {case_id: of_case or "" for case_id, of_case in await connection.execute(statement)}

    expected = await tasks()
    assert expected[cases[0]] == ",authority:REVIEW_RECORD,clerk:ASSIGN_AGENT,clerk:STAGE,"
    assert expected[cases[1]] == ""
    async with database.migrating() as connection:
        await before_open_tasks(connection)
        await connection.execute(text("UPDATE alembic_version SET version_num = '0011'"))
    await hookup.service.migrate()
    async with database.migrating() as connection:
        assert await connection.run_sync(differences, metadata) == []
    # A worker of the release before does not know the timer.
    del (handlers := dict(hookup.service.timer_handlers))[recompute.FILL_TASKS]
    monkeypatch.setattr(hookup.service, "timer_handlers", handlers)
    assert await hookup.fire_timers() == 0
    assert await ids(head, "approver", kind=LATE_ENTRY) == []
    assert await ids(head, "approver") == [late]
    monkeypatch.undo()
    monkeypatch.setattr(recompute, "PAGE", 2)
    # Two pages: of three cases on lists, and none of the one that is over.
    assert await hookup.fire_timers() == 2
    assert await tasks() == expected
    assert await ids(head, "approver", kind=LATE_ENTRY) == [late]
