"""The rule book of aggregates whose only rules are the working calendar: their deadlines are closes of its days."""

import asyncio
from datetime import time
from time import monotonic
from typing import Final

from libs.common.calendars.days import calendar_version, read_calendar
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.database.engine import Database
from libs.common.policy_changes import KNOWN_EVERYWHERE

# The default close of business, where no policy sets another (hookup.md, "Clock": due time).
CLOSE: Final = time(17, 30)


class CalendarBook:
    """Holds the calendar as last read; processes see an amendment within half a minute."""

    def __init__(self, database: Database, close: time = CLOSE) -> None:
        self._database = database
        self._close = close
        self._days: WorkCalendar | None = None
        self._look_again_at = 0.0
        self._looking = asyncio.Lock()

    async def refresh(self) -> None:
        """Reload the calendar if it has changed; checks at most every half minute."""
        if monotonic() < self._look_again_at:
            return
        async with self._looking, self._database.reading() as connection:
            if self._days is None or self._days.version != await calendar_version(connection):
                self._days = await read_calendar(connection)
            self._look_again_at = monotonic() + KNOWN_EVERYWHERE.total_seconds()

    def look_again(self) -> None:
        """Reload at the next `refresh`: this process has changed the calendar."""
        self._look_again_at = 0.0

    @property
    def calendar(self) -> BusinessCalendar:
        """The calendar as last read. Raises RuntimeError before the first read."""
        if self._days is None:
            raise RuntimeError("the calendar was not read yet")
        return BusinessCalendar(self._days, self._close)

    def of(self, _aggregate: object, /) -> BusinessCalendar:
        """Return the calendar, the rules of every aggregate."""
        return self.calendar
