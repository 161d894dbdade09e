"""The live board."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from libs.pages.site import SignedIn, is_fragment
from services.metrics.pages import figures, parts
from services.metrics.pages.feed import Board, Feed
from services.metrics.pages.parts import Metrics

router = APIRouter()

Period = Annotated[str, Query(pattern="^(all|month|year|last-year)$")]


@router.get("/")
async def show_board(request: Request, pages: Metrics, session: SignedIn, period: Period = "all") -> Response:
    """Show the board, or its figures only where htmx asks for them."""
    chosen = {} if period == "all" else {"period": period}
    board = await pages.api.get("/v1/board/hookup", session, parts.Board, chosen)
    return pages.render(
        "figures.html" if is_fragment(request) else "board.html",
        session,
        board=board,
        chosen=chosen,
        period=period,
        periods=figures.PERIODS,
        districts=figures.rows(board["live_by_district"], board["ended_by_district"], "district"),
        supplies=figures.by_supply(
            figures.rows(
                board["live_by_utility"], board["ended_by_utility"], "utility", board["entries_by_utility"]
            )
        ),
        heat=figures.heat(board["live_by_stage_and_age"]),
        durations=figures.durations(board["stages"]),
        services=figures.services_of(board["stages"]),
        acts=figures.ACTS,
        months=figures.months(board["ended_by_month"]),
        specials=figures.most_special(board["ended_by_utility"]),
    )


async def opened(
    pages: Metrics,
    session: SignedIn,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> AsyncIterator[Board]:
    """Give the board that a browser has opened; it is closed with its request."""
    feed = cast("Feed", pages.mounted.running)
    async with feed.open(session, last_event_id) as opened_board:
        yield opened_board


@router.get("/board/stream")
async def stream(board: Annotated[Board, Depends(opened)]) -> Response:
    """Pass the metrics service's events on until the session ends; the browser then learns that it has."""
    return StreamingResponse(
        board.events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )
