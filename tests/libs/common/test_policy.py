from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from pydantic import Field
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from libs.common.database.engine import Database
from libs.common.database.tables import outbox, policy_draft, policy_version
from libs.common.events import EventPayload
from libs.common.policy import (
    NotInForceError,
    PolicyBook,
    PolicyError,
    PolicyKind,
    PolicyVersion,
    Versions,
    read_book,
    stored_rows,
    validity_faults,
)
from libs.common.policy_bodies import PolicyBody
from libs.common.policy_changes import PolicySet, approve, draft, load_policies, new_version_faults, withdraw
from libs.common.problems import FieldError, Problem, is_chinese
from libs.common.rules import RuleError
from libs.common.telemetry import REGISTRY
from tests.libs.common.database.samples import NOW

VERSION = """
- policy: limits
  version: "{version}"
  valid_from: {valid_from}
  valid_to: {valid_to}
  source_document: 聊城管字〔2022〕49号
  approved_by: 聊城市城市管理局
  approved_at: 2022-06-01T00:00:00+08:00
  body: {body}
"""
BODY = '{days: {WATER: 3, HEAT: 8}, hours: [["08:30", "12:00"]]}'


class Days(PolicyBody):
    WATER: Annotated[int, Field(ge=1)]
    HEAT: Annotated[int, Field(ge=1)]


class Body(PolicyBody):
    days: Days
    hours: list[tuple[str, str]]


class Approved(EventPayload):
    service: ClassVar[str] = "sample"
    event: ClassVar[str] = "policy_approved"
    name: str


class Judged:
    """What was judged: the days of each version."""

    def __init__(self) -> None:
        self.days: dict[str, list[date]] = {}

    async def by(self, _connection: AsyncConnection, version: PolicyVersion) -> bool:
        return version.version in self.days

    async def since(self, _connection: AsyncConnection, _policy: str, first: date, last: date | None) -> bool:
        return any(
            first <= day and (last is None or day <= last) for days in self.days.values() for day in days
        )


LIMITS = PolicyKind("limits", "时限", lambda version: Body.read(version.body))
OTHER = PolicyKind("other", "其他", lambda version: Body.read(version.body))


@pytest.fixture
def judged() -> Judged:
    return Judged()


@pytest.fixture
def policies(tmp_path: Path, judged: Judged) -> PolicySet:
    return PolicySet(
        tmp_path / "policies.yaml",
        (LIMITS, OTHER),
        judged.by,
        judged.since,
        lambda version: Approved(name=version.version),
    )


def version(name: str = "1", body: str = BODY, valid_from: str = "2022-01-01", valid_to: str = "null") -> str:
    return VERSION.format(version=name, body=body, valid_from=valid_from, valid_to=valid_to)


async def load(database: Database, policies: PolicySet, *versions: str) -> None:
    policies.path.write_text("".join(versions), "utf-8")
    await load_policies(database, policies, NOW)


async def stored(database: Database, kind: PolicyKind[Body] = LIMITS) -> Versions[Body]:
    async with database.reading() as connection:
        return (await read_book(connection, (LIMITS, OTHER))).of(kind)


async def names(database: Database) -> list[str]:
    async with database.reading() as connection:
        return [row["version"] for row in await stored_rows(connection, "limits")]


async def spoil(database: Database, name: str = "typo", **fields: Any) -> None:
    """Store a version that its reader does not take, past every check: as an older release might have."""
    row = of(name, date(2022, 7, 1)).model_dump() | {"body": {"days": {"WATER": 3}}, **fields}
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(insert(policy_version), [row])


# -- files


async def test_loading_twice_adds_nothing(database: Database, policies: PolicySet) -> None:
    both = version("1"), version("2", valid_from="2023-01-01")
    await load(database, policies, *both)
    first = await stored(database)
    await load(database, policies, *both)
    assert (await stored(database)).versions == first.versions
    assert await names(database) == ["1", "2"]
    assert first.models["1"].days.HEAT == 8
    assert (await stored(database, OTHER)).versions == []


