"""Policy versions: limits, hours and targets as rows with their source document, validity and approver."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import yaml
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter
from sqlalchemy import select

from libs.common.database.engine import Database
from libs.common.database.tables import policy_version
from libs.common.database.upsert import upsert

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
_JSON_OBJECT = TypeAdapter(dict[str, JsonValue])


class PolicyError(Exception):
    """A policy file is wrong, or no version is in force; the text says which."""


class PolicyVersion(BaseModel):
    """One version of one policy. `body` is read by the service that owns the policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = Field(max_length=40)
    version: str = Field(max_length=40)
    valid_from: date
    valid_to: date | None = None
    source_document: str
    approved_by: str = Field(max_length=120)
    approved_at: AwareDatetime
    # What JSON cannot hold, such as YAML's bare dates, would come back from the database as something else.
    body: Annotated[dict[str, Any], BeforeValidator(_JSON_OBJECT.validate_python)]


_FILE = TypeAdapter(Annotated[list[PolicyVersion], Field(min_length=1)])


def read_policies(path: Path) -> list[PolicyVersion]:
    """Read the policy versions of a YAML file. Raises PolicyError."""
    try:
        return _FILE.validate_python(yaml.safe_load(path.read_text("utf-8")))
    except (ValueError, yaml.YAMLError) as error:
        raise PolicyError(f"{path.name}: {error}") from error


async def load_policies(database: Database, path: Path, now: datetime) -> None:
    """Add the versions of a file that the database does not have.

    A version that is there stays as it is: verdicts refer to it. Raises PolicyError when the file says something
    else under the same version.
    """
    versions = read_policies(path)
    async with database.unit_of_work(now) as work:
        await work.connection.execute(
            upsert(work.connection, policy_version).on_conflict_do_nothing(),
            [each.model_dump() for each in versions],
        )
        rows = await work.connection.execute(select(*policy_version.c))
        kept = [PolicyVersion.model_validate(dict(row)) for row in rows.mappings()]
        for each in versions:
            if each not in kept:
                raise PolicyError(
                    f"{each.policy} {each.version} is already in force with another text: give it a new version"
                )


def read_rows(rows: Sequence[Mapping[str, Any]], kind: type[T]) -> list[T]:
    """Read rows of a policy's body as a dataclass of the domain; a fraction is written as a text.

    Raises ValueError when a field is missing, unknown or not right.
    """
    names = {each.name for each in fields(kind)}
    if unknown := {name for row in rows for name in row} - names:
        raise ValueError(f"unknown field: {', '.join(sorted(unknown))}")
    return msgspec.convert(rows, list[kind], dec_hook=_fraction)  # type: ignore[valid-type]  # known when it runs


def _fraction(kind: type, written: object) -> Fraction:
    if kind is Fraction and isinstance(written, str):
        return Fraction(written)
    raise ValueError(f"{written!r} is no {kind.__name__}")


@dataclass(frozen=True)
class Policies:
    """All versions of one policy, in the order of their beginning."""

    versions: Sequence[PolicyVersion]

    def at(self, day: date) -> PolicyVersion:
        """Return the version in force on a day. Raises PolicyError when there is none."""
        for each in reversed(self.versions):
            if each.valid_from <= day and (each.valid_to is None or day <= each.valid_to):
                return each
        raise PolicyError(f"no policy is in force on {day}")


async def stored_policies(database: Database, policy: str) -> Policies:
    """Read a policy's versions from the database."""
    async with database.reading() as connection:
        rows = await connection.execute(
            select(*policy_version.c)
            .where(policy_version.c.policy == policy)
            .order_by(policy_version.c.valid_from, policy_version.c.approved_at)
        )
        return Policies([PolicyVersion.model_validate(dict(row)) for row in rows.mappings()])
