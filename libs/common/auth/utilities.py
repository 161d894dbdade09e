"""Who may see what belongs to one utility."""

from libs.common.auth.callers import Caller, PlaceKind
from libs.common.places import load_places
from libs.common.problems import NOT_FOUND


def check_utility(caller: Caller, utility: str, *, by_district: bool) -> None:
    """Raise `not-found` unless there is such a utility and it is the caller's own, or the caller is the city's.

    `by_district` lets the utility's district see it, too.
    """
    try:
        district = load_places().utility(utility).district
    except KeyError:
        district = None
    seen = {PlaceKind.CITY: "", PlaceKind.UTILITY: utility}
    if by_district:
        seen[PlaceKind.DISTRICT] = district or ""
    if district is None or seen.get(caller.place.kind) != caller.place.code:
        raise NOT_FOUND("没有这个专营单位，或不在您的管辖范围内")