@pytest.mark.parametrize(
    "changed",
    [
        version("1", body=BODY.replace("WATER: 3", "WATER: 4")),
        version("1", valid_to="2022-12-31"),
        version("1", valid_from="2022-01-02"),
    ],
)
async def test_a_version_in_force_cannot_be_changed(
    database: Database, policies: PolicySet, changed: str
) -> None:
    await load(database, policies, version("1"))
    with pytest.raises(PolicyError, match="limits 1: version: 这个版本已经生效，不能更改"):
        await load(database, policies, changed, version("2", valid_from="2023-01-01"))
    # Nothing of the file is taken.
    assert await names(database) == ["1"]
    assert (await stored(database)).models["1"].days.WATER == 3


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        version("1", body="[1]"),
        version("1", body="{since: 2022-01-01}"),
        version("1", body="{days: {1: one}}"),
        version("1", valid_from="someday"),
        version("1").replace("+08:00", ""),
        version("1") + "  unknown: 1\n",
        version("1" * 41),
        version("1").replace("policy: limits", "policy: limit"),
        version("一"),
        version("1", valid_to="2021-12-31"),
        version("1") + version("2", valid_from="2022-01-01"),
    ],
)
async def test_a_wrong_file_is_refused_with_its_name(
    database: Database, policies: PolicySet, content: str
) -> None:
    with pytest.raises(PolicyError, match=r"policies\.yaml"):
        await load(database, policies, content)
    assert await names(database) == []


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ('{days: {}, hours: [["08:30", "12:00"]]}', "body.days.WATER", "missing"),
        (BODY.replace("HEAT: 8", "HEAT: 8, STEAM: 1"), "body.days.STEAM", "unknown-field"),
        (BODY.replace("WATER: 3", "WATER: 0"), "body.days.WATER", "too-small"),
        (BODY.replace("WATER: 3", "WATER: three"), "body.days.WATER", "type"),
        (BODY.replace("WATER: 3", "WATER: true"), "body.days.WATER", "type"),
        (BODY.replace("WATER: 3", 'WATER: "3"'), "body.days.WATER", "type"),
        (BODY.replace("WATER: 3", "WATER: 3.0"), "body.days.WATER", "type"),
        ("{}", "body.days", "missing"),
    ],
)
async def test_a_body_is_read_by_its_model_before_it_is_stored(
    database: Database, policies: PolicySet, body: str, field: str, code: str
) -> None:
    with pytest.raises(PolicyError, match=rf"limits 1: {field}: "):
        await load(database, policies, version("1", body=body))
    assert await names(database) == []
    read = [each for each in faults_of(version("1", body=body)) if each.field == field]
    assert [each.code for each in read] == [code]
    assert all(is_chinese(each.rule) and is_chinese(each.remedy) for each in read)


def faults_of(content: str) -> list[FieldError]:
    return LIMITS.faults(PolicyVersion.model_validate(yaml.safe_load(content)[0]))


# -- what is stored and cannot be read


async def test_a_stored_version_that_cannot_be_read_puts_only_itself_out_of_force(
    database: Database, policies: PolicySet
) -> None:
    await load(database, policies, version("1"))
    await spoil(database)
    with capture_logs() as logs:
        found = await stored(database)
    assert [each.version for each in found.versions] == ["1"]
    assert found.version_at(date(2022, 8, 1)).version == "1"
    assert [each.field for each in found.unreadable["typo"]] == ["days.HEAT", "hours"]
    with pytest.raises(NotInForceError, match="typo"):
        found.named("typo")
    (alarm,) = logs
    assert (alarm["event"], alarm["log_level"], alarm["version"]) == ("policy_unreadable", "error", "typo")
    assert 'sqn_policies_unreadable{policy="limits"} 1.0' in generate_latest(REGISTRY).decode()
    assert 'sqn_policies_unreadable{policy="other"} 0.0' in generate_latest(REGISTRY).decode()


@pytest.mark.parametrize("body", [[1], None, "x", {"hours": "x"}])
async def test_whatever_is_stored_no_body_takes_the_process_with_it(
    database: Database, policies: PolicySet, body: Any
) -> None:
    await load(database, policies, version("1"))
    row = of("odd", date(2022, 7, 1)).model_dump() | {"body": body}
    found = PolicyBook((LIMITS,), [*await rows(database), row]).of(LIMITS)
    assert (list(found.models), list(found.unreadable)) == (["1"], ["odd"])


