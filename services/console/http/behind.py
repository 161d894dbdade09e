"""What is behind the board: the cases of each figure, and what each figure means."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.console.http.parts import Loaded, SignedIn, ThisConsole, following, is_fragment
from services.console.readers.metrics import CasesBehind, Definitions
from services.console.show import DIMENSIONS

router = APIRouter()

NARROWINGS = (*DIMENSIONS, "period", "quantile")


@router.get("/figures/cases")
async def cases_behind(
    request: Request,
    console: ThisConsole,
    session: SignedIn,
    code: str,
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List the cases behind a figure; htmx asks for the rows of the next page only."""
    narrowed = {name: value for name in NARROWINGS if (value := request.query_params.get(name))}
    query = {"code": code, **narrowed}
    found = await console.metrics.get(
        "/v1/drill-down/hookup", session, CasesBehind, query | ({"cursor": cursor} if cursor else {})
    )
    return console.page(
        "behind_rows.html" if is_fragment(request) else "behind.html",
        session,
        found=found,
        more=following("/figures/cases", query, found.next, loaded + len(found.items)),
        at_quantile=found.quantile
        and f"/figures/cases?{urlencode(query | ({'cursor': where} if (where := found.quantile.cursor) else {}))}",
    )


@router.get("/definitions")
async def definitions(console: ThisConsole, session: SignedIn) -> Response:
    """Say what each figure means."""
    found = await console.metrics.get("/v1/definitions/hookup", session, Definitions)
    return console.page("definitions.html", session, definitions=found.items, judged_under=found.judged_under)
