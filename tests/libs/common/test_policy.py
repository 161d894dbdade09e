from datetime import date
from pathlib import Path

import pytest

from libs.common.database.engine import Database
from libs.common.policy import Policies, PolicyError, PolicyVersion, load_policies, stored_policies
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
BODY = '{days: {WATER: 3, HEAT: 8}, hours: [["08:30", "12:00"]], share: 0.25, none: null}'


def version(name: str = "1", body: str = BODY, valid_from: str = "2022-01-01", valid_to: str = "null") -> str:
    return VERSION.format(version=name, body=body, valid_from=valid_from, valid_to=valid_to)


def write(folder: Path, *versions: str) -> Path:
    path = folder / "policies.yaml"
    path.write_text("".join(versions), "utf-8")
    return path


async def names(database: Database) -> list[str]:
    return [each.version for each in (await stored_policies(database, "limits")).versions]


async def test_loading_twice_adds_nothing(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, version("1"), version("2", valid_from="2023-01-01"))
    await load_policies(database, path, NOW)
    first = await stored_policies(database, "limits")
    await load_policies(database, path, NOW)
    assert await stored_policies(database, "limits") == first
    assert await names(database) == ["1", "2"]
    assert first.versions[0].body["days"] == {"WATER": 3, "HEAT": 8}
    assert (await stored_policies(database, "other")).versions == []


@pytest.mark.parametrize(
    "changed",
    [
        version("1", body="{days: {WATER: 4, HEAT: 8}}"),
        version("1", valid_to="2022-12-31"),
        version("1", valid_from="2022-01-02"),
    ],
)
async def test_a_version_in_force_cannot_be_changed(database: Database, tmp_path: Path, changed: str) -> None:
    await load_policies(database, write(tmp_path, version("1")), NOW)
    with pytest.raises(PolicyError, match="limits 1 is already in force with another text"):
        await load_policies(database, write(tmp_path, changed, version("2")), NOW)
    # Nothing of the file is taken.
    assert await names(database) == ["1"]
    assert (await stored_policies(database, "limits")).versions[0].body["days"]["WATER"] == 3


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
    ],
)
async def test_a_wrong_file_is_refused_with_its_name(
    database: Database, tmp_path: Path, content: str
) -> None:
    with pytest.raises(PolicyError, match=r"policies\.yaml"):
        await load_policies(database, write(tmp_path, content), NOW)
    assert await names(database) == []


def of(name: str, valid_from: date, valid_to: date | None = None) -> PolicyVersion:
    return PolicyVersion(
        policy="limits",
        version=name,
        valid_from=valid_from,
        valid_to=valid_to,
        source_document="d",
        approved_by="a",
        approved_at=NOW,
        body={},
    )


def test_the_version_in_force_on_a_day() -> None:
    policies = Policies(
        [of("1", date(2022, 1, 1)), of("2", date(2023, 1, 1)), of("3", date(2023, 3, 1), date(2023, 3, 31))]
    )
    expected = {
        date(2022, 1, 1): "1",
        date(2022, 12, 31): "1",
        date(2023, 1, 1): "2",
        date(2023, 3, 1): "3",
        date(2023, 3, 31): "3",
        date(2023, 4, 1): "2",
    }
    assert {day: policies.at(day).version for day in expected} == expected
    with pytest.raises(PolicyError, match="2021-12-31"):
        policies.at(date(2021, 12, 31))
