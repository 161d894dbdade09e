"""Accounts (户): opened, described, listed, their history and what may be done to them."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response
from sqlalchemy import Row

from libs.casework.http.history import EventView, event_fields
from libs.casework.storage.history import history_of
from libs.common.aggregate import Actor
from libs.common.auth.callers import OFFICIALS, Caller, Role, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import commands
from libs.common.http.actions import Actions, Offer
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.places import Utility, load_places
from libs.common.problems import INVALID, FieldError
from libs.common.rules import RuleError
from services.registry.domain.accounts import Account, AccountVerb
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import Customer
from services.registry.domain.rules import Rules
from services.registry.events.published import ACCOUNT_EVENT_NAMES, AccountEvent
from services.registry.http.account_filters import ListFilters, ListOrder, of_survivor
from services.registry.http.change_names import change_views
from services.registry.http.models import AccountDetail, AccountView, DescribeAccount, OpenAccount
from services.registry.http.viewing import Viewing
from services.registry.http.views import account_details, account_view
from services.registry.storage.accounts import ACCOUNTS, NEWEST_FIRST
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.accounts import NewAccount, customer_for, describe_account, open_account
from services.registry.usecases.customers import Described, standing_customer
from services.registry.usecases.read_accounts import read_of, read_page
from services.registry.usecases.standing import for_customer, on_account

ACCOUNT_COMMANDS: commands.Commands[Account, Rules, RuleBook] = commands.Commands(
    ACCOUNTS, "/accounts/{account_id}", account_view, AccountView
)
Reader = Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=ACCOUNTS.scopes, for_others=True)]
Opener = Annotated[Caller, require(Role.CLERK, Role.WINDOW, of=ACCOUNTS.scopes)]
_KEEPERS = (Role.CLERK, Role.WINDOW)

router = APIRouter(prefix="/v1", tags=["户"])


@router.post(
    "/accounts",
    operation_id="openAccount",
    summary="立户",
    status_code=201,
    response_model=AccountView,
    responses=answering(201, ETAG, LOCATION),
)
async def open_one(body: OpenAccount, once: Once, caller: Opener, parts: Viewing) -> Response:
    """Open an account for a customer described here, or named by id."""

    async def action(uow: UnitOfWork) -> Answer:
        actor = Actor(uow.now, caller.subject, unit=caller.scope.unit)
        utility = _utility(body.utility, caller)
        owner = await _customer(uow, body, caller, parts.rulebook, actor)
        new = NewAccount(utility, body.use, body.price_class, body.number, body.address)
        item = await open_account(uow, parts.rulebook, new, owner, actor)
        view = account_view(item, parts.rulebook.rules)
        return Answer(view, status=201, version=item.version, location=f"/v1/accounts/{item.id}")

    return await once(caller, action)


async def _customer(
    uow: UnitOfWork, body: OpenAccount, caller: Caller, rulebook: RuleBook, actor: Actor
) -> Customer:
    if (body.customer_id is None) == (body.customer is None):
        raise INVALID(
            errors=[
                FieldError(
                    "customer",
                    "已有用户编号和用户信息须填且只填一项",
                    "请填写用户信息，或填写已有用户编号",
                    "one-of",
                )
            ]
        )
    if body.customer is None:
        return await standing_customer(uow, str(body.customer_id), scope=caller.scope)
    described = Described(body.customer.kind, body.customer.paper, body.customer.texts())
    return await customer_for(uow, rulebook, described, actor, ChangeReason.APPLICATION)


def _utility(code: str | None, caller: Caller) -> Utility:
    """Return the utility of an account: the clerk's own, or one of the hall's place."""
    places = load_places()
    if caller.scope.kind is ScopeKind.UTILITY:
        if code not in (None, caller.scope.code):
            raise RuleError("utility-elsewhere", "只能为本单位立户", "请核对专营单位", "utility")
        return places.utility(caller.scope.code)
    try:
        utility = places.utility(code or "")
    except KeyError:
        raise RuleError("place-unknown", "没有这个专营单位", "请从专营单位中选择", "utility") from None
    if caller.scope.kind is ScopeKind.DISTRICT and utility.district != caller.scope.code:
        raise RuleError("utility-elsewhere", "该专营单位不在本区划", "请核对专营单位", "utility")
    return utility


@ACCOUNT_COMMANDS.use_case(
    router,
    AccountVerb.DESCRIBE,
    "description",
    "describeAccount",
    "变更户信息",
    *_KEEPERS,
    offer=Offer(
        "信息",
        values={
            "use": lambda item, _given: item.use,
            "price_class": lambda item, _given: item.price_class,
        },
        hint="户号和地址须重新填写完整内容，留空即清空",
    ),
)
async def describe(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: DescribeAccount
) -> Changed[Account]:
    """Replace what is known of an account; what stood there is kept."""
    return await describe_account(
        target,
        uow,
        rulebook,
        use=body.use,
        price_class=body.price_class,
        number=body.number,
        address=body.address,
        reason=body.reason,
    )


@router.get("/accounts", operation_id="listAccounts", summary="查询户")
async def list_accounts(
    caller: Reader,
    parts: Viewing,
    filters: ListFilters,
    order: ListOrder = NEWEST_FIRST,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[AccountDetail]:
    """List accounts that the caller may see, the newest first unless asked otherwise, their particulars masked."""
    filters = await of_survivor(parts.database, filters)
    if filters.customer_id is not None:
        async with parts.database.reading() as connection:
            caller = await for_customer(connection, caller, filters.customer_id, parts.clock.now())
    only = None if caller.representing is None else caller.representing.things
    total = None
    if cursor is None:
        total = await ACCOUNTS.total(parts.database, filters.statement(only), caller.scope)
    async with parts.database.reading(caller.scope) as connection:
        rows, following = await read_page(
            connection,
            parts.rulebook,
            filters,
            caller.scope,
            limit=limit,
            cursor=cursor,
            only=only,
            order=order,
        )
    return CountedPage.of(account_details(rows, caller, parts.rulebook), following, total)


@router.get(
    "/accounts/{account_id}",
    operation_id="getAccount",
    summary="查看一个户",
    responses=answering(200, ETAG),
)
async def get_account(account_id: UUID, caller: Reader, parts: Viewing, response: Response) -> AccountDetail:
    """Show one account, its particulars masked."""
    item, caller = await _seen(parts, account_id, caller)
    set_etag(response, item.version)
    async with parts.database.reading(caller.scope) as connection:
        rows = await read_of(connection, parts.rulebook, [item])
    (shown,) = account_details(rows, caller, parts.rulebook)
    return shown


@router.get(
    "/accounts/{account_id}/actions",
    operation_id="listAccountActions",
    summary="查看一个户现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    account_id: UUID,
    caller: Reader,
    parts: Viewing,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to an account now, each command with its form."""
    item, caller = await _seen(parts, account_id, caller)
    set_etag(response, item.version)
    return ACCOUNT_COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)


@router.get("/accounts/{account_id}/events", operation_id="listAccountEvents", summary="查看一个户的变更记录")
async def list_events(
    account_id: UUID,
    caller: Reader,
    parts: Viewing,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to an account, in order; of a personal field only that it changed."""
    _, caller = await _seen(parts, account_id, caller)
    rows, following = await history_of(
        parts.database, ACCOUNTS, str(account_id), caller.scope, limit=limit, cursor=cursor
    )
    return Page(items=[_event(row) for row in rows], next=following)


async def _seen(parts: Viewing, account_id: UUID, caller: Caller) -> tuple[Account, Caller]:
    """Return an account, and as whom the caller sees it. Raises `not-found`."""
    async with parts.database.reading() as connection:
        caller = await on_account(connection, caller, str(account_id), parts.clock.now())
    return await ACCOUNTS.find(parts.database, str(account_id), caller.scope), caller


def _event(row: Row[Any]) -> EventView:
    payload = msgspec.json.decode(row.payload)
    fields = event_fields(row, payload, ACCOUNT_EVENT_NAMES, {*AccountEvent.model_fields, "changes"})
    return EventView(**fields | {"changes": change_views(payload.get("changes", ()))})
