"""The boards of the sources beside hookup's: their panels as tables, with the names that their definitions give."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from libs.pages.lists import address
from libs.pages.sessions import Session
from libs.pages.site import PageContext, SignedIn, is_fragment
from services.metrics.declare import Source
from services.metrics.http import models
from services.metrics.pages.parts import Board, Metrics
from services.metrics.pages.source_tables import source_tables
from services.metrics.pages.tables import TABLE_NAME, BoardAddress, arranged, table_file
from services.metrics.sources import SOURCES

router = APIRouter()

# Hookup's board has a page of its own.
BOARDS: Final = {code: source for code, source in SOURCES.items() if source.board and code != "hookup"}
Code = Annotated[str, Path(alias="source", pattern=f"^({'|'.join(BOARDS)})$")]


def board_address(code: str) -> BoardAddress:
    """Return where the board of a source is."""
    return BoardAddress(f"/boards/{code}", f"/boards/{code}/tables")


@router.get("/boards/{source}")
async def show(request: Request, pages: Metrics, session: SignedIn, code: Code) -> Response:
    """Show the board of a source, or its figures only where htmx asks for them."""
    source, only_figures = BOARDS[code], is_fragment(request)
    board, *meant = await asyncio.gather(
        _read(pages, session, source), *(() if only_figures else (_meant(pages, session, code),))
    )
    tables = arranged(source_tables(source, board), board_address(code), {}, request.query_params)
    orders = {one.listing.parameter: one.listing.order for one in tables.values() if one.listing.order}
    return pages.render(
        "boards_figures.html" if only_figures else "boards.html",
        session,
        title=source.name,
        latest=source.latest,
        board=board,
        tables=tables,
        here=address(f"/boards/{code}", orders),
        definitions=meant[0].items if meant else (),
    )


@router.get("/boards/{source}/tables/{name}.csv")
async def file_of_table(
    request: Request,
    pages: Metrics,
    session: SignedIn,
    code: Code,
    name: Annotated[str, Path(pattern=TABLE_NAME)],
) -> Response:
    """Give a table of a source's board as a file, as it is sorted."""
    source = BOARDS[code]
    board = await _read(pages, session, source)
    return await table_file(source_tables(source, board), name, request.query_params)


async def _read(pages: PageContext, session: Session, source: Source) -> Board:
    return await pages.api.get(f"/v1/board/{source.code}", session, Board)


async def _meant(pages: PageContext, session: Session, code: str) -> models.Definitions:
    return await pages.api.get(f"/v1/definitions/{code}", session, models.Definitions)
