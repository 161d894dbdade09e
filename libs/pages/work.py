"""Whose turn it is: the work lists of a service, declared: each role's, live, and the desk that leads along one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from libs.common.http.cursors import Page
from libs.pages.lists import Choices, Filters, ListQuery, Table, address
from libs.pages.paging import At, Position
from libs.pages.places import PLACE_FILTERS, offered
from libs.pages.sessions import Session
from libs.pages.site import PageContext, SignedIn, pages_of

W = TypeVar("W", bound=BaseModel)

_TICKS = (("overdue", "只看已逾期"), ("mine", "只看我的"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList(Generic[W]):
    """The work lists of a kind of thing: `lists` are their names by the roles whose they are.

    `done_by` are the roles that do the work of a list beside its own, such as a counter that serves applicants.

    Each can be narrowed by `places`, to what is overdue or one's own (`ticks`), and by further `choices`, of which
    `by_task` is that by what is to be done. `title` is of the page. `api` gives pages of `row`, in the `order` that
    the page says (`start` leads to the first), or those `after` a thing, each with what is to be done (`work`);
    `{api}/counts` gives `counts`. `things` is the path of the pages of a thing. A row stands in the columns of
    `table`, else in those of cases with deadlines, told by its `kind_name` if it has one. `macros` is a template that
    draws columns of the table, or says something of a case for which nothing is to be done (`idle`), beside what is
    (`mark`), and of its deadlines (`due`, `until`).
    """

    service: str
    path: str
    api: str
    lists: Mapping[str, str]
    row: type[W]
    counts: type[BaseModel]
    things: str
    choices: Sequence[Choices] = ()
    by_task: str = "kind"
    title: str = "待办"
    macros: str = "work_macros.html"
    done_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    places: Sequence[Choices] = PLACE_FILTERS
    ticks: Sequence[tuple[str, str]] = _TICKS
    table: Table | None = None
    order: str = "最先到期的在前"
    start: str = "从最急的一件办起"

    @property
    def workers(self) -> frozenset[str]:
        """The roles that have a list of their own, or do the work of one."""
        return frozenset(self.lists).union(*self.done_by.values())

    @property
    def _filters(self) -> Filters:
        return Filters((*self.choices, *self.places), ticks=self.ticks)

    @property
    def _whose(self) -> Any:
        """The parameter that says whose list is meant."""
        return Query(None, pattern=f"^({'|'.join(self.lists)})$")

    @property
    def desk(self) -> Callable[..., Awaitable[dict[str, str]]]:
        """The dependency that reads the work list that a thing was opened from, as the query of its address.

        It is empty of a thing that was not opened from one.
        """

        async def desk_of(request: Request, whose: str | None = self._whose) -> dict[str, str]:
            return {} if whose is None else {"whose": whose, **self._query(request).filters}

        return desk_of

    def first_list(self, session: Session) -> str:
        """Return the list that a user begins with: the first of their own."""
        return next((code for code in self.lists if self.is_own(session, code)), next(iter(self.lists)))

    def is_own(self, session: Session, whose: str) -> bool:
        """Tell whether a list is of what a user does; the others are there to look at."""
        return not session.roles.isdisjoint({whose, *self.done_by.get(whose, ())})

    def router(self) -> APIRouter:
        """Return the routes of the lists and of the way from thing to thing."""
        router = APIRouter()
        context = Annotated[PageContext, Depends(pages_of(self.service))]

        async def show(
            request: Request, pages: context, session: SignedIn, at: At, whose: str | None = self._whose
        ) -> Response:
            return await self._page(
                pages, session, whose or self.first_list(session), self._query(request), at
            )

        async def lead_on(
            pages: context,
            session: SignedIn,
            after: UUID | None = None,
            desk: dict[str, str] = Depends(self.desk),
        ) -> Response:
            return await self._next(pages, session, desk, after)

        router.add_api_route(self.path, show, methods=["GET"])
        router.add_api_route(f"{self.path}/next", lead_on, methods=["GET"])
        return router

    def _query(self, request: Request) -> ListQuery:
        return ListQuery.of(self.path, request.query_params, self._filters.names)

    async def _rows(self, pages: PageContext, session: Session, query: Mapping[str, str]) -> Page[W]:
        answer: type[Page[W]] = Page[self.row]  # type: ignore[name-defined]  # a value here
        return await pages.api.get(self.api, session, answer, query)

    async def _page(
        self, pages: PageContext, session: Session, whose: str, listing: ListQuery, at: Position
    ) -> Response:
        """List what waits for somebody, the most urgent first; htmx asks for rows, or for the list anew."""
        query = {"whose": whose, **listing.filters}
        rows = self._rows(pages, session, at.asking(query))
        counts: Any = None
        if at.cursor and at.is_fragment:
            listed = await rows
        else:
            listed, counts = await asyncio.gather(
                rows, pages.api.get(f"{self.api}/counts", session, self.counts, listing.filters)
            )
        # Who serves one utility has no place to choose.
        filters = self._filters if len(offered(session)[1]) > 1 else Filters(self.choices, ticks=self.ticks)
        templates = {(True, True): "work_rows.html", (True, False): "work_live.html"}
        return pages.render(
            templates.get((at.is_fragment, bool(at.cursor)), "work.html"),
            session,
            work=self,
            rows=listed.items,
            counts={count.whose: count for count in counts.items} if counts else {},
            as_of=counts and counts.as_of,
            whose=whose,
            is_own=self.is_own(session, whose),
            listing=listing,
            here=address(self.path, query),
            desk=query,
            tab=lambda code: address(self.path, {"whose": code, **listing.filters}),
            more=at.following(self.path, query, listed),
            filters=filters,
            has_filters=bool(filters.choices)
            or bool(self.ticks and not {"agent", "clerk"}.isdisjoint(session.roles)),
        )

    async def _next(
        self, pages: PageContext, session: Session, desk: dict[str, str], after: UUID | None
    ) -> Response:
        """Lead to what stands after a thing on an own list; after the last, or one that is done, to the first.

        A thing that is listed without anything to be done, which stands at the end of a list, is led to no more.
        """
        is_own = bool(desk) and self.is_own(session, desk["whose"])
        query = desk if is_own else {"whose": self.first_list(session)}

        async def first(**more: str) -> str | None:
            rows: list[Any] = (await self._rows(pages, session, {**query, **more, "limit": "1"})).items
            waits = rows and any(item.whose == query["whose"] for item in rows[0].work)
            return rows[0].id if waits else None

        thing = await first(after=str(after)) if after else None
        thing = thing or await first()
        is_another = thing not in (None, str(after))
        return RedirectResponse(address(f"{self.things}/{thing}" if is_another else self.path, query), 303)
