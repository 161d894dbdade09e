"""Whose turn it is: the work lists of each role, live, and the desk that leads from case to case."""

import asyncio
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from libs.common.http.cursors import Page
from libs.pages.lists import ListQuery
from libs.pages.sessions import Session
from libs.pages.site import Loaded, SignedIn, following, is_fragment
from services.hookup.http.contact_models import WorkCounts
from services.hookup.http.models import WorkRow
from services.hookup.pages.parts import (
    CODES,
    PAGE_SIZE,
    WORK_FILTERS,
    Desk,
    Hookup,
    WorkList,
    address,
    names,
    offered,
)

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
    whose: WorkList = None,
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List the cases that wait for somebody, the most urgent first; htmx asks for rows, or for the list anew."""
    chosen = whose or first_tab(session)
    listing = ListQuery.of("/work", request.query_params, WORK_FILTERS, ("due",))
    query = {"whose": chosen, **listing.filters}
    rows = pages.api.get(
        "/v1/work-list",
        session,
        Page[WorkRow],
        query | {"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {}),
    )
    if cursor and is_fragment(request):
        listed, counts = await rows, None
    else:
        listed, counts = await asyncio.gather(
            rows, pages.api.get("/v1/work-list/counts", session, WorkCounts, listing.filters)
        )
    templates = {(True, True): "work_rows.html", (True, False): "work_live.html"}
    districts, utilities = offered(session)
    services = {utility.service for utility in utilities}
    return pages.render(
        templates.get((is_fragment(request), bool(cursor)), "work.html"),
        session,
        cases=listed.items,
        counts={count.whose: count for count in counts.items} if counts else {},
        as_of=counts and counts.as_of,
        lists=_LISTS,
        chosen=chosen,
        filters=listing.filters,
        here=address("/work", query),
        desk=query,
        tab=lambda code: address("/work", {"whose": code, **listing.filters}),
        more=following("/work", query, listed.next, loaded + len(listed.items)),
        choices=(
            ("district", "县（市、区）", districts),
            ("supply", "业务", [supply for supply in names("supplies") if supply.code in services]),
            ("utility", "专营单位", utilities),
        )
        if len(utilities) > 1
        else (),
    )


@router.get("/work/next")
async def next_case(pages: Hookup, session: SignedIn, desk: Desk, after: UUID | None = None) -> Response:
    """Lead to the case that stands after one on a work list; after the last, or one that is done, to the first."""
    query = desk or {"whose": first_tab(session)}
    listed = await pages.api.get("/v1/work-list", session, Page[WorkRow], query | {"limit": "200"})
    ids = [row.id for row in listed.items]
    later = ids[ids.index(str(after)) + 1 :] if str(after) in ids else []
    case_id = next((case_id for case_id in (*later, *ids) if case_id != str(after)), None)
    return RedirectResponse(address("/work" if case_id is None else f"/cases/{case_id}", query), 303)
