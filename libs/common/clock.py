"""Clocks, which are passed in: only composition roots use the machine's time."""

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
    """The clock of another process, which saves its instant in a file; at most a second behind."""

    path: Path

    def now(self) -> datetime:
        """Return the last saved instant, in UTC. Raises OSError without a file."""
        return datetime.fromisoformat(self.path.read_text())


@dataclass
class ManualClock:
    """A clock that only moves when it is set: for tests and for replaying a ledger."""

    instant: datetime

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move forward by a duration."""
        self.instant += by


def local(instant: datetime) -> datetime:
    """Convert an instant to local time (Asia/Shanghai)."""
    return instant.astimezone(SHANGHAI)


def midnight(day: date) -> datetime:
    """Return the instant, in UTC, at which a day in Shanghai begins."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
