"""Which limit a grievance has: of all rules that hold for it the one that ends first (grievances.md, time limits)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from libs.common.calendars.workdays import BusinessCalendar
from libs.common.clock import local
from libs.common.places import Supply
from services.grievances.domain.rules import Aim, LimitPolicy, LimitRule, Unit
from services.grievances.domain.values.kinds import GrievanceKind, LimitClass

HOTLINE: Final = "HOTLINE"
"""The rule of a limit that the hotline set itself, in its order."""


@dataclass(frozen=True, slots=True)
class Told:
    """What limits are chosen by."""

    kind: GrievanceKind
    supply: Supply | None
    limit_class: LimitClass | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as it was given: by which rule and version, and until when it ran at first."""

    rule: str
    number: int
    unit: Unit
    source: str
    version: str
    until: datetime

    @property
    def is_by_the_clock(self) -> bool:
        """Whether it runs round the clock."""
        return self.unit in (Unit.HOURS, Unit.MINUTES)


def deadline(number: int, unit: Unit, since: datetime, calendar: BusinessCalendar) -> datetime:
    """Return when a limit ends that begins at an instant.

    Working and calendar days do not count the first day (民法典 §201) and end at the close of business; a last
    calendar day of rest moves to the next working day (§203). Hours and minutes run round the clock.
    """
    if unit is Unit.WORKDAYS:
        return calendar.close_after(since, number)
    if unit is Unit.DAYS:
        return calendar.close_of(calendar.roll(calendar.add_days(local(since).date(), number)))
    return since + (timedelta(hours=number) if unit is Unit.HOURS else timedelta(minutes=number))


def holding(told: Told, aim: Aim, since: datetime, policy: LimitPolicy) -> Iterator[LimitRule]:
    """Yield the rules of an aim that hold for what was told at an instant."""
    season = policy.heat.part(local(since).date())
    for rule in policy.rules:
        if (
            rule.aim is aim
            and (not rule.kinds or told.kind in rule.kinds)
            and (not rule.supplies or told.supply in rule.supplies)
            and (not rule.classes or told.limit_class in rule.classes)
            and (not rule.seasons or season in rule.seasons)
        ):
            yield rule


def shortest(
    told: Told, aim: Aim, since: datetime, policy: LimitPolicy, calendar: BusinessCalendar
) -> Limit | None:
    """Return the limit that ends first; of equal ones the first of the policy. None where no rule holds."""
    limits = [
        Limit(
            rule.code,
            rule.number,
            rule.unit,
            rule.source,
            policy.version,
            deadline(rule.number, rule.unit, since, calendar),
        )
        for rule in holding(told, aim, since, policy)
    ]
    return min(limits, key=lambda limit: limit.until, default=None)


def joined(limit: Limit | None, until: datetime | None, since: datetime, version: str) -> Limit | None:
    """Return the shorter one of a limit and of the hotline's own; that one never lengthens anything.

    What the hotline wanted before a cycle began is not for this cycle.
    """
    if until is None or until <= since or (limit is not None and limit.until <= until):
        return limit
    minutes = max(1, (until - since) // timedelta(minutes=1))
    return Limit(HOTLINE, minutes, Unit.MINUTES, "12345热线工单", version, until)
