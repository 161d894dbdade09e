"""The clock that is passed in: nothing below the edge reads the machine's time by itself."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present instant as an aware UTC datetime."""

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's instant, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FileClock:
    """The clock of a system in another process, which keeps its instant in a file: a second behind it at most."""

    path: Path

    def now(self) -> datetime:
        """Return the instant that was kept last, in UTC. Raises OSError where none is."""
        return datetime.fromisoformat(self.path.read_text())


@dataclass
class ManualClock:
    """A clock that stands still until it is moved: for tests and for replaying a ledger."""

    instant: datetime

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move forward by a duration."""
        self.instant += by


def local(instant: datetime) -> datetime:
    """Show a UTC instant on the city's wall clock (Asia/Shanghai)."""
    return instant.astimezone(SHANGHAI)


def midnight(day: date) -> datetime:
    """Return the instant, in UTC, at which a day of the city begins."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
