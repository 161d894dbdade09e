"""Commands on specimens, and who reads them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from services.sampling.domain import (
    EVENT_NAMES,
    RESULT_NAMES,
    STATE_NAMES,
    Result,
    Specimen,
    SpecimenState,
    Verb,
)
from services.sampling.events.published import SpecimenEvent
from services.sampling.storage.specimens import NEWEST, SPECIMENS
from services.sampling.storage.tables import specimen
from sqlalchemy import Row

from libs.casework.http.history import EventView, event_fields
from libs.casework.storage.history import history_of
from libs.common.aggregate import Actor
from libs.common.auth.callers import OFFICIALS, Caller, Role
from libs.common.calendars.book import CalendarBook
from libs.common.calendars.workdays import BusinessCalendar
from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command, commands
from libs.common.http.actions import Actions, Offer
from libs.common.http.auth import require
from libs.common.http.cursors import Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.labels import Label
from libs.common.http.names import Name, names_of
from libs.common.places import load_places


class FinishSpecimen(BaseModel):
    """How it ended."""

    model_config = ConfigDict(extra="forbid")

    result: Annotated[Result, Label("办理结果", names=RESULT_NAMES)]


class SpecimenView(BaseModel):
    """A specimen as it is."""

    id: str
    version: int
    state: SpecimenState
    state_name: str = Field(examples=["办理中"])
    district: str = Field(examples=["371502"])
    utility: str = Field(examples=["W-371502"])
    opened_at: datetime
    finish_by: datetime | None
    finished_at: datetime | None
    result: Result | None


def _view(item: Specimen, _rules: BusinessCalendar, _now: datetime, _caller: Caller) -> SpecimenView:
    return SpecimenView(
        id=item.id,
        version=item.version,
        state=item.state,
        state_name=STATE_NAMES[item.state],
        district=item.district,
        utility=item.utility,
        opened_at=item.opened_at,
        finish_by=item.finish_by,
        finished_at=item.finished_at,
        result=item.result,
    )


def _event(row: Row[Any]) -> EventView:
    payload = msgspec.json.decode(row.payload)
    return EventView(**event_fields(row, payload, EVENT_NAMES, SpecimenEvent.model_fields))


class Reference(BaseModel):
    """The codes of the service with their names."""

    states: list[Name]
    results: list[Name]


REFERENCE = Reference(states=names_of(STATE_NAMES), results=names_of(RESULT_NAMES))

Given = command.Given[BusinessCalendar, CalendarBook]
COMMANDS: commands.Commands[Specimen, BusinessCalendar, CalendarBook] = commands.Commands(
    SPECIMENS, "/specimens/{specimen_id}", _view, SpecimenView
)
Reader = Annotated[Caller, require(*OFFICIALS, of=SPECIMENS.scopes)]
Clerk = Annotated[Caller, require(Role.CLERK, of=SPECIMENS.scopes)]
Parts = Annotated[command.Parts[CalendarBook], Depends(command.parts)]

router = APIRouter(prefix="/v1", tags=["事项"])


@router.post(
    "/specimens",
    operation_id="openSpecimen",
    summary="登记事项",
    status_code=201,
    response_model=SpecimenView,
    responses=answering(201, ETAG, LOCATION),
)
async def open_specimen(once: Once, caller: Clerk, parts: Parts) -> Response:
    """Open a specimen of the clerk's utility."""

    async def action(uow: UnitOfWork) -> Answer:
        utility = load_places().utility(caller.scope.code)
        item = Specimen(Given.new_id(), utility.district, utility.code, uow.now)
        item.actor = Actor(uow.now, caller.subject)
        rules = parts.rulebook.calendar
        item.open(rules)
        await SPECIMENS.add(uow, [Addition(item, rules)])
        view = _view(item, rules, uow.now, caller)
        return Answer(view, status=201, version=item.version, location=f"/v1/specimens/{item.id}")

    return await once(caller, action)


@COMMANDS.verb(router, Verb.FINISH, "result", "finishSpecimen", "办结事项", Role.CLERK, offer=Offer("办理"))
def finish(item: Specimen, body: FinishSpecimen, at: Given) -> None:
    """End it with a result."""
    item.finish(body.result, at.now)


@router.get("/specimens", operation_id="listSpecimens", summary="查询事项")
async def list_specimens(
    caller: Reader,
    parts: Parts,
    state: SpecimenState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[SpecimenView]:
    """List specimens that the caller may see, the newest first."""
    statement = SPECIMENS.select(*(column for column, _ in NEWEST.columns))
    if state is not None:
        statement = statement.where(specimen.c.state == state)
    items, following = await SPECIMENS.page(
        parts.database,
        statement,
        caller.scope,
        NEWEST,
        limit=limit,
        cursor=cursor,
        filters={"state": state},
    )
    now, rules = parts.clock.now(), parts.rulebook.calendar
    return Page(items=[_view(item, rules, now, caller) for item in items], next=following)


@router.get(
    "/specimens/{specimen_id}",
    operation_id="getSpecimen",
    summary="查看一个事项",
    responses=answering(200, ETAG),
)
async def get_specimen(specimen_id: UUID, caller: Reader, parts: Parts, response: Response) -> SpecimenView:
    """Show one specimen."""
    item = await SPECIMENS.find(parts.database, str(specimen_id), caller.scope)
    set_etag(response, item.version)
    return _view(item, parts.rulebook.calendar, parts.clock.now(), caller)


@router.get(
    "/specimens/{specimen_id}/actions",
    operation_id="listSpecimenActions",
    summary="查看一个事项现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    specimen_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a specimen now, each command with its form."""
    item = await SPECIMENS.find(parts.database, str(specimen_id), caller.scope)
    set_etag(response, item.version)
    return COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)


@router.get(
    "/specimens/{specimen_id}/events", operation_id="listSpecimenEvents", summary="查看一个事项的办理记录"
)
async def list_events(
    specimen_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to a specimen, in order, as it was published."""
    rows, following = await history_of(
        parts.database,
        SPECIMENS,
        str(specimen_id),
        caller.scope,
        limit=limit,
        cursor=cursor,
    )
    return Page(items=[_event(row) for row in rows], next=following)
