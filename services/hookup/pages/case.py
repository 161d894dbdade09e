"""A case: its page, what is done to it there, and its files."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.casework.http.files import FileLink
from libs.casework.http.notes import NotesView, NoteView
from libs.common.http.actions import Actions
from libs.pages.forms import FormErrors, command_forms
from libs.pages.sending import ANY_FORM, give, groups, next_first
from libs.pages.sessions import Session
from libs.pages.site import SHORT_FIELDS, FromOwnPage, PageContext, SignedIn, is_fragment, passed_on
from services.hookup.http.calendar_routes import CalendarDays
from services.hookup.http.forecast_routes import CaseForecast
from services.hookup.http.models import CaseView
from services.hookup.http.offers import GROUPS
from services.hookup.http.teamwork_routes import GROUP as TEAMWORK
from services.hookup.pages import timeline
from services.hookup.pages.entries import entries_of
from services.hookup.pages.parts import Desk, Hookup, address, names

router = APIRouter()

# The longest range that the calendar gives at once.
MOST_DAYS = 400


@router.get("/cases/{case_id}")
async def case(pages: Hookup, session: SignedIn, case_id: UUID, desk: Desk) -> Response:
    """Show a case with its timeline, and first what is due of it; `desk` is the work list that it was opened from."""
    return await _page(pages, session, case_id, desk)


@router.get("/cases/{case_id}/withheld")
async def withheld(request: Request, pages: Hookup, session: SignedIn, case_id: UUID) -> Response:
    """Show what the user cannot do to a case now, and why."""
    actions = await _actions(pages, session, case_id, {"withheld": "true"})
    template = "withheld_rows.html" if is_fragment(request) else "withheld.html"
    return pages.render(template, session, case_id=case_id, withheld=actions.withheld)


@router.post("/cases/{case_id}/actions/{operation_id}", openapi_extra=ANY_FORM, form_limits=SHORT_FIELDS)
async def act(
    request: Request,
    pages: Hookup,
    session: FromOwnPage,
    case_id: UUID,
    operation_id: str,
    desk: Desk,
) -> Response:
    """Do something to a case; a refusal shows the page again, with what was entered and what is wrong."""
    forms = command_forms((await _actions(pages, session, case_id)).items)
    given = await give(request, pages.api, session, forms, operation_id)
    if isinstance(given, FormErrors):
        return await _page(pages, session, case_id, desk, given)
    return pages.done(address(f"/cases/{case_id}", desk), given)


@router.get("/cases/{case_id}/materials/{file_id}")
async def material(pages: Hookup, session: SignedIn, case_id: UUID, file_id: UUID) -> Response:
    """Pass a file of a case on; the service's own link to it is not for browsers, who may not reach the service."""
    link = await pages.api.post(
        f"/v1/hookups/{case_id}/materials/{file_id}/link",
        session,
        FileLink,
        {"Idempotency-Key": str(uuid4())},
    )
    return passed_on(*await pages.api.open(link.url, session))


async def _actions(
    pages: PageContext, session: Session, case_id: UUID, query: dict[str, str] | None = None
) -> Actions:
    return await pages.api.get(f"/v1/hookups/{case_id}/actions", session, Actions, query)


async def _page(
    pages: PageContext,
    session: Session,
    case_id: UUID,
    desk: dict[str, str],
    refused: FormErrors | None = None,
) -> Response:
    view, actions = await asyncio.gather(
        pages.api.get(f"/v1/hookups/{case_id}", session, CaseView), _actions(pages, session, case_id)
    )
    days, forecast, notes = await asyncio.gather(
        _days(pages, session, view), _forecast(pages, session, view), _notes(pages, session, view)
    )
    first, others = next_first(command_forms(actions.items), session)
    return pages.render(
        "case.html",
        session,
        status=refused.status if refused else 200,
        case=view,
        next_form=first,
        forms=groups(others, (*GROUPS, TEAMWORK)),
        notes=notes,
        drawing=timeline.draw(view, days.days if days else ()),
        size=timeline,
        forecast=forecast,
        readings=names("readings"),
        entries_of=entries_of,
        refused=refused,
        desk=desk,
    )


async def _days(pages: PageContext, session: Session, view: CaseView) -> CalendarDays | None:
    """Return the days of the calendar that the timeline spans; None where they are too many."""
    first, last = timeline.window(view)
    if (last - first).days > MOST_DAYS:
        return None
    span = {"from": first.isoformat(), "to": last.isoformat()}
    return await pages.api.get("/v1/calendar", session, CalendarDays, span)


async def _notes(pages: PageContext, session: Session, view: CaseView) -> Sequence[NoteView]:
    """Return the internal notes, which the staff alone see."""
    if session.scope_kind not in ("utility", "district", "city") or not view.note_count:
        return ()
    listed = await pages.api.get(f"/v1/hookups/{view.id}/notes", session, NotesView)
    return listed.items


async def _forecast(pages: PageContext, session: Session, view: CaseView) -> CaseForecast | None:
    if view.due is None or view.finished_at is not None:
        return None
    return await pages.api.get(f"/v1/hookups/{view.id}/forecast", session, CaseForecast)
