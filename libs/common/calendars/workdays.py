"""Working days, closing times and periods: pure arithmetic over a calendar that is passed in.

Periods follow 民法典 §201 (the start day is not counted), §202 (months end on the corresponding day) and
§203 (a last day of rest moves to the next working day and ends at the close of business).
"""

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import accumulate, compress

from libs.common.clock import SHANGHAI, local

_NO_DAYS: frozenset[date] = frozenset()
_FIRST = date(2000, 1, 1)
_LAST = date(2099, 12, 31)
_BASE = _FIRST.toordinal()
_SPAN = _LAST.toordinal() - _BASE + 1
_DAY = timedelta(days=1)

# 除夕, 清明, 端午, 中秋 as (month, day). Source: calculated from new moons and solar longitude (Meeus,
# Astronomical Algorithms, ch. 25 and 49) at UTC+8 by the rules of GB/T 33661-2017; no State Council notice
# covers these years yet.
_MOVABLE: dict[int, tuple[tuple[int, int], ...]] = {
    2027: ((2, 5), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 25), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 12), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 2), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 22), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 10), (4, 4), (6, 12), (9, 19)),
    2033: ((1, 30), (4, 4), (6, 1), (9, 8)),
    2034: ((2, 18), (4, 5), (6, 20), (9, 27)),
    2035: ((2, 7), (4, 5), (6, 10), (9, 16)),
}


