"""Callers: their roles and scope, and the rows that a scope may see."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol, Self, TypeVar

from sqlalchemy import BindParameter, ColumnElement, bindparam, false, true


class ScopeKind(StrEnum):
    """What kind of unit a scope is: it decides which column narrows the rows."""

    UTILITY = "utility"
    DISTRICT = "district"
    CITY = "city"
    CHANNEL = "channel"
    CITIZEN = "citizen"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the data that a caller may see: of a utility, district, channel, citizen, authority or the city.

    `code` is the utility's, division's, channel's or authority's code or the citizen's id; the city has none.
    """

    kind: ScopeKind
    code: str = ""

    def __post_init__(self) -> None:
        if (self.kind is ScopeKind.CITY) == bool(self.code):
            raise ValueError(f"a place of kind {self.kind} with code {self.code!r}")

    @property
    def unit(self) -> str:
        """The unit as events name it: `utility:W-371502`, `city`; of a citizen the kind alone."""
        is_coded = self.kind not in (ScopeKind.CITY, ScopeKind.CITIZEN)
        return f"{self.kind}:{self.code}" if is_coded else str(self.kind)


class Role(StrEnum):
    """What an account may act as, by the code in its token."""

    WINDOW = "window"  # 办事大厅窗口: receives for all utilities of its scope
    CLERK = "clerk"  # 专营单位经办
    APPROVER = "approver"  # 专营单位审批
    AGENT = "agent"  # 帮办代办
    SUPERVISOR = "supervisor"  # 督导
    ADMINISTRATOR = "administrator"  # 市级管理员
    AUTHORITY = "authority"  # 审批部门
    CHANNEL = "channel"  # 渠道后台
    CITIZEN = "citizen"  # 用户本人


# The kinds of scope in which each role can be held. A role that is not listed gives no right.
SCOPES_OF_ROLES: Final[Mapping[Role, frozenset[ScopeKind]]] = MappingProxyType(
    {
        Role.WINDOW: frozenset({ScopeKind.DISTRICT, ScopeKind.CITY}),
        Role.CLERK: frozenset({ScopeKind.UTILITY}),
        Role.APPROVER: frozenset({ScopeKind.UTILITY}),
        Role.AGENT: frozenset({ScopeKind.UTILITY}),
        Role.SUPERVISOR: frozenset({ScopeKind.DISTRICT, ScopeKind.CITY}),
        Role.ADMINISTRATOR: frozenset({ScopeKind.CITY}),
        Role.AUTHORITY: frozenset({ScopeKind.AUTHORITY}),
        Role.CHANNEL: frozenset({ScopeKind.CHANNEL}),
        Role.CITIZEN: frozenset({ScopeKind.CITIZEN}),
    }
)


# Staff of utilities and halls, and their supervisors.
OFFICIALS: Final = (
    Role.WINDOW,
    Role.CLERK,
    Role.APPROVER,
    Role.AGENT,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
)
USERS: Final = (Role.CHANNEL, Role.CITIZEN)
EVERYONE: Final = tuple(Role)


def roles_at(kind: ScopeKind, claimed: Container[str]) -> frozenset[str]:
    """Return those of the claimed roles that can be held in a kind of scope; the others are ignored."""
    return frozenset(role for role in Role if role in claimed and kind in SCOPES_OF_ROLES[role])


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of a verified token. `channel` is the app that a citizen signed in to, by its channel's code."""

    subject: str
    roles: frozenset[str]
    scope: Scope
    name: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class ScopeColumns:
    """The columns of a statement that say to whom a row belongs; a kind of scope without a column sees no row.

    `label` names the rows in Chinese for the table of authorisations.
    """

    utility: ColumnElement[str] | None = None
    district: ColumnElement[str] | None = None
    channel: ColumnElement[str] | None = None
    owner: ColumnElement[str] | None = None
    authority: ColumnElement[str] | None = None
    label: str = ""

    def shown_to(self, kind: ScopeKind) -> bool:
        """Tell whether a kind of scope sees any row at all."""
        return kind is ScopeKind.CITY or self.of(kind) is not None

    def of(self, kind: ScopeKind) -> ColumnElement[str] | None:
        """Return the column that holds the code of a row's scope of this kind; None for the city."""
        match kind:
            case ScopeKind.UTILITY:
                return self.utility
            case ScopeKind.DISTRICT:
                return self.district
            case ScopeKind.CHANNEL:
                return self.channel
            case ScopeKind.CITIZEN:
                return self.owner
            case ScopeKind.AUTHORITY:
                return self.authority
            case ScopeKind.CITY:
                return None


def visible_to(scope: Scope, columns: ScopeColumns) -> ColumnElement[bool]:
    """Return the condition on rows that a scope may see; false unless a column grants it."""
    return _visible(scope.kind, scope.code, columns)


def _visible(kind: ScopeKind, code: str | BindParameter[str], columns: ScopeColumns) -> ColumnElement[bool]:
    if kind is ScopeKind.CITY:
        return true()
    column = columns.of(kind)
    return false() if column is None else column == code


class _Statement(Protocol):
    def where(self, *conditions: Any) -> Self: ...


S = TypeVar("S", bound=_Statement)


def narrow(statement: S, scope: Scope, columns: ScopeColumns) -> S:
    """Narrow a SELECT, UPDATE or DELETE to the rows that a scope may see."""
    return statement.where(visible_to(scope, columns))


def narrow_for(statement: S, kind: ScopeKind, columns: ScopeColumns) -> S:
    """Narrow a statement that is built once for all scopes of a kind; its parameter is `scope_code`."""
    return statement.where(_visible(kind, bindparam("scope_code"), columns))
