"""Who calls, and which rows that caller may see."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol, Self, TypeVar

from sqlalchemy import BindParameter, ColumnElement, bindparam, false, true


class PlaceKind(StrEnum):
    """What a caller belongs to."""

    UTILITY = "utility"
    DISTRICT = "district"
    CITY = "city"
    CHANNEL = "channel"
    CITIZEN = "citizen"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller stands: a utility, a district, the city, a channel, one citizen or an approving authority.

    `code` is the utility's, division's, channel's or authority's code or the citizen's id; the city has none.
    """

    kind: PlaceKind
    code: str = ""

    def __post_init__(self) -> None:
        if (self.kind is PlaceKind.CITY) == bool(self.code):
            raise ValueError(f"a place of kind {self.kind} with code {self.code!r}")


class Role(StrEnum):
    """What an account may act as, by the code in its token."""

    WINDOW = "window"  # 办事大厅窗口: receives for all utilities of its place
    CLERK = "clerk"  # 专营单位经办
    APPROVER = "approver"  # 专营单位审批
    AGENT = "agent"  # 帮办代办
    SUPERVISOR = "supervisor"  # 督导
    ADMINISTRATOR = "administrator"  # 市级管理员
    AUTHORITY = "authority"  # 审批部门
    CHANNEL = "channel"  # 渠道后台
    CITIZEN = "citizen"  # 用户本人


# Where each role can be held. What is not listed gives no right anywhere.
PLACES_OF_ROLES: Final[Mapping[Role, frozenset[PlaceKind]]] = MappingProxyType(
    {
        Role.WINDOW: frozenset({PlaceKind.DISTRICT, PlaceKind.CITY}),
        Role.CLERK: frozenset({PlaceKind.UTILITY}),
        Role.APPROVER: frozenset({PlaceKind.UTILITY}),
        Role.AGENT: frozenset({PlaceKind.UTILITY}),
        Role.SUPERVISOR: frozenset({PlaceKind.DISTRICT, PlaceKind.CITY}),
        Role.ADMINISTRATOR: frozenset({PlaceKind.CITY}),
        Role.AUTHORITY: frozenset({PlaceKind.AUTHORITY}),
        Role.CHANNEL: frozenset({PlaceKind.CHANNEL}),
        Role.CITIZEN: frozenset({PlaceKind.CITIZEN}),
    }
)


# Staff: who works for a utility, at a hall's counter or over them.
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


def roles_at(kind: PlaceKind, claimed: Container[str]) -> frozenset[str]:
    """Return the roles that can be held at a kind of place; any other that is claimed there counts for nothing."""
    return frozenset(role for role in Role if role in claimed and kind in PLACES_OF_ROLES[role])


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of a verified token. `channel` is the app that a citizen signed in to, by its channel's code."""

    subject: str
    roles: frozenset[str]
    place: Place
    name: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """The columns of a statement that say to whom a row belongs; a kind of place without one sees no row.

    `what` is what a row is, for who reads the table of authorisations.
    """

    utility: ColumnElement[str] | None = None
    district: ColumnElement[str] | None = None
    channel: ColumnElement[str] | None = None
    owner: ColumnElement[str] | None = None
    authority: ColumnElement[str] | None = None
    what: str = ""

    def shown_to(self, kind: PlaceKind) -> bool:
        """Tell whether a kind of place sees any row at all."""
        return kind is PlaceKind.CITY or self.of(kind) is not None

    def of(self, kind: PlaceKind) -> ColumnElement[str] | None:
        """Return the column that says to which place of a kind a row belongs; the city's is none."""
        match kind:
            case PlaceKind.UTILITY:
                return self.utility
            case PlaceKind.DISTRICT:
                return self.district
            case PlaceKind.CHANNEL:
                return self.channel
            case PlaceKind.CITIZEN:
                return self.owner
            case PlaceKind.AUTHORITY:
                return self.authority
            case PlaceKind.CITY:
                return None


def seen_from(place: Place, columns: PlaceColumns) -> ColumnElement[bool]:
    """Return the condition on rows that a place may see; nothing unless a column grants it."""
    return _seen(place.kind, place.code, columns)


def _seen(kind: PlaceKind, code: str | BindParameter[str], columns: PlaceColumns) -> ColumnElement[bool]:
    if kind is PlaceKind.CITY:
        return true()
    column = columns.of(kind)
    return false() if column is None else column == code


class _Statement(Protocol):
    def where(self, *conditions: Any) -> Self: ...


S = TypeVar("S", bound=_Statement)


def narrow(statement: S, place: Place, columns: PlaceColumns) -> S:
    """Narrow a SELECT, UPDATE or DELETE to the rows that a place may see."""
    return statement.where(seen_from(place, columns))


def narrow_for(statement: S, kind: PlaceKind, columns: PlaceColumns) -> S:
    """Narrow a statement that is built once for all places of a kind; its parameter `place_code` names the place."""
    return statement.where(_seen(kind, bindparam("place_code"), columns))
