"""Versions of policies as they are loaded from files, and as they are stored."""

from datetime import date
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from libs.common.database.engine import Database
from libs.common.policy import NotInForceError, PolicyBook, PolicyError, PolicyVersion, read_book, stored_rows
from libs.common.policy_changes import PolicySet
from libs.common.problems import FieldError, is_chinese
from libs.common.telemetry import REGISTRY
from tests.libs.common.policy_samples import (
    BODY,
    LIMITS,
    OTHER,
    Judged,
    load,
    names,
    of,
    spoil,
    stored,
    version,
)

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
