"""Office hours of the simulation."""

from datetime import datetime, time, timedelta

from libs.common.clock import SHANGHAI, local

OPEN_HOURS = (time(8, 30), time(17, 30))
DAY_MINUTES = 540


def office_minutes_later(at: datetime, minutes: float) -> datetime:
    """Return the instant after so many minutes of office hours."""
    at, remaining = in_office_hours(at), timedelta(minutes=minutes)
    while True:
        closes = datetime.combine(local(at).date(), OPEN_HOURS[1], SHANGHAI)
        if remaining <= closes - at:
            return at + remaining
        remaining -= closes - at
        at = in_office_hours(closes + timedelta(minutes=1))


def in_office_hours(at: datetime) -> datetime:
    """Return the instant itself within office hours, else the next weekday morning."""
    wall = local(at)
    opens, closes = OPEN_HOURS
    day = wall.date()
    if wall.time() > closes:
        day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    if day != wall.date() or wall.time() < opens:
        return datetime.combine(day, opens, SHANGHAI) + timedelta(minutes=wall.minute)
    return at
