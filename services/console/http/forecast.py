"""Running cases by their due times, each with its chance to be on time."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.console.http.cases import names, offered
from services.console.http.parts import Loaded, SignedIn, ThisConsole, following, is_fragment
from services.console.readers.foresight import ForecastPage

router = APIRouter()

FILTERS = ("district", "supply", "utility", "stage", "length_class")
PAGE = "50"


@router.get("/forecast")
async def forecast(
    request: Request, console: ThisConsole, session: SignedIn, cursor: str | None = None, loaded: Loaded = 0
) -> Response:
    """List running cases with their chances; htmx asks for the rows of the next page only."""
    chosen = {name: value for name in FILTERS if (value := request.query_params.get(name))}
    reference = await console.reference(session)
    found = await console.hookup.get(
        "/v1/forecasts",
        session,
        ForecastPage,
        chosen | {"limit": PAGE} | ({"cursor": cursor} if cursor else {}),
    )
    districts, utilities = offered(session)
    services = {each.service for each in utilities}
    return console.page(
        "forecast_rows.html" if is_fragment(request) else "forecast.html",
        session,
        cases=found.items,
        more=following("/forecast", chosen, found.next, loaded + len(found.items)),
        chosen=chosen,
        stages=names(reference.stages),
        length_classes=names(reference.length_classes),
        choices=(
            ("district", "县（市、区）", districts),
            ("supply", "业务", [each for each in reference.supplies if each.code in services]),
            ("utility", "专营单位", utilities),
            ("stage", "当前环节", reference.stages),
            ("length_class", "外线长度", reference.length_classes),
        ),
    )
