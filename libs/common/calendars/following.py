"""Replication of the calendar: services that do not own it apply the amendments of its owner.

Each service has a copy, so that computing deadlines needs no other service. The copy is seeded from the published
days and takes every amendment from the owner's events, with the owner's version: so a deadline can name the version
that it was computed by.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Final

import msgspec

from libs.common.calendars.days import set_days
from libs.common.calendars.workdays import Day, DayKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import TYPE_PREFIX, IncomingEvent, read_content, topic_of
from libs.common.inbox import Subscription

# The service whose administrators amend the calendar, and the key of its events.
OWNER: Final = "hookup"
KEY: Final = "calendar"
_UPDATED: Final = f"{TYPE_PREFIX}.{OWNER}.calendar_updated.v1"

Changed = Callable[[UnitOfWork, int, Sequence[Day]], Awaitable[None]]
"""What follows in a service from days that are set: called with the calendar's version and the days."""


class _Setting(msgspec.Struct, frozen=True):
    day: date
    is_workday: bool
    kind: DayKind
    holiday: str = ""


class _Updated(msgspec.Struct, frozen=True):
    version_of_calendar: int
    source_document: str
    settings: list[_Setting]
    year: int | None = None


def follow_calendar(changed: Changed | None = None) -> Subscription:
    """Return the subscription to the owner's amendments; `changed` recomputes what depends on the calendar."""

    async def follow(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        for event in events:
            if event.type != _UPDATED:
                continue
            updated = read_content(event, _Updated)
            days = [Day(item.day, item.is_workday, item.kind, item.holiday) for item in updated.settings]
            await set_days(uow, days, updated.source_document, updated.version_of_calendar, updated.year)
            if changed is not None:
                await changed(uow, updated.version_of_calendar, days)

    return Subscription(KEY, (topic_of(OWNER),), follow, keys=frozenset({KEY}))
