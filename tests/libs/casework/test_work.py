"""How urgent a task is: at each edge of its time."""

from datetime import datetime, timedelta
from enum import StrEnum

import pytest

from libs.casework.domain.work import Light, Urgency, WorkItem, urgency
from tests.support.service import when


class _Kind(StrEnum):
    A = "A"


class _Turn(StrEnum):
    B = "B"


DAY = 480
SINCE = when("2022-07-04 09:00")


def minutes(start: datetime, end: datetime) -> int:
    """Count every minute as working time."""
    return (end - start) // timedelta(minutes=1)


def at(allowed: int, used: int) -> Urgency:
    """Return how urgent a task is of which so many minutes are used."""
    item: WorkItem[_Kind, _Turn, None] = WorkItem(_Kind.A, _Turn.B, SINCE, SINCE + timedelta(minutes=allowed))
    return urgency(item, SINCE + timedelta(minutes=used), minutes, DAY)


@pytest.mark.parametrize(
    ("allowed", "used", "light", "is_half_used"),
    [
        # A long task: half of it comes before its last day.
        (2400, 0, Light.GREEN, False),
        (2400, 1199, Light.GREEN, False),
        (2400, 1200, Light.YELLOW, True),
        (2400, 2400, Light.YELLOW, True),
        (2400, 2401, Light.RED, True),
        # A short one: its last working day comes first.
        (600, 119, Light.GREEN, False),
        (600, 120, Light.YELLOW, False),
        (600, 299, Light.YELLOW, False),
        (600, 300, Light.YELLOW, True),
        (600, 601, Light.RED, True),
        # One that was due as it began.
        (0, 0, Light.YELLOW, True),
        (0, 1, Light.RED, True),
    ],
)
def test_the_light_turns_at_half_of_the_time_or_on_the_last_working_day(
    allowed: int, used: int, light: Light, is_half_used: bool
) -> None:
    assert at(allowed, used) == Urgency(allowed - used, is_half_used, light)


def test_without_a_deadline_nothing_is_urgent() -> None:
    item: WorkItem[_Kind, _Turn, None] = WorkItem(_Kind.A, _Turn.B, SINCE, None)
    assert urgency(item, SINCE + timedelta(days=900), minutes, DAY) == Urgency(None, False, Light.GREEN)


def test_it_is_overdue_from_the_first_moment_after() -> None:
    item: WorkItem[_Kind, _Turn, None] = WorkItem(_Kind.A, _Turn.B, SINCE, SINCE + timedelta(minutes=10))
    last = SINCE + timedelta(minutes=10)
    assert urgency(item, last, minutes, DAY).light is Light.YELLOW
    assert urgency(item, last + timedelta(microseconds=1), minutes, DAY).light is Light.RED
