"""Durations in whole minutes.

Instants are truncated to their minute, so that durations of adjoining spans add up exactly.
"""

from datetime import UTC, datetime, timedelta

from libs.common.calendars.business_hours import (
    after_working_minutes,
    day_minutes,
    share_of_working_time,
    working_minutes,
)

__all__ = [
    "after_working_minutes",
    "day_minutes",
    "elapsed_minutes",
    "minute_of",
    "share_of_working_time",
    "working_minutes",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


def minute_of(instant: datetime) -> int:
    """Return the number of the minute in which an aware instant lies."""
    return (instant - _EPOCH) // _MINUTE


def elapsed_minutes(start: datetime, end: datetime) -> int:
    """Return the minutes from one instant to another on the clock, negative if they are reversed."""
    return minute_of(end) - minute_of(start)
