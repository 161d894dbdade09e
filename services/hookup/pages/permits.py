"""What an approving authority sees and does: its items, one of them, and who may not commit."""

import asyncio
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.casework.http.files import FileLink
from libs.common.http.actions import Actions
from libs.common.http.cursors import Page
from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, command_forms, declared_form
from libs.pages.sending import ANY_FORM, give, send
from libs.pages.sessions import Session
from libs.pages.site import (
    SHORT_FIELDS,
    FromOwnPage,
    Loaded,
    PageContext,
    SignedIn,
    following,
    is_fragment,
    passed_on,
)
from services.hookup.http.permit_models import AuthorityPermit, AuthorityPermitDetail, Bars
from services.hookup.pages.parts import PAGE_SIZE, Hookup

router = APIRouter()


@router.get("/permits")
async def permits(
    request: Request,
    pages: Hookup,
    session: SignedIn,
    all: bool = False,  # noqa: A002 - the query's name
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List items: those that wait for their authority, the most urgent first, or all."""
    query = {"all": "true"} if all else {}
    asked = {"limit": PAGE_SIZE, "pending": "false" if all else "true"}
    listed = await pages.api.get(
        "/v1/permits", session, Page[AuthorityPermit], asked | ({"cursor": cursor} if cursor else {})
    )
    return pages.render(
        "permit_rows.html" if is_fragment(request) else "permits.html",
        session,
        permits=listed.items,
        all=all,
        more=following("/permits", query, listed.next, loaded + len(listed.items)),
    )


@router.get("/permits/{item_id}")
async def permit(pages: Hookup, session: SignedIn, item_id: UUID) -> Response:
    """Show an item."""
    return await _page(pages, session, item_id)


@router.get("/permits/{item_id}/files/{file_id}")
async def file(pages: Hookup, session: SignedIn, item_id: UUID, file_id: UUID) -> Response:
    """Pass on a file that the item needs."""
    link = await pages.api.post(
        f"/v1/permits/{item_id}/files/{file_id}/link", session, FileLink, {"Idempotency-Key": str(uuid4())}
    )
    return passed_on(*await pages.api.open(link.url, session))


@router.post("/permits/{item_id}/actions/{operation_id}", openapi_extra=ANY_FORM, form_limits=SHORT_FIELDS)
async def act(
    request: Request, pages: Hookup, session: FromOwnPage, item_id: UUID, operation_id: str
) -> Response:
    """Decide or check an item; a refusal shows the page again, with what was entered and what is wrong."""
    forms = command_forms((await _actions(pages, session, item_id)).items)
    given = await give(request, pages.api, session, forms, operation_id)
    if isinstance(given, FormErrors):
        return await _page(pages, session, item_id, given)
    return pages.done(f"/permits/{item_id}", given)


async def _actions(pages: PageContext, session: Session, item_id: UUID) -> Actions:
    return await pages.api.get(f"/v1/permits/{item_id}/actions", session, Actions)


async def _page(
    pages: PageContext, session: Session, item_id: UUID, refused: FormErrors | None = None
) -> Response:
    view, actions = await asyncio.gather(
        pages.api.get(f"/v1/permits/{item_id}", session, AuthorityPermitDetail),
        _actions(pages, session, item_id),
    )
    return pages.render(
        "permit.html",
        session,
        status=refused.status if refused else 200,
        permit=view,
        forms=command_forms(actions.items),
        refused=refused,
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
