from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from libs.common.calendars import days as module
from libs.common.calendars.days import (
    SEED_SOURCE,
    amend_calendar,
    calendar_version,
    contradictions,
    days_between,
    read_calendar,
    seed_calendar,
)
from libs.common.calendars.seed import published_calendar, published_days
from libs.common.calendars.workdays import Day, DayKind, WorkCalendar
from libs.common.database.engine import Database
from libs.common.database.tables import calendar_day
from libs.common.problems import is_chinese
from tests.libs.common.database.samples import NOW

HOLIDAY = Day(date(2022, 11, 8), is_workday=False, kind=DayKind.HOLIDAY, name="市定休息")


async def seed(database: Database) -> None:
    async with database.unit_of_work(NOW) as work:
        await seed_calendar(work)


async def amend(database: Database, *days: Day) -> int:
    async with database.unit_of_work(NOW) as work:
        return await amend_calendar(work, days, "聊政办发〔2022〕1号")


async def stored(database: Database) -> WorkCalendar:
    async with database.reading() as connection:
        return await read_calendar(connection)


async def test_seeding_twice_adds_nothing(database: Database) -> None:
    for _ in range(2):
        await seed(database)
        async with database.reading() as connection:
            count = await connection.scalar(select(func.count()).select_from(calendar_day))
            assert count == len(published_days())
            assert await calendar_version(connection) == 1
    assert (await stored(database)).settled == published_calendar().settled


async def test_an_amendment_raises_the_version_and_outlives_the_seed(database: Database) -> None:
    await seed(database)
    assert (await stored(database)).is_workday(HOLIDAY.date)
    assert await amend(database, HOLIDAY) == 2
    await seed(database)
    calendar = await stored(database)
    assert not calendar.is_workday(HOLIDAY.date)
    assert calendar.version == 2
    async with database.reading() as connection:
        assert await days_between(connection, HOLIDAY.date, HOLIDAY.date) == {
            HOLIDAY.date: (DayKind.HOLIDAY, "市定休息")
        }
        sources = await connection.execute(
            select(calendar_day.c.source_document, func.count()).group_by(calendar_day.c.source_document)
        )
        assert dict(map(tuple, sources)) == {
            SEED_SOURCE: len(published_days()) - 1,
            "聊政办发〔2022〕1号": 1,
        }
    assert await amend(database, HOLIDAY) == 3


async def test_a_day_amended_before_the_seed_does_not_keep_the_days_before_it_away(
    database: Database,
) -> None:
    last = max(published_days())
    late = Day(last, is_workday=True, kind=DayKind.MAKE_UP, name="")
    await amend(database, late)
    await seed(database)
    async with database.reading() as connection:
        days = await days_between(connection, date(2022, 1, 1), last)
    assert len(days) == (last - date(2022, 1, 1)).days + 1
    assert days[last] == (DayKind.MAKE_UP, "")


async def test_single_days_settle_no_year_however_many_and_a_notice_settles_its_own_however_few(
    database: Database,
) -> None:
    await seed(database)
    beyond = date(max(published_calendar().settled) + 1, 1, 1)
    year = [beyond + timedelta(days=each) for each in range(365)]
    await amend(database, *(Day(each, is_workday=True, kind=DayKind.LOCAL) for each in year))
    assert (await stored(database)).is_provisional(beyond)
    async with database.unit_of_work(NOW) as work:
        rest = Day(beyond, is_workday=False, kind=DayKind.HOLIDAY, name="元旦")
        assert await amend_calendar(work, [rest], "国办发明电〔2026〕8号", beyond.year) == 3
    calendar = await stored(database)
    assert not calendar.is_provisional(beyond, date(beyond.year, 12, 31))
    assert calendar.is_provisional(date(beyond.year + 1, 1, 1))
    assert (calendar.is_workday(beyond), calendar.version) == (False, 3)


async def test_what_a_notice_does_not_name_follows_the_week_and_the_statutory_days(
    database: Database,
) -> None:
    await seed(database)
    async with database.unit_of_work(NOW) as work:
        make_up = Day(date(2027, 2, 14), is_workday=True, kind=DayKind.MAKE_UP, name="春节")
        await amend_calendar(work, [make_up], "国办发明电〔2026〕8号", 2027)
    calendar = await stored(database)
    # A Sunday that is made up, a plain Sunday, a plain Monday, National Day.
    days = [date(2027, 2, 14), date(2027, 2, 21), date(2027, 2, 22), date(2027, 10, 1)]
    assert [calendar.is_workday(day) for day in days] == [True, False, True, False]
    assert not calendar.is_provisional(*days)