class DayKind(StrEnum):
    """Why a day is worked or not."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Day:
    """One row of the calendar; `name` is the holiday it belongs to, in Chinese, else empty."""

    date: date
    is_workday: bool
    kind: DayKind
    name: str = ""


def statutory_days(year: int) -> frozenset[date]:
    """Return the statutory rest days of a year (全国年节及纪念日放假办法, 2024 revision).

    Only the days that the regulation itself fixes: no make-up days, and no substitute for a day on a weekend, which
    the yearly notice decides. After 2035 the days of the lunar calendar and 清明 are missing.
    """
    days = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2)}
    days.update(date(year, 10, day) for day in (1, 2, 3))
    if year in _MOVABLE:
        eve, *others = (date(year, month, day) for month, day in _MOVABLE[year])
        days.update(eve + timedelta(days=n) for n in range(4))
        days.update(others)
    return frozenset(days)


@cache
def _unpublished() -> bytes:
    """Return of each day whether it is worked by weekdays and statutory days alone."""
    first_weekday = _FIRST.weekday()
    open_days = bytearray((first_weekday + n) % 7 < 5 for n in range(_SPAN))
    for year in range(_FIRST.year, _LAST.year + 1):
        for day in statutory_days(year):
            open_days[day.toordinal() - _BASE] = False
    return bytes(open_days)


class WorkCalendar:
    """An immutable calendar of working days from 2000 to 2099; counting and adding cost O(1).

    `days` are the published and local days. A date outside it falls back on weekdays and statutory days.
    `settled` are the years whose notice is loaded; every date of another year is provisional, however many of its
    days are known. Every method raises ValueError for a date outside 2000–2099.
    """

    __slots__ = ("_before", "_closing", "_days", "_workdays", "settled", "version")

    def __init__(self, days: Mapping[date, bool], settled: Collection[int], version: int = 1) -> None:
        self.settled = frozenset(settled)
        self.version = version
        open_days = bytearray(_unpublished())
        for day, is_workday in days.items():
            open_days[_index(day)] = is_workday
        self._days = bytes(open_days)
        self._before = list(accumulate(open_days, initial=0))
        self._workdays = list(compress(range(_SPAN), open_days))
        self._closing: dict[time, BusinessCalendar] = {}

    def closing(self, close: time) -> "BusinessCalendar":
        """Return this calendar with the hour at which business closes; the same object for the same hour."""
        if close not in self._closing:
            self._closing[close] = BusinessCalendar(self, close)
        return self._closing[close]

    def is_workday(self, day: date) -> bool:
        """Say whether business is done on a day."""
        return self._days[_index(day)] == 1

    def next_workday(self, day: date) -> date:
        """Return the first working day strictly after a day."""
        return self.add_workdays(day, 1)

    def roll(self, day: date, excluded: frozenset[date] = _NO_DAYS) -> date:
        """Return the day itself if it is worked and not excluded, else the next such day (§203)."""
        return self.add_workdays(day - _DAY, 1, excluded)

    def add_workdays(self, start: date, n: int, excluded: frozenset[date] = _NO_DAYS) -> date:
        """Return the n-th working day after `start`, which is not counted (§201); excluded days do not count.

        A negative `n` counts backwards from the day before `start`; 0 gives `start` itself.
        """
        if n == 0:
            return start
        index = _index(start)
        forward = n > 0
        position = self._before[index + 1] + n - 1 if forward else self._before[index] + n
        for day in sorted(excluded, reverse=not forward):
            skipped = _index(day)
            target = self._workday_index(position)
            passed = index < skipped <= target if forward else target <= skipped < index
            if passed and self._days[skipped]:
                position += 1 if forward else -1
        return date.fromordinal(_BASE + self._workday_index(position))

    def count_workdays(self, after: date, upto: date, excluded: frozenset[date] = _NO_DAYS) -> int:
        """Count the working days in (after, upto] that are not excluded; 0 when the range is empty."""
        if upto <= after:
            return 0
        worked = self._before[_index(upto) + 1] - self._before[_index(after) + 1]
        return worked - sum(self.is_workday(day) for day in excluded if after < day <= upto)

    def add_days(self, start: date, n: int, excluded: frozenset[date] = _NO_DAYS) -> date:
        """Return the n-th calendar day after `start` (n ≥ 0), passing over excluded days."""
        target = start + timedelta(days=n)
        for day in sorted(excluded):
            if start < day <= target:
                target += _DAY
        return target

    @staticmethod
    def add_months(day: date, n: int) -> date:
        """Return the corresponding day `n` months on, else that month's last day (民法典 §202)."""
        year, month0 = divmod(day.year * 12 + day.month - 1 + n, 12)
        _, last = monthrange(year, month0 + 1)
        return date(year, month0 + 1, min(day.day, last))

    def is_provisional(self, *days: date) -> bool:
        """Say whether any of the days lies in a year whose notice is not loaded."""
        return any(day.year not in self.settled for day in days)

    def _workday_index(self, position: int) -> int:
        if not 0 <= position < len(self._workdays):
            raise ValueError("日期超出工作日历范围（2000—2099年）")
        return self._workdays[position]


class BusinessCalendar(WorkCalendar):
    """A calendar whose days close at the hour of the policy in force; it shares its data with the original."""

    __slots__ = ("close",)

    def __init__(self, days: WorkCalendar, close: time) -> None:
        for name in WorkCalendar.__slots__:
            setattr(self, name, getattr(days, name))
        self.close = close

    def close_of(self, day: date) -> datetime:
        """Return the instant, in UTC, at which business closes on a day in Shanghai."""
        return datetime.combine(day, self.close, SHANGHAI).astimezone(UTC)

    def close_after(self, instant: datetime, workdays: int) -> datetime:
        """Return the close of the so-many-th working day after an instant's day, which is not counted (§201)."""
        return self.close_of(self.add_workdays(local(instant).date(), workdays))


def receipt_date(submitted: datetime, calendar: BusinessCalendar) -> date:
    """Return the day an application counts as received: after close or on a rest day, the next working day.

    `submitted` is an aware instant. The instant of closing is still in time, a later one is not (by analogy to §203).
    """
    wall = local(submitted)
    day = wall.date()
    if wall.time() > calendar.close:
        return calendar.next_workday(day)
    return calendar.roll(day)


def _index(day: date) -> int:
    index = day.toordinal() - _BASE
    if not 0 <= index < _SPAN:
        raise ValueError("日期超出工作日历范围（2000—2099年）")
    return index
