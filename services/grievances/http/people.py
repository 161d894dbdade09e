"""Who the staff are to the reader of a grievance: by name where a unit's list has it, else by unit and role."""

from collections.abc import Mapping
from typing import Any

from libs.casework.http.people import Named, Names, PersonView, person_view, role_name, unit_name
from libs.common.places import load_places
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import SOURCE_NAMES, Source


def names_of(item: Grievance, rules: Rules) -> Names:
    """Return the function that names the people of a grievance's utilities."""
    units = sorted({*item.units, *(cycle.utility for cycle in item.cycles if cycle.utility)})

    def named(subject: str) -> Named | None:
        for unit in units:
            if (name := rules.staff.get(unit, {}).get(subject)) is not None:
                return Named(name, load_places().utility(unit).name)
        return None

    return named


def person_of(payload: Mapping[str, Any], rules: Rules) -> PersonView | None:
    """Return who did what an event tells; None for the clock. A utility names its own people only."""
    actor, unit = payload.get("actor"), payload.get("actor_unit")
    if actor is None:
        return None
    kind, _, code = (unit or "").partition(":")
    name = rules.staff.get(code, {}).get(actor) if kind == "utility" else None
    named = None if name is None else Named(name, load_places().utility(code).name)
    return person_view(actor, lambda _subject: named, unit and _unit_name(unit), unit and role_name(unit))


def _unit_name(unit: str) -> str:
    kind, _, code = unit.partition(":")
    is_app = kind == "channel" and code in SOURCE_NAMES
    return SOURCE_NAMES[Source(code)] if is_app else unit_name(unit)
