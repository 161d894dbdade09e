"""A specimen that brings about every event that the service promises."""

from datetime import UTC, datetime, timedelta

from services.sampling.domain import Result, Specimen
from services.sampling.storage.specimens import SPECIMENS

from libs.common.calendars.book import CLOSE
from libs.common.calendars.days import read_calendar
from libs.common.calendars.workdays import BusinessCalendar
from libs.common.changes import Addition
from libs.common.service import Service
from libs.development.identity import identity

OPENED_AT = datetime(2025, 3, 3, 1, tzinfo=UTC)


async def play(service: Service) -> None:
    """Open a specimen and finish it."""
    item = Specimen(identity("specimen/1"), "371502", "W-371502", OPENED_AT)
    async with service.database.reading() as connection:
        calendar = BusinessCalendar(await read_calendar(connection), CLOSE)
    item.open(calendar)
    item.finish(Result.DONE, OPENED_AT + timedelta(hours=2))
    async with service.database.unit_of_work(OPENED_AT + timedelta(hours=2)) as uow:
        await SPECIMENS.add(uow, [Addition(item, calendar)])
