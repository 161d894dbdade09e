"""The rule book of aggregates whose only rules are the working calendar: their deadlines are closes of its days."""

from datetime import time
from typing import Final

from libs.common.calendars.days import calendar_version, read_calendar
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.database.engine import Database
from libs.common.refreshing import Refreshing

# The default close of business, where no policy sets another (hookup.md, "Clock": due time).
CLOSE: Final = time(17, 30)


class CalendarBook(Refreshing):
    """Holds the calendar as last read; processes see an amendment within half a minute."""

    def __init__(self, database: Database, close: time = CLOSE) -> None:
        super().__init__()
        self._database = database
        self._close = close
        self._days: WorkCalendar | None = None

    async def reload(self) -> None:
        """Read the calendar if it has changed."""
        async with self._database.reading() as connection:
            if self._days is None or self._days.version != await calendar_version(connection):
                self._days = await read_calendar(connection)

    @property
    def calendar(self) -> BusinessCalendar:
        """The calendar as last read. Raises RuntimeError before the first read."""
        if self._days is None:
            raise RuntimeError("the calendar was not read yet")
        return BusinessCalendar(self._days, self._close)

    def of(self, _aggregate: object, /) -> BusinessCalendar:
        """Return the calendar, the rules of every aggregate."""
        return self.calendar
