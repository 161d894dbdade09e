"""The working calendar: the notice of a year, single days, and what waits for a second person's approval."""

import calendar as calendar_of_weeks
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from libs.common.http.actions import Withheld
from libs.common.http.form_fields import Form
from libs.pages.forms import CommandForm, FormErrors, declared_form
from libs.pages.sending import give
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn
from services.hookup.http.calendar_routes import Amendments, AmendmentView, CalendarDays
from services.hookup.pages.calendar_forms import NOTICE, SINGLE_DAY, day_body, notice_body
from services.hookup.pages.city_people import city_people
from services.hookup.pages.parts import Hookup

router = APIRouter()

_PATH = "/v1/calendar-amendments"
_BODIES = {NOTICE.operation_id: notice_body, SINGLE_DAY.operation_id: day_body}


_WITHHELD = [
    Withheld(
        operation_id=operation_id,
        title=title,
        group="",
        why="调整已经批准或撤回；未决的调整由提出人撤回，由另一人批准",
    )
    for operation_id, title in (("approveCalendarAmendment", "批准"), ("withdrawCalendarAmendment", "撤回"))
]


def _decisions(amendment: AmendmentView, session: Session) -> list[CommandForm]:
    """Return what the user may do to an amendment that waits: who asked for it does not approve it."""
    path = f"{_PATH}/{amendment.id}"
    approve = declared_form(
        Form("approveCalendarAmendment", "批准", f"{path}/approval", None),
        hint="批准后在办件的受理日、应办结时间和各项期限随之重算；已过的期限和已办结的件不变",
    )
    withdraw = declared_form(Form("withdrawCalendarAmendment", "撤回", f"{path}/withdrawal", None))
    return [withdraw] if amendment.asked_by == session.subject else [approve, withdraw]


@router.get("/calendar")
async def calendar(pages: Hookup, session: SignedIn) -> Response:
    """Show which years are settled, what waits for an approval, and the forms."""
    return await _page(pages, session)


@router.get("/calendar/days")
async def days_of_month(
    pages: Hookup, session: SignedIn, month: Annotated[str, Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
) -> CalendarDays:
    """Return the days of a month, for the picker of dates."""
    year, number = int(month[:4]), int(month[5:])
    last = calendar_of_weeks.monthrange(year, number)[1]
    span = {"from": f"{month}-01", "to": f"{month}-{last:02}"}
    return await pages.api.get("/v1/calendar", session, CalendarDays, span)


@router.post("/calendar/{operation_id}")
async def ask(request: Request, pages: Hookup, session: FromOwnPage, operation_id: str) -> Response:
    """Ask for a notice or a single day."""
    complete = _BODIES.get(operation_id, dict)
    given = await give(request, pages.api, session, [NOTICE, SINGLE_DAY], operation_id, complete)
    if isinstance(given, FormErrors):
        return await _page(pages, session, given)
    return pages.done("/calendar", given)


@router.post("/calendar/{amendment_id}/{operation_id}")
async def decide(
    request: Request, pages: Hookup, session: FromOwnPage, amendment_id: UUID, operation_id: str
) -> Response:
    """Approve an amendment or take it back."""
    listed = await pages.api.get(_PATH, session, Amendments)
    forms = [
        form for item in listed.items if item.id == str(amendment_id) for form in _decisions(item, session)
    ]
    given = await give(request, pages.api, session, forms, operation_id, withheld=_WITHHELD)
    if isinstance(given, FormErrors):
        return await _page(pages, session, given)
    return pages.done("/calendar", given)


async def _page(pages: PageContext, session: Session, refused: FormErrors | None = None) -> Response:
    listed = await pages.api.get(_PATH, session, Amendments)
    waiting = [item for item in listed.items if item.approved_at is None and item.withdrawn_at is None]
    return pages.render(
        "calendar.html",
        session,
        status=refused.status if refused else 200,
        settled=listed.settled,
        waiting=[(item, _decisions(item, session)) for item in waiting],
        decided=[item for item in listed.items if item not in waiting],
        notice=NOTICE,
        single_day=SINGLE_DAY,
        people=await city_people(
            pages,
            session,
            *(by for item in listed.items for by in (item.asked_by, item.approved_by, item.withdrawn_by)),
        ),
        refused=refused,
    )
