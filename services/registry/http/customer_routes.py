"""Customers: looked for, shown, corrected, classified, their history and what may be done to them."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response
from sqlalchemy import Row

from libs.casework.http.history import EventView, event_fields
from libs.casework.storage.history import history_of
from libs.common.auth.callers import OFFICIALS, Caller, Role
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import commands
from libs.common.http.actions import Actions, Offer
from libs.common.http.auth import require
from libs.common.http.cursors import Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, answering
from services.registry.domain.customers import Customer, CustomerVerb, SizeBasis
from services.registry.domain.particulars import CustomerKind
from services.registry.domain.rules import Rules
from services.registry.events.published import CUSTOMER_EVENT_NAMES, CustomerEvent
from services.registry.http.change_names import change_views
from services.registry.http.models import ClassifyCustomer, CorrectCustomer, CustomerDetail, CustomerView
from services.registry.http.request_people import staff_view
from services.registry.http.viewing import Viewing
from services.registry.http.views import customer_details, customer_view
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.customers import classify_customer, correct_customer

CUSTOMER_COMMANDS: commands.Commands[Customer, Rules, RuleBook] = commands.Commands(
    CUSTOMERS, "/customers/{customer_id}", customer_view, CustomerView
)
Reader = Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=CUSTOMERS.scopes)]
_KEEPERS = (Role.CLERK, Role.WINDOW)

router = APIRouter(prefix="/v1", tags=["用户"])


@CUSTOMER_COMMANDS.use_case(
    router,
    CustomerVerb.CORRECT,
    "correction",
    "correctCustomer",
    "变更用户信息",
    *_KEEPERS,
    offer=Offer(
        "信息",
        values={"paper": lambda item, _given: item.paper},
        hint="各项须填写完整内容，留空即清空；显示的脱敏内容不能写回",
    ),
)
async def correct(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: CorrectCustomer
) -> Changed[Customer]:
    """Replace the particulars of a customer; what stood there is kept."""
    return await correct_customer(
        target, uow, rulebook, paper=body.paper, texts=body.texts(), reason=body.reason
    )


@CUSTOMER_COMMANDS.use_case(
    router,
    CustomerVerb.CLASSIFY,
    "size",
    "classifyCustomer",
    "认定企业规模",
    *_KEEPERS,
    offer=Offer(
        "规模",
        when=lambda item, _given: item.kind is CustomerKind.ORGANISATION,
        choices={
            "industry": lambda _item, given: [
                (code, row.name) for code, row in given.rules.sizes.industries.items()
            ]
        },
        otherwise="自然人不划分企业规模",
        hint="按统计上大中小微型企业划分办法认定，同时作为欠费缓缴的依据",
    ),
)
async def classify(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: ClassifyCustomer
) -> Changed[Customer]:
    """Set an enterprise's size by its declared figures; its accounts follow."""
    basis = SizeBasis(
        body.industry,
        body.as_of or rulebook.today,
        body.employees,
        body.revenue_fen,
        body.assets_fen,
        body.listed,
    )
    return await classify_customer(target, uow, rulebook, basis)


@router.get(
    "/customers/{customer_id}",
    operation_id="getCustomer",
    summary="查看一个用户",
    responses=answering(200, ETAG),
)
async def get_customer(
    customer_id: UUID, caller: Reader, parts: Viewing, response: Response
) -> CustomerDetail:
    """Show one customer, its particulars masked."""
    item = await CUSTOMERS.find(parts.database, str(customer_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        (shown,) = await customer_details(connection, [item], caller, parts.rulebook)
    return shown


@router.get(
    "/customers/{customer_id}/actions",
    operation_id="listCustomerActions",
    summary="查看一个用户现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    customer_id: UUID,
    caller: Reader,
    parts: Viewing,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a customer now, each command with its form."""
    item = await CUSTOMERS.find(parts.database, str(customer_id), caller.scope)
    set_etag(response, item.version)
    return CUSTOMER_COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)


@router.get(
    "/customers/{customer_id}/events", operation_id="listCustomerEvents", summary="查看一个用户的变更记录"
)
async def list_events(
    customer_id: UUID,
    caller: Reader,
    parts: Viewing,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to a customer, in order; of a personal field only that it changed."""
    rows, following = await history_of(
        parts.database, CUSTOMERS, str(customer_id), caller.scope, limit=limit, cursor=cursor
    )
    return Page(items=[_event(row, caller, parts.rulebook.rules) for row in rows], next=following)


def _event(row: Row[Any], caller: Caller, rules: Rules) -> EventView:
    payload = msgspec.json.decode(row.payload)
    fields = event_fields(row, payload, CUSTOMER_EVENT_NAMES, {*CustomerEvent.model_fields, "changes"})
    person = staff_view(payload.get("actor"), caller, rules, payload.get("actor_unit"))
    return EventView(**fields | {"changes": change_views(payload.get("changes", ())), "person": person})
