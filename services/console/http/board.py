"""The live board."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from services.console import figures
from services.console.http.parts import SignedIn, ThisConsole, is_fragment
from services.console.readers.metrics import Board

router = APIRouter()

Period = Annotated[str, Query(pattern="^(all|month|year|last-year)$")]


@router.get("/")
async def board(
    request: Request, console: ThisConsole, session: SignedIn, period: Period = "all"
) -> Response:
    """Show the board, or its figures only where htmx asks for them."""
    chosen = {} if period == "all" else {"period": period}
    found = await console.metrics.get("/v1/board", session, Board, chosen)
    return console.page(
        "figures.html" if is_fragment(request) else "board.html",
        session,
        board=found,
        chosen=chosen,
        period=period,
        periods=figures.PERIODS,
        districts=figures.rows(found.live_by_district, found.ended_by_district, "district"),
        supplies=figures.by_supply(
            figures.rows(found.live_by_utility, found.ended_by_utility, "utility", found.entries_by_utility)
        ),
        heat=figures.heat(found.live_by_stage_and_age),
        durations=figures.durations(found.stage_hours),
        services=figures.services_of(found.stage_hours),
        acts=figures.acts(found.activities, found.ended),
        months=figures.months(found.ended_by_month),
        specials=figures.most_special(found.ended_by_utility),
    )


@router.get("/board/stream")
async def stream(
    console: ThisConsole,
    session: SignedIn,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> Response:
    """Relay the metrics service's events until the session ends; the browser then learns that it has."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    _, pieces = await console.metrics.open("/v1/board/stream", session, headers=headers)
    seconds = session.expires - console.clock.now().timestamp()
    return StreamingResponse(
        until(seconds, pieces), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def until(seconds: float, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass pieces on for so many seconds; a stream that ends, for whatever reason, is opened again by the browser."""
    with contextlib.suppress(TimeoutError, httpx.TransportError):
        async with asyncio.timeout(seconds):
            async for piece in pieces:
                yield piece
