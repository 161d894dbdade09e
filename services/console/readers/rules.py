"""What the console reads of the hookup API's policies and of its calendar; whatever else it says is passed over."""

from datetime import date, datetime
from typing import Any

import msgspec


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a policy."""

    version: str
    valid_from: date
    valid_to: date | None
    source_document: str
    retroactive: bool
    drafted_by: str | None
    drafted_at: datetime | None
    approved_by: str
    approved_at: datetime
    in_force: bool
    readable: bool


class DraftRow(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that waits for its approval."""

    id: str
    version: str
    valid_from: date
    valid_to: date | None
    source_document: str
    retroactive: bool
    drafted_by: str
    drafted_at: datetime


class Policy(msgspec.Struct, frozen=True):
    """A policy with its versions and drafts."""

    policy: str
    title: str
    versions: tuple[VersionRow, ...]
    drafts: tuple[DraftRow, ...]


class Policies(msgspec.Struct, frozen=True):
    """The policies."""

    items: tuple[Policy, ...]


class Value(msgspec.Struct, frozen=True):
    """A value of a version, with its Chinese name."""

    path: str
    label: str
    value: Any
    choices: dict[str, str] | None = None


class Difference(msgspec.Struct, frozen=True):
    """A value that differs from the version before."""

    label: str
    before: Any
    after: Any
    choices: dict[str, str] | None = None


class Fault(msgspec.Struct, frozen=True):
    """What keeps a version from being in force."""

    rule: str
    remedy: str


class VersionView(VersionRow, frozen=True, kw_only=True):
    """A version with what it says."""

    policy: str
    title: str
    body: dict[str, Any]
    values: tuple[Value, ...]
    compared_with: str | None
    differences: tuple[Difference, ...]
    faults: tuple[Fault, ...]


class DraftView(DraftRow, frozen=True, kw_only=True):
    """A draft with what it says, and what became of it."""

    policy: str
    title: str
    compared_with: str | None
    differences: tuple[Difference, ...]
    faults: tuple[Fault, ...]
    approved_by: str | None
    approved_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class Made(msgspec.Struct, frozen=True):
    """A draft that was kept."""

    id: str


class SettledYear(msgspec.Struct, frozen=True):
    """A year whose notice is loaded."""

    year: int
    source_document: str


class AmendmentDay(msgspec.Struct, frozen=True):
    """A day that an amendment sets."""

    date: date
    is_workday: bool
    name: str = ""


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    """An amendment of the calendar, and what became of it."""

    id: str
    source_document: str
    year: int | None
    days: tuple[AmendmentDay, ...]
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class Amendments(msgspec.Struct, frozen=True):
    """The last amendments, and the years that are settled."""

    settled: tuple[SettledYear, ...]
    items: tuple[Amendment, ...]
