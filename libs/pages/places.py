"""The places that a user may choose from, and the filters of lists by them."""

from libs.common.http.names import Name
from libs.common.places import Division, Supply, Utility, load_places
from libs.pages.lists import Choices
from libs.pages.sessions import Session


def offered(session: Session) -> tuple[list[Division], list[Utility]]:
    """Return the divisions and utilities that a user may choose from: those whose cases the user can see."""
    places = load_places()
    utilities = [
        utility
        for utility in places.utilities()
        if session.scope_kind not in ("utility", "district")
        or session.scope_code == (utility.code if session.scope_kind == "utility" else utility.district)
    ]
    served = {utility.district for utility in utilities}
    return [unit for unit in places.reporting_units if unit.code in served], utilities


def _services(session: Session) -> list[Name]:
    """Return the public services that some of these utilities give."""
    served = {utility.service for utility in offered(session)[1]}
    return [
        Name(code=service, name=load_places().service_name(service))
        for service in Supply
        if service in served
    ]


PLACE_FILTERS = (
    Choices("district", "县（市、区）", lambda session: offered(session)[0]),
    Choices("supply", "业务", _services),
    Choices("utility", "专营单位", lambda session: offered(session)[1]),
)
"""The filters by place: district, service and utility, of those that a user may choose from."""
