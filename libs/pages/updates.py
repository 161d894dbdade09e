"""What happened to the things that one watches or is mentioned on, since one looked, declared."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import uuid4

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from libs.casework.http.history import EventView, UnreadUpdates
from libs.common.http.cursors import Page
from libs.pages.history import History
from libs.pages.paging import At, Position
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, pages_of

U = TypeVar("U", bound=EventView)


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates(Generic[U]):
    """The updates of a person: `api` gives `answer`, a page of updates that says how many are unread.

    `things` is the path of the pages of a thing, whose id and number are the fields `thing` with `_id` and `_number`.
    """

    service: str
    path: str
    api: str
    answer: type[Page[U]]
    history: History[Any]
    things: str
    thing: str = "case"
    title: str = "更新"

    def router(self) -> APIRouter:
        """Return the routes of the list and of its mark."""
        router = APIRouter()
        context = Annotated[PageContext, Depends(pages_of(self.service))]

        async def show(pages: context, session: SignedIn, at: At) -> Response:
            return await self._page(pages, session, at)

        async def mark_read(pages: context, session: FromOwnPage, up_to: int = Form()) -> Response:
            # What came meanwhile stays unread.
            key = {"Idempotency-Key": str(uuid4())}
            await pages.api.post(f"{self.api}/read", session, UnreadUpdates, key, json={"up_to": up_to})
            return RedirectResponse(self.path, 303)

        router.add_api_route(self.path, show, methods=["GET"])
        router.add_api_route(self.path, mark_read, methods=["POST"])
        return router

    async def _page(self, pages: PageContext, session: Session, at: Position) -> Response:
        page: Any = await pages.api.get(self.api, session, self.answer, at.asking({}))
        return pages.render(
            "update_rows.html" if at.is_fragment else "updates.html",
            session,
            declared=self,
            updates=[(update, self.history.particulars(update)) for update in page.items],
            unread=page.unread,
            newest=page.items[0].position if page.items else 0,
            more=at.following(self.path, {}, page),
        )
