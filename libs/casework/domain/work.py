"""Entries of work lists: the task on a case, who is to act, its due time, and how urgent it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Any, Generic, TypeVar

from libs.common.calendars.business_hours import after_working_minutes, day_minutes, working_minutes
from libs.common.calendars.workdays import WorkCalendar

Kind = TypeVar("Kind", bound=StrEnum)
Whose = TypeVar("Whose", bound=StrEnum)
Item = TypeVar("Item")
Hours = tuple[tuple[time, time], ...]
"""The local opening spans of a day, in order and apart."""

# Items without a deadline sort last but stay listed.
_AT_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WorkItem(Generic[Kind, Whose, Item]):
    """A task on a case, or on one of its items. `due_at` is None where no rule sets a deadline."""

    kind: Kind
    whose: Whose
    since: datetime
    due_at: datetime | None
    item: Item | None = None


class Light(StrEnum):
    """How urgent a task is."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"


@dataclass(frozen=True, slots=True)
class Urgency:
    """The state of a task's time: working minutes until it is due, negative after, and whether half is used."""

    remaining: int | None = None
    is_half_used: bool = False
    light: Light = Light.GREEN


def urgency(
    item: WorkItem[Any, Any, Any], now: datetime, minutes: Callable[[datetime, datetime], int], day: int
) -> Urgency:
    """Return how urgent a task is; `minutes` counts working time, of which a working day has `day`.

    RED: overdue. YELLOW: due within a working day, as the hotlines' yellow card (山东省级热线办法 2017), or half of
    its time is used. Without a deadline nothing is urgent.
    """
    if item.due_at is None:
        return Urgency()
    remaining, allowed = minutes(now, item.due_at), minutes(item.since, item.due_at)
    is_half_used = 2 * remaining <= allowed
    light = Light.YELLOW if is_half_used or remaining <= day else Light.GREEN
    if item.due_at < now:
        light = Light.RED
    return Urgency(remaining, is_half_used, light)


def urgency_by(item: WorkItem[Any, Any, Any], now: datetime, calendar: WorkCalendar, hours: Hours) -> Urgency:
    """Return how urgent a task is, in business hours."""
    return urgency(
        item, now, lambda start, end: working_minutes(start, end, calendar, hours), day_minutes(hours)
    )


def due_soon_until(now: datetime, calendar: WorkCalendar, hours: Hours) -> datetime:
    """Return the instant until which what is due is due within a working day."""
    return after_working_minutes(now, day_minutes(hours), calendar, hours)


def places_on_lists(
    items: Iterable[WorkItem[Any, Whose, Any]], case_due_at: datetime | None = None
) -> dict[Whose, datetime]:
    """Return what is due first, by who is to act: of a case's tasks, or the case itself where it is due earlier."""
    places: dict[Whose, datetime] = {}
    for item in items:
        due_at = min(item.due_at or _AT_LAST, case_due_at or _AT_LAST)
        places[item.whose] = min(due_at, places.get(item.whose, due_at))
    return places
