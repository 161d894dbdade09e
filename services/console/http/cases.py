"""The case list, the events of a case, and the ledger."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from libs.common.places import Division, Utility, load_places
from services.console import history
from services.console.http.parts import Loaded, SignedIn, ThisConsole, following, is_fragment, passed_on
from services.console.readers.hookup import Case, CaseEvents, CasePage, Name
from services.console.sessions import Session

router = APIRouter()

FILTERS = (
    "district",
    "utility",
    "supply",
    "stage",
    "length_class",
    "state",
    "overdue",
    "due_today",
    "special",
    "number",
    "customer_ref",
)
PAGE = "50"


def _chosen(request: Request) -> dict[str, str]:
    """Return the filters that are set; an empty one of a form is none."""
    return {name: value for name in FILTERS if (value := request.query_params.get(name))}


def offered(session: Session) -> tuple[list[Division], list[Utility]]:
    """Return the divisions and utilities that a user may choose from: those whose cases the user can see."""
    places = load_places()
    utilities = [
        each
        for each in places.utilities()
        if session.place_kind not in ("utility", "district")
        or session.place_code == (each.code if session.place_kind == "utility" else each.district)
    ]
    served = {each.district for each in utilities}
    return [each for each in places.reporting_units if each.code in served], utilities


@router.get("/cases")
async def cases(
    request: Request,
    console: ThisConsole,
    session: SignedIn,
    order: Annotated[str, Query(pattern="^(newest|due)$")] = "newest",
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List cases; htmx asks for the rows of the next page only."""
    chosen = _chosen(request)
    query = {**chosen, "order": order}
    reference = await console.reference(session)
    found = await console.hookup.get(
        "/v1/hookups", session, CasePage, query | {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
    )
    districts, utilities = offered(session)
    services = {each.service for each in utilities}
    return console.page(
        "rows.html" if is_fragment(request) else "cases.html",
        session,
        cases=found.items,
        more=following("/cases", query, found.next, loaded + len(found.items)),
        ledger=f"/ledger.xlsx?{urlencode(chosen)}",
        sortings={name: f"/cases?{urlencode({**chosen, 'order': name})}" for name in ("newest", "due")},
        order=order,
        chosen=chosen,
        reference=reference,
        states=names(reference.states),
        stages=names(reference.stages),
        length_classes=names(reference.length_classes),
        districts=districts,
        utilities=utilities,
        supplies=[each for each in reference.supplies if each.code in services],
    )


@router.get("/cases/{case_id}/events")
async def events(
    request: Request,
    console: ThisConsole,
    session: SignedIn,
    case_id: UUID,
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """Show what happened to a case, one event after another; htmx asks for the rows of the next page only."""
    path = f"/v1/hookups/{case_id}"
    found = await console.hookup.get(
        f"{path}/events", session, CaseEvents, {"cursor": cursor} if cursor else None
    )
    reference = await console.reference(session)
    words, marks = history.Words.of(reference), names(reference.entry_marks)
    more = following(f"/cases/{case_id}/events", {}, found.next, loaded + len(found.items))
    told = [(each, history.particulars(each, words)) for each in found.items]
    if is_fragment(request):
        return console.page("event_rows.html", session, told=told, marks=marks, more=more)
    return console.page(
        "events.html",
        session,
        told=told,
        marks=marks,
        more=more,
        cursor=cursor,
        case=await console.hookup.get(path, session, Case),
    )


@router.get("/ledger.xlsx")
async def ledger(request: Request, console: ThisConsole, session: SignedIn) -> Response:
    """Pass the ledger on as it is written, without keeping it."""
    return passed_on(*await console.hookup.open("/v1/ledger.xlsx", session, _chosen(request)))


def names(codes: tuple[Name, ...]) -> dict[str, str]:
    """Return the names by code."""
    return {each.code: each.name for each in codes}
