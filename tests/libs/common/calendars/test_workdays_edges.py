"""The first and the last day of the calendar, and the day from which is counted."""

from datetime import date

import pytest

from libs.common.calendars.seed import published_calendar

CALENDAR = published_calendar()
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
# 2000 begins on a Saturday, 2099 ends on a Thursday.
FIRST_WORKED, LAST_WORKED = date(2000, 1, 3), date(2099, 12, 31)


def test_the_calendar_has_its_first_day_and_its_last() -> None:
    assert not CALENDAR.is_workday(FIRST)
    assert CALENDAR.is_workday(LAST)
    assert CALENDAR.next_workday(FIRST) == CALENDAR.roll(FIRST_WORKED) == FIRST_WORKED
    assert CALENDAR.add_workdays(date(2000, 1, 4), -1) == FIRST_WORKED
    assert CALENDAR.next_workday(date(2099, 12, 30)) == CALENDAR.roll(LAST) == LAST_WORKED


@pytest.mark.parametrize(("start", "n"), [(FIRST_WORKED, -1), (FIRST_WORKED, -2), (LAST_WORKED, 1)])
def test_there_is_no_working_day_just_outside(start: date, n: int) -> None:
    with pytest.raises(ValueError, match="超出工作日历范围"):
        CALENDAR.add_workdays(start, n)


def test_every_year_has_its_statutory_days() -> None:
    # Labour Day of the first and the last year, a Monday and a Friday.
    assert not CALENDAR.is_workday(date(2000, 5, 1))
    assert not CALENDAR.is_workday(date(2099, 5, 1))


def test_the_day_from_which_is_counted_counts_neither_as_worked_nor_as_excluded() -> None:
    start = date(2022, 8, 3)
    excluded = frozenset({start})
    assert CALENDAR.add_workdays(start, 1, excluded) == date(2022, 8, 4)
    assert CALENDAR.add_workdays(start, -1, excluded) == date(2022, 8, 2)
    assert CALENDAR.count_workdays(start, date(2022, 8, 4), excluded) == 1
    assert CALENDAR.add_days(start, 1, excluded) == date(2022, 8, 4)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2022, 10, 31), date(2022, 11, 30)),
        (date(2022, 11, 30), date(2022, 12, 30)),
        (date(2076, 1, 31), date(2076, 2, 29)),
    ],
)
def test_a_month_later_is_that_months_last_day_at_most(day: date, expected: date) -> None:
    assert CALENDAR.add_months(day, 1) == expected
