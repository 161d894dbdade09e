"""What an approving authority sees and does: its items, one of them, and who may not commit."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.common.http.cursors import Page
from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.lists import Filters, ListQuery, address
from libs.pages.paging import At
from libs.pages.sending import send
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn
from libs.pages.things import Things
from services.hookup.http.permit_models import AuthorityPermit, AuthorityPermitDetail, Bars
from services.hookup.pages.parts import Hookup, choices

router = APIRouter()


_KIND = Filters((choices("kind", "事项", "permit_kinds"),))


@router.get("/permits")
async def permits(
    request: Request,
    pages: Hookup,
    session: SignedIn,
    at: At,
    all: bool = False,  # noqa: A002 - the query's name
    objected: bool = False,
) -> Response:
    """List items: those that wait for their authority, the most urgent first, those it objected to, or all."""
    tab = "objected" if objected else "all" if all else "pending"
    listing = ListQuery.of("/permits", request.query_params, _KIND.names)
    query = {**listing.filters, **_shown(tab)}
    asked = at.asking({**listing.filters, **({} if tab == "all" else {tab: "true"})})
    listed = await pages.api.get("/v1/permits", session, Page[AuthorityPermit], asked)
    return pages.render(
        "permit_rows.html" if at.is_fragment else "permits.html",
        session,
        permits=listed.items,
        tab=tab,
        tab_address=lambda one: address("/permits", {**listing.filters, **_shown(one)}),
        shown=_shown(tab),
        cleared=address("/permits", _shown(tab)),
        filters=_KIND,
        listing=listing,
        more=at.following("/permits", query, listed),
    )


def _shown(tab: str) -> dict[str, str]:
    """Return the query of a tab; without one it is what waits for its authority."""
    return {} if tab == "pending" else {tab: "true"}


PERMIT = Things(
    service="hookup",
    noun="审批事项",
    path="/permits",
    api="/v1/permits",
    view=AuthorityPermitDetail,
    title=lambda item: item.name,
    files=("files",),
    template="permit.html",
)


@router.get("/commitment-bars")
async def bars(pages: Hookup, session: SignedIn) -> Response:
    """Show who may not commit until their credit is repaired."""
    return await _bars(pages, session)


@router.post("/commitment-bars")
async def repair(request: Request, pages: Hookup, session: FromOwnPage) -> Response:
    """Lift a bar."""
    form = _repair(await pages.api.get("/v1/commitment-bars", session, Bars))
    answer = await send(request, pages.api, session, form)
    if isinstance(answer, FormErrors):
        return await _bars(pages, session, answer)
    return pages.done("/commitment-bars", form.title)


def _repair(listed: Bars) -> CommandForm:
    form = declared_form(Form("repairCredit", "解除承诺限制", "", None))
    return form.given_to(
        [
            (bar.party, bar.party, f"/v1/commitment-bars/{quote(bar.party, safe='')}/repair")
            for bar in listed.items
        ]
    )


async def _bars(pages: PageContext, session: Session, refused: FormErrors | None = None) -> Response:
    listed = await pages.api.get("/v1/commitment-bars", session, Bars)
    may_repair = "administrator" in session.roles and bool(listed.items)
    return pages.render(
        "bars.html",
        session,
        status=refused.status if refused else 200,
        bars=listed.items,
        form=_repair(listed) if may_repair else None,
        refused=refused,
    )
