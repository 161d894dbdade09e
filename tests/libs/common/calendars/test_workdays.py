import calendar as gregorian
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.calendars.seed import published_calendar, published_days
from libs.common.calendars.workdays import DayKind, WorkCalendar, receipt_date, statutory_days
from libs.common.clock import SHANGHAI

CALENDAR = published_calendar().closing(time(17, 30))
DAYS = st.dates(date(2004, 1, 1), date(2034, 12, 31))
COUNTS = st.integers(1, 60)
DAY = timedelta(days=1)


@st.composite
def excluded_after(draw: st.DrawFn) -> tuple[date, frozenset[date]]:
    """A start day and a set of excluded days around and after it."""
    start = draw(DAYS)
    offsets = draw(st.frozensets(st.integers(-5, 40), max_size=25))
    return start, frozenset(start + timedelta(days=n) for n in offsets)


def days_of(text: str, year: int) -> set[date]:
    """Read "1.29 4.2-4.5" as the days of a year."""
    found: set[date] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        start, end = (date(year, *map(int, edge.split("."))) for edge in (first, last or first))
        found.update(start + timedelta(days=n) for n in range((end - start).days + 1))
    return found


# 国办发明电〔2021〕11号 and the notice of 2025-11-04, written off by hand.
NOTICES = {
    2022: (
        "1.1-1.3 1.31-2.6 4.3-4.5 4.30-5.4 6.3-6.5 9.10-9.12 10.1-10.7",
        "1.29 1.30 4.2 4.24 5.7 10.8 10.9",
    ),
    2026: (
        "1.1-1.3 2.15-2.23 4.4-4.6 5.1-5.5 6.19-6.21 9.25-9.27 10.1-10.7",
        "1.4 2.14 2.28 5.9 9.20 10.10",
    ),
}


@pytest.mark.parametrize("year", NOTICES)
def test_the_seed_agrees_with_the_notice(year: int) -> None:
    rest, make_up = (days_of(text, year) for text in NOTICES[year])
    if year == 2022:
        rest.add(date(2022, 12, 31))  # from the notice of 2023
    rows = {day: row for day, row in published_days().items() if day.year == year}
    assert {day for day, row in rows.items() if row.kind is DayKind.HOLIDAY} == rest
    assert {day for day, row in rows.items() if row.kind is DayKind.MAKE_UP} == make_up
    for day, row in rows.items():
        assert row.is_workday == (day in make_up or (day.weekday() < 5 and day not in rest))
        assert CALENDAR.is_workday(day) == row.is_workday
        assert bool(row.name) == (day in rest | make_up)


def test_the_seed_has_every_day_of_the_published_years() -> None:
    days = list(published_days())
    assert days[0] == date(2004, 1, 1)
    assert days[-1] == date(2026, 12, 31)
    assert days == sorted(days)
    assert len(days) == (days[-1] - days[0]).days + 1
    assert published_days()[date(2022, 10, 8)].name == "国庆节"


def test_make_up_days_are_worked() -> None:
    assert CALENDAR.is_workday(date(2022, 10, 8))
    assert CALENDAR.is_workday(date(2022, 10, 9))
    assert CALENDAR.next_workday(date(2022, 9, 30)) == date(2022, 10, 8)
    assert CALENDAR.roll(date(2022, 10, 5)) == date(2022, 10, 8)
    assert CALENDAR.roll(date(2022, 10, 9)) == date(2022, 10, 9)


def test_years_without_a_notice_have_weekdays_and_statutory_days() -> None:
    rest_2027 = days_of("1.1 2.5-2.8 4.5 5.1 5.2 6.9 9.15 10.1-10.3", 2027)
    assert statutory_days(2027) == rest_2027
    for n in range(365):
        day = date(2027, 1, 1) + n * DAY
        assert CALENDAR.is_workday(day) == (day.weekday() < 5 and day not in rest_2027)
    assert date(2028, 1, 25) in statutory_days(2028)
    assert statutory_days(2036) == days_of("1.1 5.1 5.2 10.1-10.3", 2036)


