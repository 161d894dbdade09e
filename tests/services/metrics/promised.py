"""Hookup's events with fields that hookup does not promise yet: each is added only where it is not there."""

from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, TypeVar

from pydantic import create_model

from services.hookup.events.base import HookupEvent

E = TypeVar("E", bound=HookupEvent)

_OF_ALL: dict[str, Any] = {
    "recorded_at": (datetime | None, None),
    "entry": (str | None, None),
    "in_stead": (bool, False),
}
_OF: dict[str, dict[str, Any]] = {
    "stage_completed": {"round": (int, 1)},
    "case_paused": {"counts_from": (date | None, None), "stops_at": (datetime | None, None)},
    "special_case_approved": {"overdue": (bool, False)},
    "case_withdrawn": {"overdue": (bool, False)},
    "case_refused": {"overdue": (bool, False)},
    "case_closed": {
        "by_late_entry": (bool, False),
        "breached": (bool, False),
        "net_minutes": (int, 0),
        "net_working_minutes": (int, 0),
        "ceiling_workdays": (int | None, None),
        "ceiling_used": (int | None, None),
    },
}


class LateEntryRequested(HookupEvent):
    """An act was entered so late that somebody else has to approve it."""

    event: ClassVar[str] = "late_entry_requested"
    entry_id: str
    act: str
    claimed_at: datetime
    needs: str


class LateEntryDecided(HookupEvent):
    """A late entry was approved or declined."""

    event: ClassVar[str] = "late_entry_decided"
    entry_id: str
    act: str
    claimed_at: datetime
    approved: bool


class MeterLiveDisputed(HookupEvent):
    """The user says that there is no water, gas or heat."""

    event: ClassVar[str] = "meter_live_disputed"
    meter_live_at: datetime


class SpecialCaseDeclined(HookupEvent):
    """A special case was not approved."""

    event: ClassVar[str] = "special_case_declined"


@cache
def promised(event: type[E]) -> type[E]:
    """Return an event's model with all fields that it will have."""
    added = {**_OF_ALL, **_OF.get(event.event, {})}
    missing = {name: field for name, field in added.items() if name not in event.model_fields}
    return create_model(event.__name__, __base__=event, **missing) if missing else event
