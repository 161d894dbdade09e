"""A case: its page, what is done to it there, its files, and a new one."""

from collections.abc import Collection
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from libs.common.places import load_places
from services.console import timeline
from services.console.actions import CASE_ACTIONS, OfCase
from services.console.applications import SUBMIT, OfApplication
from services.console.entries import entries_of
from services.console.forms import Action, FormErrors
from services.console.http.acting import ANY_FORM, done_of, groups, one_of, send
from services.console.http.cases import names, offered
from services.console.http.parts import SHORT_FIELDS, FromOwnPage, Parts, SignedIn, ThisConsole, passed_on
from services.console.readers.casework import Agents, FeeCatalogue, FileLink, Made, MaterialList
from services.console.readers.foresight import CaseForecast
from services.console.readers.hookup import CalendarDays, Case
from services.console.sessions import Session

router = APIRouter()

# The longest range that the calendar gives at once.
MOST_DAYS = 400


@router.get("/cases/new")
async def new(console: ThisConsole, session: SignedIn) -> Response:
    """Show the form of an application."""
    return await _application(console, session)


@router.post("/cases/new")
async def submit(request: Request, console: ThisConsole, session: FromOwnPage) -> Response:
    """Submit an application at the counter, and lead to its case."""
    utilities = {each.code: each for each in load_places().utilities()}

    def complete(body: dict[str, object]) -> dict[str, object]:
        utility = utilities.get(str(body.get("utility")))
        return body | ({"supply": utility.service, "district": utility.district} if utility else {})

    answer = await send(request, console, session, SUBMIT, "/v1/hookups", complete)
    if isinstance(answer, FormErrors):
        return await _application(console, session, answer)
    made = msgspec.json.decode(answer, type=Made)
    return RedirectResponse(f"/cases/{made.id}", 303)


async def _application(console: Parts, session: Session, refused: FormErrors | None = None) -> Response:
    known = OfApplication(await console.reference(session), offered(session)[1])
    return console.page(
        "case_new.html",
        session,
        action=SUBMIT,
        known=known,
        refused=refused,
        status=refused.status if refused else 200,
    )


@router.get("/cases/{case_id}")
async def case(console: ThisConsole, session: SignedIn, case_id: UUID, done: str | None = None) -> Response:
    """Show a case with its timeline; `done` is what was just done to it."""
    return await _page(console, session, case_id, done=done_of(CASE_ACTIONS, done))


@router.post("/cases/{case_id}/actions/{code}", openapi_extra=ANY_FORM, form_limits=SHORT_FIELDS)
async def act(
    request: Request, console: ThisConsole, session: FromOwnPage, case_id: UUID, code: str
) -> Response:
    """Do something to a case; a refusal shows the page again, with what was typed and what is wrong."""
    action = one_of(CASE_ACTIONS, code)
    answer = await send(request, console, session, action, f"/v1/hookups/{case_id}")
    if isinstance(answer, FormErrors):
        return await _page(console, session, case_id, refused=answer)
    return RedirectResponse(f"/cases/{case_id}?done={code}", 303)


@router.get("/cases/{case_id}/materials/{file_id}")
async def material(console: ThisConsole, session: SignedIn, case_id: UUID, file_id: UUID) -> Response:
    """Pass a file of a case on; the service's own link to it is not for browsers, who may not reach the service."""
    link = await console.hookup.post(
        f"/v1/hookups/{case_id}/materials/{file_id}/link",
        session,
        FileLink,
        {"Idempotency-Key": str(uuid4())},
    )
    return passed_on(*await console.hookup.open(link.url, session))


async def _page(
    console: Parts,
    session: Session,
    case_id: UUID,
    *,
    refused: FormErrors | None = None,
    done: Action | None = None,
) -> Response:
    reference = await console.reference(session)
    found = await console.hookup.get(f"/v1/hookups/{case_id}", session, Case)
    first, last = timeline.window(found)
    days: CalendarDays | None = None
    if (last - first).days <= MOST_DAYS:
        span = {"from": first.isoformat(), "to": last.isoformat()}
        days = await console.hookup.get("/v1/calendar", session, CalendarDays, span)
    forecast: CaseForecast | None = None
    if found.due is not None and found.finished_at is None:
        forecast = await console.hookup.get(f"/v1/hookups/{case_id}/forecast", session, CaseForecast)
    possible = [each for each in CASE_ACTIONS if each.is_for(session.roles, found.allowed)]
    known = await _known(console, session, found, {need for each in possible for need in each.needs})
    return console.page(
        "case.html",
        session,
        status=refused.status if refused else 200,
        case=found,
        known=known,
        actions=groups([each for each in possible if each.is_open(known)]),
        drawing=timeline.draw(found, days.days if days else ()),
        size=timeline,
        forecast=forecast,
        reference=reference,
        states=names(reference.states),
        stages=names(reference.stages),
        length_classes=names(reference.length_classes),
        categories=names(reference.customer_categories),
        channels=names(reference.channels),
        refusals=names(reference.refusal_codes),
        risks=names(reference.risks),
        dig_sites=names(reference.dig_sites),
        emergencies=names(reference.emergency_reasons),
        material_names=names(reference.materials),
        marks=names(reference.entry_marks),
        sources=names(reference.sources),
        entries_of=entries_of,
        refused=refused,
        done=done,
    )


async def _known(console: Parts, session: Session, case: Case, needs: Collection[str]) -> OfCase:
    """Return what the forms of a case choose from: of what has to be asked for, only what some form needs."""
    hookup, agents, items, listed = console.hookup, Agents((), 0), FeeCatalogue(()), list[MaterialList]()
    # A district sees its utilities' cases and not who works for them.
    if "agents" in needs and session.place_kind in ("utility", "city"):
        agents = await hookup.get(f"/v1/utilities/{case.utility}/agents", session, Agents)
    if "catalogue" in needs:
        items = await hookup.get("/v1/fee-catalogue", session, FeeCatalogue, {"supply": case.supply})
    if "listed" in needs:
        of_case = {"supply": case.supply, "channel": case.channel}
        listed = await hookup.get("/v1/material-lists", session, list[MaterialList], of_case)
    return OfCase(
        case,
        await console.reference(session),
        agents.agents,
        items.items,
        tuple(material for each in listed for material in each.materials),
    )