def test_movable_days_agree_with_the_lunar_calendar() -> None:
    # New Year falls between 21 January and 21 February; 端午 lies four lunar months and four days after it,
    # 中秋 three months and ten days after 端午; New Years are 12 or 13 months apart. The leap months that
    # matter are 闰三月 of 2031 and 闰五月 of 2028; that of 2033 is 闰十一月, after 中秋.
    new_years = []
    for year in range(2027, 2036):
        movable = sorted(statutory_days(year) - days_of("1.1 5.1 5.2", year) - days_of("10.1-10.3", year))
        new_year = movable[1]
        assert movable[:4] == [new_year + n * DAY for n in (-1, 0, 1, 2)]
        assert date(year, 1, 21) <= new_year <= date(year, 2, 21)
        assert movable[4] in {date(year, 4, 4), date(year, 4, 5)}
        dragon_boat = movable[5]
        leap_before, leap_after = (30 * (year == leap) for leap in (2031, 2028))
        assert 121 <= (dragon_boat - new_year).days - leap_before <= 123
        after = {(day - dragon_boat).days - leap_after for day in statutory_days(year)}
        assert after & {97, 98, 99}
        new_years.append(new_year)
    months = [(b - a).days / 29.530589 for a, b in pairwise(new_years)]
    assert all(min(abs(m - 12), abs(m - 13)) < 0.04 for m in months)


def test_provisional_is_what_no_notice_covers() -> None:
    assert not CALENDAR.is_provisional(date(2004, 1, 1), date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2026, 12, 31), date(2027, 1, 1))
    assert CALENDAR.is_provisional(date(2003, 12, 31))
    assert not CALENDAR.is_provisional()
    assert WorkCalendar({}, ()).is_provisional(date(2026, 1, 1))
    # Each year by itself: a notice that comes early settles its own.
    early = WorkCalendar({}, {2026, 2028})
    assert not early.is_provisional(date(2026, 12, 31), date(2028, 1, 1))
    assert early.is_provisional(date(2027, 1, 1))


def test_a_local_day_overrides_the_rule() -> None:
    calendar = WorkCalendar({date(2027, 3, 3): False, date(2027, 3, 6): True}, (), version=7)
    assert not calendar.is_workday(date(2027, 3, 3))
    assert calendar.is_workday(date(2027, 3, 6))
    assert calendar.version == 7


def test_a_calendar_closes_when_the_policy_says_and_shares_the_rest() -> None:
    early = CALENDAR.closing(time(17, 0))
    assert early is CALENDAR.closing(time(17, 0)) is early.closing(time(17, 0))
    assert early.close_of(date(2027, 3, 3)) == datetime(2027, 3, 3, 9, 0, tzinfo=UTC)
    assert (early.settled, early.version) == (CALENDAR.settled, CALENDAR.version)
    assert early.add_workdays(date(2022, 9, 30), 1) == date(2022, 10, 8)
    moment = datetime.fromisoformat("2022-09-30 17:10:00").replace(tzinfo=SHANGHAI)
    assert receipt_date(moment, early) == date(2022, 10, 8)
    assert receipt_date(moment, CALENDAR) == date(2022, 9, 30)
    assert receipt_date(moment + timedelta(hours=1), early.closing(time(18, 10))) == date(2022, 9, 30)


def test_close_is_an_instant_in_utc() -> None:
    closes = CALENDAR.close_of(date(2022, 10, 8))
    assert closes == datetime(2022, 10, 8, 9, 30, tzinfo=UTC)
    assert closes.tzinfo is UTC


@pytest.mark.parametrize(
    ("submitted", "received"),
    [
        ("2022-09-30 16:40:00", date(2022, 9, 30)),
        ("2022-09-30 17:30:00", date(2022, 9, 30)),
        ("2022-09-30 17:30:00.000001", date(2022, 10, 8)),
        ("2022-09-30 17:30:01", date(2022, 10, 8)),
        ("2022-09-30 17:31:00", date(2022, 10, 8)),
        ("2022-09-30 17:45:00", date(2022, 10, 8)),
        ("2022-10-03 10:00:00", date(2022, 10, 8)),
        ("2022-10-07 18:00:00", date(2022, 10, 8)),
        ("2022-10-08 09:00:00", date(2022, 10, 8)),
        ("2022-10-09 17:31:00", date(2022, 10, 10)),
        ("2022-08-06 09:00:00", date(2022, 8, 8)),
        ("2022-08-02 00:10:00", date(2022, 8, 2)),
    ],
)
def test_receipt(submitted: str, received: date) -> None:
    instant = datetime.fromisoformat(submitted).replace(tzinfo=SHANGHAI).astimezone(UTC)
    assert receipt_date(instant, CALENDAR) == received


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2022, 6, 15), 6, date(2022, 12, 15)),
        (date(2022, 8, 31), 6, date(2023, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2022, 8, 29), 6, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2022, 7, 1), 6, date(2023, 1, 1)),
        (date(2022, 12, 31), 2, date(2023, 2, 28)),
        (date(2022, 5, 31), 1, date(2022, 6, 30)),
        (date(2022, 3, 31), -1, date(2022, 2, 28)),
        (date(2022, 1, 31), -1, date(2021, 12, 31)),
        (date(2022, 11, 30), 0, date(2022, 11, 30)),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last(day: date, months: int, expected: date) -> None:
    assert CALENDAR.add_months(day, months) == expected


