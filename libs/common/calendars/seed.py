"""The State Council's published days, read from the `chinesecalendar` package: the seed of `calendar_day`."""

from datetime import date, timedelta

from chinese_calendar import Holiday, holidays, workdays

from libs.common.calendars.workdays import Day, DayKind, WorkCalendar


def published_days() -> dict[date, Day]:
    """Return every day of the years whose holiday notice is published (2004–2026), in order."""
    chinese = {holiday.value: holiday.chinese for holiday in Holiday}
    first, last = date(min(holidays).year, 1, 1), date(max(holidays).year, 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day: _day(day, chinese) for day in days}


def published_calendar() -> WorkCalendar:
    """Return the calendar of the published days; the years after them are provisional."""
    days = published_days()
    return WorkCalendar({day: row.is_workday for day, row in days.items()}, {day.year for day in days})


def _day(day: date, chinese: dict[str, str]) -> Day:
    if day in holidays:
        return Day(day, is_workday=False, kind=DayKind.HOLIDAY, name=chinese[holidays[day]])
    if day in workdays:
        return Day(day, is_workday=True, kind=DayKind.MAKE_UP, name=chinese[workdays[day]])
    if day.weekday() < 5:
        return Day(day, is_workday=True, kind=DayKind.WORKDAY)
    return Day(day, is_workday=False, kind=DayKind.WEEKEND)
