"""One version of the rules of requests: limits, approval, reasons and materials by kind, and the heating season."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple

from libs.casework.domain import materials
from libs.common.places import Supply
from services.registry.domain.requests.values import MaterialKind, Party, RefusalReason, RequestKind


@dataclass(frozen=True, slots=True)
class ListedMaterial(materials.ListedMaterial[MaterialKind]):
    """One material of a kind of request."""


@dataclass(frozen=True, slots=True)
class MaterialFile(materials.MaterialFile[MaterialKind]):
    """A file of a request, and the party that handed it in by its own token; None where staff did."""

    party: Party | None = None


@dataclass(frozen=True, slots=True)
class MaterialList(materials.MaterialList[MaterialKind]):
    """The materials of a kind of request."""


class YearDay(NamedTuple):
    """A day of every year."""

    month: int
    day: int

    @classmethod
    def of(cls, day: date) -> "YearDay":
        """Return the day of the year that a date is."""
        return cls(day.month, day.day)

    def __str__(self) -> str:
        return f"{self.month}月{self.day}日"


@dataclass(frozen=True, slots=True)
class HeatSeason:
    """The last day for asking to stop heat, and the season's first and last day, which is in the next year.

    `excluded` are the kinds that are not asked for within the season.
    """

    closing: YearDay
    first: YearDay
    last: YearDay
    excluded: frozenset[RequestKind]

    def is_on(self, day: date) -> bool:
        """Tell whether heat is supplied on a day."""
        at = YearDay.of(day)
        return at >= self.first or at <= self.last

    def is_closed(self, day: date) -> bool:
        """Tell whether the closing date has passed and the season has not begun."""
        return self.closing < YearDay.of(day) < self.first


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """The rules of one kind of request; `workdays` are from its receipt on.

    `needs_approval`: an approver confirms that nothing is owed (欠费已结清) before it is done.
    """

    workdays: int
    needs_approval: bool
    needs_reading: frozenset[Supply]
    refusals: frozenset[RefusalReason]
    materials: tuple[ListedMaterial, ...]


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """One version; the shipped one is in `policies.yaml`. `hours` are the opening spans of a working day."""

    version: str
    source: str
    kinds: Mapping[RequestKind, KindPolicy]
    heat: HeatSeason
    hours: tuple[tuple[time, time], ...]
    accept_workdays: int
    recorded_workdays: int
    urge_workdays: int
    question_workdays: int
    most_urges: int
    most_questions: int
    most_open_questions: int
    most_files: int
    link_minutes: int

    def material_list(self, kind: RequestKind) -> MaterialList:
        """Return the material list of a kind."""
        return MaterialList(self.version, self.kinds[kind].materials)
