"""Policy versions: limits, hours and targets as rows with their source document, validity and approver.

A service declares its policies once, each with the model that reads it (`PolicyKind`). Every version is validated by
that model before it is stored; a stored version that cannot be read is out of force, without affecting others.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import structlog
import yaml
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.tables import policy_version
from libs.common.policy_bodies import faults_of
from libs.common.problems import FieldError
from libs.common.rules import RuleError
from libs.common.telemetry import POLICIES_UNREADABLE

log = structlog.get_logger(__name__)

T = TypeVar("T")
_JSON_OBJECT = TypeAdapter(dict[str, JsonValue])
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)


class PolicyError(Exception):
    """A policy file is invalid, or no version is in force; the text says which."""


class NotInForceError(PolicyError, RuleError):
    """No readable version of a policy is in force: commands that need it are refused and change nothing."""

    def __init__(self, title: str, why: str) -> None:
        RuleError.__init__(
            self, "no-rules-then", f"{title}：{why}", "请核对日期；如应有规则生效，请联系市级管理员", "policy"
        )


class PolicyVersion(BaseModel):
    """One version of one policy. `body` is read by the service that owns the policy.

    `retroactive` marks one that is valid from before its approval although cases were judged since then; cases
    accepted before the approval keep the version that they were accepted under.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = Field(max_length=40)
    version: str = Field(max_length=40)
    valid_from: date
    valid_to: date | None = None
    source_document: str
    approved_by: str = Field(max_length=120)
    approved_at: AwareDatetime
    # Values that JSON lacks, such as YAML's dates, would come back from the database changed.
    body: Annotated[dict[str, Any], BeforeValidator(_JSON_OBJECT.validate_python)]
    retroactive: bool = False
    drafted_by: str | None = Field(default=None, max_length=120)
    drafted_at: AwareDatetime | None = None

    def covers(self, day: date) -> bool:
        """Whether a day lies in the validity; the last day counts."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class PolicyKind(Generic[T]):
    """A policy of a service: its name, its Chinese title, and the reader of its versions.

    `read` raises an error for an invalid body (see `faults_of`) and must refuse unknown fields. `labels` are the
    Chinese names of the body's fields and codes; `choices` are the codes of a value by its path, each with its name.
    """

    name: str
    title: str
    read: Callable[[PolicyVersion], T]
    labels: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def faults(self, version: PolicyVersion) -> list[FieldError]:
        """Return what is wrong with a version's body, by field."""
        try:
            self.read(version)
        except Exception as error:  # any error of a reader is a fault of the body
            return [fault._replace(field=f"body.{fault.field}".rstrip(".")) for fault in faults_of(error)]
        return []


@dataclass(frozen=True, slots=True)
class Versions(Generic[T]):
    """The readable versions of one policy in the order of `valid_from`, and the faults of the unreadable ones."""

    kind: PolicyKind[T]
    versions: Sequence[PolicyVersion] = ()
    models: Mapping[str, T] = field(default_factory=dict)
    unreadable: Mapping[str, Sequence[FieldError]] = field(default_factory=dict)

    def version_at(
        self, day: date, *, or_first: bool = False, known_at: datetime | None = None
    ) -> PolicyVersion:
        """Return the version in force on a day: of those that cover it, the one with the latest `valid_from`.

        `or_first` gives the first version for a day before it. With `known_at`, retroactive versions that were
        approved later are left out. Raises NotInForceError.
        """
        candidates = [
            version
            for version in self.versions
            if known_at is None or not version.retroactive or version.approved_at <= known_at
        ]
        if (version_in_force := _in_force(candidates, day)) is not None:
            return version_in_force
        if or_first and candidates and day < candidates[0].valid_from:
            return candidates[0]
        raise NotInForceError(self.kind.title, f"{day}没有生效的版本")

    def in_force(self, day: date) -> PolicyVersion | None:
        """Return the version in force on a day, None where there is none."""
        return _in_force(self.versions, day)

    def before(self, version: str, valid_from: date) -> PolicyVersion | None:
        """Return the version that another one, valid from a day, replaced; None for the first."""
        others = [
            other for other in self.versions if other.version != version and other.valid_from < valid_from
        ]
        return _in_force(others, valid_from)

    def at(self, day: date, *, or_first: bool = False, known_at: datetime | None = None) -> T:
        """Return the model of the version in force on a day. Raises NotInForceError."""
        return self.models[self.version_at(day, or_first=or_first, known_at=known_at).version]

    def named(self, version: str) -> T:
        """Return the model of a version, in force or not. Raises NotInForceError for an unreadable one."""
        if version not in self.models:
            raise NotInForceError(self.kind.title, f"版本{version}无法读取")
        return self.models[version]


