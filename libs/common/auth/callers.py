"""Who calls, and which rows that caller may see."""

from collections.abc import Iterable, Mapping
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


# Where each role can be held. What is not listed gives no right anywhere.
PLACES_OF_ROLES: Final[Mapping[str, frozenset[PlaceKind]]] = MappingProxyType(
    {
        "clerk": frozenset({PlaceKind.UTILITY, PlaceKind.DISTRICT, PlaceKind.CITY}),
        "approver": frozenset({PlaceKind.UTILITY, PlaceKind.DISTRICT, PlaceKind.CITY}),
        "agent": frozenset({PlaceKind.UTILITY}),
        "supervisor": frozenset({PlaceKind.DISTRICT, PlaceKind.CITY}),
        "administrator": frozenset({PlaceKind.CITY}),
        "authority": frozenset({PlaceKind.AUTHORITY}),
        "channel": frozenset({PlaceKind.CHANNEL}),
        "citizen": frozenset({PlaceKind.CITIZEN}),
    }
)


def roles_at(kind: PlaceKind, claimed: Iterable[str]) -> frozenset[str]:
    """Return the roles that can be held at a kind of place; any other that is claimed there counts for nothing."""
    return frozenset(role for role in claimed if kind in PLACES_OF_ROLES.get(role, ()))


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
    """The columns of a statement that say to whom a row belongs; a kind of place without one sees no row."""

    utility: ColumnElement[str] | None = None
    district: ColumnElement[str] | None = None
    channel: ColumnElement[str] | None = None
    owner: ColumnElement[str] | None = None
    authority: ColumnElement[str] | None = None


def seen_from(place: Place, columns: PlaceColumns) -> ColumnElement[bool]:
    """Return the condition on rows that a place may see; nothing unless a column grants it."""
    return _seen(place.kind, place.code, columns)


def _seen(kind: PlaceKind, code: str | BindParameter[str], columns: PlaceColumns) -> ColumnElement[bool]:
    match kind:
        case PlaceKind.CITY:
            return true()
        case PlaceKind.UTILITY:
            column = columns.utility
        case PlaceKind.DISTRICT:
            column = columns.district
        case PlaceKind.CHANNEL:
            column = columns.channel
        case PlaceKind.CITIZEN:
            column = columns.owner
        case PlaceKind.AUTHORITY:
            column = columns.authority
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
