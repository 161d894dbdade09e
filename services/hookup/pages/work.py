"""Whose turn it is: the work lists of each role."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from libs.common.http.cursors import Page
from libs.pages.sessions import Session
from libs.pages.site import Loaded, SignedIn, following, is_fragment
from services.hookup.http.models import WorkRow
from services.hookup.pages.parts import CODES, PAGE_SIZE, Hookup

router = APIRouter()

_LISTS = CODES["work_lists"]


def first_tab(session: Session) -> str:
    """Return the list that a user begins with: of the first of their roles that has one."""
    return next((code for code in _LISTS if code in session.roles), "clerk")


@router.get("/work")
async def work(
    request: Request,
    pages: Hookup,
    session: SignedIn,
    whose: Annotated[str | None, Query(pattern=f"^({'|'.join(_LISTS)})$")] = None,
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List the cases that wait for somebody, the most urgent first; htmx asks for the rows of the next page only."""
    chosen = whose or first_tab(session)
    query = {"whose": chosen}
    listed = await pages.api.get(
        "/v1/work-list",
        session,
        Page[WorkRow],
        query | {"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {}),
    )
    return pages.render(
        "work_rows.html" if is_fragment(request) else "work.html",
        session,
        cases=listed.items,
        lists=_LISTS,
        chosen=chosen,
        more=following("/work", query, listed.next, loaded + len(listed.items)),
    )
