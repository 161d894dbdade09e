"""Which running cases will miss their date: the least likely to keep it first; or all of them by their due times."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from libs.common.http.cursors import Page
from libs.pages.lists import ListQuery
from libs.pages.sessions import Session
from libs.pages.site import Loaded, PageContext, SignedIn, following, is_fragment
from services.hookup.http.forecast_routes import AtRisk, ForecastRow
from services.hookup.pages.parts import PAGE_SIZE, Hookup, names, offered

router = APIRouter()

FILTERS = ("district", "supply", "utility", "stage", "length_class")
DAYS = {"1": "今明两天", "7": "7 天内", "14": "14 天内", "31": "31 天内"}


@router.get("/forecast")
async def at_risk(
    request: Request,
    pages: Hookup,
    session: SignedIn,
    days: Annotated[str, Query(pattern=f"^({'|'.join(DAYS)})$")] = "7",
) -> Response:
    """List what is due soon, the least likely to be on time first, and how many are expected to miss their date."""
    listing = ListQuery.of("/forecast", request.query_params, FILTERS, ("chance",))
    risk = await pages.api.get("/v1/forecasts/at-risk", session, AtRisk, {**listing.filters, "days": days})
    return _render(
        pages, session, "forecast.html", listing, cases=risk.items, risk=risk, days=days, more=None
    )


@router.get("/forecast/all")
async def by_due_time(
    request: Request, pages: Hookup, session: SignedIn, cursor: str | None = None, loaded: Loaded = 0
) -> Response:
    """List all running cases by their due times; htmx asks for the rows of the next page only."""
    listing = ListQuery.of("/forecast/all", request.query_params, FILTERS, ("due",))
    listed = await pages.api.get(
        "/v1/forecasts",
        session,
        Page[ForecastRow],
        {**listing.filters, "limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {}),
    )
    template = "forecast_rows.html" if is_fragment(request) else "forecast.html"
    more = following("/forecast/all", listing.filters, listed.next, loaded + len(listed.items))
    return _render(pages, session, template, listing, cases=listed.items, risk=None, days=None, more=more)


def _render(
    pages: PageContext, session: Session, template: str, listing: ListQuery, **context: Any
) -> Response:
    districts, utilities = offered(session)
    services = {utility.service for utility in utilities}
    return pages.render(
        template,
        session,
        listing=listing,
        chosen=listing.filters,
        spans=DAYS,
        choices=(
            ("district", "县（市、区）", districts),
            ("supply", "业务", [supply for supply in names("supplies") if supply.code in services]),
            ("utility", "专营单位", utilities),
            ("stage", "当前环节", names("stages")),
            ("length_class", "外线长度", names("length_classes")),
        ),
        **context,
    )
