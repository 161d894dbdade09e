"""Two kinds of policy with their versions, as files and as rows."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.engine import Database
from libs.common.database.tables import policy_version
from libs.common.events import EventPayload
from libs.common.policy import PolicyBook, PolicyKind, PolicyVersion, Versions, read_book, stored_rows
from libs.common.policy_bodies import PolicyBody
from libs.common.policy_changes import PolicySet, load_policies
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
