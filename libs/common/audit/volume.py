"""How often somebody had data shown in the clear or looked through, and when that is too often. The rule is pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.entries import Action, Result
from libs.common.audit.tables import AuditTables

COUNTED: Final = (Action.REVEAL, Action.EXPORT, Action.SCAN)
"""What counts: data shown or given as a file, and data of many opened to look for some of them."""
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)


class Window(StrEnum):
    """The time that a limit is for, which ends now."""

    HOUR = "HOUR"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class RevealLimits:
    """How many reveals of one account are in order within an hour and within 24."""

    per_hour: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Reveals:
    """How many reveals an account had within the last hour and the last 24."""

    last_hour: int
    last_day: int


@dataclass(frozen=True, slots=True)
class Excess:
    """More reveals than the limit of a window."""

    window: Window
    count: int
    limit: int


def excesses(before: Reveals, added: int, limits: RevealLimits) -> Sequence[Excess]:
    """Return the limits that are passed by these reveals and not by those before: each alarm is raised once.

    It is raised again when the count has fallen below the limit and passes it anew.
    """
    windows = (
        (Window.HOUR, before.last_hour, limits.per_hour),
        (Window.DAY, before.last_day, limits.per_day),
    )
    return [
        Excess(window, count + added, limit)
        for window, count, limit in windows
        if count <= limit < count + added
    ]


async def reveals_of(
    connection: AsyncConnection,
    tables: AuditTables,
    actor: str,
    now: datetime,
    purposes: Collection[str] | None = None,
) -> Reveals:
    """Count the reveals of an account that are on record, of this transaction too once they are flushed.

    An export, and each time its file is taken, counts as a reveal. `purposes` are those that count, by default all.
    """
    c = tables.entry.c
    shown = [c.actor == actor, c.action.in_(COUNTED), c.result == Result.OK, c.recorded_at > now - DAY]
    if purposes is not None:
        shown.append(c.purpose.in_(purposes))
    counts = select(func.count().filter(c.recorded_at > now - HOUR), func.count()).where(*shown)
    hour, day = (await connection.execute(counts)).one()
    return Reveals(hour, day)
