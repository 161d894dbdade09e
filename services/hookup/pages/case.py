"""A case: what its page shows beside what every thing's does: the timeline, the forecast, late entries."""

import asyncio
from collections.abc import Mapping
from typing import Any

from libs.pages.sessions import Session
from libs.pages.site import PageContext
from libs.pages.things import Things
from services.hookup.http.calendar_routes import CalendarDays
from services.hookup.http.forecast_routes import CaseForecast
from services.hookup.http.models import CaseView
from services.hookup.http.offers import GROUPS
from services.hookup.http.teamwork_routes import GROUP as TEAMWORK
from services.hookup.pages import timeline
from services.hookup.pages.cases import CASES
from services.hookup.pages.entries import entries_of
from services.hookup.pages.history import HISTORY
from services.hookup.pages.parts import CODES
from services.hookup.pages.work import WORK

# The longest range that the calendar gives at once.
MOST_DAYS = 400


async def _context(pages: PageContext, session: Session, case: CaseView) -> Mapping[str, Any]:
    days, forecast = await asyncio.gather(_days(pages, session, case), _forecast(pages, session, case))
    return {
        "case": case,
        "drawing": timeline.draw(case, days.days if days else ()),
        "size": timeline,
        "forecast": forecast,
        "readings": CODES.names("readings"),
        "entries_of": entries_of,
    }


async def _days(pages: PageContext, session: Session, view: CaseView) -> CalendarDays | None:
    """Return the days of the calendar that the timeline spans; None where they are too many."""
    first, last = timeline.window(view)
    if (last - first).days > MOST_DAYS:
        return None
    span = {"from": first.isoformat(), "to": last.isoformat()}
    return await pages.api.get("/v1/calendar", session, CalendarDays, span)


async def _forecast(pages: PageContext, session: Session, view: CaseView) -> CaseForecast | None:
    if view.due is None or view.finished_at is not None:
        return None
    return await pages.api.get(f"/v1/hookups/{view.id}/forecast", session, CaseForecast)


CASE = Things(
    service="hookup",
    noun="报装件",
    path="/cases",
    api="/v1/hookups",
    view=CaseView,
    kinds=(*GROUPS, TEAMWORK),
    listing=CASES,
    history=HISTORY,
    files=("materials",),
    has_notes=True,
    has_people=True,
    work=WORK,
    template="case.html",
    context=_context,
)
