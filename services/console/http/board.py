"""The live board."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from services.console import figures
from services.console.feed import Board
from services.console.http.parts import SignedIn, ThisConsole, is_fragment
from services.console.readers.metrics import Board as BoardFigures

router = APIRouter()

Period = Annotated[str, Query(pattern="^(all|month|year|last-year)$")]


@router.get("/")
async def board(
    request: Request, console: ThisConsole, session: SignedIn, period: Period = "all"
) -> Response:
    """Show the board, or its figures only where htmx asks for them."""
    chosen = {} if period == "all" else {"period": period}
    found = await console.metrics.get("/v1/board/hookup", session, BoardFigures, chosen)
    return console.page(
        "figures.html" if is_fragment(request) else "board.html",
        session,
        board=found,
        chosen=chosen,
        period=period,
        periods=figures.PERIODS,
        districts=figures.rows(found["live_by_district"], found["ended_by_district"], "district"),
        supplies=figures.by_supply(
            figures.rows(
                found["live_by_utility"], found["ended_by_utility"], "utility", found["entries_by_utility"]
            )
        ),
        heat=figures.heat(found["live_by_stage_and_age"]),
        durations=figures.durations(found["stages"]),
        services=figures.services_of(found["stages"]),
        acts=figures.ACTS,
        months=figures.months(found["ended_by_month"]),
        specials=figures.most_special(found["ended_by_utility"]),
    )


async def opened(
    console: ThisConsole,
    session: SignedIn,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> AsyncIterator[Board]:
    """Give the board that a browser has opened; it is closed with its request."""
    async with console.feed.open(session, last_event_id) as board:
        yield board


@router.get("/board/stream")
async def stream(board: Annotated[Board, Depends(opened)]) -> Response:
    """Pass the metrics service's events on until the session ends; the browser then learns that it has."""
    return StreamingResponse(
        board.events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )
