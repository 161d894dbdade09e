from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.clock import local
from services.hookup.domain.values.durations import elapsed_minutes, share_of_working_time, working_minutes
from tests.services.hookup.domain.samples import CALENDAR, POLICY, at

HOURS = POLICY.business_hours
SECONDS = st.integers(0, 400 * 86_400).map(lambda n: at("2022-01-01 00:00") + timedelta(seconds=n))


def worked(start: datetime, end: datetime) -> int:
    return working_minutes(start, end, CALENDAR, HOURS)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2022-08-01 08:30", "2022-08-01 17:30", 450),
        ("2022-08-01 00:00", "2022-08-02 00:00", 450),
        ("2022-08-01 09:00", "2022-08-01 09:20", 20),
        ("2022-08-01 11:50", "2022-08-01 13:40", 20),
        ("2022-08-01 12:00", "2022-08-01 13:30", 0),
        ("2022-08-01 17:30", "2022-08-02 08:30", 0),
        ("2022-08-01 17:29", "2022-08-02 08:31", 2),
        ("2022-08-05 17:00", "2022-08-08 09:00", 60),
        ("2022-09-30 17:00", "2022-10-08 09:00", 60),
        ("2022-10-08 00:00", "2022-10-10 00:00", 900),
        ("2022-08-01 09:00:59", "2022-08-01 09:01:00", 1),
        ("2022-08-01 09:00:00", "2022-08-01 09:00:59", 0),
        ("2022-08-06 09:00", "2022-08-07 09:00", 0),
        ("2022-08-01 10:00", "2022-08-01 09:00", -60),
    ],
)
def test_only_business_hours_of_working_days_count(start: str, end: str, minutes: int) -> None:
    assert worked(at(start), at(end)) == minutes


@given(SECONDS, st.integers(0, 6 * 1440))
def test_minutes_are_those_counted_one_by_one(start: datetime, length: int) -> None:
    start = start.replace(second=0)
    wall = (local(start + timedelta(minutes=n)) for n in range(length))
    counted = sum(
        CALENDAR.is_workday(minute.date()) and any(opens <= minute.time() < closes for opens, closes in HOURS)
        for minute in wall
    )
    assert worked(start, start + timedelta(minutes=length)) == counted


@given(SECONDS, SECONDS, SECONDS)
def test_durations_add_up(a: datetime, b: datetime, c: datetime) -> None:
    assert worked(a, b) + worked(b, c) == worked(a, c)
    assert elapsed_minutes(a, b) + elapsed_minutes(b, c) == elapsed_minutes(a, c)


@given(SECONDS, SECONDS)
def test_work_never_takes_longer_than_the_clock(a: datetime, b: datetime) -> None:
    start, end = sorted((a, b))
    assert 0 <= worked(start, end) <= elapsed_minutes(start, end)


def test_elapsed_is_the_clock() -> None:
    assert elapsed_minutes(at("2022-08-01 09:00:30"), at("2022-08-02 09:01:10")) == 1441


@given(SECONDS, st.integers(0, 20 * 1440), st.fractions(Fraction(1, 100), 1, max_denominator=100))
def test_a_share_of_the_working_time_has_passed_at_its_instant(
    start: datetime, length: int, share: Fraction
) -> None:
    end = start + timedelta(minutes=length)
    found = share_of_working_time(start, end, share, CALENDAR, HOURS)
    minutes = int(worked(start, end) * share)
    if found is None:
        assert minutes < 1
    else:
        # The first such minute: one earlier it had not passed.
        assert worked(start, found) == minutes
        assert worked(start, found - timedelta(minutes=1)) == minutes - 1


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # The whole morning has passed when it ends, not when the afternoon begins, and the day at its close.
        ("2022-08-01 08:30", "2022-08-01 12:00", "2022-08-01 12:00"),
        ("2022-08-01 08:30", "2022-08-01 17:30", "2022-08-01 17:30"),
        ("2022-08-01 09:00", "2022-08-01 09:01", "2022-08-01 09:01"),
        ("2022-08-01 09:00", "2022-08-01 09:00:59", None),
        ("2022-08-01 12:00", "2022-08-01 13:30", None),
    ],
)
def test_the_whole_working_time_has_passed_with_its_last_minute(
    start: str, end: str, expected: str | None
) -> None:
    found = share_of_working_time(at(start), at(end), Fraction(1), CALENDAR, HOURS)
    assert found == (at(expected) if expected else None)
