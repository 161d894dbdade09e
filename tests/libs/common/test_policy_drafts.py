"""A draft comes into force when a second person approves it, if it may."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from libs.common.database.engine import Database
from libs.common.database.tables import outbox, policy_draft
from libs.common.policy import PolicyVersion
from libs.common.policy_changes import PolicySet, approve, draft, new_version_faults, withdraw
from libs.common.problems import Problem, is_chinese
from libs.common.rules import RuleError
from tests.libs.common.database.samples import NOW
from tests.libs.common.policy_samples import OTHER, Judged, load, names, of, spoil, stored, version


def drafted(name: str = "2", valid_from: date = date(2026, 12, 1), **fields: Any) -> PolicyVersion:
    return of(name, valid_from, **fields).model_copy(
        update={"drafted_by": "drafter", "drafted_at": NOW, "source_document": "聊城管字〔2026〕7号"}
    )


async def drafts(database: Database, policies: PolicySet, *wanted: PolicyVersion) -> list[str]:
    async with database.unit_of_work(NOW) as work:
        return [await draft(work, policies, each) for each in wanted]


async def decide(database: Database, verb: Callable[..., Any], *given: Any) -> Any:
    async with database.unit_of_work(NOW) as work:
        return await verb(work, *given)


async def test_a_draft_is_approved_by_a_second_person_and_announced(
    database: Database, policies: PolicySet
) -> None:
    await load(database, policies, version("1"))
    (draft_id,) = await drafts(database, policies, drafted())
    assert await names(database) == ["1"]
    with pytest.raises(RuleError, match="approver-is-asker"):
        await decide(database, approve, policies, draft_id, "drafter")
    approved = await decide(database, approve, policies, draft_id, "approver")
    assert (approved.drafted_by, approved.approved_by) == ("drafter", "approver")
    found = await stored(database)
    assert found.version_at(date(2026, 12, 1)) == approved
    assert found.version_at(date(2026, 11, 30)).version == "1"
    for verb in ((approve, policies, draft_id, "other"), (withdraw, draft_id, "other")):
        with pytest.raises(RuleError, match="draft-decided"):
            await decide(database, *verb)
    async with database.reading() as connection:
        (event,) = (await connection.execute(select(outbox))).all()
    assert (event.key, event.aggregate_seq, event.type.split(".")[-2]) == (
        "policy-limits",
        1,
        "policy_approved",
    )


async def test_events_of_a_policy_are_counted_and_withdrawn_drafts_are_none(
    database: Database, policies: PolicySet
) -> None:
    days = [date(2026, 12, n) for n in (1, 2, 3)]
    ids = await drafts(database, policies, *(drafted(f"v{day.day}", day) for day in days))
    await decide(database, withdraw, ids[1], "drafter")
    for each in (ids[0], ids[2]):
        await decide(database, approve, policies, each, "approver")
    async with database.reading() as connection:
        found = (await connection.execute(select(outbox.c.aggregate_seq).order_by(outbox.c.seq))).all()
        left = list(await connection.scalars(select(policy_draft.c.withdrawn_by).order_by(policy_draft.c.id)))
    assert [row.aggregate_seq for row in found] == [1, 2]
    assert left == [None, "drafter", None]
    assert await names(database) == ["v1", "v3"]


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"name": "1"}, "version", "version-taken"),
        ({"name": "新版"}, "version", "pattern"),
        ({"valid_from": date(2022, 1, 1)}, "valid_from", "validity-overlaps"),
        ({"valid_to": date(2026, 11, 30)}, "valid_to", "range-invalid"),
        ({"valid_from": date(2022, 6, 1)}, "valid_from", "begins-in-the-past"),
        ({"valid_from": NOW.date()}, "valid_from", "begins-in-the-past"),
    ],
)
async def test_a_draft_that_could_not_come_into_force_is_refused_by_field(
    database: Database, policies: PolicySet, judged: Judged, fields: dict[str, Any], field: str, code: str
) -> None:
    await load(database, policies, version("1"))
    judged.days["1"] = [NOW.date()]
    with pytest.raises(Problem) as refused:
        await drafts(database, policies, drafted(**fields))
    assert refused.value.kind.status == 422
    assert (refused.value.errors[0].field, refused.value.errors[0].code) == (field, code)
    assert all(is_chinese(each.rule) and is_chinese(each.remedy) for each in refused.value.errors)
    assert await names(database) == ["1"]


async def test_a_version_may_begin_in_the_past_where_nothing_was_judged_or_it_says_so(
    database: Database, policies: PolicySet, judged: Judged
) -> None:
    await load(database, policies, version("1"))
    judged.days["1"] = [date(2022, 5, 31)]
    past = date(2022, 6, 1)
    async with database.reading() as connection:
        assert await new_version_faults(connection, policies, drafted(valid_from=past), NOW) == []
        judged.days["1"].append(past)
        (fault,) = await new_version_faults(connection, policies, drafted(valid_from=past), NOW)
        assert fault.code == "begins-in-the-past"
        said = drafted(valid_from=past, retroactive=True)
        assert await new_version_faults(connection, policies, said, NOW) == []


async def test_a_policy_that_a_release_brings_may_be_as_old_as_its_cases(
    database: Database, policies: PolicySet, judged: Judged
) -> None:
    await load(database, policies, version("1"))
    judged.days["1"] = [date(2022, 6, 1)]
    await load(database, policies, version("1"), version("1").replace("policy: limits", "policy: other"))
    assert [each.version for each in (await stored(database, OTHER)).versions] == ["1"]


async def test_what_begins_before_every_process_knows_it_begins_in_the_past(
    database: Database, policies: PolicySet, judged: Judged
) -> None:
    await load(database, policies, version("1"))
    judged.days["1"] = [date(2022, 12, 1)]
    wanted = drafted(valid_from=date(2022, 12, 1))
    async with database.reading() as connection:
        for clock, count in (("2022-11-30T23:59:29", 0), ("2022-11-30T23:59:31", 1)):
            now = datetime.fromisoformat(f"{clock}+08:00")
            assert len(await new_version_faults(connection, policies, wanted, now)) == count


async def test_an_approval_sees_what_was_approved_since_the_draft(
    database: Database, policies: PolicySet
) -> None:
    first, second = await drafts(database, policies, drafted("a"), drafted("b"))
    await decide(database, approve, policies, first, "approver")
    with pytest.raises(Problem) as refused:
        await decide(database, approve, policies, second, "approver")
    assert [each.code for each in refused.value.errors] == ["validity-overlaps"]
    assert await names(database) == ["a"]


async def test_a_draft_may_replace_a_version_that_cannot_be_read(
    database: Database, policies: PolicySet, judged: Judged
) -> None:
    await spoil(database)
    (draft_id,) = await drafts(database, policies, drafted("typo"))
    await decide(database, approve, policies, draft_id, "approver")
    found = await stored(database)
    assert (list(found.models), found.unreadable) == (["typo"], {})
    judged.days["typo"] = []
    await spoil(database, "worse")
    judged.days["worse"] = []
    with pytest.raises(Problem):
        await drafts(database, policies, drafted("worse"))


async def test_there_is_no_such_policy_or_draft(database: Database, policies: PolicySet) -> None:
    nobody = "0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11"
    for verb in ((approve, policies, nobody, "x"), (withdraw, nobody, "x")):
        with pytest.raises(Problem, match="not-found"):
            await decide(database, *verb)
    with pytest.raises(Problem, match="not-found"):
        await drafts(database, replace(policies, kinds=(OTHER,)), drafted())
