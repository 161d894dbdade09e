"""The live board."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from libs.common.problems import Problem
from libs.pages.lists import address
from libs.pages.sessions import Session
from libs.pages.site import PageContext, SignedIn, beside_fields, is_fragment
from services.metrics.pages import figures, parts
from services.metrics.pages.board_tables import groups, tables
from services.metrics.pages.feed import Board, Feed
from services.metrics.pages.parts import Metrics
from services.metrics.pages.periods import PERIODS, Period
from services.metrics.pages.tables import TABLE_NAME, BoardAddress, arranged, table_file

router = APIRouter()

BOARD = BoardAddress("/", "/figures/tables")

Code = Annotated[str, Query(alias="period", pattern=f"^({'|'.join(PERIODS)})$")]
# What is compared with the period before.
_COMPARED = ("closed", "cases.limit", "ratings.satisfied", "overlap_saved_minutes")


@router.get(BOARD.page)
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
    board = await _read(pages, session, period)
    earlier = period.before(board.now)
    before = await _before(pages, session, earlier) if earlier else None
    listed = tables(board, period.query, period.name)
    shown = arranged(listed, BOARD, period.page_query, request.query_params)
    orders = {one.listing.parameter: one.listing.order for one in shown.values() if one.listing.order}
    return pages.render(
        "figures.html" if is_fragment(request) else "board.html",
        session,
        board=board,
        tables=shown,
        here=address(BOARD.page, {**period.page_query, **orders}),
        orders=orders,
        chosen=period.query,
        period=period,
        periods=PERIODS,
        months_asked=(month_from, month_to),
        errors=errors,
        before=before,
        earlier=earlier,
        change=figures.change,
        groups=groups(board),
        act_tables=[name for name in shown if name.startswith("acts-")],
    )


@router.get(f"{BOARD.files}/{{name}}.csv")
async def file_of_table(
    request: Request,
    pages: Metrics,
    session: SignedIn,
    name: Annotated[str, Path(pattern=TABLE_NAME)],
    code: Code = "all",
    month_from: str = "",
    month_to: str = "",
) -> Response:
    """Give a table of the board as a file, as it is sorted."""
    period = Period.of(code, month_from.strip(), month_to.strip())
    board = await _read(pages, session, period)
    listed = tables(board, period.query, period.name)
    return await table_file(listed, name, request.query_params, period.name)


async def _read(pages: PageContext, session: Session, period: Period) -> parts.Board:
    return await pages.api.get("/v1/board/hookup", session, parts.Board, period.query)


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
