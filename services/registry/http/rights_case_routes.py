"""Requests by a right that wait for their answer (PIPL §50): taken, listed, worked through, done or refused."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row

from libs.casework.domain.work import due_soon_until
from libs.casework.http.history import EventView, UnitView, event_fields
from libs.casework.http.people import unit_name
from libs.casework.http.work_lists import counts_view
from libs.casework.storage.history import history_of
from libs.casework.storage.work_lists import WorkFilters
from libs.common.auth.callers import OFFICIALS, Caller, Role, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command, commands
from libs.common.http.actions import Actions, Offer, doing
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.lists import counted_page
from services.registry.domain.rights_cases import (
    RightsCase,
    RightsKind,
    RightsState,
    RightsTurn,
    RightsVerb,
)
from services.registry.domain.rules import Rules
from services.registry.events.rights_cases import RIGHTS_CASE_EVENT_NAMES, RightsCaseEvent
from services.registry.http import rights_case_models as models
from services.registry.http.request_people import staff_view
from services.registry.http.rights_case_views import rights_case_details, rights_case_view, waiting_for
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.rights_cases import NEWEST, RIGHTS_CASES, RIGHTS_WORK
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import rights_case
from services.registry.usecases.rights_cases import answer_rights_case, open_rights_case

RIGHTS_COMMANDS: commands.Commands[RightsCase, Rules, RuleBook] = commands.Commands(
    RIGHTS_CASES, "/rights-cases/{case_id}", rights_case_view, models.RightsCaseView
)
Reader = Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=RIGHTS_CASES.scopes)]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]
_GROUP = "答复"
_TAKERS = (Role.WINDOW, Role.CLERK)
_r = rights_case.c

router = APIRouter(prefix="/v1", tags=["个人信息权利"])


@router.post(
    "/customers/{customer_id}/rights-cases",
    operation_id="openRightsCase",
    summary="登记个人信息权利请求",
    status_code=201,
    response_model=models.RightsCaseView,
    responses=answering(201, ETAG, LOCATION),
)
async def open_one(
    customer_id: UUID,
    body: models.OpenRightsCase,
    once: Once,
    caller: Annotated[Caller, require(*_TAKERS, of=CUSTOMERS.scopes)],
    parts: Parts,
) -> Response:
    """Take what a customer asks for by a right, where it is not done at once."""

    async def action(uow: UnitOfWork) -> Answer:
        item = await open_rights_case(
            uow, parts.rulebook, caller, str(customer_id), body.kind, body.document_ref, body.detail
        )
        view = rights_case_view(item, parts.rulebook.rules, uow.now)
        return Answer(view, status=201, version=item.version, location=f"/v1/rights-cases/{item.id}")

    return await once(caller, action)


@RIGHTS_COMMANDS.use_case(
    router,
    RightsVerb.ANSWER,
    "answer",
    "answerRightsCase",
    "办结并答复用户",
    Role.WINDOW,
    offer=Offer(_GROUP, does=doing(RightsTurn.ANSWER), hint="复制、更正、限制、删除须先实际办理"),
)
async def answer(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: models.AnswerRightsCase
) -> Changed[RightsCase]:
    """Note that it was done, and what the customer is told."""
    return await answer_rights_case(target, uow, rulebook, body.text)


@RIGHTS_COMMANDS.verb(
    router,
    RightsVerb.REFUSE,
    "refusal",
    "refuseRightsCase",
    "不予办理",
    Role.WINDOW,
    offer=Offer(_GROUP, hint="须向用户说明理由；用户可向人民法院起诉（个人信息保护法第五十条）"),
)
def refuse(item: RightsCase, body: models.RefuseRightsCase, at: command.Given[Rules, RuleBook]) -> None:
    """Refuse it on a ground, with the reason."""
    item.refuse(at.subject, body.ground, body.text, at.now)


@RIGHTS_COMMANDS.verb(
    router,
    RightsVerb.WITHDRAW,
    "withdrawal",
    "withdrawRightsCase",
    "用户撤回",
    *_TAKERS,
    offer=Offer(_GROUP),
)
def withdraw(item: RightsCase, body: models.WithdrawRightsCase, at: command.Given[Rules, RuleBook]) -> None:
    """Note that the customer wants it no more."""
    item.withdraw(at.subject, body.text, at.now)


@router.get("/rights-cases", operation_id="listRightsCases", summary="查询个人信息权利请求")
async def list_cases(
    caller: Reader,
    parts: Parts,
    kind: RightsKind | None = None,
    state: RightsState | None = None,
    customer_id: UUID | None = None,
    overdue: Annotated[QueryFlag | None, Query(description="Open ones whose time has passed")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.RightsCaseDetail]:
    """List what customers asked for by their rights, the newest first."""
    now, of = parts.clock.now(), customer_id and str(customer_id)
    conditions = {
        "kind": (kind, _r.kind == kind),
        "state": (state, _r.state == state),
        "customer_id": (of, _r.customer_id == of),
        "overdue": (overdue or None, (_r.state == RightsState.OPEN) & (_r.due_at < now)),
    }
    filters = {name: value for name, (value, _) in conditions.items() if value is not None}
    statement = RIGHTS_CASES.select(*(column for column, _ in NEWEST.columns)).where(
        *(condition for value, condition in conditions.values() if value is not None)
    )
    items, following, total = await counted_page(
        RIGHTS_CASES,
        parts.database,
        statement,
        caller.scope,
        NEWEST,
        limit=limit,
        cursor=cursor,
        filters=filters,
    )
    async with parts.database.reading() as connection:
        rows = await rights_case_details(connection, items, now, caller, parts.rulebook)
    return CountedPage.of(rows, following, total)


@router.get("/rights-work-list", operation_id="listRightsWork", summary="个人信息权利待办清单")
async def list_work(
    caller: Reader,
    parts: Parts,
    whose: Annotated[RightsTurn, Query(description="Whose turn it is")] = RightsTurn.ANSWER,
    kind: RightsKind | None = None,
    overdue: QueryFlag | None = None,
    after: Annotated[
        UUID | None, Query(description="Begin after this request; at the first one where it has ended")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[models.RightsCaseDetail]:
    """List the requests that wait for their answer, the most urgent first."""
    now = parts.clock.now()
    items, following = await RIGHTS_WORK.page(
        parts.database,
        caller,
        whose,
        WorkFilters({"kind": kind}, overdue),
        now,
        limit=limit,
        cursor=cursor,
        after=after,
    )
    async with parts.database.reading() as connection:
        rows = await rights_case_details(connection, items, now, caller, parts.rulebook)
    return Page(items=rows, next=following)


@router.get(
    "/rights-work-list/counts", operation_id="countRightsWork", summary="个人信息权利各待办清单的件数"
)
async def count_requests(
    caller: Reader, parts: Parts, kind: RightsKind | None = None, overdue: QueryFlag | None = None
) -> models.RightsCounts:
    """Count the requests that wait, as `listRightsWork` lists them to the caller."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    soon = due_soon_until(now, rules.calendar, rules.requests.hours)
    filters = WorkFilters({"kind": kind}, overdue)
    counts = await RIGHTS_WORK.counts(parts.database, caller, filters, now, soon)
    return counts_view(models.RightsCounts, counts, now)


