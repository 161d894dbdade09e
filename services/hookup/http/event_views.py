"""Response views of a case's events, as their reader may see them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Row

from libs.casework.http import history
from libs.casework.http.history import ChangeView, UnitView
from libs.casework.http.people import Names, PersonView, person_view, role_name
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.clock import local
from services.hookup.domain.values.deadlines import DEADLINE_NAMES, Deadline
from services.hookup.domain.values.event_names import EVENT_NAMES
from services.hookup.domain.values.lengths import LengthClass, metres
from services.hookup.domain.values.names import CLASS_NAMES
from services.hookup.domain.values.staff import CITY, Staff
from services.hookup.events.base import HookupEvent
from services.hookup.events.teamwork import TEAMWORK_EVENTS, NoteCorrected, NoteRetracted, NoteWritten
from services.hookup.http.history_models import CaseEvent
from services.hookup.http.people import is_staff, named, unit_name

INTERNAL: Final = frozenset(event.type() for event in TEAMWORK_EVENTS)
"""Types of the events that only the staff see."""

NOTE_EVENTS: Final = frozenset(event.type() for event in (NoteWritten, NoteCorrected, NoteRetracted))
"""Types of the events of internal notes."""

# Fields of the case that every event repeats.
_OF_EVERY_EVENT = HookupEvent.model_fields.keys() - {"length_class"}
# Particulars that name persons of the staff, beside the agent whom the user knows, and cases of other channels.
_OF_STAFF = frozenset({"assignee", "apart_from"})


class _Change(NamedTuple):
    """A value that events change: its name, where old and new are in their data, and how they are shown."""

    name: str
    before: str
    after: str
    show: Callable[[Any, Names], str | None]


def _instant(value: str, _names: Names) -> str:
    return f"{local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"


def _person(value: str, names: Names) -> str:
    person = names(value)
    return "不在人员名单上的人员" if person is None else person.name


def _text(value: Any, _names: Names) -> str:
    return str(value)


_DUE = _Change("应办结时间", "due_before", "due.judged_at", _instant)
_CHANGES: Mapping[str, tuple[_Change, ...]] = MappingProxyType(
    {
        "length_changed": (
            _Change("外线长度（米）", "from_dm", "to_dm", lambda value, _names: metres(value)),
            _Change(
                "长度类别",
                "class_before",
                "length_class",
                lambda value, _names: CLASS_NAMES[LengthClass(value)],
            ),
            _DUE,
        ),
        "date_agreed": (_Change("约定日期", "agreed_before", "agreed_date", _text), _DUE),
        "case_resumed": (_DUE,),
        "due_recomputed": (_Change("收件日期", "receipt_before", "receipt_date", _text), _DUE),
        "agent_assigned": (_Change("帮办人员", "agent_before", "agent", _person),),
        "assignee_changed": (_Change("承办人", "assignee_before", "assignee", _person),),
    }
)


def case_event(row: Row[Any], reader: Caller, staff: Staff) -> CaseEvent:
    """Show one event of a case, from its row of the outbox; events from before a field was kept do not have it."""
    return CaseEvent(**event_fields(row, msgspec.json.decode(row.payload), reader, staff))


def event_fields(row: Row[Any], payload: Mapping[str, Any], reader: Caller, staff: Staff) -> dict[str, Any]:
    """Return the fields of the view of an event, from its row of the outbox and its data."""
    unit, shows_persons = _unit(payload, staff), is_staff(reader)
    actor = payload.get("actor")
    hidden = _OF_EVERY_EVENT if shows_persons else _OF_EVERY_EVENT | _OF_STAFF

    names = _names_in_case(payload, staff)
    fields = history.event_fields(row, payload, EVENT_NAMES, hidden)
    return fields | {
        "actor": actor if shows_persons or actor == reader.subject else None,
        "person": person_of(payload, staff) if shows_persons else None,
        "unit": unit and UnitView(code=unit, name=unit_name(unit)),
        "entry": payload.get("entry"),
        "changes": list(_changes(fields["event"], payload, names)),
    }


def person_of(payload: Mapping[str, Any], staff: Staff) -> PersonView | None:
    """Return who did what an event tells, by name or by unit and role; None for the clock."""
    actor, unit = payload.get("actor"), _unit(payload, staff)
    if actor is None:
        return None
    return person_view(
        actor, _names_of_unit(payload, unit, staff), unit and unit_name(unit), unit and role_name(unit)
    )


def people_of(payload: Mapping[str, Any], staff: Staff) -> Iterator[PersonView]:
    """Return who did what an event tells and whom it names: its agent and assignee of the case's utility."""
    if actor := person_of(payload, staff):
        yield actor
    unit = f"{ScopeKind.UTILITY}:{payload['utility']}"
    named_there = [payload.get("agent"), payload.get("assignee"), *payload.get("mentions", ())]
    for subject in filter(None, named_there):
        yield person_view(subject, _names_in_case(payload, staff), unit_name(unit), role_name(unit))


def _names_of_unit(payload: Mapping[str, Any], unit: str | None, staff: Staff) -> Names:
    """Return how who acts from a unit is named: by its own list or the city's, never by another unit's."""
    kind, _, code = (unit or f"{ScopeKind.UTILITY}:{payload['utility']}").partition(":")
    match kind:
        case ScopeKind.UTILITY:
            return partial(named, staff, code)
        case ScopeKind.CITY:
            return partial(named, staff, CITY)
    return lambda _subject: None


def _names_in_case(payload: Mapping[str, Any], staff: Staff) -> Names:
    """Return how those are named who are put on a case or mentioned: they are of its utility or the city."""
    return partial(named, staff, payload["utility"])


def _unit(payload: Mapping[str, Any], staff: Staff) -> str | None:
    """Return the unit of who gave a command; of events from before it was kept where the staff tell."""
    unit: str | None = payload.get("actor_unit")
    utility = payload["utility"]
    if unit is None and payload.get("actor") in staff.get(utility, {}):
        return f"{ScopeKind.UTILITY}:{utility}"
    return unit


def _changes(event: str, payload: Mapping[str, Any], names: Names) -> Iterator[ChangeView]:
    for change in _CHANGES.get(event, ()):
        # Older events do not tell what was before.
        if change.before in payload:
            yield from _changed(change, payload[change.before], _at(payload, change.after), names)
    for deadline in payload.get("deadlines", ()):
        if deadline.get("before"):
            change = _Change(DEADLINE_NAMES[Deadline(deadline["kind"])], "before", "at", _instant)
            yield from _changed(change, deadline["before"], deadline["at"], names)


def _changed(change: _Change, old: Any, new: Any, names: Names) -> Iterator[ChangeView]:
    if old != new:
        yield ChangeView(
            name=change.name,
            old=None if old is None else change.show(old, names),
            new=None if new is None else change.show(new, names),
        )


def _at(data: Any, path: str) -> Any:
    """Return what is at a dotted path, None where something on the way is not there."""
    for name in path.split("."):
        data = None if data is None else data.get(name)
    return data
