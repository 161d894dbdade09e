"""The pages of a kind of thing, declared: its list, the page of one with what is due first, and a form for a new one.

What is more than that (a drawing, a table of its own) a service writes itself; the parts are the same.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.common.http.actions import Actions
from libs.common.http.cursors import Page
from libs.common.http.form_fields import Form
from libs.pages.forms import FormErrors, command_forms, declared_form
from libs.pages.lists import Column
from libs.pages.sending import ANY_FORM, give, groups, next_first, send
from libs.pages.sessions import Session
from libs.pages.shown import day, when, written
from libs.pages.site import (
    SHORT_FIELDS,
    FromOwnPage,
    Loaded,
    PageContext,
    SignedIn,
    following,
    is_fragment,
    pages_of,
)

V = TypeVar("V", bound=BaseModel)

PAGE_SIZE = "50"


class _Made(BaseModel):
    id: str


@dataclass(frozen=True, slots=True)
class Things(Generic[V]):
    """A kind of thing of a service: `path` is that of its pages, and under /v1 of its API.

    `noun` is its Chinese name; `view` is what the API shows of one, with `id` and `version`; `columns` are fields of
    it in the list, `facts` on its page, each with its name. `filters` are query parameters of the list. `opening` is
    the command that makes one, for some roles. `kinds` are the groups of commands, in their order.
    """

    service: str
    noun: str
    path: str
    view: type[V]
    columns: Sequence[Column]
    facts: Sequence[tuple[str, str]]
    kinds: Sequence[str]
    filters: Sequence[str] = ()
    opening: Form | None = None
    openers: frozenset[str] = field(default_factory=frozenset)

    def router(self) -> APIRouter:
        """Return the routes of its pages."""
        router = APIRouter()
        context = Annotated[PageContext, Depends(pages_of(self.service))]

        async def show_list(
            request: Request,
            pages: context,
            session: SignedIn,
            cursor: str | None = None,
            loaded: Loaded = 0,
        ) -> Response:
            return await self._list(request, pages, session, cursor, loaded)

        async def show(pages: context, session: SignedIn, thing_id: UUID) -> Response:
            return await self._page(pages, session, thing_id)

        async def act(
            request: Request,
            pages: context,
            session: FromOwnPage,
            thing_id: UUID,
            operation_id: str,
        ) -> Response:
            return await self._act(request, pages, session, thing_id, operation_id)

        async def show_opening(pages: context, session: SignedIn) -> Response:
            return self._opening(pages, session)

        async def open_one(request: Request, pages: context, session: FromOwnPage) -> Response:
            return await self._open(request, pages, session)

        router.add_api_route(self.path, show_list, methods=["GET"])
        if self.opening is not None:
            router.add_api_route(f"{self.path}/new", show_opening, methods=["GET"])
            router.add_api_route(f"{self.path}/new", open_one, methods=["POST"])
        router.add_api_route(f"{self.path}/{{thing_id}}", show, methods=["GET"])
        router.post(
            f"{self.path}/{{thing_id}}/actions/{{operation_id}}",
            openapi_extra=ANY_FORM,
            form_limits=SHORT_FIELDS,
        )(act)
        return router

    async def _list(
        self, request: Request, pages: PageContext, session: Session, cursor: str | None, loaded: int
    ) -> Response:
        chosen = {name: value for name in self.filters if (value := request.query_params.get(name))}
        listed = await pages.api.get(
            f"/v1{self.path}",
            session,
            Page[self.view],  # type: ignore[name-defined]  # the model is a value here
            chosen | {"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {}),
        )
        return pages.render(
            "thing_rows.html" if is_fragment(request) else "things.html",
            session,
            things=self,
            rows=listed.items,
            cell=shown,
            may_open=self.opening is not None and not self.openers.isdisjoint(session.roles),
            more=following(self.path, chosen, listed.next, loaded + len(listed.items)),
        )

    async def _act(
        self, request: Request, pages: PageContext, session: Session, thing_id: UUID, operation_id: str
    ) -> Response:
        actions = await self._actions(pages, session, thing_id)
        given = await give(request, pages.api, session, command_forms(actions.items), operation_id)
        if isinstance(given, FormErrors):
            return await self._page(pages, session, thing_id, given)
        return pages.done(f"{self.path}/{thing_id}", given)

    async def _actions(self, pages: PageContext, session: Session, thing_id: UUID) -> Actions:
        return await pages.api.get(f"/v1{self.path}/{thing_id}/actions", session, Actions)

    async def _page(
        self, pages: PageContext, session: Session, thing_id: UUID, refused: FormErrors | None = None
    ) -> Response:
        view, actions = await asyncio.gather(
            pages.api.get(f"/v1{self.path}/{thing_id}", session, self.view),
            self._actions(pages, session, thing_id),
        )
        first, others = next_first(command_forms(actions.items), session)
        return pages.render(
            "thing.html",
            session,
            status=refused.status if refused else 200,
            things=self,
            thing=view,
            version=view.version,  # type: ignore[attr-defined]  # every thing has one
            cell=shown,
            next_form=first,
            forms=groups(others, self.kinds),
            refused=refused,
        )

    def _opening(self, pages: PageContext, session: Session, refused: FormErrors | None = None) -> Response:
        assert self.opening is not None  # noqa: S101 - else there is no route
        return pages.render(
            "thing_new.html",
            session,
            status=refused.status if refused else 200,
            things=self,
            form=declared_form(self.opening),
            refused=refused,
        )

    async def _open(self, request: Request, pages: PageContext, session: Session) -> Response:
        assert self.opening is not None  # noqa: S101 - else there is no route
        answer = await send(request, pages.api, session, declared_form(self.opening))
        if isinstance(answer, FormErrors):
            return self._opening(pages, session, answer)
        return pages.done(f"{self.path}/{_Made.model_validate_json(answer).id}", self.opening.title)


def shown(thing: BaseModel, name: str) -> str:
    """Show a field of a thing as people write it."""
    value: Any = getattr(thing, name)
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, date):
        return day(value)
    return written(value)
