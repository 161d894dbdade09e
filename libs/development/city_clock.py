"""The accelerated clock of the simulation on a laptop (docs/adr/0003-city-clock.md)."""

import asyncio
import contextlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic

from libs.common.clock import SHANGHAI, local
from libs.development.office_hours import OPEN_HOURS

CITY_BEGINS = datetime(2023, 1, 3, 8, 0, tzinfo=SHANGHAI).astimezone(UTC)


def morning_of(day: date) -> datetime:
    """Return when the city begins on a day, before its offices open."""
    return datetime.combine(day, local(CITY_BEGINS).time(), SHANGHAI).astimezone(UTC)


class CityClock:
    """A clock that runs fast, even faster outside office hours, and resumes at the saved instant."""

    DAY_PACE = 300.0
    NIGHT_PACE = 14_400.0
    TICK_SECONDS = 0.05

    def __init__(self, file: Path, begins: datetime = CITY_BEGINS) -> None:
        self._file = file
        self._now = datetime.fromisoformat(file.read_text()) if file.exists() else begins

    def now(self) -> datetime:
        """Return the simulated instant, in UTC."""
        return self._now

    async def run(self) -> None:
        """Advance the clock until cancelled."""
        saved = last = monotonic()
        while True:
            await asyncio.sleep(self.TICK_SECONDS)
            present = monotonic()
            wall = local(self._now)
            works = wall.weekday() < 5 and OPEN_HOURS[0] <= wall.time() <= OPEN_HOURS[1]
            # After a suspension of the process the clock must not jump.
            passed = min(present - last, 1.0)
            self._now += timedelta(seconds=passed * (self.DAY_PACE if works else self.NIGHT_PACE))
            last = present
            if present - saved > 1:
                self.save()
                saved = present

    def save(self) -> None:
        """Save the instant for the next run; with a full disk that run resumes at an earlier one."""
        draft = self._file.with_suffix(".new")
        with contextlib.suppress(OSError):
            draft.write_text(self._now.isoformat())
            draft.replace(self._file)