async def test_a_year_that_a_new_release_brings_is_a_new_version_of_a_calendar_that_was_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = published_days()
    known = {day: row for day, row in days.items() if day.year < 2026}
    monkeypatch.setattr(module, "published_days", lambda: known)
    async with database.unit_of_work(NOW) as work:
        assert await seed_calendar(work) is None
    local_day = Day(date(2026, 3, 3), is_workday=False, kind=DayKind.LOCAL, name="市定休息")
    assert await amend(database, local_day) == 2
    monkeypatch.setattr(module, "published_days", lambda: days)
    async with database.unit_of_work(NOW) as work:
        grown = await seed_calendar(work)
    assert grown is not None
    version, added = grown
    # All of the year but the day that was amended before.
    assert (version, len(added), {day.date.year for day in added}) == (3, 364, {2026})
    async with database.unit_of_work(NOW) as work:
        assert await seed_calendar(work) is None
    calendar = await stored(database)
    assert (calendar.version, 2026 in calendar.settled) == (3, True)
    assert not calendar.is_workday(local_day.date)


async def test_a_new_release_gives_a_copy_no_version_of_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner's event says which version it is."""
    days = published_days()
    monkeypatch.setattr(
        module, "published_days", lambda: {day: row for day, row in days.items() if day.year < 2026}
    )
    async with database.unit_of_work(NOW) as work:
        assert await seed_calendar(work, owned=False) is None
    monkeypatch.setattr(module, "published_days", lambda: days)
    async with database.unit_of_work(NOW) as work:
        grown = await seed_calendar(work, owned=False)
    assert grown is not None
    assert (grown[0], len(grown[1]), (await stored(database)).version) == (1, 365, 1)


# -- contradictions


def named(day: str, kind: DayKind, *, is_workday: bool) -> Day:
    return Day(date.fromisoformat(day), is_workday=is_workday, kind=kind)


@pytest.mark.parametrize(
    ("day", "field", "code"),
    [
        (named("2027-03-01", DayKind.HOLIDAY, is_workday=True), "is_workday", "day-contradicts"),
        (named("2027-03-01", DayKind.WORKDAY, is_workday=False), "is_workday", "day-contradicts"),
        (named("2027-03-06", DayKind.MAKE_UP, is_workday=False), "is_workday", "day-contradicts"),
        (named("2027-03-06", DayKind.WEEKEND, is_workday=True), "is_workday", "day-contradicts"),
        (named("2027-03-06", DayKind.WORKDAY, is_workday=True), "kind", "weekend-worked"),
        (named("2027-03-07", DayKind.LOCAL, is_workday=True), "kind", "weekend-worked"),
        (named("2027-03-01", DayKind.WEEKEND, is_workday=False), "kind", "day-contradicts"),
        (named("2027-03-01", DayKind.MAKE_UP, is_workday=True), "kind", "day-contradicts"),
        (named("2028-01-01", DayKind.HOLIDAY, is_workday=False), "date", "date-outside-year"),
        (named("2027-01-01", DayKind.HOLIDAY, is_workday=False), "date", "date-twice"),
    ],
)
def test_a_day_that_contradicts_itself_or_its_notice_is_found(day: Day, field: str, code: str) -> None:
    new_year = named("2027-01-01", DayKind.HOLIDAY, is_workday=False)
    (fault,) = contradictions([new_year, day], 2027)
    assert (fault.field, fault.code) == (f"days[1].{field}", code)
    assert is_chinese(fault.rule)
    assert is_chinese(fault.remedy)


def test_what_is_published_contradicts_nothing() -> None:
    days = published_days().values()
    for year in range(2007, 2027):
        assert contradictions([day for day in days if day.date.year == year], year) == []


def test_single_days_may_be_of_several_years() -> None:
    days = [
        named("2027-03-01", DayKind.LOCAL, is_workday=False),
        named("2026-03-02", DayKind.HOLIDAY, is_workday=False),
    ]
    assert contradictions(days) == []


async def test_a_single_day_of_an_earlier_year_does_not_settle_that_year(database: Database) -> None:
    await seed(database)
    await amend(database, Day(date(2001, 5, 8), is_workday=False, kind=DayKind.LOCAL, name="本地"))
    calendar = await stored(database)
    assert calendar.is_provisional(date(2001, 5, 8))
    assert calendar.is_provisional(date(2003, 12, 31))
    assert not calendar.is_provisional(date(2004, 1, 1))


async def test_an_empty_calendar_is_provisional_from_the_first_day(database: Database) -> None:
    calendar = await stored(database)
    assert (calendar.is_provisional(date(2022, 1, 1)), calendar.version) == (True, 0)
