"""Who the staff are to a reader: by name where a list of staff that the reader sees has it, else by unit and role."""

from collections.abc import Mapping
from typing import Any

from libs.casework.http.people import Named, Names, PersonView, person_view, role_name, unit_name
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.places import load_places
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import CHANNEL_NAMES, RequestChannel
from services.registry.domain.rules import Rules


def names_of(item: Request, rules: Rules) -> Names:
    """Return the function that names the people of the request's utility."""
    return lambda subject: _named(item.utility, subject, rules)


def person_of(payload: Mapping[str, Any], rules: Rules) -> PersonView | None:
    """Return who did what an event tells; None for the clock. A utility names its own people only."""
    actor, unit, utility = payload.get("actor"), payload.get("actor_unit"), payload["utility"]
    if actor is None:
        return None
    name = _named(utility, actor, rules) if unit in (None, f"{ScopeKind.UTILITY}:{utility}") else None
    return person_view(actor, lambda _subject: name, unit and _unit_name(unit), unit and role_name(unit))


def names_for(caller: Caller, rules: Rules) -> Names:
    """Return the function that names people to a caller: a utility its own, a district those of its utilities."""
    places = load_places()
    match caller.scope.kind:
        case ScopeKind.UTILITY:
            seen = [caller.scope.code]
        case ScopeKind.DISTRICT:
            seen = [utility.code for utility in places.utilities(district=caller.scope.code)]
        case ScopeKind.CITY:
            seen = list(rules.staff)
        case _:
            seen = []
    return lambda subject: next((named for code in seen if (named := _named(code, subject, rules))), None)


def staff_view(
    subject: str | None, caller: Caller, rules: Rules, unit: str | None = None
) -> PersonView | None:
    """Return who of the staff an account is, to one of the staff; of who has no name the unit, as events name it.

    None for nobody, and for citizens, who are shown no persons of the staff.
    """
    if subject is None or caller.scope.kind not in (ScopeKind.UTILITY, ScopeKind.DISTRICT, ScopeKind.CITY):
        return None
    return person_view(subject, names_for(caller, rules), unit and _unit_name(unit), unit and role_name(unit))


def _named(utility: str, subject: str, rules: Rules) -> Named | None:
    name = rules.staff.get(utility, {}).get(subject)
    return None if name is None else Named(name, load_places().utility(utility).name)


def _unit_name(unit: str) -> str:
    kind, _, code = unit.partition(":")
    is_app = kind == ScopeKind.CHANNEL and code in CHANNEL_NAMES
    return CHANNEL_NAMES[RequestChannel(code)] if is_app else unit_name(unit)
