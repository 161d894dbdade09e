"""Whose turn it is: the work lists of each role."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from libs.common.http.cursors import Page
from libs.pages.sessions import Session
from libs.pages.site import Loaded, SignedIn, following, is_fragment
from services.hookup.http.models import WorkRow
from services.hookup.pages.parts import CODES, PAGE_SIZE, Desk, Hookup, address

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
    whose: Desk = None,
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


@router.get("/work/next")
async def next_case(
    pages: Hookup, session: SignedIn, whose: Desk = None, after: UUID | None = None
) -> Response:
    """Lead to the case that stands after one on a work list; after the last, or one that is done, to the first."""
    chosen = whose or first_tab(session)
    query = {"whose": chosen, "limit": "200"}
    listed = await pages.api.get("/v1/work-list", session, Page[WorkRow], query)
    ids = [row.id for row in listed.items]
    following_ids = ids[ids.index(str(after)) + 1 :] if str(after) in ids else []
    case_id = next((case_id for case_id in (*following_ids, *ids) if case_id != str(after)), None)
    path = address("/work", {"whose": chosen}) if case_id is None else f"/cases/{case_id}?desk={chosen}"
    return RedirectResponse(path, 303)
