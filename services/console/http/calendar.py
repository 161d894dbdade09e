"""The working calendar: the notice of a year, single days, and what waits for a second person's approval."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.console.forms import Action, FormErrors
from services.console.http.acting import done_of, one_of, send
from services.console.http.parts import FromOwnPage, Parts, SignedIn, ThisConsole
from services.console.readers.rules import Amendments
from services.console.rules import (
    APPROVE_AMENDMENT,
    ASK_DAY,
    ASK_NOTICE,
    WITHDRAW_AMENDMENT,
    day_body,
    notice_body,
)
from services.console.sessions import Session

router = APIRouter()

_PATH = "/v1/calendar-amendments"
_ASKED: dict[str, tuple[Action, Callable[[dict[str, object]], dict[str, object]]]] = {
    ASK_NOTICE.code: (ASK_NOTICE, notice_body),
    ASK_DAY.code: (ASK_DAY, day_body),
}
_DECISIONS = (APPROVE_AMENDMENT, WITHDRAW_AMENDMENT)
_EVERY = (ASK_NOTICE, ASK_DAY, *_DECISIONS)


@router.get("/calendar")
async def calendar(console: ThisConsole, session: SignedIn, done: str | None = None) -> Response:
    """Show which years are settled, what waits for an approval, and the forms."""
    return await _page(console, session, done=done_of(_EVERY, done))


@router.post("/calendar/{code}")
async def ask(request: Request, console: ThisConsole, session: FromOwnPage, code: str) -> Response:
    """Ask for a notice or a single day."""
    action = one_of([each for each, _ in _ASKED.values()], code)
    answer = await send(request, console, session, action, _PATH, _ASKED[code][1])
    if isinstance(answer, FormErrors):
        return await _page(console, session, refused=answer)
    return RedirectResponse(f"/calendar?done={code}", 303)


@router.post("/calendar/{amendment_id}/{code}")
async def decide(
    request: Request, console: ThisConsole, session: FromOwnPage, amendment_id: UUID, code: str
) -> Response:
    """Approve an amendment or take it back."""
    action = one_of(_DECISIONS, code)
    answer = await send(request, console, session, action, f"{_PATH}/{amendment_id}")
    if isinstance(answer, FormErrors):
        return await _page(console, session, refused=answer)
    return RedirectResponse(f"/calendar?done={code}", 303)


async def _page(
    console: Parts, session: Session, *, refused: FormErrors | None = None, done: Action | None = None
) -> Response:
    found = await console.hookup.get(_PATH, session, Amendments)
    waiting = [each for each in found.items if each.approved_at is None and each.withdrawn_at is None]
    return console.page(
        "calendar.html",
        session,
        status=refused.status if refused else 200,
        settled=found.settled,
        waiting=waiting,
        decided=[each for each in found.items if each not in waiting],
        decisions=_DECISIONS,
        notice=ASK_NOTICE,
        day_form=ASK_DAY,
        known=None,
        refused=refused,
        done=done,
    )
