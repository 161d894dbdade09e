"""Requests on accounts: whether one can be made, made, listed, shown, and their steps."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import ColumnElement, func

from libs.casework.http.history import EventView
from libs.casework.storage.history import history_of
from libs.common.auth.callers import OFFICIALS, Caller, Role
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
from libs.common.rules import RuleError
from services.registry.domain.accounts import Account
from services.registry.domain.requests.eligibility import check_eligible
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import (
    KIND_NAMES,
    MATERIAL_NAMES,
    RequestKind,
    RequestState,
)
from services.registry.events.requests import INTERNAL_EVENTS
from services.registry.http import request_models as models
from services.registry.http.request_commands import (
    PARTY,
    REQUEST_COMMANDS,
    Parts,
    Reader,
)
from services.registry.http.request_views import (
    event_view_fields,
    is_staff,
    request_detail,
    request_view,
    waiting_for,
)
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.requests import NEWEST, REQUESTS, open_number, requests_of
from services.registry.storage.tables import account_request
from services.registry.usecases.customers import Described
from services.registry.usecases.standing import for_customer, on_account, on_request
from services.registry.usecases.submit_request import NewRequest, WishedChange, submit_request

router = APIRouter(prefix="/v1", tags=["用户业务申请"])
_INTERNAL = frozenset(event.type() for event in INTERNAL_EVENTS)


@router.get(
    "/accounts/{account_id}/eligibility", operation_id="getEligibility", summary="查看能否办理某项业务"
)
async def get_eligibility(
    account_id: UUID,
    kind: RequestKind,
    caller: Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=ACCOUNTS.scopes, for_others=True)],
    parts: Parts,
) -> models.Eligibility:
    """Tell whether a kind of request can be made on an account today; submitting asks the same again."""
    item, opened = await _account(account_id, caller, parts)
    return _eligibility(item, kind, parts, opened)


@router.get(
    "/accounts/{account_id}/eligibilities", operation_id="listEligibilities", summary="查看能办理哪些业务"
)
async def list_eligibilities(
    account_id: UUID,
    caller: Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=ACCOUNTS.scopes, for_others=True)],
    parts: Parts,
) -> models.Eligibilities:
    """Tell of each kind of request whether it can be made on an account today, as `getEligibility` does of one."""
    item, opened = await _account(account_id, caller, parts)
    return models.Eligibilities(items=[_eligibility(item, kind, parts, opened) for kind in RequestKind])


async def _account(account_id: UUID, caller: Caller, parts: Parts) -> tuple[Account, str | None]:
    """Return an account, and the number of its open request."""
    async with parts.database.reading() as connection:
        caller = await on_account(connection, caller, str(account_id), parts.clock.now())
    item = await ACCOUNTS.find(parts.database, str(account_id), caller.scope)
    async with parts.database.reading() as connection:
        return item, await open_number(connection, item.id)


def _eligibility(item: Account, kind: RequestKind, parts: Parts, opened: str | None) -> models.Eligibility:
    policy, why = parts.rulebook.rules.requests, None
    try:
        check_eligible(item, kind, parts.rulebook.today, policy, opened)
    except RuleError as error:
        why = error
    return models.Eligibility(
        kind=kind,
        kind_name=KIND_NAMES[kind],
        eligible=why is None,
        code=why and why.code,
        rule=why and why.text,
        remedy=why and why.remedy,
        workdays=policy.kinds[kind].workdays,
        materials=[
            models.ListedMaterialView(
                kind=material.kind,
                name=MATERIAL_NAMES[material.kind],
                required=material.required,
                shared_from=material.shared_from,
                note=material.note,
            )
            for material in policy.kinds[kind].materials
        ],
        policy_version=policy.version,
    )


@router.post(
    "/accounts/{account_id}/requests",
    operation_id="submitRequest",
    summary="提交用户业务申请",
    status_code=201,
    response_model=models.RequestView,
    responses=answering(201, ETAG, LOCATION),
)
async def submit_one(
    account_id: UUID,
    body: models.SubmitRequest,
    once: Once,
    caller: Annotated[Caller, require(*PARTY, of=ACCOUNTS.scopes, for_others=True)],
    parts: Parts,
) -> Response:
    """Make a request on an account: the own, another's who authorised it, or by staff who name a signed document."""
    receiver, change = body.receiver, body.change
    new = NewRequest(
        body.kind,
        str(account_id),
        body.document_ref,
        None if receiver is None else Described(receiver.kind, receiver.paper, receiver.texts()),
        None if change is None else WishedChange(change.use, change.price_class, change.texts()),
    )

    async def action(uow: UnitOfWork) -> Answer:
        item = await submit_request(uow, parts.rulebook, new, caller)
        view = request_view(item, parts.rulebook.rules, uow.now, caller)
        return Answer(view, status=201, version=item.version, location=f"/v1/requests/{item.id}")

    return await once(caller, action)


