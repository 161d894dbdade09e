"""Response views of a case's events, as their reader may see them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Row

from libs.casework.http import history
from libs.casework.http.history import ChangeView, UnitView
from libs.casework.http.people import Named, Names, person_view
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.clock import local
from services.hookup.domain.values.deadlines import DEADLINE_NAMES, Deadline
from services.hookup.domain.values.event_names import EVENT_NAMES
from services.hookup.domain.values.lengths import LengthClass, metres
from services.hookup.domain.values.names import CLASS_NAMES
from services.hookup.domain.values.staff import Staff
from services.hookup.events.base import HookupEvent
from services.hookup.events.teamwork import TEAMWORK_EVENTS
from services.hookup.http.history_models import CaseEvent
from services.hookup.http.people import is_staff, named, unit_name

INTERNAL: Final = frozenset(event.type() for event in TEAMWORK_EVENTS)
"""Types of the events that only the staff see."""

# Fields of the case that every event repeats.
_OF_EVERY_EVENT = HookupEvent.model_fields.keys() - {"length_class"}
# Particulars that name persons of the staff, beside the agent whom the user knows.
_PERSONS = frozenset({"assignee"})


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
    return value if person is None else person.name


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
    actor, unit, shows_persons = payload.get("actor"), _unit(payload, staff), is_staff(reader)
    hidden = _OF_EVERY_EVENT if shows_persons else _OF_EVERY_EVENT | _PERSONS

    def names(subject: str) -> Named | None:
        kind, _, code = (unit or "").partition(":")
        of_unit = code if kind == ScopeKind.UTILITY else payload["utility"]
        return named(staff, of_unit, subject) or named(staff, payload["utility"], subject)

    fields = history.event_fields(row, payload, EVENT_NAMES, hidden)
    return fields | {
        "actor": actor if shows_persons or actor == reader.subject else None,
        "person": person_view(actor, names) if actor is not None and shows_persons else None,
        "unit": unit and UnitView(code=unit, name=unit_name(unit)),
        "entry": payload.get("entry"),
        "changes": list(_changes(fields["event"], payload, names)),
    }


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
