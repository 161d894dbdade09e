"""What the pages of hookup share: their API, the names of codes, and what the user may choose from."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from libs.casework.http.people import PersonView
from libs.common.places import Division, Utility, load_places
from libs.pages.sessions import Session
from libs.pages.site import PageContext, pages_of
from services.hookup.http.reference_routes import REFERENCE, Name

PAGE_SIZE = "50"

CODES: Mapping[str, Mapping[str, str]] = {
    group: {name.code: name.name for name in names} for group, names in REFERENCE if isinstance(names, list)
}
"""The names of codes by their groups, as the reference operation tells them."""


Hookup = Annotated[PageContext, Depends(pages_of("hookup"))]
WORK_FILTERS = ("district", "utility", "supply", "overdue", "mine")
WorkList = Annotated[str | None, Query(pattern=f"^({'|'.join(CODES['work_lists'])})$")]


async def desk_of(request: Request, whose: WorkList = None) -> dict[str, str]:
    """Return the work list that a case was opened from, as the query of its address; empty of a case that was not."""
    if whose is None:
        return {}
    return {"whose": whose} | {
        name: value for name in WORK_FILTERS if (value := request.query_params.get(name))
    }


Desk = Annotated[dict[str, str], Depends(desk_of)]


def named(code: str | None, *groups: str) -> str:
    """Return the name of a code in the first of some groups that has it; the code itself where none does."""
    if code is None:
        return "—"
    return next((CODES[group][code] for group in groups if code in CODES[group]), code)


def person(view: PersonView) -> str:
    """Return what somebody of the staff is called and by which unit, or the account where no list has one."""
    return view.subject if view.name is None else f"{view.name}（{view.unit}）"


def names(group: str) -> list[Name]:
    """Return the codes of a group with their names, to choose from."""
    return [Name(code=code, name=name) for code, name in CODES[group].items()]


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


def address(path: str, query: Mapping[str, str]) -> str:
    """Return the address of a page with its filters."""
    return f"{path}?{urlencode(query)}" if query else path
