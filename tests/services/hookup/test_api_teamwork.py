"""Internal notes, mentions and assignment of a case over HTTP: who writes, who reads, and who never does."""

import json
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text

from libs.casework.domain.notes import MOST_NOTES
from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import idempotency, outbox
from services.hookup.storage.tables import hookup_case
from tests.services.hookup.permit_samples import citizen, commitment, events, file, office, surveyed
from tests.services.hookup.staff_samples import OURS, head_of, member, one_of_staff, with_staff
from tests.services.hookup.test_api_actions import actions, take
from tests.support.hookup import Client, Hookup, Json

CLERK = {"subject": "clerk-1", "name": "经办一", "unit": "东昌府区供水专营单位", "role": None}
SECRET = "备注原文不外传"


async def noted(hookup: Hookup, *mentions: str) -> tuple[str, Client]:
    """A case with a note of its clerk's, and the clerk."""
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = await surveyed(clerk)
    await clerk.act(case_id, "notes", {"text": SECRET, "mentions": list(mentions)})
    return case_id, clerk


async def notes(client: Client, case_id: str) -> list[Json]:
    found: list[Json] = (await client.get(f"/hookups/{case_id}/notes")).body["items"]
    return found


# -- notes


async def test_officials_of_utility_district_and_city_read_a_note(hookup: Hookup) -> None:
    case_id, clerk = await noted(hookup, "clerk-2", "city-1")
    (note,) = await notes(clerk, case_id)
    assert (note["text"], note["written_by"]) == (SECRET, CLERK)
    assert [each["name"] for each in note["mentions"]] == ["经办二", "市局督导"]
    assert note["correctable_until"] == "2022-07-04T01:15:00Z"
    readers = (
        head_of(hookup),
        hookup.client("window", ScopeKind.DISTRICT, "371502"),
        hookup.client("supervisor", ScopeKind.DISTRICT, "371502"),
        hookup.client("administrator"),
    )
    for reader in readers:
        (seen,) = await notes(reader, case_id)
        assert (seen["text"], seen["correctable_until"]) == (SECRET, None)
    for number, writer in enumerate(readers, 2):
        assert (await writer.act(case_id, "notes", {"text": "已核对"})).body["note_count"] == number


async def test_nobody_else_reads_a_note_by_any_way(hookup: Hookup) -> None:
    case_id, clerk = await noted(hookup)
    await file(clerk, case_id, commitment())
    user = citizen(hookup)
    app = hookup.client("channel", ScopeKind.CHANNEL, "HALL")
    authority = office(hookup)
    for reader in (user, app, authority):
        assert (await reader.get(f"/hookups/{case_id}/notes", 403)).code == "forbidden"
        assert (
            await reader.post(f"/hookups/{case_id}/notes", {"text": "我也写"}, 403, version='"1"')
        ).code == "forbidden"
        assert (await reader.get("/updates", 403)).code == "forbidden"
    for stranger in (
        one_of_staff(hookup, "clerk-9", "G-371502"),
        hookup.client("supervisor", ScopeKind.DISTRICT, "371503"),
    ):
        assert (await stranger.get(f"/hookups/{case_id}/notes", 404)).code == "not-found"
    seen = (await user.get(f"/hookups/{case_id}")).body
    assert (seen["note_count"], seen["assignment"], seen["watching"]) == (0, None, False)
    for reader in (user, app):
        for path in (
            f"/hookups/{case_id}",
            f"/hookups/{case_id}/actions",
            f"/hookups/{case_id}/events",
            "/hookups",
        ):
            answer = (await reader.get(path)).response.text
            assert SECRET not in answer
            assert "note_written" not in answer
            assert "clerk-2" not in answer
    items = (await authority.get("/permits")).body["items"]
    assert items
    for item in items:
        assert SECRET not in (await authority.get(f"/permits/{item['id']}")).response.text


