"""Who the staff are to the reader of a case: their names, and the names of their units."""

from typing import Final

from libs.casework.http import people
from libs.casework.http.people import Named, Names, PersonView, person_view
from libs.common.auth.callers import Caller, ScopeKind
from services.hookup.domain.case import Case
from services.hookup.domain.values.names import CHANNEL_NAMES
from services.hookup.domain.values.staff import CITY, Staff, display_name
from services.hookup.http.permit_views import authority_name

_OFFICES: Final = frozenset({ScopeKind.UTILITY, ScopeKind.DISTRICT, ScopeKind.CITY})


def is_staff(caller: Caller) -> bool:
    """Tell whether a caller is of a utility, a district or the city; others see units and no persons."""
    return caller.scope.kind in _OFFICES


def names_of(case: Case, staff: Staff) -> Names:
    """Return the function that names the people who work on a case."""
    return lambda subject: named(staff, case.utility, subject)


def named(staff: Staff, utility: str, subject: str) -> Named | None:
    """Return how a person of the city or of a utility is named, None where neither's list has the person."""
    listed = display_name(staff, utility, subject)
    if listed is None:
        return None
    name, unit = listed
    return Named(name, unit_name(ScopeKind.CITY if unit == CITY else f"{ScopeKind.UTILITY}:{unit}"))


AGENT: Final = "帮办人员"
"""What an agent without a name is."""


def agent_view(case: Case, agent: str, staff: Staff) -> PersonView:
    """Return the view of an agent of a case, whom the user is told of as well."""
    unit = unit_name(f"{ScopeKind.UTILITY}:{case.utility}")
    return person_view(agent, names_of(case, staff), unit, AGENT)


def unit_name(unit: str) -> str:
    """Return the Chinese name of an actor's unit, as events name it: an app, an authority, or an office."""
    kind, _, code = unit.partition(":")
    try:
        match kind:
            case ScopeKind.CHANNEL:
                return CHANNEL_NAMES[code]
            case ScopeKind.AUTHORITY:
                return authority_name(code)
    except (KeyError, ValueError):
        return code or unit
    return people.unit_name(unit)
