"""Routes of the working calendar: its days, and the notices and single days by which it is amended."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from libs.common.auth.callers import EVERYONE, Caller
from libs.common.calendars.days import days_between, settled_years
from libs.common.calendars.workdays import Day, DayKind, statutory_days
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import CityAdministrator, require
from libs.common.http.dates import CalendarDate
from libs.common.http.fields import Flag
from libs.common.http.idempotency import Answer, Once
from libs.common.rules import RuleError
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases import amend_calendar

router = APIRouter(prefix="/v1", tags=["参考"])


class CalendarDay(BaseModel):
    """A day of the working calendar."""

    model_config = ConfigDict(extra="forbid")

    date: CalendarDate
    is_workday: Flag
    kind: DayKind = Field(examples=["make_up"])
    name: str = Field(max_length=40, examples=["国庆节"])


class CalendarDays(BaseModel):
    """Days of the working calendar, its version, and the years among them that no notice has settled yet."""

    version: int
    provisional_years: list[int] = Field(examples=[[2027]])
    days: list[CalendarDay]


class AmendCalendar(BaseModel):
    """Days that a notice sets; they count once somebody else has approved them.

    With `year` it is the notice of that year: `days` are all that deviate from the week and the statutory holidays,
    and the year is settled. Without it they are single days, and settle nothing.
    """

    model_config = ConfigDict(extra="forbid")

    source_document: str = Field(min_length=4, max_length=200, examples=["国办发明电〔2026〕8号"])
    year: int | None = Field(default=None, ge=2000, le=2099, examples=[2027])
    days: list[CalendarDay] = Field(min_length=1, max_length=400)


class Amendment(BaseModel):
    """An amendment; `version` is the calendar's since the approval."""

    id: str = Field(examples=["0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11"])
    version: int | None


class AmendmentView(BaseModel):
    """An amendment that was asked for: who asked, and what became of it."""

    id: str
    source_document: str
    year: int | None
    days: list[CalendarDay]
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class SettledYear(BaseModel):
    """A year whose notice is loaded."""

    year: int
    source_document: str


class Amendments(BaseModel):
    """Amendments, the newest first, and the years that are settled."""

    settled: list[SettledYear]
    items: list[AmendmentView] = Field(max_length=amend_calendar.MOST_SHOWN)


@router.get("/calendar", operation_id="getCalendar", summary="工作日历")
async def get_calendar(
    _caller: Annotated[Caller, require(*EVERYONE)],
    request: Request,
    from_: Annotated[CalendarDate, Query(alias="from", examples=["2022-09-26"])],
    to: Annotated[CalendarDate, Query(examples=["2022-10-09"])],
) -> CalendarDays:
    """Return the working calendar of at most 400 days."""
    if not 0 <= (to - from_).days <= 400:
        raise RuleError("range-invalid", "起止日期应在400天以内", "请缩短查询范围", "to")
    database: Database = request.app.state.database
    rulebook: RuleBook = request.app.state.rulebook
    await rulebook.reload()
    calendar = rulebook.calendar
    async with database.reading() as connection:
        kinds = await days_between(connection, from_, to)
    days = [from_ + timedelta(days=n) for n in range((to - from_).days + 1)]
    return CalendarDays(
        version=calendar.version,
        provisional_years=sorted({day.year for day in days} - calendar.settled),
        days=[
            CalendarDay(date=day, is_workday=calendar.is_workday(day), kind=kind, name=name)
            for day in days
            for kind, name in [kinds.get(day) or (_assumed(day), "")]
        ],
    )


def _assumed(day: date) -> DayKind:
    """Return the kind of a day that no notice names."""
    if day in statutory_days(day.year):
        return DayKind.HOLIDAY
    return DayKind.WORKDAY if day.weekday() < 5 else DayKind.WEEKEND


@router.post(
    "/calendar-amendments",
    operation_id="askCalendarAmendment",
    summary="申请修订工作日历",
    status_code=201,
    response_model=Amendment,
)
async def ask_amendment(body: AmendCalendar, once: Once, caller: CityAdministrator) -> Response:
    """Ask for days to be set as a notice says; what contradicts itself is refused (422)."""
    days = [Day(day.date, day.is_workday, day.kind, day.name) for day in body.days]
    notice = amend_calendar.Notice(body.source_document, days, body.year)

    async def action(work: UnitOfWork) -> Answer:
        amendment_id = await amend_calendar.ask(notice, caller.subject, work)
        return Answer(Amendment(id=amendment_id, version=None), status=201)

    return await once(caller, action)


@router.get("/calendar-amendments", operation_id="listCalendarAmendments", summary="工作日历的修订")
async def list_amendments(_caller: CityAdministrator, request: Request) -> Amendments:
    """Return the last amendments: those that wait for an approval, and those that were decided."""
    database: Database = request.app.state.database
    async with database.reading() as connection:
        rows = await amend_calendar.amendments(connection)
        years = await settled_years(connection)
    settled = [SettledYear(year=year, source_document=source) for year, source in years]
    return Amendments(settled=settled, items=_views(rows))


def _views(rows: Sequence[Row[Any]]) -> list[AmendmentView]:
    return [
        AmendmentView(**{name: getattr(row, name) for name in AmendmentView.model_fields}) for row in rows
    ]


@router.post(
    "/calendar-amendments/{amendment_id}/approval",
    operation_id="approveCalendarAmendment",
    summary="批准修订工作日历",
    response_model=Amendment,
)
async def approve_amendment(
    amendment_id: UUID, once: Once, caller: CityAdministrator, request: Request
) -> Response:
    """Approve an amendment that somebody else asked for; open cases are computed anew."""

    async def action(work: UnitOfWork) -> Answer:
        version = await amend_calendar.approve(str(amendment_id), caller.subject, work)
        return Answer(Amendment(id=str(amendment_id), version=version))

    answer = await once(caller, action)
    request.app.state.rulebook.look_again()
    return answer


@router.post(
    "/calendar-amendments/{amendment_id}/withdrawal",
    operation_id="withdrawCalendarAmendment",
    summary="撤回修订工作日历的申请",
    response_model=Amendment,
)
async def withdraw_amendment(amendment_id: UUID, once: Once, caller: CityAdministrator) -> Response:
    """Take an amendment back before it is approved."""

    async def action(work: UnitOfWork) -> Answer:
        await amend_calendar.withdraw(str(amendment_id), caller.subject, work)
        return Answer(Amendment(id=str(amendment_id), version=None))

    return await once(caller, action)