async def test_a_note_is_in_no_ledger_no_event_and_no_stored_answer(hookup: Hookup) -> None:
    case_id, clerk = await noted(hookup, "clerk-2")
    (note,) = await notes(clerk, case_id)
    await clerk.act(case_id, f"notes/{note['id']}/correction", {"text": f"{SECRET}二"})
    await clerk.act(case_id, f"notes/{note['id']}/retraction", {"reason": f"{SECRET}三"})
    book = load_workbook(BytesIO((await clerk.get("/ledger.xlsx")).response.content))
    cells = [str(cell) for sheet in book for row in sheet.values for cell in row]
    assert any(cell.startswith("W-371502-") for cell in cells)
    assert not any(SECRET in cell for cell in cells)
    async with hookup.service.database.reading() as connection:
        payloads = list((await connection.execute(select(outbox.c.payload))).scalars())
        answers = list((await connection.execute(select(idempotency.c.body))).scalars())
    assert len(payloads) > 5
    assert not any(SECRET in json.dumps(json.loads(payload), ensure_ascii=False) for payload in payloads)
    # They are sealed; what is in one shows when it is given again.
    assert not any(case_id.encode() in answer or SECRET.encode() in answer for answer in answers)
    path, seen = f"/hookups/{case_id}/notes", await clerk.get(f"/hookups/{case_id}")
    given = [
        await clerk.post(path, {"text": SECRET}, key="note-of-a-test", version=seen.etag) for _ in range(2)
    ]
    assert given[0].response.text == given[1].response.text
    assert case_id in given[1].response.text
    assert SECRET not in given[1].response.text


async def test_what_was_retracted_is_marked_and_readable_for_who_supervises(hookup: Hookup) -> None:
    case_id, clerk = await noted(hookup)
    (note,) = await notes(clerk, case_id)
    path = f"notes/{note['id']}/retraction"
    assert (
        await one_of_staff(hookup, "clerk-2").act(case_id, path, {"reason": "重复"}, 409)
    ).code == "note-not-retractable"
    await clerk.act(case_id, path, {"reason": "写错了报装件"})
    supervisor = hookup.client("supervisor", ScopeKind.DISTRICT, "371502")
    for reader, content in ((clerk, None), (head_of(hookup), None), (supervisor, SECRET)):
        (seen,) = await notes(reader, case_id)
        assert (seen["text"], seen["retraction_reason"]) == (content, "写错了报装件")
        assert seen["retracted_by"] == CLERK


async def test_the_author_corrects_within_its_time(hookup: Hookup) -> None:
    case_id, clerk = await noted(hookup)
    (note,) = await notes(clerk, case_id)
    path = f"notes/{note['id']}/correction"
    colleague = one_of_staff(hookup, "clerk-2")
    assert (await colleague.act(case_id, path, {"text": "改"}, 409)).code == "note-not-correctable"
    hookup.set_clock("2022-07-04 09:15")
    await clerk.act(case_id, path, {"text": "已更正"})
    hookup.set_clock("2022-07-04 09:16")
    assert (await clerk.act(case_id, path, {"text": "再改"}, 409)).code == "note-not-correctable"
    (seen,) = await notes(colleague, case_id)
    assert (seen["text"], seen["corrected_at"]) == ("已更正", "2022-07-04T01:15:00Z")


async def test_a_note_with_a_number_of_a_person_or_to_somebody_from_elsewhere_is_refused(
    hookup: Hookup,
) -> None:
    case_id, clerk = await noted(hookup)
    await with_staff(hookup, [member("clerk-9", "燃气经办")], "G-371502")
    for body, code in (
        ({"text": "用户电话 138 1234 5678"}, "personal-data-in-text"),
        ({"text": "请协助", "mentions": ["clerk-9"]}, "mention-unknown"),
        ({"text": "请协助", "mentions": ["C-1"]}, "mention-unknown"),
    ):
        assert (await clerk.act(case_id, "notes", body, 409)).code == code
    for body in (
        {"text": "x" * 501},
        {"text": ""},
        {"text": "请协助", "mentions": ["13812345678"]},
        {"text": "请协助", "mentions": [f"clerk-{number}" for number in range(11)]},
    ):
        assert (await clerk.act(case_id, "notes", body, 422)).code == "invalid"
    assert len(await notes(clerk, case_id)) == 1


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_a_case_never_holds_more_than_so_many_notes(hookup: Hookup) -> None:
    case_id, clerk = await noted(hookup)
    hookup.lift_quotas()
    longest = "备" * 500
    for _ in range(MOST_NOTES - 1):
        await clerk.act(case_id, "notes", {"text": longest})
    refused = await clerk.act(case_id, "notes", {"text": longest}, 409)
    assert refused.code == "notes-too-many"
    async with hookup.service.database.reading() as connection:
        size = await connection.scalar(select(text("length(record)")).select_from(hookup_case))
    # Some three bytes a character, and a third more sealed: what a list reads of a case stays within bounds.
    assert size < 240_000


