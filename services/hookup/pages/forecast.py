"""Which running cases will miss their date: the least likely to keep it first; or all of them by their due times."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from libs.common.http.cursors import Page
from libs.pages.lists import Filters, ListQuery
from libs.pages.paging import At
from libs.pages.places import PLACE_FILTERS
from libs.pages.sessions import Session
from libs.pages.site import PageContext, SignedIn
from services.hookup.http.forecast_routes import AtRisk, ForecastRow
from services.hookup.pages.parts import Hookup, choices

router = APIRouter()

FILTERS = Filters(
    (
        *PLACE_FILTERS,
        choices("stage", "当前环节", "stages"),
        choices("length_class", "外线长度", "length_classes"),
    )
)
DAYS = {"1": "今明两天", "7": "7 天内", "14": "14 天内", "31": "31 天内"}


@router.get("/forecast")
async def at_risk(
    request: Request,
    pages: Hookup,
    session: SignedIn,
    days: Annotated[str, Query(pattern=f"^({'|'.join(DAYS)})$")] = "7",
) -> Response:
    """List what is due soon, the least likely to be on time first, and how many are expected to miss their date."""
    listing = ListQuery.of("/forecast", request.query_params, FILTERS.names)
    risk = await pages.api.get("/v1/forecasts/at-risk", session, AtRisk, {**listing.filters, "days": days})
    return _render(
        pages, session, "forecast.html", listing, cases=risk.items, risk=risk, days=days, more=None
    )


@router.get("/forecast/all")
async def by_due_time(request: Request, pages: Hookup, session: SignedIn, at: At) -> Response:
    """List all running cases by their due times; htmx asks for the rows of the next page only."""
    listing = ListQuery.of("/forecast/all", request.query_params, FILTERS.names)
    listed = await pages.api.get("/v1/forecasts", session, Page[ForecastRow], at.asking(listing.filters))
    template = "forecast_rows.html" if at.is_fragment else "forecast.html"
    more = at.following("/forecast/all", listing.filters, listed)
    return _render(pages, session, template, listing, cases=listed.items, risk=None, days=None, more=more)


def _render(
    pages: PageContext, session: Session, template: str, listing: ListQuery, **context: Any
) -> Response:
    return pages.render(
        template, session, listing=listing, filters=FILTERS, chosen=listing.filters, spans=DAYS, **context
    )
