"""The working calendar as a table: seeded from what is published, amendable, read into a `WorkCalendar`."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.calendar_seed import published_days
from libs.common.database.tables import calendar_day
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.workdays import Day, DayKind, WorkCalendar

SEED_SOURCE = "国务院办公厅节假日安排通知，据 chinesecalendar 整理"


async def seed_calendar(work: UnitOfWork) -> None:
    """Add the published days that the table does not have; amended days stay as they are."""
    known = set(await work.connection.scalars(select(calendar_day.c.date)))
    rows = [
        {**_row(day), "source_document": SEED_SOURCE, "version": 1}
        for day in published_days().values()
        if day.date not in known
    ]
    if rows:
        await work.connection.execute(upsert(work.connection, calendar_day).on_conflict_do_nothing(), rows)


async def amend_calendar(work: UnitOfWork, days: Sequence[Day], source_document: str) -> int:
    """Set days as a notice says; return the calendar's new version. Amendments take turns."""
    await work.connection.execute(
        select(calendar_day.c.date).order_by(calendar_day.c.date).limit(1).with_for_update()
    )
    version = await calendar_version(work.connection) + 1
    statement = upsert(work.connection, calendar_day)
    changed = {
        column: statement.excluded[column]
        for column in ("is_workday", "kind", "name", "source_document", "version")
    }
    await work.connection.execute(
        statement.on_conflict_do_update(index_elements=[calendar_day.c.date], set_=changed),
        [{**_row(day), "source_document": source_document, "version": version} for day in days],
    )
    return version


async def calendar_version(connection: AsyncConnection) -> int:
    """Return the version of the calendar: the highest among its days, 0 when it is empty."""
    return await connection.scalar(select(func.max(calendar_day.c.version))) or 0


async def read_calendar(connection: AsyncConnection) -> WorkCalendar:
    """Read the whole calendar. Days after the last year that is there as a whole are provisional."""
    rows = (
        await connection.execute(
            select(calendar_day.c.date, calendar_day.c.is_workday, calendar_day.c.version).order_by(
                calendar_day.c.date
            )
        )
    ).all()
    # A year is published when all of it is there; a single local day of a later year settles nothing.
    days_of = Counter(row.date.year for row in rows)
    published = [year for year, days in days_of.items() if days >= 365]
    return WorkCalendar(
        {row.date: row.is_workday for row in rows},
        published_from=date(min(published, default=1), 1, 1),
        provisional_from=date(max(published, default=0) + 1, 1, 1),
        version=max((row.version for row in rows), default=0),
    )


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
