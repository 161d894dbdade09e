"""The year's calendar, day by day, by the State Council's notices."""

from datetime import date, datetime, time, timedelta
from functools import cache

from chinese_calendar import is_workday

CLOSE = time(17, 30)
DAY = timedelta(days=1)
MORNING, AFTERNOON = (510, 720), (810, 1050)


@cache
def worked(day: date) -> bool:
    """Whether business is done on a day, by the State Council's notices."""
    return bool(is_workday(day))


def next_worked(day: date) -> date:
    """The day itself, or the first one after it that is worked."""
    while not worked(day):
        day += DAY
    return day


def receipt_day(at: datetime) -> date:
    """After close or on a rest day an application counts as received on the next working day."""
    return next_worked(at.date() + DAY if at.time() > CLOSE else at.date())


def walk(start: date, days: int, excluded: set[date], only_worked: bool) -> date:
    """Go so many days on, passing over excluded ones and, for working days, over rest days."""
    day = start
    while days:
        day += DAY
        if day not in excluded and (worked(day) or not only_worked):
            days -= 1
    return day


def workdays_between(after: date, upto: date, excluded: set[date]) -> int:
    """Working days of (after, upto] that are not excluded."""
    count, day = 0, after
    while day < upto:
        day += DAY
        count += worked(day) and day not in excluded
    return count


def business_minutes(start: datetime, end: datetime) -> int:
    """Minutes from 8:30 to 12:00 and from 13:30 to 17:30 on working days, day by day."""
    total, day = 0, start.date()
    while day <= end.date():
        if worked(day):
            first = start.hour * 60 + start.minute if day == start.date() else 0
            last = end.hour * 60 + end.minute if day == end.date() else 1440
            total += sum(
                max(0, min(last, closes) - max(first, opens)) for opens, closes in (MORNING, AFTERNOON)
            )
        day += DAY
    return total


def minutes(start: datetime, end: datetime) -> int:
    """Minutes on the clock between the minutes in which two instants lie."""
    return (end.replace(second=0, microsecond=0) - start.replace(second=0, microsecond=0)) // timedelta(
        minutes=1
    )
