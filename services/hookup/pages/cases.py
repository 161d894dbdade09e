"""The list of cases, the events of one, and the ledger."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.common.http.cursors import CountedPage, Page
from libs.common.problems import Problem
from libs.pages.lists import Column, ListQuery
from libs.pages.site import Loaded, SignedIn, beside_fields, following, is_fragment, passed_on
from services.hookup.http.history_models import CaseEvent
from services.hookup.http.models import CaseRow, CaseView
from services.hookup.pages.history import particulars
from services.hookup.pages.parts import PAGE_SIZE, Hookup, address, names, offered

router = APIRouter()

DATES = (("submitted", "提交"), ("due", "应办结"), ("finished", "办结"))
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
    *(f"{name}_{end}" for name, _ in DATES for end in ("from", "to")),
)
COLUMNS = (
    Column("number", "编号", "number"),
    Column("verdict", "时限"),
    Column("due_at", "应办结", "due_at"),
    Column("stages", "当前环节"),
    Column("state", "状态", "state", on_phone=False),
    Column("utility", "专营单位", "utility", on_phone=False),
    Column("length_class", "外线", "length_class", on_phone=False),
    Column("length_m", "长度（米）", is_number=True, on_phone=False),
    Column("submitted_at", "提交时间", "submitted_at", on_phone=False),
    Column("finished_at", "办结时间", "finished_at", on_phone=False),
)
ORDERS = (
    "newest",
    "due",
    *(f"{sign}{column.order}" for column in COLUMNS if column.order for sign in ("", "-")),
)
# What people look for most; each is the list with other filters in its address.
PRESETS = (
    ("已超时", {"overdue": "true"}),
    ("今日应办结", {"due_today": "true"}),
    ("最先到期", {"order": "due"}),
    ("特殊情况", {"special": "true"}),
)


@router.get("/cases")
async def cases(
    request: Request,
    pages: Hookup,
    session: SignedIn,
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List cases; htmx asks for the rows of the next page only."""
    listing = ListQuery.of("/cases", request.query_params, FILTERS, ORDERS)
    errors = dict[str, str]()
    page: CountedPage[CaseRow] = CountedPage(items=[])
    try:
        page = await pages.api.get(
            "/v1/hookups",
            session,
            CountedPage[CaseRow],
            listing.query | {"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {}),
        )
    except Problem as problem:
        errors = beside_fields(problem.errors)
        if not errors.keys() & listing.filters.keys():
            raise
    districts, utilities = offered(session)
    services = {utility.service for utility in utilities}
    return pages.render(
        "rows.html" if is_fragment(request) else "cases.html",
        session,
        status=422 if errors else 200,
        cases=page.items,
        page=page,
        columns=COLUMNS,
        listing=listing,
        errors=errors,
        presets=PRESETS,
        dates=DATES,
        more=following("/cases", listing.query, page.next, loaded + len(page.items)),
        ledger=address("/ledger.xlsx", listing.filters),
        chosen=listing.filters,
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
    filters = ListQuery.of("/cases", request.query_params, FILTERS, ORDERS).filters
    return passed_on(*await pages.api.open("/v1/ledger.xlsx", session, filters))
