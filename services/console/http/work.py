"""Whose turn it is: the work lists of each role, and the agents of a utility."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from libs.common.http.auth import FORBIDDEN
from services.console.actions import SAVE_AGENTS, OfAgents
from services.console.forms import FormErrors
from services.console.http.acting import done_of, send
from services.console.http.parts import (
    FromOwnPage,
    Loaded,
    Parts,
    SignedIn,
    ThisConsole,
    following,
    is_fragment,
)
from services.console.readers.casework import Agents
from services.console.readers.hookup import WorkPage
from services.console.sessions import Session
from services.console.show import WHOSE

router = APIRouter()

PAGE = "50"


def first_tab(session: Session) -> str:
    """Return the list that a user begins with: of the first of their roles that has one."""
    return next((each for each in WHOSE if each in session.roles), "clerk")


@router.get("/work")
async def work(
    request: Request,
    console: ThisConsole,
    session: SignedIn,
    whose: Annotated[str | None, Query(pattern=f"^({'|'.join(WHOSE)})$")] = None,
    cursor: str | None = None,
    loaded: Loaded = 0,
) -> Response:
    """List the cases that wait for somebody, the most urgent first; htmx asks for the rows of the next page only."""
    of = whose or first_tab(session)
    query = {"whose": of}
    found = await console.hookup.get(
        "/v1/work-list", session, WorkPage, query | {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
    )
    return console.page(
        "work_rows.html" if is_fragment(request) else "work.html",
        session,
        cases=found.items,
        of=of,
        more=following("/work", query, found.next, loaded + len(found.items)),
    )


@router.get("/agents")
async def agents(console: ThisConsole, session: SignedIn, done: str | None = None) -> Response:
    """Show the agents of the user's utility."""
    return await _agents(console, session, done=done)


@router.post("/agents")
async def save_agents(request: Request, console: ThisConsole, session: FromOwnPage) -> Response:
    """Save them."""
    answer = await send(request, console, session, SAVE_AGENTS, _utility(session))
    if isinstance(answer, FormErrors):
        return await _agents(console, session, refused=answer)
    return RedirectResponse(f"/agents?done={SAVE_AGENTS.code}", 303)


def _utility(session: Session) -> str:
    if session.place_kind != "utility":
        raise FORBIDDEN("帮办人员由专营单位设置")
    return f"/v1/utilities/{session.place_code}"


async def _agents(
    console: Parts, session: Session, *, refused: FormErrors | None = None, done: str | None = None
) -> Response:
    found = await console.hookup.get(f"{_utility(session)}/agents", session, Agents)
    return console.page(
        "agents.html",
        session,
        status=refused.status if refused else 200,
        known=OfAgents(found),
        action=SAVE_AGENTS,
        refused=refused,
        done=done_of([SAVE_AGENTS], done),
    )
