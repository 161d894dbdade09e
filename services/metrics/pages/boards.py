"""The boards of the sources beside hookup's: their panels as tables, with the names that their definitions give."""

import asyncio
from collections.abc import Sequence
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
    """Show the board of a source and those beside it, or their figures only where htmx asks for them."""
    sources, only_figures = _sources(code), is_fragment(request)
    boards, *meant = await asyncio.gather(
        _read(pages, session, sources), *(() if only_figures else (_meant(pages, session, sources),))
    )
    tables = [
        (source, arranged(source_tables(source, board), board_address(code), {}, request.query_params))
        for source, board in zip(sources, boards, strict=True)
    ]
    orders = {
        one.listing.parameter: one.listing.order
        for _, shown in tables
        for one in shown.values()
        if one.listing.order
    }
    return pages.render(
        "boards_figures.html" if only_figures else "boards.html",
        session,
        title=sources[0].name,
        latest=sources[0].latest,
        board=boards[0],
        tables=tables,
        here=address(f"/boards/{code}", orders),
        definitions=meant[0] if meant else (),
    )


@router.get("/boards/{source}/tables/{name}.csv")
async def file_of_table(
    request: Request,
    pages: Metrics,
    session: SignedIn,
    code: Code,
    name: Annotated[str, Path(pattern=TABLE_NAME)],
) -> Response:
    """Give a table of a source's board, or of one beside it, as a file, as it is sorted."""
    sources = _sources(code)
    boards = await _read(pages, session, sources)
    tables = (
        table for source, board in zip(sources, boards, strict=True) for table in source_tables(source, board)
    )
    return await table_file(tables, name, request.query_params)


def _sources(code: str) -> Sequence[Source]:
    return [BOARDS[code], *(source for source in BOARDS.values() if source.beside == code)]


async def _read(pages: PageContext, session: Session, sources: Sequence[Source]) -> Sequence[Board]:
    return await asyncio.gather(
        *(pages.api.get(f"/v1/board/{source.code}", session, Board) for source in sources)
    )


async def _meant(
    pages: PageContext, session: Session, sources: Sequence[Source]
) -> Sequence[models.Definition]:
    answers = await asyncio.gather(
        *(pages.api.get(f"/v1/definitions/{source.code}", session, models.Definitions) for source in sources)
    )
    return [definition for answer in answers for definition in answer.items]