@router.get("/requests", operation_id="listRequests", summary="查询用户业务申请")
async def list_requests(
    caller: Reader,
    parts: Parts,
    kind: RequestKind | None = None,
    state: RequestState | None = None,
    is_open: Annotated[
        QueryFlag | None, Query(alias="open", description="Open ones, or finished ones")
    ] = None,
    overdue: Annotated[
        QueryFlag | None, Query(description="Whose time passed before their end, or others")
    ] = None,
    mine: Annotated[
        QueryFlag | None, Query(description="Requests that the caller works on; false: others")
    ] = None,
    number: Annotated[Code | None, Query(description="Of this number: one, or none")] = None,
    account_id: UUID | None = None,
    customer_id: Annotated[UUID | None, Query(description="A party of the request")] = None,
    utility: Code | None = None,
    district: str | None = None,
    supply: Supply | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.RequestView]:
    """List requests that the caller may see, the newest first: a citizen's over all kinds and accounts."""
    _r = account_request.c
    wanted: dict[str, tuple[Any, Any]] = {
        "kind": (_r.kind, kind),
        "state": (_r.state, state),
        "number": (_r.number, number),
        "account_id": (_r.account_id, account_id and str(account_id)),
        "utility": (_r.utility, utility),
        "district": (_r.district, district),
        "supply": (_r.supply, supply),
    }
    now = parts.clock.now()
    if customer_id is not None:
        async with parts.database.reading() as connection:
            caller = await for_customer(connection, caller, str(customer_id), now)
    # Each is asked either way.
    flags: dict[str, tuple[ColumnElement[bool], bool | None]] = {
        "open": (_r.finished_at.is_(None), is_open),
        "overdue": (_r.due_at < func.coalesce(_r.finished_at, now), overdue),
        "mine": (_r.assignee == caller.subject, mine),
    }
    filters = {name: value for name, (_, value) in (*wanted.items(), *flags.items()) if value is not None}
    if customer_id is not None:
        filters["customer_id"] = str(customer_id)
    statement = REQUESTS.select(*(column for column, _ in NEWEST.columns)).where(
        *(column == value for column, value in wanted.values() if value is not None)
    )
    for is_so, value in flags.values():
        if value is not None:
            statement = statement.where(is_so if value else is_so.is_not(True))
    if customer_id is not None:
        statement = statement.where(_r.id.in_(requests_of(str(customer_id))))
    if caller.representing is not None and caller.representing.things is not None:
        statement = statement.where(_r.account_id.in_(caller.representing.things))
    items, following, total = await counted_page(
        REQUESTS, parts.database, statement, caller.scope, NEWEST, limit=limit, cursor=cursor, filters=filters
    )
    return CountedPage.of(
        [request_view(item, parts.rulebook.rules, now, caller) for item in items], following, total
    )


@router.get(
    "/requests/{request_id}",
    operation_id="getRequest",
    summary="查看一项用户业务申请",
    responses=answering(200, ETAG),
)
async def get_request(
    request_id: UUID, caller: Reader, parts: Parts, response: Response
) -> models.RequestDetail:
    """Show one request; particulars are masked, a citizen's own whole."""
    item, caller = await _seen(parts, request_id, caller)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        return await request_detail(connection, item, parts.clock.now(), caller, parts.rulebook)


@router.get(
    "/requests/{request_id}/actions",
    operation_id="listRequestActions",
    summary="查看一项申请现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    request_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a request now, each command with its form, and what of it is due."""
    (item, caller), now = await _seen(parts, request_id, caller), parts.clock.now()
    set_etag(response, item.version)
    waiting = waiting_for(item, parts.rulebook.rules, now)
    return REQUEST_COMMANDS.actions(item, caller, now, parts.rulebook, waiting=waiting, explain=withheld)


@router.get(
    "/requests/{request_id}/events", operation_id="listRequestEvents", summary="查看一项申请的办理记录"
)
async def list_events(
    request_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to a request, in order; parties see neither persons of the staff nor what is internal."""
    _, caller = await _seen(parts, request_id, caller)
    rows, following = await history_of(
        parts.database,
        REQUESTS,
        str(request_id),
        caller.scope,
        limit=limit,
        cursor=cursor,
        without=frozenset() if is_staff(caller) else _INTERNAL,
    )
    rules = parts.rulebook.rules
    return Page(items=[EventView(**event_view_fields(row, caller, rules)) for row in rows], next=following)


async def _seen(parts: Parts, request_id: UUID, caller: Caller) -> tuple[Request, Caller]:
    """Return a request, and as whom the caller sees it. Raises `not-found`."""
    async with parts.database.reading() as connection:
        caller = await on_request(connection, caller, str(request_id), parts.clock.now())
    return await REQUESTS.find(parts.database, str(request_id), caller.scope), caller