@router.get(
    "/rights-cases/{case_id}",
    operation_id="getRightsCase",
    summary="查看一项个人信息权利请求",
    responses=answering(200, ETAG),
)
async def get_one(case_id: UUID, caller: Reader, parts: Parts, response: Response) -> models.RightsCaseDetail:
    """Show one request, its customer masked."""
    item = await RIGHTS_CASES.find(parts.database, str(case_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        (shown,) = await rights_case_details(connection, [item], parts.clock.now(), caller, parts.rulebook)
    return shown


@router.get(
    "/rights-cases/{case_id}/actions",
    operation_id="listRightsCaseActions",
    summary="查看一项个人信息权利请求现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    case_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a request now, each command with its form."""
    item, now = await RIGHTS_CASES.find(parts.database, str(case_id), caller.scope), parts.clock.now()
    set_etag(response, item.version)
    waiting = waiting_for(item, parts.rulebook.rules, now)
    return RIGHTS_COMMANDS.actions(item, caller, now, parts.rulebook, waiting=waiting, explain=withheld)


@router.get(
    "/rights-cases/{case_id}/events",
    operation_id="listRightsCaseEvents",
    summary="查看一项个人信息权利请求的办理记录",
)
async def list_events(
    case_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to a request, in order; its customer is told units, and no persons of the staff."""
    rows, following = await history_of(
        parts.database, RIGHTS_CASES, str(case_id), caller.scope, limit=limit, cursor=cursor
    )
    return Page(items=[_event(row, caller, parts.rulebook.rules) for row in rows], next=following)


def _event(row: Row[Any], caller: Caller, rules: Rules) -> EventView:
    payload = msgspec.json.decode(row.payload)
    hidden = set(RightsCaseEvent.model_fields)
    fields = event_fields(row, payload, RIGHTS_CASE_EVENT_NAMES, hidden)
    unit = payload.get("actor_unit")
    if caller.scope.kind is ScopeKind.CITIZEN:
        return EventView(
            **fields | {"actor": None, "unit": unit and UnitView(code=unit, name=unit_name(unit))}
        )
    return EventView(**fields | {"person": staff_view(payload.get("actor"), caller, rules, unit)})