async def test_a_note_changes_no_clock_and_no_figure(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = await surveyed(clerk)
    before, timers = (await clerk.get(f"/hookups/{case_id}")).body, await hookup.timers(case_id)
    await clerk.act(case_id, "notes", {"text": SECRET, "mentions": ["clerk-2"]})
    await clerk.act(case_id, "assignment/self")
    after = (await clerk.get(f"/hookups/{case_id}")).body
    assert await hookup.timers(case_id) == timers
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"version", "note_count", "assignment"}


# -- assignment


async def test_a_clerk_takes_a_case_and_hands_it_on(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = await surveyed(clerk)
    offered = await actions(clerk, case_id)
    taken = await take(clerk, offered["takeHookup"][0])
    assert taken["assignment"] == {
        "assignee": CLERK,
        "since": "2022-07-04T01:00:00Z",
        "assigned_by": CLERK,
    }
    offered = await actions(clerk, case_id)
    assert "takeHookup" not in offered
    (assign,) = offered["assignHookup"]
    choices = assign["fields"][0]["choices"]
    assert [each["label"] for each in choices] == ["帮办一", "经办二"]
    await take(clerk, assign, {"assignee": "clerk-2"})
    await head_of(hookup).act(case_id, "assignment/removal")
    changes = [
        (event["person"]["name"], event["changes"][0]["old"], event["changes"][0]["new"])
        for event in await events(clerk, case_id)
        if event["event"] == "assignee_changed"
    ]
    assert changes == [("经办一", None, "经办一"), ("经办一", "经办一", "经办二"), (None, "经办二", None)]


async def test_only_the_utilitys_own_people_are_assigned_and_assign(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = await surveyed(clerk)
    for stranger in ("city-1", "clerk-9", "C-1"):
        body = {"assignee": stranger}
        assert (await clerk.act(case_id, "assignment", body, 409)).code == "assignee-unknown"
    agent, path = one_of_staff(hookup, "agent-1"), f"/hookups/{case_id}/assignment"
    assert (await agent.post(path, {"assignee": "clerk-2"}, 403, version='"1"')).code == "forbidden"
    assert (await agent.act(case_id, "assignment/self")).body["assignment"]["assignee"]["name"] == "帮办一"
    for other in (hookup.client("supervisor"), citizen(hookup)):
        assert (await other.post(f"{path}/self", None, 403, version='"1"')).code == "forbidden"
    async with hookup.service.database.reading() as connection:
        assert await connection.scalar(select(hookup_case.c.assignee)) == "agent-1"


async def test_who_had_a_case_when_it_became_overdue_stays_on_record(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = await surveyed(clerk)
    await clerk.act(case_id, "assignment/self")
    hookup.set_clock("2022-08-01 09:00")
    # No worker has come since: the command itself brings on record what was due before it.
    await clerk.act(case_id, "assignment", {"assignee": "clerk-2"})
    told = [
        (event["event"], event["particulars"].get("assignee"))
        for event in await events(hookup.client("supervisor"), case_id)
        if event["event"] in ("case_overdue", "assignee_changed")
    ]
    assert told == [
        ("assignee_changed", "clerk-1"),
        ("case_overdue", "clerk-1"),
        ("assignee_changed", "clerk-2"),
    ]
    for event in await events(citizen(hookup), case_id):
        assert "assignee" not in event["particulars"]


async def test_one_persons_cases_are_found_by_an_index(hookup: Hookup) -> None:
    await with_staff(hookup, OURS)
    database = hookup.service.database
    query = (
        "SELECT id FROM hookup_case WHERE assignee = 'clerk-1' AND clerk_due_at IS NOT NULL "
        "ORDER BY clerk_due_at, id LIMIT 51"
    )
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.unit_of_work(hookup.clock.now()) as uow:
        if not database.is_sqlite:
            await uow.connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows: list[Any] = list(await uow.connection.execute(text(explain + query)))
    plan = "\n".join(str(row[-1]) for row in rows)
    assert "hookup_case_assignee" in plan
    assert "TEMP B-TREE" not in plan
