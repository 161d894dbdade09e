"""The page of a list, declared: its table, what it can be narrowed by, orders, file and form for a new one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.common.http.cursors import CountedPage
from libs.common.problems import Problem
from libs.pages.forms import CommandForm, FormErrors
from libs.pages.lists import Filters, ListQuery, Table, address
from libs.pages.paging import At, Position
from libs.pages.sending import made, send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, beside_fields, pages_of, passed_on

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Export:
    """The whole list as a file, with the filters of the list; users of some kinds of scope do not have it."""

    path: str
    api: str
    title: str
    hidden_from: frozenset[str] = frozenset()


def _as_entered(_session: Session, body: dict[str, Any]) -> dict[str, Any]:
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The command that makes a thing, for some roles; `complete` adds to its body what the form does not ask for.

    `filled` names the fields that the address of the form may fill in, as a link from what was found does. `template`
    adds to `thing_new.html` by its blocks.
    """

    title: str
    form: Callable[[Session], CommandForm]
    roles: frozenset[str]
    note: str = ""
    complete: Callable[[Session, dict[str, Any]], dict[str, Any]] = _as_entered
    filled: Collection[str] = ()
    template: str = "thing_new.html"

    def shown(self, session: Session, query: Mapping[str, str] = MappingProxyType({})) -> CommandForm:
        """Return the form with what the address fills in."""
        form = self.form(session)
        fields = [
            field.model_copy(update={"default": query[field.name]})
            if field.name in self.filled and field.name in query
            else field
            for field in form.fields
        ]
        return replace(form, fields=fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[R]):
    """The list of a kind of thing: `api` gives pages of `row`, which stand in the table at the table's path.

    `orders` are those beside the columns' own; the first is the list's. `presets` are other filters, each with its
    name. `opening` makes a new one. `template` adds to `list.html` by its blocks.
    """

    service: str
    api: str
    row: type[R]
    table: Table
    filters: Filters = field(default_factory=Filters)
    orders: Sequence[str] = ()
    presets: Sequence[tuple[str, Mapping[str, str]]] = ()
    export: Export | None = None
    opening: Opening | None = None
    unit: str = "件"
    template: str = "list.html"

    @property
    def path(self) -> str:
        """The address of the page."""
        return self.table.path

    def query(self, request: Request) -> ListQuery:
        """Return what the list is asked for."""
        by_column = [column.order for column in self.table.columns if column.order]
        orders = (*self.orders, *(f"{sign}{order}" for order in by_column for sign in ("", "-")))
        return ListQuery.of(self.path, request.query_params, self.filters.names, orders or ("",))

    def router(self) -> APIRouter:
        """Return the routes of the list, of its file and of new things."""
        router = APIRouter()
        context = Annotated[PageContext, Depends(pages_of(self.service))]
        export = self.export

        async def show(request: Request, pages: context, session: SignedIn, at: At) -> Response:
            return await self._page(pages, session, self.query(request), at)

        router.add_api_route(self.path, show, methods=["GET"])
        if export is not None:

            async def give_file(request: Request, pages: context, session: SignedIn) -> Response:
                return passed_on(*await pages.api.open(export.api, session, self.query(request).filters))

            router.add_api_route(export.path, give_file, methods=["GET"])
        if self.opening is not None:
            self._add_opening(router, self.opening)
        return router

    def _add_opening(self, router: APIRouter, opening: Opening) -> None:
        path = f"{self.path}/new"
        context = Annotated[PageContext, Depends(pages_of(self.service))]

        def page(
            pages: PageContext, session: Session, form: CommandForm, refused: FormErrors | None = None
        ) -> Response:
            return pages.render(
                opening.template,
                session,
                status=refused.status if refused else 200,
                table=self.table,
                opening=opening,
                form=form,
                refused=refused,
            )

        async def show_form(request: Request, pages: context, session: SignedIn) -> Response:
            return page(pages, session, opening.shown(session, request.query_params))

        async def open_one(request: Request, pages: context, session: FromOwnPage) -> Response:
            form = opening.form(session)
            answer = await send(
                request, pages.api, session, form, lambda body: opening.complete(session, body)
            )
            if isinstance(answer, FormErrors):
                return page(pages, session, form, answer)
            return pages.done(f"{self.path}/{made(answer)}", form.title)

        router.add_api_route(path, show_form, methods=["GET"])
        router.add_api_route(path, open_one, methods=["POST"])

    async def _page(self, pages: PageContext, session: Session, listing: ListQuery, at: Position) -> Response:
        errors = dict[str, str]()
        page: CountedPage[R] = CountedPage(items=[])
        answer: type[CountedPage[R]] = CountedPage[self.row]  # type: ignore[name-defined]  # a value here
        try:
            page = await pages.api.get(self.api, session, answer, at.asking(listing.query))
        except Problem as problem:
            errors = beside_fields(problem.errors)
            if not errors.keys() & listing.filters.keys():
                raise
        export = self.export
        is_given = export is not None and session.scope_kind not in export.hidden_from
        return pages.render(
            "rows.html" if at.is_fragment else self.template,
            session,
            declared=self,
            table=self.table,
            filters=self.filters,
            rows=page.items,
            page=page,
            listing=listing,
            chosen=listing.filters,
            errors=errors,
            more=at.following(self.path, listing.query, page),
            file=address(export.path, listing.filters) if export is not None and is_given else None,
        )
