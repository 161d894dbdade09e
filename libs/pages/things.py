"""The pages of a kind of thing, declared: its list, and the page of one with what is due first.

Of one thing there are besides: what cannot be done to it now, what happened to it, and its files. What is more than
that (a drawing, a table of its own) a service adds by a template and its `context`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.casework.http.files import FileLink
from libs.casework.http.notes import NotesView, NoteView
from libs.casework.http.people import PeopleView, PersonView
from libs.common.http.actions import Actions
from libs.common.http.cursors import Page
from libs.pages.forms import FormErrors, command_forms
from libs.pages.history import History
from libs.pages.listing import Listing
from libs.pages.lists import Column, address
from libs.pages.paging import At, Position
from libs.pages.sending import ANY_FORM, give, groups, next_first
from libs.pages.sessions import Session
from libs.pages.site import SHORT_FIELDS, FromOwnPage, PageContext, SignedIn, pages_of, passed_on
from libs.pages.work import WorkList

V = TypeVar("V", bound=BaseModel)

STAFF = frozenset({"utility", "district", "city"})
"""The kinds of scope of the staff, who alone see notes."""


async def _nothing_more(_pages: PageContext, _session: Session, _thing: Any) -> Mapping[str, Any]:
    return {}


async def _no_desk() -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Things(Generic[V]):
    """A kind of thing of a service, called `noun`: its pages are below `path`, what the API says of it below `api`.

    `view` is what the API shows of one, with `id` and `version`; `title` is what one is called, by default its first
    column in the list. `facts` stand on its page, `kinds` are the groups of its commands in their order. `files` are
    the parts of the API's address below which its files are. With `has_notes` and `has_people` the staff are shown
    its notes, and its people by name. `template` adds to `thing.html` by its blocks, by what `context` reads
    besides. Where there are `work` lists, its page leads along the one that it was opened from.
    """

    service: str
    noun: str
    path: str
    api: str
    view: type[V]
    kinds: Sequence[str] = ()
    facts: Sequence[Column] = ()
    title: Callable[[V], str] | None = None
    listing: Listing[Any] | None = None
    history: History[Any] | None = None
    explains: bool = True
    files: Sequence[str] = ()
    has_notes: bool = False
    has_people: bool = False
    work: WorkList[Any] | None = None
    template: str = "thing.html"
    context: Callable[[PageContext, Session, V], Awaitable[Mapping[str, Any]]] = field(default=_nothing_more)

    def router(self) -> APIRouter:
        """Return the routes of its pages."""
        router = APIRouter()
        # The address of new things goes before that of one by its id.
        if self.listing is not None:
            router.routes.extend(self.listing.router().routes)
        router.routes.extend(self._routes_of_one().routes)
        return router

    def named(self, thing: V) -> str:
        """Return what a thing is called."""
        if self.title is not None:
            return self.title(thing)
        assert self.listing is not None  # noqa: S101 - a thing without a list has a title
        return self.listing.table.columns[0].text(thing)

    def _routes_of_one(self) -> APIRouter:
        router, one = APIRouter(), f"{self.path}/{{thing_id}}"
        context = Annotated[PageContext, Depends(pages_of(self.service))]
        desk_of = self.work.desk if self.work is not None else _no_desk

        async def show(
            pages: context, session: SignedIn, thing_id: UUID, desk: dict[str, str] = Depends(desk_of)
        ) -> Response:
            return await self._page(pages, session, thing_id, desk)

        async def act(
            request: Request,
            pages: context,
            session: FromOwnPage,
            thing_id: UUID,
            operation_id: str,
            desk: dict[str, str] = Depends(desk_of),
        ) -> Response:
            actions = await self._actions(
                pages, session, thing_id, {"withheld": "true"} if self.explains else None
            )
            forms = command_forms(actions.items)
            answer = await give(request, pages.api, session, forms, operation_id, withheld=actions.withheld)
            if isinstance(answer, FormErrors):
                return await self._page(pages, session, thing_id, desk, answer)
            return pages.done(address(f"{self.path}/{thing_id}", desk), answer)

        async def show_withheld(pages: context, session: SignedIn, at: At, thing_id: UUID) -> Response:
            actions = await self._actions(pages, session, thing_id, {"withheld": "true"})
            template = "withheld_rows.html" if at.is_fragment else "withheld.html"
            return self._render(pages, session, template, thing_id, withheld=actions.withheld)

        async def show_events(pages: context, session: SignedIn, at: At, thing_id: UUID) -> Response:
            return await self._events(pages, session, at, thing_id)

        router.add_api_route(one, show, methods=["GET"])
        router.post(f"{one}/actions/{{operation_id}}", openapi_extra=ANY_FORM, form_limits=SHORT_FIELDS)(act)
        if self.explains:
            router.add_api_route(f"{one}/withheld", show_withheld, methods=["GET"])
        if self.history is not None:
            router.add_api_route(f"{one}/events", show_events, methods=["GET"])
        for part in self.files:
            router.add_api_route(f"{one}/{part}/{{file_id}}", self._file_route(part), methods=["GET"])
        return router

    def _file_route(self, part: str) -> Callable[..., Awaitable[Response]]:
        context = Annotated[PageContext, Depends(pages_of(self.service))]

        async def pass_file_on(pages: context, session: SignedIn, thing_id: UUID, file_id: UUID) -> Response:
            # The service's own link is not for browsers, who may not reach the service.
            path, key = f"{self.api}/{thing_id}/{part}/{file_id}/link", {"Idempotency-Key": str(uuid4())}
            link = await pages.api.post(path, session, FileLink, key)
            return passed_on(*await pages.api.open(link.url, session))

        return pass_file_on

    async def _actions(
        self, pages: PageContext, session: Session, thing_id: UUID, query: dict[str, str] | None = None
    ) -> Actions:
        return await pages.api.get(f"{self.api}/{thing_id}/actions", session, Actions, query)

    def _render(
        self, pages: PageContext, session: Session, template: str, thing_id: UUID, **context: Any
    ) -> Response:
        return pages.render(template, session, things=self, address=f"{self.path}/{thing_id}", **context)

    async def _page(
        self,
        pages: PageContext,
        session: Session,
        thing_id: UUID,
        desk: dict[str, str],
        refused: FormErrors | None = None,
    ) -> Response:
        """Show a thing, and first what is due of it; `desk` is the work list that it was opened from."""
        thing, actions = await asyncio.gather(
            pages.api.get(f"{self.api}/{thing_id}", session, self.view),
            self._actions(pages, session, thing_id),
        )
        notes, people, more = await asyncio.gather(
            self._notes(pages, session, thing),
            self._people(pages, session, thing_id),
            self.context(pages, session, thing),
        )
        forms = command_forms(actions.items)
        first, others = next_first(forms, session)
        return self._render(
            pages,
            session,
            self.template,
            thing_id,
            status=refused.status if refused else 200,
            thing=thing,
            title=self.named(thing),
            all_forms=forms,
            next_form=first,
            forms=groups(others, self.kinds),
            notes=notes,
            people=people,
            refused=refused,
            desk=desk,
            **more,
        )

    async def _notes(self, pages: PageContext, session: Session, thing: Any) -> Sequence[NoteView]:
        if not self.has_notes or session.scope_kind not in STAFF or not thing.note_count:
            return ()
        return (await pages.api.get(f"{self.api}/{thing.id}/notes", session, NotesView)).items

    async def _people(self, pages: PageContext, session: Session, thing_id: UUID) -> Mapping[str, PersonView]:
        if not self.has_people or session.scope_kind not in STAFF:
            return {session.subject: PersonView(subject=session.subject, name=session.name, unit="本人")}
        listed = await pages.api.get(f"{self.api}/{thing_id}/people", session, PeopleView)
        return {person.subject: person for person in listed.items}

    async def _events(self, pages: PageContext, session: Session, at: Position, thing_id: UUID) -> Response:
        """Show what happened to a thing, one event after another; htmx asks for the rows of the next page only."""
        history = self.history
        assert history is not None  # noqa: S101 - else there is no route
        path = f"{self.api}/{thing_id}"
        answer: type[Page[Any]] = Page[history.event]  # type: ignore[name-defined]  # a value here
        listed, people = await asyncio.gather(
            pages.api.get(f"{path}/events", session, answer, at.asking({}, None)),
            self._people(pages, session, thing_id),
        )
        entries = [(event, history.particulars(event, people), history.tags(event)) for event in listed.items]
        more = at.following(f"{self.path}/{thing_id}/events", {}, listed)
        if at.is_fragment:
            return self._render(pages, session, "event_rows.html", thing_id, entries=entries, more=more)
        thing = await pages.api.get(path, session, self.view)
        return self._render(
            pages,
            session,
            "events.html",
            thing_id,
            entries=entries,
            more=more,
            cursor=at.cursor,
            title=self.named(thing),
        )
