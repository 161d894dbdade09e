"""Running cases by their due times, each with its chance to be on time."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.common.http.cursors import Page
from libs.pages.site import Loaded, SignedIn, following, is_fragment
from services.hookup.http.forecast_routes import ForecastRow
from services.hookup.pages.parts import PAGE_SIZE, Hookup, names, offered

router = APIRouter()

FILTERS = ("district", "supply", "utility", "stage", "length_class")


@router.get("/forecast")
async def forecast(
    request: Request, pages: Hookup, session: SignedIn, cursor: str | None = None, loaded: Loaded = 0
) -> Response:
    """List running cases with their chances; htmx asks for the rows of the next page only."""
    chosen = {name: value for name in FILTERS if (value := request.query_params.get(name))}
    listed = await pages.api.get(
        "/v1/forecasts",
        session,
        Page[ForecastRow],
        chosen | {"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {}),
    )
    districts, utilities = offered(session)
    services = {utility.service for utility in utilities}
    return pages.render(
        "forecast_rows.html" if is_fragment(request) else "forecast.html",
        session,
        cases=listed.items,
        more=following("/forecast", chosen, listed.next, loaded + len(listed.items)),
        chosen=chosen,
        choices=(
            ("district", "县（市、区）", districts),
            ("supply", "业务", [supply for supply in names("supplies") if supply.code in services]),
            ("utility", "专营单位", utilities),
            ("stage", "当前环节", names("stages")),
            ("length_class", "外线长度", names("length_classes")),
        ),
    )
