"""The list of cases, the events of one, and the ledger."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from libs.common.http.cursors import Page
from libs.pages.site import Loaded, SignedIn, following, is_fragment, passed_on
from services.hookup.http.models import CaseEvent, CaseRow, CaseView
from services.hookup.pages.history import particulars
from services.hookup.pages.parts import PAGE_SIZE, Hookup, address, names, offered

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


def _chosen(request: Request) -> dict[str, str]:
    """Return the filters that are set; an empty one of a form is none."""
    return {name: value for name in FILTERS if (value := request.query_params.get(name))}


@router.get("/cases")
async def cases(
    request: Request,
    pages: Hookup,
    session: SignedIn,
    order: Annotated[str, Query(pattern="^(newest|due)$")] = "newest",
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List cases; htmx asks for the rows of the next page only."""
    chosen = _chosen(request)
    query = {**chosen, "order": order}
    listed = await pages.api.get(
        "/v1/hookups",
        session,
        Page[CaseRow],
        query | {"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {}),
    )
    districts, utilities = offered(session)
    services = {utility.service for utility in utilities}
    return pages.render(
        "rows.html" if is_fragment(request) else "cases.html",
        session,
        cases=listed.items,
        more=following("/cases", query, listed.next, loaded + len(listed.items)),
        ledger=address("/ledger.xlsx", chosen),
        sortings={name: address("/cases", {**chosen, "order": name}) for name in ("newest", "due")},
        order=order,
        chosen=chosen,
        choices=(
            ("district", "县（市、区）", districts),
            ("supply", "业务", [supply for supply in names("supplies") if supply.code in services]),
            ("utility", "专营单位", utilities),
            ("stage", "当前环节", names("stages")),
            ("length_class", "外线长度", names("length_classes")),
            ("state", "状态", names("states")),
        ),
    )


@router.get("/cases/{case_id}/events")
async def events(
    request: Request,
    pages: Hookup,
    session: SignedIn,
    case_id: UUID,
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """Show what happened to a case, one event after another; htmx asks for the rows of the next page only."""
    path = f"/v1/hookups/{case_id}"
    listed = await pages.api.get(
        f"{path}/events", session, Page[CaseEvent], {"cursor": cursor} if cursor else None
    )
    more = following(f"/cases/{case_id}/events", {}, listed.next, loaded + len(listed.items))
    entries = [(event, particulars(event)) for event in listed.items]
    if is_fragment(request):
        return pages.render("event_rows.html", session, entries=entries, more=more)
    return pages.render(
        "events.html",
        session,
        entries=entries,
        more=more,
        cursor=cursor,
        case=await pages.api.get(path, session, CaseView),
    )


@router.get("/ledger.xlsx")
async def ledger(request: Request, pages: Hookup, session: SignedIn) -> Response:
    """Pass the ledger on as it is written, without keeping it."""
    return passed_on(*await pages.api.open("/v1/ledger.xlsx", session, _chosen(request)))
