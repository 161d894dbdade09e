"""What grievances are judged by: versions of policies, and the working calendar. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from fractions import Fraction

from libs.common.calendars.workdays import BusinessCalendar
from libs.common.places import Supply
from services.grievances.domain.ratings.policy import RatingPolicy
from services.grievances.domain.values.kinds import GrievanceKind, LimitClass

Hours = tuple[tuple[time, time], ...]


class Aim(StrEnum):
    """What a limit is for."""

    CONTACT = "CONTACT"
    ARRIVE = "ARRIVE"
    REPLY = "REPLY"


class Unit(StrEnum):
    """How a limit is counted: by the clock, in calendar days, or in working days."""

    MINUTES = "MINUTES"
    HOURS = "HOURS"
    DAYS = "DAYS"
    WORKDAYS = "WORKDAYS"


class Season(StrEnum):
    """Parts of the heating season that limits differ by."""

    FIRST_DAYS = "FIRST_DAYS"
    LATER = "LATER"


@dataclass(frozen=True, slots=True)
class LimitRule:
    """One limit, and what it holds for; an empty condition holds for all. `source` is the statute."""

    code: str
    name: str
    aim: Aim
    number: int
    unit: Unit
    source: str
    kinds: frozenset[GrievanceKind] = frozenset()
    supplies: frozenset[Supply] = frozenset()
    classes: frozenset[LimitClass] = frozenset()
    seasons: frozenset[Season] = frozenset()


@dataclass(frozen=True, slots=True)
class HeatSeason:
    """The heating season: its first and last day as (month, day), and how many days are its first ones."""

    first: tuple[int, int]
    last: tuple[int, int]
    first_days: int

    def part(self, day: date) -> Season | None:
        """Return the part of the season that a day is in; None outside."""
        year = day.year if (day.month, day.day) >= self.first else day.year - 1
        begins = date(year, *self.first)
        if day > date(year + 1, *self.last):
            return None
        return Season.FIRST_DAYS if (day - begins).days < self.first_days else Season.LATER


@dataclass(frozen=True, slots=True)
class LimitPolicy:
    """The limits of grievances, by one version."""

    version: str
    source: str
    rules: tuple[LimitRule, ...]
    heat: HeatSeason


@dataclass(frozen=True, slots=True)
class Category:
    """One category of the tree; a top one has no parent. `limit_class` is what limits are chosen by."""

    code: str
    name: str
    parent: str | None = None
    limit_class: LimitClass | None = None
    kinds: frozenset[GrievanceKind] = frozenset()
    supplies: frozenset[Supply] = frozenset()


@dataclass(frozen=True, slots=True)
class CategoryPolicy:
    """The tree of categories, by one version."""

    version: str
    source: str
    categories: Mapping[str, Category]
    # The day from which on it holds.
    since: date

    def path(self, code: str) -> tuple[Category, ...]:
        """Return a category and those above it, the top one first."""
        found: list[Category] = []
        item: Category | None = self.categories[code]
        while item is not None:
            found.append(item)
            item = None if item.parent is None else self.categories[item.parent]
        return tuple(reversed(found))

    def is_leaf(self, code: str) -> bool:
        """Tell whether nothing is below a category: only such ones are chosen."""
        return all(item.parent != code for item in self.categories.values())


@dataclass(frozen=True, slots=True)
class StandardAnswer:
    """A text that a reply may begin with, by its code; what the text says stands in the policy alone."""

    code: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ProcessPolicy:
    """The terms of handling, by one version: times, how often, and shares of a limit."""

    version: str
    source: str
    hours: Hours
    screen_minutes: int
    sign_minutes: int
    return_workdays: int
    most_extension_workdays: int
    yellow_workdays: int
    utility_share: Fraction
    county_workdays: int
    city_workdays: int
    call_workdays: int
    call_attempts: int
    call_days: int
    redo_workdays: int
    most_redos: int
    reopen_days: int
    recorded_workdays: int
    clear_workdays: int
    generic_replies: int
    generic_days: int
    urge_workdays: int
    question_workdays: int
    most_urges: int
    most_questions: int
    most_open_questions: int
    most_files: int
    link_minutes: int
    # The least grade that is satisfied (O11), of five.
    good_from: int = 3
    # How long a link to answer the call-back by holds, and what goes out by itself as a message.
    call_link_hours: int = 48
    sends_call_links: bool = False
    sends_rating_links: bool = False
    answers: Mapping[str, StandardAnswer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """The versions in force today; a grievance keeps the version that gave its limits."""

    limits: LimitPolicy
    categories: CategoryPolicy
    process: ProcessPolicy
    calendar: BusinessCalendar
    # The display names of each unit's staff, by unit and subject.
    staff: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ratings: RatingPolicy = field(default_factory=RatingPolicy)