@given(DAYS, st.integers(-60, 60))
def test_months_keep_the_day_or_fall_on_a_last_day(day: date, months: int) -> None:
    end = CALENDAR.add_months(day, months)
    assert (end.year - day.year) * 12 + end.month - day.month == months
    assert end.day == min(day.day, gregorian.monthrange(end.year, end.month)[1])


def test_counting_backwards() -> None:
    assert CALENDAR.add_workdays(date(2022, 10, 8), -1) == date(2022, 9, 30)
    assert CALENDAR.add_workdays(date(2022, 10, 5), -2) == date(2022, 9, 29)
    assert CALENDAR.add_workdays(date(2022, 10, 5), 0) == date(2022, 10, 5)
    excluded = frozenset({date(2022, 9, 30), date(2022, 10, 1)})
    assert CALENDAR.add_workdays(date(2022, 10, 8), -1, excluded) == date(2022, 9, 29)


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2100, 1, 1)])
def test_days_beyond_the_calendar_are_refused(day: date) -> None:
    with pytest.raises(ValueError, match="超出工作日历范围"):
        CALENDAR.is_workday(day)


@pytest.mark.parametrize(("start", "n"), [(date(2099, 12, 30), 5), (date(2000, 1, 5), -9)])
def test_counts_that_leave_the_calendar_are_refused(start: date, n: int) -> None:
    with pytest.raises(ValueError, match="超出工作日历范围"):
        CALENDAR.add_workdays(start, n)


@given(excluded_after(), COUNTS)
def test_adding_is_walking_day_by_day(given_days: tuple[date, frozenset[date]], n: int) -> None:
    start, excluded = given_days
    day, left = start, n
    while left:
        day += DAY
        left -= CALENDAR.is_workday(day) and day not in excluded
    assert CALENDAR.add_workdays(start, n, excluded) == day
    assert CALENDAR.count_workdays(start, day, excluded) == n
    assert CALENDAR.count_workdays(start, day - DAY, excluded) == n - 1


@given(excluded_after(), COUNTS)
def test_counting_back_is_walking_back(given_days: tuple[date, frozenset[date]], n: int) -> None:
    start, excluded = given_days
    day, left = start, n
    while left:
        day -= DAY
        left -= CALENDAR.is_workday(day) and day not in excluded
    assert CALENDAR.add_workdays(start, -n, excluded) == day


@given(excluded_after(), st.integers(0, 60))
def test_calendar_days_pass_over_excluded_ones(given_days: tuple[date, frozenset[date]], n: int) -> None:
    start, excluded = given_days
    day, left = start, n
    while left:
        day += DAY
        left -= day not in excluded
    assert CALENDAR.add_days(start, n, excluded) == day


@given(excluded_after(), COUNTS, COUNTS)
def test_adding_is_monotone(given_days: tuple[date, frozenset[date]], n: int, more: int) -> None:
    start, excluded = given_days
    end = CALENDAR.add_workdays(start, n, excluded)
    assert CALENDAR.add_workdays(start, n + more, excluded) > end
    assert CALENDAR.add_workdays(start + DAY, n, excluded) >= end
    assert CALENDAR.add_workdays(start, n) <= end


@given(excluded_after())
def test_rolling_twice_is_rolling_once(given_days: tuple[date, frozenset[date]]) -> None:
    day, excluded = given_days
    rolled = CALENDAR.roll(day, excluded)
    assert rolled >= day
    assert CALENDAR.is_workday(rolled)
    assert rolled not in excluded
    assert CALENDAR.roll(rolled, excluded) == rolled
    assert CALENDAR.count_workdays(day - DAY, rolled, excluded) == 1


@given(DAYS, DAYS, DAYS)
def test_counts_add_up(a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    parts = CALENDAR.count_workdays(first, middle) + CALENDAR.count_workdays(middle, last)
    assert CALENDAR.count_workdays(first, last) == parts
    assert CALENDAR.count_workdays(last, first) == 0
