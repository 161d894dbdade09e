"""What happened to the cases that one watches or is mentioned on, since one looked."""

from uuid import uuid4

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from libs.pages.site import FromOwnPage, Loaded, SignedIn, following, is_fragment
from services.hookup.http.history_models import UnreadUpdates, UpdatesPage
from services.hookup.pages.history import particulars
from services.hookup.pages.parts import PAGE_SIZE, Hookup

router = APIRouter()


@router.get("/updates")
async def updates(
    request: Request, pages: Hookup, session: SignedIn, cursor: str | None = None, loaded: Loaded = 0
) -> Response:
    """List updates, the newest first; htmx asks for the rows of the next page only."""
    query = {"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {})
    page = await pages.api.get("/v1/updates", session, UpdatesPage, query)
    return pages.render(
        "update_rows.html" if is_fragment(request) else "updates.html",
        session,
        updates=[(update, particulars(update)) for update in page.items],
        unread=page.unread,
        newest=page.items[0].position if page.items else 0,
        more=following("/updates", {}, page.next, loaded + len(page.items)),
    )


@router.post("/updates")
async def mark_read(pages: Hookup, session: FromOwnPage, up_to: int = Form()) -> Response:
    """Mark what was shown as read; what came meanwhile stays unread."""
    await pages.api.post(
        "/v1/updates/read", session, UnreadUpdates, {"Idempotency-Key": str(uuid4())}, json={"up_to": up_to}
    )
    return RedirectResponse("/updates", 303)
