"""The case list, a case, and the ledger."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from libs.common.places import load_places
from services.console import timeline
from services.console.http.parts import SignedIn, ThisConsole, is_fragment
from services.console.readers.hookup import CalendarDays, Case, CasePage, Name

router = APIRouter()

FILTERS = ("district", "utility", "supply", "stage", "length_class", "state", "overdue", "special")
PAGE = "50"
# The longest range that the calendar gives at once.
MOST_DAYS = 400


def _chosen(request: Request) -> dict[str, str]:
    """Return the filters that are set; an empty one of a form is none."""
    return {name: value for name in FILTERS if (value := request.query_params.get(name))}


def _of_ledger(chosen: dict[str, str]) -> dict[str, str]:
    """Return the filters that the ledger knows: a ledger is of a place and a service."""
    return {name: chosen[name] for name in ("district", "utility", "supply") if name in chosen}


@router.get("/cases")
async def cases(
    request: Request,
    console: ThisConsole,
    session: SignedIn,
    order: Annotated[str, Query(pattern="^(newest|due)$")] = "newest",
    cursor: str | None = None,
) -> Response:
    """List cases; htmx asks for the rows of the next page only."""
    chosen = _chosen(request)
    query = {**chosen, "order": order}
    reference = await console.reference(session)
    found = await console.hookup.get(
        "/v1/hookups", session, CasePage, query | {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
    )
    places = load_places()
    return console.page(
        "rows.html" if is_fragment(request) else "cases.html",
        session,
        cases=found.items,
        more=f"/cases?{urlencode(query | {'cursor': found.next})}" if found.next else None,
        ledger=f"/ledger.xlsx?{urlencode(_of_ledger(chosen))}",
        sortings={name: f"/cases?{urlencode({**chosen, 'order': name})}" for name in ("newest", "due")},
        order=order,
        chosen=chosen,
        reference=reference,
        states=names(reference.states),
        stages=names(reference.stages),
        length_classes=names(reference.length_classes),
        districts=places.reporting_units,
        utilities=places.utilities(),
    )


@router.get("/cases/{case_id}")
async def case(console: ThisConsole, session: SignedIn, case_id: UUID) -> Response:
    """Show a case with its timeline."""
    reference = await console.reference(session)
    found = await console.hookup.get(f"/v1/hookups/{case_id}", session, Case)
    now = console.city_clock.now()
    first, last = timeline.window(found, now)
    days: CalendarDays | None = None
    if (last - first).days <= MOST_DAYS:
        span = {"from": first.isoformat(), "to": last.isoformat()}
        days = await console.hookup.get("/v1/calendar", session, CalendarDays, span)
    return console.page(
        "case.html",
        session,
        case=found,
        now=now,
        drawing=timeline.draw(found, days.days if days else (), now),
        size=timeline,
        reference=reference,
        states=names(reference.states),
        stages=names(reference.stages),
        length_classes=names(reference.length_classes),
        categories=names(reference.customer_categories),
        channels=names(reference.channels),
        refusals=names(reference.refusal_codes),
    )


@router.get("/ledger.xlsx")
async def ledger(request: Request, console: ThisConsole, session: SignedIn) -> Response:
    """Pass the ledger on as it is written, without keeping it."""
    headers, pieces = await console.hookup.open("/v1/ledger.xlsx", session, _of_ledger(_chosen(request)))
    kept = {name: headers[name] for name in ("content-type", "content-disposition") if name in headers}
    return StreamingResponse(pieces, headers=kept)


def names(codes: tuple[Name, ...]) -> dict[str, str]:
    """Return the names by code."""
    return {each.code: each.name for each in codes}
