"""Grievances: told, listed, shown, what can be done to one, and what happened to it."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from libs.casework.http.history import EventView
from libs.casework.storage.history import history_of
from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Actions
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.lists import counted_page
from libs.common.places import Supply
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.kinds import GrievanceKind, Source
from services.grievances.domain.values.states import HELPED, GrievanceState, Verb
from services.grievances.events.published import INTERNAL_EVENTS
from services.grievances.http import models, requests
from services.grievances.http.commands import COMMANDS, Parts, Reader
from services.grievances.http.filters import conditions
from services.grievances.http.views import (
    event_view_fields,
    grievance_detail,
    grievance_view,
    is_staff,
    waiting_for,
)
from services.grievances.storage.grievances import GRIEVANCES, NEWEST
from services.grievances.storage.words import Words, words_of
from services.grievances.usecases.similar import affected
from services.grievances.usecases.submit import SOURCES, NewGrievance, submit

router = APIRouter(prefix="/v1", tags=["诉求"])
TELLERS = (Role.CITIZEN, Role.WINDOW, Role.CLERK, Role.SUPERVISOR)
SOURCES_OF: Mapping[str, frozenset[str]] = {
    str(role): frozenset(map(str, sources)) for role, sources in SOURCES.items()
}
"""What each role takes down, for the form."""
_INTERNAL = frozenset(event.type() for event in INTERNAL_EVENTS)
Teller = Annotated[Caller, require(*TELLERS, of=GRIEVANCES.scopes)]


@router.post(
    "/grievances",
    operation_id="submitGrievance",
    summary="提交诉求",
    status_code=201,
    response_model=models.GrievanceView,
    responses=answering(201, ETAG, LOCATION),
)
async def submit_one(body: requests.SubmitGrievance, once: Once, caller: Teller, parts: Parts) -> Response:
    """Tell a grievance: oneself, or by staff who take it down."""
    new = NewGrievance(
        kind=body.kind,
        category=body.category,
        supply=body.supply,
        district=body.district,
        site=body.site,
        reporter=body.reporter,
        told=Words(body.words, body.name, body.phone, body.place),
        source=body.source,
        customer_id=None if body.customer_id is None else str(body.customer_id),
        account_id=None if body.account_id is None else str(body.account_id),
    )

    async def action(uow: UnitOfWork) -> Answer:
        item = await submit(uow, parts.rulebook, new, caller)
        view = grievance_view(item, parts.rulebook.rules, uow.now, caller)
        return Answer(view, status=201, version=item.version, location=f"/v1/grievances/{item.id}")

    return await once(caller, action)


@router.get("/grievances", operation_id="listGrievances", summary="查询诉求")
async def list_grievances(
    caller: Reader,
    parts: Parts,
    kind: GrievanceKind | None = None,
    state: GrievanceState | None = None,
    source: Source | None = None,
    category: Code | None = None,
    is_open: Annotated[QueryFlag | None, Query(alias="open", description="Open ones, or ended ones")] = None,
    overdue: Annotated[QueryFlag | None, Query(description="Replied after their time, or not yet")] = None,
    in_ledger: Annotated[QueryFlag | None, Query(description="In the ledger, or crossed off")] = None,
    mine: Annotated[QueryFlag | None, Query(description="That the caller works on; false: others")] = None,
    number: Annotated[Code | None, Query(description="Of this number: one, or none")] = None,
    repeats: Annotated[UUID | None, Query(description="That say the same as this one")] = None,
    utility: Code | None = None,
    district: Code | None = None,
    supply: Supply | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.GrievanceView]:
    """List grievances that the caller may see, the newest first."""
    now = parts.clock.now()
    wanted: Mapping[str, Any] = {
        "kind": kind,
        "state": state,
        "source": source,
        "category": category,
        "number": number,
        "repeats": repeats and str(repeats),
        "utility": utility,
        "district": district,
        "supply": supply,
        "in_ledger": in_ledger,
        "open": is_open,
        "overdue": overdue,
        "mine": mine,
    }
    filters = {name: value for name, value in wanted.items() if value is not None}
    statement = GRIEVANCES.select(*(column for column, _ in NEWEST.columns)).where(
        *conditions(filters, caller, now)
    )
    items, following, total = await counted_page(
        GRIEVANCES,
        parts.database,
        statement,
        caller.scope,
        NEWEST,
        limit=limit,
        cursor=cursor,
        filters=filters,
    )
    return CountedPage.of(
        [grievance_view(item, parts.rulebook.rules, now, caller) for item in items], following, total
    )


@router.get(
    "/grievances/{grievance_id}",
    operation_id="getGrievance",
    summary="查看一件诉求",
    responses=answering(200, ETAG),
)
async def get_grievance(
    grievance_id: UUID, caller: Reader, parts: Parts, response: Response
) -> models.GrievanceDetail:
    """Show one grievance; what was told without numbers and links, to who told it whole."""
    item = await GRIEVANCES.find(parts.database, str(grievance_id), caller.scope)
    set_etag(response, item.version)
    told = await _told(parts, item)
    number = await affected(parts.database, item)
    return grievance_detail(item, parts.rulebook.rules, parts.clock.now(), caller, told, number)


@router.get(
    "/grievances/{grievance_id}/actions",
    operation_id="listGrievanceActions",
    summary="查看一件诉求现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    grievance_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a grievance now, each command with its form, and what of it is due."""
    item, now = await GRIEVANCES.find(parts.database, str(grievance_id), caller.scope), parts.clock.now()
    set_etag(response, item.version)
    waiting = waiting_for(item, parts.rulebook.rules, now)
    helps = caller.scope.kind is ScopeKind.UTILITY and caller.scope.code != item.utility
    refused = {verb: "只有主办单位才能办理" for verb in Verb if verb not in HELPED} if helps else {}
    return COMMANDS.actions(
        item, caller, now, parts.rulebook, withheld=refused, waiting=waiting, explain=withheld
    )


@router.get(
    "/grievances/{grievance_id}/events",
    operation_id="listGrievanceEvents",
    summary="查看一件诉求的办理记录",
)
async def list_events(
    grievance_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to a grievance, in order; citizens see neither persons of the staff nor what is internal."""
    rows, following = await history_of(
        parts.database,
        GRIEVANCES,
        str(grievance_id),
        caller.scope,
        limit=limit,
        cursor=cursor,
        without=frozenset() if is_staff(caller) else _INTERNAL,
    )
    rules = parts.rulebook.rules
    return Page(items=[EventView(**event_view_fields(row, caller, rules)) for row in rows], next=following)


async def _told(parts: Parts, item: Grievance) -> Words | None:
    async with parts.database.reading() as connection:
        return (await words_of(connection, parts.rulebook.sealer, [item.id])).get(item.id)
