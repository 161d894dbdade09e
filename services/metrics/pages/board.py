"""The live board."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from libs.common.problems import Problem
from libs.pages.sessions import Session
from libs.pages.site import PageContext, SignedIn, beside_fields, is_fragment
from services.metrics.pages import figures, parts
from services.metrics.pages.feed import Board, Feed
from services.metrics.pages.parts import Metrics
from services.metrics.pages.periods import PERIODS, Period

router = APIRouter()

Code = Annotated[str, Query(alias="period", pattern=f"^({'|'.join(PERIODS)})$")]
# What is compared with the period before.
_COMPARED = ("closed", "cases.limit", "ratings.satisfied", "overlap_saved_minutes")


@router.get("/")
async def show_board(
    request: Request,
    pages: Metrics,
    session: SignedIn,
    code: Code = "all",
    month_from: str = "",
    month_to: str = "",
) -> Response:
    """Show the board, or its figures only where htmx asks for them."""
    errors, period = dict[str, str](), Period("all")
    try:
        period = Period.of(code, month_from.strip(), month_to.strip())
    except Problem as problem:
        errors = beside_fields(problem.errors)
    board = await pages.api.get("/v1/board/hookup", session, parts.Board, period.query)
    earlier = period.before(board.now)
    before = await _before(pages, session, earlier) if earlier else None
    utilities = figures.rows(
        board["live_by_utility"], board["ended_by_utility"], "utility", board["entries_by_utility"]
    )
    return pages.render(
        "figures.html" if is_fragment(request) else "board.html",
        session,
        status=422 if errors else 200,
        board=board,
        chosen=period.query,
        period=period,
        periods=PERIODS,
        months_asked=(month_from, month_to),
        errors=errors,
        before=before,
        earlier=earlier,
        change=figures.change,
        districts=figures.rows(board["live_by_district"], board["ended_by_district"], "district"),
        supplies=figures.by_supply(utilities),
        heat=figures.heat(board["live_by_stage_and_age"]),
        durations=figures.durations(board["stages"]),
        services=figures.services_of(board["stages"]),
        acts=figures.ACTS,
        months=figures.months(board["ended_by_month"]),
        specials=figures.most_special(board["ended_by_utility"]),
    )


async def _before(pages: PageContext, session: Session, period: Period) -> parts.Row:
    """Return the figures of the period before."""
    query: dict[str, str | list[str]] = {**period.query, "codes": list(_COMPARED)}
    listed = await pages.api.get("/v1/figures/hookup", session, parts.Figures, query)
    return listed.items[0] if listed.items else parts.NOTHING


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
