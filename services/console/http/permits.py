"""What an approving authority sees and does: its items, one of them, and who may not commit."""

from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.console.actions import PERMIT_ACTIONS, REPAIR, OfBars, OfPermit
from services.console.forms import Action, FormErrors
from services.console.http.acting import done_of, one_of, send
from services.console.http.cases import names
from services.console.http.parts import (
    FromOwnPage,
    Loaded,
    Parts,
    SignedIn,
    ThisConsole,
    following,
    is_fragment,
    passed_on,
)
from services.console.readers.casework import AuthorityPermit, Bars, FileLink, PermitPage
from services.console.sessions import Session

router = APIRouter()

PAGE = "50"


@router.get("/permits")
async def permits(
    request: Request,
    console: ThisConsole,
    session: SignedIn,
    all: bool = False,  # noqa: A002 - the query's name
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List items: those that wait for their authority, the most urgent first, or all."""
    query = {"all": "true"} if all else {}
    asked = {"limit": PAGE, "pending": "false" if all else "true"} | ({"cursor": cursor} if cursor else {})
    found = await console.hookup.get("/v1/permits", session, PermitPage, asked)
    return console.page(
        "permit_rows.html" if is_fragment(request) else "permits.html",
        session,
        permits=found.items,
        all=all,
        more=following("/permits", query, found.next, loaded + len(found.items)),
    )


@router.get("/permits/{item_id}")
async def permit(console: ThisConsole, session: SignedIn, item_id: UUID, done: str | None = None) -> Response:
    """Show an item; `done` is what was just done to it."""
    return await _page(console, session, item_id, done=done_of(PERMIT_ACTIONS, done))


@router.get("/permits/{item_id}/files/{file_id}")
async def file(console: ThisConsole, session: SignedIn, item_id: UUID, file_id: UUID) -> Response:
    """Pass on a file that the item needs."""
    link = await console.hookup.post(
        f"/v1/permits/{item_id}/files/{file_id}/link", session, FileLink, {"Idempotency-Key": str(uuid4())}
    )
    return passed_on(*await console.hookup.open(link.url, session))


@router.post("/permits/{item_id}/actions/{code}")
async def act(
    request: Request, console: ThisConsole, session: FromOwnPage, item_id: UUID, code: str
) -> Response:
    """Decide or check an item; a refusal shows the page again, with what was typed and what is wrong."""
    action = one_of(PERMIT_ACTIONS, code)
    answer = await send(request, console, session, action, f"/v1/permits/{item_id}")
    if isinstance(answer, FormErrors):
        return await _page(console, session, item_id, refused=answer)
    return RedirectResponse(f"/permits/{item_id}?done={code}", 303)


async def _page(
    console: Parts,
    session: Session,
    item_id: UUID,
    *,
    refused: FormErrors | None = None,
    done: Action | None = None,
) -> Response:
    found = await console.hookup.get(f"/v1/permits/{item_id}", session, AuthorityPermit)
    reference = await console.reference(session)
    known = OfPermit(found, reference)
    possible = [each for each in PERMIT_ACTIONS if each.is_for(session.roles, ()) and each.is_open(known)]
    return console.page(
        "permit.html",
        session,
        status=refused.status if refused else 200,
        permit=found,
        known=known,
        actions=possible,
        length_classes=names(reference.length_classes),
        risks=names(reference.risks),
        emergencies=names(reference.emergency_reasons),
        refused=refused,
        done=done,
    )


@router.get("/commitment-bars")
async def bars(console: ThisConsole, session: SignedIn, done: str | None = None) -> Response:
    """Show who may not commit until their credit is repaired."""
    return await _bars(console, session, done=done_of([REPAIR], done))


@router.post("/commitment-bars")
async def repair(request: Request, console: ThisConsole, session: FromOwnPage) -> Response:
    """Lift a bar."""
    answer = await send(request, console, session, REPAIR, "/v1/commitment-bars")
    if isinstance(answer, FormErrors):
        return await _bars(console, session, refused=answer)
    return RedirectResponse(f"/commitment-bars?done={REPAIR.code}", 303)


async def _bars(
    console: Parts, session: Session, *, refused: FormErrors | None = None, done: Action | None = None
) -> Response:
    found = await console.hookup.get("/v1/commitment-bars", session, Bars)
    known = OfBars(found.items)
    return console.page(
        "bars.html",
        session,
        status=refused.status if refused else 200,
        known=known,
        actions=[REPAIR] if REPAIR.is_for(session.roles, ()) and REPAIR.is_open(known) else [],
        refused=refused,
        done=done,
    )