async def rows(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return await stored_rows(connection)


async def test_the_alarm_is_raised_once_and_ends_with_its_cause(
    database: Database, policies: PolicySet
) -> None:
    await spoil(database)
    async with database.reading() as connection:
        book = await read_book(connection, (LIMITS, OTHER))
        with capture_logs() as logs:
            assert await read_book(connection, (LIMITS, OTHER), book) is book
    assert logs == []
    await load(database, policies, version("typo", valid_from="2022-07-01"))
    assert list((await stored(database)).models) == ["typo"]
    assert 'sqn_policies_unreadable{policy="limits"} 0.0' in generate_latest(REGISTRY).decode()


async def test_the_corrected_file_replaces_what_cannot_be_read_while_nothing_was_judged_by_it(
    database: Database, policies: PolicySet, judged: Judged
) -> None:
    await load(database, policies, version("1"))
    await spoil(database)
    corrected = version("typo", valid_from="2022-07-01")
    judged.days["typo"] = [date(2022, 7, 2)]
    with pytest.raises(PolicyError, match="这个版本已经生效，不能更改"):
        await load(database, policies, version("1"), corrected)
    del judged.days["typo"]
    await load(database, policies, version("1"), corrected)
    assert (await stored(database)).version_at(date(2022, 7, 1)).version == "typo"


async def test_a_release_that_cannot_read_what_cases_were_judged_by_does_not_start(
    database: Database, policies: PolicySet, judged: Judged
) -> None:
    await spoil(database)
    await load(database, policies, version("1"))
    judged.days["typo"] = [date(2022, 7, 2)]
    with pytest.raises(PolicyError, match="cases were judged by limits typo, which this release cannot read"):
        await load(database, policies, version("1"))


# -- validity


def of(
    name: str, valid_from: date, valid_to: date | None = None, *, approved_at: datetime = NOW, **more: Any
) -> PolicyVersion:
    return PolicyVersion(
        policy="limits",
        version=name,
        valid_from=valid_from,
        valid_to=valid_to,
        source_document="聊城管字",
        approved_by="a",
        approved_at=approved_at,
        body={"days": {"WATER": 3, "HEAT": 8}, "hours": []},
        **more,
    )


def versions(*found: PolicyVersion) -> Versions[Body]:
    ordered = sorted(found, key=lambda each: (each.valid_from, each.approved_at))
    return PolicyBook((LIMITS,), [each.model_dump() for each in ordered]).of(LIMITS)


def test_the_version_in_force_on_a_day() -> None:
    found = versions(
        of("1", date(2022, 1, 1)), of("2", date(2023, 1, 1)), of("3", date(2023, 3, 1), date(2023, 3, 31))
    )
    expected = {
        date(2022, 1, 1): "1",
        date(2022, 12, 31): "1",
        date(2023, 1, 1): "2",
        date(2023, 3, 1): "3",
        date(2023, 3, 31): "3",
        date(2023, 4, 1): "2",
    }
    assert {day: found.version_at(day).version for day in expected} == expected
    with pytest.raises(NotInForceError, match="2021-12-31") as refused:
        found.at(date(2021, 12, 31))
    assert (refused.value.code, is_chinese(refused.value.text)) == ("no-rules-then", True)
    assert found.version_at(date(2021, 12, 31), or_first=True).version == "1"
    assert found.at(date(1999, 1, 1), or_first=True) == found.named("1")


def test_the_first_version_serves_only_what_came_before_it() -> None:
    ended = versions(of("1", date(2022, 1, 1), date(2022, 12, 31)))
    with pytest.raises(NotInForceError):
        ended.at(date(2023, 1, 1), or_first=True)
    with pytest.raises(NotInForceError):
        versions().at(date(2023, 1, 1), or_first=True)


def test_a_retroactive_version_is_not_known_before_its_approval() -> None:
    later = NOW + timedelta(days=30)
    found = versions(
        of("1", date(2022, 1, 1)), of("2", date(2022, 2, 1), approved_at=later, retroactive=True)
    )
    assert found.version_at(date(2022, 3, 1)).version == "2"
    assert found.version_at(date(2022, 3, 1), known_at=NOW).version == "1"
    assert found.version_at(date(2022, 3, 1), known_at=later).version == "2"


DAYS = st.dates(date(2022, 1, 1), date(2022, 2, 10))
SPANS = st.tuples(DAYS, st.none() | DAYS)


@given(st.lists(SPANS, min_size=1, max_size=6))
def test_one_version_is_in_force_on_each_day_whatever_is_asked_for(
    spans: list[tuple[date, date | None]],
) -> None:
    """What is taken one after the other never leaves a day to two versions, but a bounded one before an open one."""
    kept: list[PolicyVersion] = []
    for number, (first, last) in enumerate(spans):
        wanted = of(str(number), first, last)
        if not validity_faults(wanted, kept):
            kept.append(wanted)
    for n in range(45):
        day = date(2022, 1, 1) + timedelta(days=n)
        covering = [each for each in kept if each.covers(day)]
        assert sum(each.valid_to is not None for each in covering) <= 1
        assert len({each.valid_from for each in covering}) == len(covering)
        if covering:
            bounded = [each for each in covering if each.valid_to is not None]
            expected = bounded[0] if bounded else max(covering, key=lambda each: each.valid_from)
            assert versions(*kept).version_at(day).version == expected.version


# -- drafts


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
