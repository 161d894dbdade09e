"""Callers: their roles and scope, and the rows that a scope may see."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol, Self, TypeVar

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, false, true


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
    SYSTEM_ADMINISTRATOR = "system-administrator"  # 系统管理员
    SECURITY_ADMINISTRATOR = "security-administrator"  # 安全管理员
    AUDITOR = "auditor"  # 审计管理员
    AUTHORITY = "authority"  # 审批部门
    CHANNEL = "channel"  # 渠道后台
    HOTLINE = "hotline"  # 12345热线系统
    CITIZEN = "citizen"  # 用户本人


ROLE_NAMES: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.WINDOW: "综合窗口",
        Role.CLERK: "经办",
        Role.APPROVER: "审批",
        Role.AGENT: "帮办",
        Role.SUPERVISOR: "督导",
        Role.ADMINISTRATOR: "管理员",
        Role.AUTHORITY: "审批人员",
        Role.CHANNEL: "渠道后台",
        Role.HOTLINE: "12345热线系统",
        Role.CITIZEN: "用户",
        Role.SYSTEM_ADMINISTRATOR: "系统管理员",
        Role.SECURITY_ADMINISTRATOR: "安全管理员",
        Role.AUDITOR: "审计管理员",
    }
)


class Assurance(IntEnum):
    """How well a citizen's identity was proved at sign-in; a higher level includes the lower ones.

    A token says it as `acr`: `L1`, `L2`, `L3`.
    """

    ACCOUNT = 1  # an account of the provider and nothing else, such as an openid
    MOBILE = 2  # a verified mobile number
    REAL_NAME = 3  # name and identifier verified by the state's platform (实名)

    @property
    def acr(self) -> str:
        """The level as the claim `acr` has it."""
        return f"L{self.value}"

    @classmethod
    def of(cls, acr: object) -> "Assurance | None":
        """Return the level that a claim says, None for any other claim."""
        return next((level for level in cls if level.acr == acr), None)


# The kinds of scope in which each role can be held. A role that is not listed gives no right.
SCOPES_OF_ROLES: Final[Mapping[Role, frozenset[ScopeKind]]] = MappingProxyType(
    {
        Role.WINDOW: frozenset({ScopeKind.DISTRICT, ScopeKind.CITY}),
        Role.CLERK: frozenset({ScopeKind.UTILITY}),
        Role.APPROVER: frozenset({ScopeKind.UTILITY}),
        Role.AGENT: frozenset({ScopeKind.UTILITY}),
        Role.SUPERVISOR: frozenset({ScopeKind.DISTRICT, ScopeKind.CITY}),
        Role.ADMINISTRATOR: frozenset({ScopeKind.CITY}),
        Role.SYSTEM_ADMINISTRATOR: frozenset({ScopeKind.CITY}),
        Role.SECURITY_ADMINISTRATOR: frozenset({ScopeKind.CITY}),
        Role.AUDITOR: frozenset({ScopeKind.CITY}),
        Role.AUTHORITY: frozenset({ScopeKind.AUTHORITY}),
        Role.CHANNEL: frozenset({ScopeKind.CHANNEL}),
        Role.HOTLINE: frozenset({ScopeKind.CHANNEL}),
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
# Who deals with the services' business; the three that look after the system itself do not.
EVERYONE: Final = (*OFFICIALS, Role.AUTHORITY, *USERS)

SEPARATED: Final = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR})
"""The three administrators of whom nobody may be two (GB/T 22239 level 3, 三权分立)."""

ADMINISTRATORS: Final = SEPARATED | {Role.ADMINISTRATOR}
"""The roles that count only after a second factor, where one is demanded."""


def roles_at(kind: ScopeKind, claimed: Container[str]) -> frozenset[str]:
    """Return those of the claimed roles that can be held in a kind of scope; the others are ignored."""
    return frozenset(role for role in Role if role in claimed and kind in SCOPES_OF_ROLES[role])


def separated(roles: frozenset[str]) -> frozenset[str]:
    """Return the roles without those of `SEPARATED` where more than one is among them."""
    return roles - SEPARATED if len(roles & SEPARATED) > 1 else roles


@dataclass(frozen=True, slots=True)
class Representation:
    """That a citizen acts for another by a recorded authorisation: its id, and the citizen's own code.

    It reaches these things of the other's; None is all.
    """

    authorisation: str
    citizen: str
    things: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of a verified token.

    `channel` is the app that a citizen signed in to, by its channel's code, `assurance` how well the identity was
    proved there; staff have neither. `unproven` are roles that the token claims and that do not count, since it shows
    no second factor. Where a citizen is `representing` another, the scope is the other's, all else the citizen's own.
    """

    subject: str
    roles: frozenset[str]
    scope: Scope
    name: str | None = None
    channel: str | None = None
    assurance: Assurance | None = None
    unproven: frozenset[str] = frozenset()
    representing: Representation | None = None

    @property
    def citizen(self) -> str | None:
        """The citizen who calls, as scopes name one, whomever for; None of who is no citizen."""
        if self.representing is not None:
            return self.representing.citizen
        return self.scope.code if self.scope.kind is ScopeKind.CITIZEN else None


@dataclass(frozen=True, slots=True, eq=False)
class Related:
    """Of rows that belong to several: `code` is a column of other rows, `link` ties these to the one that is seen."""

    code: ColumnElement[str]
    link: ColumnElement[bool]


ScopeColumn = ColumnElement[str] | Related


@dataclass(frozen=True, slots=True)
class ScopeColumns:
    """The columns of a statement that say to whom a row belongs; a kind of scope without a column sees no row.

    `label` names the rows in Chinese for the table of authorisations.
    """

    utility: ScopeColumn | None = None
    district: ScopeColumn | None = None
    channel: ScopeColumn | None = None
    owner: ScopeColumn | None = None
    authority: ScopeColumn | None = None
    label: str = ""

    def shown_to(self, kind: ScopeKind) -> bool:
        """Tell whether a kind of scope sees any row at all."""
        return kind is ScopeKind.CITY or self.of(kind) is not None

    def of(self, kind: ScopeKind) -> ScopeColumn | None:
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
    if isinstance(column, Related):
        return exists().where(column.link, column.code == code)
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
