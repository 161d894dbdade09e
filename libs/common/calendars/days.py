"""The working calendar in the database: seeded from published days, amendable, read into a `WorkCalendar`."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.calendars.seed import published_days
from libs.common.calendars.workdays import Day, DayKind, WorkCalendar
from libs.common.database.tables import calendar_day, calendar_year
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.problems import FieldError

SEED_SOURCE = "国务院办公厅节假日安排通知，据 chinesecalendar 整理"

_WORKED = {
    DayKind.WORKDAY: True,
    DayKind.MAKE_UP: True,
    DayKind.WEEKEND: False,
    DayKind.HOLIDAY: False,
}
_KIND_NAMES = {
    DayKind.WORKDAY: "工作日",
    DayKind.MAKE_UP: "调休上班",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "放假",
    DayKind.LOCAL: "本地规定",
}


def contradictions(days: Sequence[Day], year: int | None = None) -> list[FieldError]:
    """Return the contradictions among days to be set; with `year` they are that year's whole notice.

    The working week is the rule (国务院关于职工工作时间的规定 §7): a weekend is worked only as a make-up day, and a
    make-up day is a weekend.
    """
    faults, seen = list[FieldError](), set[date]()

    def fault(number: int, field: str, rule: str, remedy: str, code: str) -> None:
        faults.append(FieldError(f"days[{number}].{field}", rule, remedy, code))

    for number, day in enumerate(days):
        if day.date in seen:
            fault(number, "date", f"{day.date}列了两次", "每个日期只列一次", "date-twice")
        seen.add(day.date)
        if year is not None and day.date.year != year:
            fault(number, "date", f"{day.date}不在{year}年", "一份通知只列当年的日期", "date-outside-year")
        is_weekend, name = day.date.weekday() >= 5, _KIND_NAMES[day.kind]
        if _WORKED.get(day.kind, day.is_workday) != day.is_workday:
            worked = "上班" if day.is_workday else "不上班"
            fault(
                number,
                "is_workday",
                f"{day.date}类型为{name}，却写{worked}",
                "请核对类型和是否上班",
                "day-contradicts",
            )
        elif day.is_workday and is_weekend and day.kind is not DayKind.MAKE_UP:
            fault(
                number,
                "kind",
                f"{day.date}是周末，上班须为调休上班",
                "请把类型改为 make_up",
                "weekend-worked",
            )
        elif not is_weekend and day.kind in (DayKind.WEEKEND, DayKind.MAKE_UP):
            fault(
                number, "kind", f"{day.date}不是周末，类型却为{name}", "请核对日期和类型", "day-contradicts"
            )
    return faults


async def seed_calendar(work: UnitOfWork, *, owned: bool = True) -> tuple[int, list[Day]] | None:
    """Add the published days and years that the tables do not have; amended days stay as they are.

    Return the calendar's new version and the added days, where there was a calendar before; else None. Only the owner
    of the calendar raises its version; a following service gets that version with the owner's event.
    """
    published = published_days()
    dates = set(await work.connection.scalars(select(calendar_day.c.date)))
    settled = set(await work.connection.scalars(select(calendar_year.c.year)))
    years = {day.year for day in published} - settled
    added = [day for day in published.values() if day.date not in dates]
    if not (years or added):
        return None
    before = await calendar_version(work.connection)
    version = before + 1 if owned else max(before, 1)
    stored = {"source_document": SEED_SOURCE, "version": version}
    for table, rows in (
        (calendar_day, [_row(day) for day in added]),
        (calendar_year, [{"year": year} for year in sorted(years)]),
    ):
        if rows:
            statement = upsert(work.connection.dialect, table).on_conflict_do_nothing()
            await work.connection.execute(statement, [{**row, **stored} for row in rows])
    return (version, added) if before else None


async def amend_calendar(
    work: UnitOfWork, days: Sequence[Day], source_document: str, year: int | None = None
) -> int:
    """Set days by a notice; return the calendar's new version. Amendments are serialised.

    With `year` it is that year's notice: the year is settled, and days that it does not name follow the week and the
    statutory holidays. Without it no year is settled.
    """
    await work.connection.execute(
        select(calendar_day.c.date).order_by(calendar_day.c.date).limit(1).with_for_update()
    )
    version = await calendar_version(work.connection) + 1
    await set_days(work, days, source_document, version, year)
    return version


async def set_days(
    work: UnitOfWork, days: Sequence[Day], source_document: str, version: int, year: int | None = None
) -> None:
    """Set days, and settle `year` if given, as a version of the calendar."""
    statement = upsert(work.connection.dialect, calendar_day)
    changed = {
        column: statement.excluded[column]
        for column in ("is_workday", "kind", "name", "source_document", "version")
    }
    stored = {"source_document": source_document, "version": version}
    if days:
        await work.connection.execute(
            statement.on_conflict_do_update(index_elements=[calendar_day.c.date], set_=changed),
            [{**_row(day), **stored} for day in days],
        )
    if year is not None:
        settling = upsert(work.connection.dialect, calendar_year)
        await work.connection.execute(
            settling.on_conflict_do_update(index_elements=[calendar_year.c.year], set_=stored),
            [{"year": year, **stored}],
        )


async def calendar_version(connection: AsyncConnection) -> int:
    """Return the version of the calendar: the highest among its days and years, 0 when it is empty."""
    highest = union_all(
        select(func.max(calendar_day.c.version).label("version")), select(func.max(calendar_year.c.version))
    ).subquery()
    return await connection.scalar(select(func.max(highest.c.version))) or 0


async def read_calendar(connection: AsyncConnection) -> WorkCalendar:
    """Read the whole calendar. The days of a year that no notice has settled are provisional."""
    days = (await connection.execute(select(calendar_day.c.date, calendar_day.c.is_workday))).all()
    years = await connection.scalars(select(calendar_year.c.year))
    version = await calendar_version(connection)
    return WorkCalendar({row[0]: row[1] for row in days}, years.all(), version)


async def settled_years(connection: AsyncConnection) -> list[tuple[int, str]]:
    """Return the settled years in order, each with the document of its notice."""
    rows = await connection.execute(
        select(calendar_year.c.year, calendar_year.c.source_document).order_by(calendar_year.c.year)
    )
    return [(row.year, row.source_document) for row in rows]


async def days_between(
    connection: AsyncConnection, first: date, last: date
) -> dict[date, tuple[DayKind, str]]:
    """Return kind and name of the days in [first, last] that the table has."""
    rows = await connection.execute(
        select(calendar_day.c.date, calendar_day.c.kind, calendar_day.c.name).where(
            calendar_day.c.date.between(first, last)
        )
    )
    return {row.date: (DayKind(row.kind), row.name) for row in rows}


def _row(day: Day) -> dict[str, object]:
    return {"date": day.date, "is_workday": day.is_workday, "kind": day.kind, "name": day.name}
