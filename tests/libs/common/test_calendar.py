from datetime import date, timedelta

from sqlalchemy import func, select

from libs.common.calendar import (
    SEED_SOURCE,
    amend_calendar,
    calendar_version,
    days_between,
    read_calendar,
    seed_calendar,
)
from libs.common.calendar_seed import published_calendar, published_days
from libs.common.database.engine import Database
from libs.common.database.tables import calendar_day
from libs.common.workdays import Day, DayKind, WorkCalendar
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
    assert (await stored(database)).provisional_from == published_calendar().provisional_from


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


async def test_a_single_day_of_a_later_year_does_not_settle_that_year(database: Database) -> None:
    await seed(database)
    beyond = published_calendar().provisional_from
    await amend(
        database, Day(beyond + timedelta(days=40), is_workday=False, kind=DayKind.HOLIDAY, name="春节")
    )
    assert (await stored(database)).provisional_from == beyond
    year = [beyond + timedelta(days=each) for each in range(365)]
    await amend(database, *(Day(each, is_workday=True, kind=DayKind.WORKDAY, name="") for each in year))
    assert (await stored(database)).provisional_from == date(beyond.year + 1, 1, 1)


async def test_a_single_day_of_an_earlier_year_does_not_settle_that_year(database: Database) -> None:
    await seed(database)
    await amend(database, Day(date(2001, 5, 8), is_workday=False, kind=DayKind.LOCAL, name="本地"))
    calendar = await stored(database)
    assert calendar.is_provisional(date(2001, 5, 8))
    assert calendar.is_provisional(date(2003, 12, 31))
    assert not calendar.is_provisional(date(2004, 1, 1))


async def test_an_empty_calendar_is_provisional_from_the_first_day(database: Database) -> None:
    calendar = await stored(database)
    assert (calendar.provisional_from, calendar.version) == (date(1, 1, 1), 0)