def _in_force(versions: Sequence[PolicyVersion], day: date) -> PolicyVersion | None:
    """Return the last version, in the order of `valid_from`, that covers a day."""
    return next((version for version in reversed(versions) if version.covers(day)), None)


class PolicyBook:
    """A snapshot of the stored versions of all policies of a service."""

    def __init__(self, kinds: Sequence[PolicyKind[Any]], rows: Sequence[Mapping[str, Any]] = ()) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self.rows = rows
        self._versions = {
            kind.name: _versions(kind, [row for row in rows if row["policy"] == kind.name]) for kind in kinds
        }

    def of(self, kind: PolicyKind[T]) -> Versions[T]:
        """Return the versions of a policy."""
        return self._versions[kind.name]


async def stored_rows(connection: AsyncConnection, policy: str | None = None) -> list[Mapping[str, Any]]:
    """Return the stored versions of one policy or of all, in the order of `valid_from`."""
    statement = select(*policy_version.c).order_by(
        policy_version.c.policy, policy_version.c.valid_from, policy_version.c.approved_at
    )
    if policy is not None:
        statement = statement.where(policy_version.c.policy == policy)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def read_book(
    connection: AsyncConnection, kinds: Sequence[PolicyKind[Any]], before: PolicyBook | None = None
) -> PolicyBook:
    """Return the stored versions with their models; `before` itself where nothing has changed.

    An unreadable version is left out, with an error in the log and in the metric `sqn_policies_unreadable`.
    """
    rows = await stored_rows(connection)
    if before is not None and rows == before.rows:
        return before
    book = PolicyBook(kinds, rows)
    for kind in kinds:
        unreadable = book.of(kind).unreadable
        POLICIES_UNREADABLE.labels(kind.name).set(len(unreadable))
        for version, faults in unreadable.items():
            log.error(
                "policy_unreadable",
                policy=kind.name,
                version=version,
                faults=[f"{fault.field}: {fault.rule}" for fault in faults],
            )
    return book


_FILE = TypeAdapter(Annotated[list[PolicyVersion], Field(min_length=1)])


def read_policies(path: Path) -> list[PolicyVersion]:
    """Read the policy versions of a YAML file, without validating their bodies. Raises PolicyError."""
    try:
        return _FILE.validate_python(yaml.safe_load(path.read_text("utf-8")))
    except (ValueError, yaml.YAMLError) as error:
        raise PolicyError(f"{path.name}: {error}") from error


def _versions(kind: PolicyKind[T], rows: Sequence[Mapping[str, Any]]) -> Versions[T]:
    versions: list[PolicyVersion] = []
    models: dict[str, T] = {}
    unreadable: dict[str, Sequence[FieldError]] = {}
    for row in rows:
        try:
            version = PolicyVersion.model_validate(dict(row))
            models[version.version] = kind.read(version)
            versions.append(version)
        except Exception as error:  # one invalid version must not affect the others or end the process
            unreadable[row["version"]] = faults_of(error)
    return Versions(kind, versions, models, unreadable)


def validity_faults(version: PolicyVersion, others: Sequence[PolicyVersion]) -> list[FieldError]:
    """Return the faults of a version's name, source and validity beside the present and future versions.

    A version without an end is replaced by the next one. A version with an end overrides it for that time, in which
    no other may begin: so on each day exactly one version is in force.
    """
    faults = []
    if not _NAME.fullmatch(version.version):
        faults.append(
            FieldError("version", "版本号只能用字母、数字、点、横线", "请填写如 2022-49 的版本号", "pattern")
        )
    if len(version.source_document.strip()) < 4:
        faults.append(FieldError("source_document", "须写明依据的文件", "请填写文件名称和文号", "too-short"))
    if version.valid_to is not None and version.valid_to < version.valid_from:
        faults.append(
            FieldError("valid_to", "失效日期早于生效日期", "请核对起止日期", "range-invalid"),
        )
        return faults
    for other in others:
        if other.version == version.version:
            continue
        first, second = sorted((version, other), key=lambda version: version.valid_from)
        ended = first.valid_to is not None and first.valid_to < second.valid_from
        if first.valid_from == second.valid_from or (first.valid_to is not None and not ended):
            faults.append(
                FieldError(
                    "valid_from",
                    f"与版本{other.version}（{other.valid_from}起）的有效期重叠，同一天会有两个版本生效",
                    "请另定生效日期，或为临时版本写明失效日期",
                    "validity-overlaps",
                )
            )
    return faults
