"""Routes of what the rules are written in: names of codes, and the working calendar."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.auth.callers import Caller, PlaceKind
from libs.common.calendar import days_between
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import FORBIDDEN, CurrentCaller, require
from libs.common.http.dates import CalendarDate
from libs.common.http.idempotency import Answer, Once
from libs.common.places import Service, load_places
from libs.common.rules import RuleError
from libs.common.workdays import Day, DayKind
from services.hookup.domain.late_entry_verbs import GROUND_NAMES
from services.hookup.domain.materials import MATERIAL_NAMES
from services.hookup.domain.names import (
    ACT_NAMES,
    CATEGORY_NAMES,
    CHANNEL_NAMES,
    CLASS_NAMES,
    MARK_NAMES,
    MODE_NAMES,
    PERMIT_NAMES,
    READING_NAMES,
    REFUSAL_NAMES,
    RISK_NAMES,
    SOURCE_NAMES,
)
from services.hookup.domain.pauses import PAUSE_GROUNDS
from services.hookup.domain.stages import STAGE_NAMES
from services.hookup.domain.transitions import STATE_NAMES
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases import amend_calendar

router = APIRouter(prefix="/v1", tags=["参考"])


class Name(BaseModel):
    """A code and its Chinese name."""

    code: str = Field(examples=["SURVEY_DESIGN"])
    name: str = Field(examples=["勘查设计"])


class Reference(BaseModel):
    """The codes of the hookup service."""

    supplies: list[Name]
    stages: list[Name]
    states: list[Name]
    length_classes: list[Name]
    pause_reasons: list[Name]
    customer_categories: list[Name]
    channels: list[Name]
    refusal_codes: list[Name]
    readings: list[Name]
    materials: list[Name]
    permit_kinds: list[Name]
    permit_modes: list[Name]
    risks: list[Name]
    acts: list[Name] = Field(description="What can be entered after it happened")
    approval_grounds: list[Name] = Field(description="Why an act that is entered needs an approver")
    entry_marks: list[Name]
    sources: list[Name]


class CalendarDay(BaseModel):
    """A day of the working calendar."""

    model_config = ConfigDict(extra="forbid")

    date: CalendarDate
    is_workday: bool
    kind: DayKind = Field(examples=["make_up"])
    name: str = Field(max_length=40, examples=["国庆节"])


class CalendarDays(BaseModel):
    """Days of the working calendar, and its version."""

    version: int
    days: list[CalendarDay]


class AmendCalendar(BaseModel):
    """Days that a notice sets; they count once somebody else has approved them."""

    model_config = ConfigDict(extra="forbid")

    source_document: str = Field(min_length=4, max_length=200, examples=["国办发明电〔2026〕8号"])
    days: list[CalendarDay] = Field(min_length=1, max_length=400)


class Amendment(BaseModel):
    """An amendment; `version` is the calendar's since the approval."""

    id: str = Field(examples=["0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11"])
    version: int | None


def _names(names: Mapping[Any, str]) -> list[Name]:
    return [Name(code=str(code), name=name) for code, name in names.items()]


_places = load_places()
_REFERENCE = Reference(
    supplies=[Name(code=each, name=_places.service_name(each)) for each in Service],
    stages=_names(STAGE_NAMES),
    states=_names(STATE_NAMES),
    length_classes=_names(CLASS_NAMES),
    pause_reasons=[Name(code=code, name=ground.name) for code, ground in PAUSE_GROUNDS.items()],
    customer_categories=_names(CATEGORY_NAMES),
    channels=_names(CHANNEL_NAMES),
    refusal_codes=_names(REFUSAL_NAMES),
    readings=_names(READING_NAMES),
    materials=_names(MATERIAL_NAMES),
    permit_kinds=_names(PERMIT_NAMES),
    permit_modes=_names(MODE_NAMES),
    risks=_names(RISK_NAMES),
    acts=_names(ACT_NAMES),
    approval_grounds=_names(GROUND_NAMES),
    entry_marks=_names(MARK_NAMES),
    sources=_names(SOURCE_NAMES),
)


@router.get("/reference", operation_id="getReference", summary="代码及其中文名称")
async def get_reference(_caller: CurrentCaller) -> Reference:
    """Return the codes of the hookup service."""
    return _REFERENCE


@router.get("/calendar", operation_id="getCalendar", summary="工作日历")
async def get_calendar(
    _caller: CurrentCaller,
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
        days=[
            CalendarDay(date=each, is_workday=calendar.is_workday(each), kind=kind, name=name)
            for each in days
            for kind, name in [kinds.get(each) or _assumed(calendar.is_workday(each))]
        ],
    )


def _assumed(is_workday: bool) -> tuple[DayKind, str]:
    return (DayKind.WORKDAY if is_workday else DayKind.WEEKEND), ""


async def _city_administrator(caller: Annotated[Caller, require("administrator")]) -> Caller:
    if caller.place.kind is not PlaceKind.CITY:
        raise FORBIDDEN("工作日历全市统一，只能由市级管理员修订")
    return caller


CityAdministrator = Annotated[Caller, Depends(_city_administrator)]


@router.post(
    "/calendar-amendments",
    operation_id="askCalendarAmendment",
    summary="申请修订工作日历",
    status_code=201,
    response_model=Amendment,
)
async def ask_amendment(body: AmendCalendar, once: Once, caller: CityAdministrator) -> Response:
    """Ask for days to be set as a notice says."""
    days = [Day(each.date, each.is_workday, each.kind, each.name) for each in body.days]

    async def action(work: UnitOfWork) -> Answer:
        amendment_id = await amend_calendar.ask(days, body.source_document, caller.subject, work)
        return Answer(Amendment(id=amendment_id, version=None), status=201)

    return await once(caller, action)


@router.post(
    "/calendar-amendments/{amendment_id}/approval",
    operation_id="approveCalendarAmendment",
    summary="批准修订工作日历",
    response_model=Amendment,
)
async def approve_amendment(amendment_id: UUID, once: Once, caller: CityAdministrator) -> Response:
    """Approve an amendment that somebody else asked for; open cases are computed anew."""

    async def action(work: UnitOfWork) -> Answer:
        version = await amend_calendar.approve(str(amendment_id), caller.subject, work)
        return Answer(Amendment(id=str(amendment_id), version=version))

    return await once(caller, action)
