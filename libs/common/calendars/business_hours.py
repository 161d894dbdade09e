"""Minutes of business hours on working days: pure arithmetic over a calendar that is passed in."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache

from libs.common.calendars.workdays import WorkCalendar
from libs.common.clock import SHANGHAI, local

_DAY = timedelta(days=1)


# A case asks for the same at each of its commands.
@lru_cache(maxsize=16_384)
def working_minutes(
    start: datetime, end: datetime, calendar: WorkCalendar, hours: tuple[tuple[time, time], ...]
) -> int:
    """Return the minutes from `start` to `end` that lie in business hours of working days, in O(1).

    `hours` are the local opening spans of a day, in order and apart. Negative if the instants are reversed.
    """
    if end < start:
        return -working_minutes(end, start, calendar, hours)
    first, last = local(start), local(end)
    whole_days = calendar.count_workdays(first.date() - _DAY, last.date() - _DAY)
    return (
        whole_days * day_minutes(hours)
        + _worked_by(last.date(), last.time(), calendar, hours)
        - _worked_by(first.date(), first.time(), calendar, hours)
    )


@lru_cache(maxsize=64)
def day_minutes(hours: tuple[tuple[time, time], ...]) -> int:
    """Return the business minutes of a working day."""
    return sum(_minutes(closes) - _minutes(opens) for opens, closes in hours)


def after_working_minutes(
    start: datetime, minutes: int, calendar: WorkCalendar, hours: tuple[tuple[time, time], ...]
) -> datetime:
    """Return the instant, in UTC, at which so many minutes (> 0) of business hours have passed since `start`."""
    local_start = local(start)
    used = _worked_by(local_start.date(), local_start.time(), calendar, hours)
    whole_days, remaining = divmod(used + minutes - 1, day_minutes(hours))
    remaining += 1
    first = (
        local_start.date()
        if calendar.is_workday(local_start.date())
        else calendar.next_workday(local_start.date())
    )
    day = calendar.add_workdays(first, whole_days)
    for opens, closes in hours:
        span = _minutes(closes) - _minutes(opens)
        if remaining <= span:
            return (datetime.combine(day, opens, SHANGHAI) + timedelta(minutes=remaining)).astimezone(UTC)
        remaining -= span
    raise AssertionError("the minutes of a day are more than its hours")


@lru_cache(maxsize=4096)
def share_of_working_time(
    start: datetime,
    end: datetime,
    share: Fraction,
    calendar: WorkCalendar,
    hours: tuple[tuple[time, time], ...],
) -> datetime | None:
    """Return the instant at which a share of the business hours between two has passed; None within a minute."""
    minutes = int(working_minutes(start, end, calendar, hours) * share)
    return after_working_minutes(start, minutes, calendar, hours) if minutes >= 1 else None


def _worked_by(day: date, at: time, calendar: WorkCalendar, hours: tuple[tuple[time, time], ...]) -> int:
    """Business minutes of a day that have passed at a time of it."""
    if not calendar.is_workday(day):
        return 0
    now = _minutes(at)
    return sum(max(0, min(now, _minutes(closes)) - _minutes(opens)) for opens, closes in hours)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
