"""Orders of the hotline (12345): pushed by it, looked at by the desk, and what the hotline is told."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from libs.casework.http.history import EventView, event_fields
from libs.casework.storage.history import history_of
from libs.common.auth.callers import Caller, Role
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command, commands
from libs.common.http.actions import Actions, Chosen, Offer
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.headers import ETAG, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.lists import counted_page
from libs.common.places import load_places
from services.grievances.domain.hotline.content import HotlineCall, OrderContent
from services.grievances.domain.hotline.order import HotlineOrder
from services.grievances.domain.hotline.values import OrderState, OrderVerb, ParkReason
from services.grievances.domain.rules import Rules
from services.grievances.events.published.hotline import ORDER_EVENT_NAMES, HotlineOrderEvent
from services.grievances.http import hotline_models as models
from services.grievances.http.commands import DESK, Parts
from services.grievances.http.hotline_views import order_detail, order_view
from services.grievances.http.people import person_of
from services.grievances.http.views import category_name
from services.grievances.storage.hotline import NEWEST, ORDERS, contents_of
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import HOTLINE
from services.grievances.usecases.hotline.gateway import OUR_SYSTEM
from services.grievances.usecases.hotline.resolve import Meaning
from services.grievances.usecases.hotline.resolve import resolve as resolve_order
from services.grievances.usecases.hotline.take_order import Arrival, take_order

router = APIRouter(prefix="/v1", tags=["12345热线"])
GROUP: Final = "核对"
COMMANDS: Final[commands.Commands[HotlineOrder, Rules, RuleBook]] = commands.Commands(
    ORDERS, "/hotline-orders/{order_id}", order_view, models.HotlineOrderView
)
Given = command.Given[Rules, RuleBook]
# The desk reads what the hotline says, of its district or of the city; units see their grievances alone.
Reader = Annotated[Caller, require(*DESK, Role.ADMINISTRATOR, of=ORDERS.scopes)]
_o = HOTLINE.order.c
_verb = partial(COMMANDS.verb, router)


@router.post(
    "/hotline-orders",
    operation_id="pushHotlineOrder",
    summary="推送热线工单",
    response_model=models.HotlineOrderView,
)
async def push_order(
    body: models.PushOrder,
    once: Once,
    caller: Annotated[Caller, require(Role.HOTLINE, of=ORDERS.scopes)],
    parts: Parts,
) -> Response:
    """Take a version of an order, by the hotline's machine account: the same version again is answered alike."""
    arrival = Arrival(caller.scope.code, _content(body))

    async def action(uow: UnitOfWork) -> Answer:
        item = await take_order(uow, parts.rulebook, arrival, caller)
        return Answer(order_view(item, parts.rulebook.rules, uow.now, caller), version=item.version)

    return await once(caller, action)


def _content(body: models.PushOrder) -> OrderContent:
    told = body.model_dump(exclude={"confidential", "call_back", "origin"})
    mark = body.origin
    return OrderContent(
        **told,
        is_confidential=body.confidential,
        call=None if body.call_back is None else HotlineCall(**body.call_back.model_dump()),
        message_id=str(mark.message_id) if mark is not None and mark.system == OUR_SYSTEM else None,
    )


@router.get("/hotline-orders", operation_id="listHotlineOrders", summary="查询热线工单")
async def list_orders(
    caller: Reader,
    parts: Parts,
    state: OrderState | None = None,
    number: Annotated[Code | None, Query(description="Of this number of the hotline")] = None,
    district: Code | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.HotlineOrderView]:
    """List versions of orders, the newest first; those whose district is unknown are for the city."""
    wanted = {"state": (_o.state, state), "number": (_o.number, number), "district": (_o.district, district)}
    filters: Mapping[str, Any] = {name: value for name, (_, value) in wanted.items() if value is not None}
    statement = ORDERS.select(*(column for column, _ in NEWEST.columns)).where(
        *(column == value for column, value in wanted.values() if value is not None)
    )
    items, following, total = await counted_page(
        ORDERS, parts.database, statement, caller.scope, NEWEST, limit=limit, cursor=cursor, filters=filters
    )
    rules, now = parts.rulebook.rules, parts.clock.now()
    return CountedPage.of([order_view(item, rules, now, caller) for item in items], following, total)


@router.get(
    "/hotline-orders/{order_id}",
    operation_id="getHotlineOrder",
    summary="查看一件热线工单",
    responses=answering(200, ETAG),
)
async def get_order(
    order_id: UUID, caller: Reader, parts: Parts, response: Response
) -> models.HotlineOrderDetail:
    """Show a version of an order; what was told without numbers and links."""
    item = await ORDERS.find(parts.database, str(order_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        contents = await contents_of(connection, parts.rulebook.sealer, [item.id])
    return order_detail(item, contents.get(item.id))


@router.get(
    "/hotline-orders/{order_id}/actions",
    operation_id="listHotlineOrderActions",
    summary="查看一件热线工单现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    order_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a version of an order now."""
    item = await ORDERS.find(parts.database, str(order_id), caller.scope)
    set_etag(response, item.version)
    return COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)


@router.get(
    "/hotline-orders/{order_id}/events",
    operation_id="listHotlineOrderEvents",
    summary="查看一件热线工单的记录",
)
async def list_events(
    order_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to a version of an order."""
    rows, following = await history_of(
        parts.database, ORDERS, str(order_id), caller.scope, limit=limit, cursor=cursor
    )
    hidden, rules = set(HotlineOrderEvent.model_fields), parts.rulebook.rules
    return Page(items=[_event(row, hidden, rules) for row in rows], next=following)


def _event(row: Any, hidden: set[str], rules: Rules) -> EventView:
    payload = msgspec.json.decode(row.payload)
    fields = event_fields(row, payload, ORDER_EVENT_NAMES, hidden)
    return EventView(**fields, person=person_of(payload, rules))


def _categories(_item: HotlineOrder, at: Given) -> Chosen:
    tree = at.rules.categories
    return [(code, category_name(code, at.rules)) for code in tree.categories if tree.is_leaf(code)]


def _districts(_item: HotlineOrder, _at: Given) -> Chosen:
    return [(unit.code, unit.name) for unit in load_places().reporting_units]


def _units(_item: HotlineOrder, _at: Given) -> Chosen:
    return [(unit.code, unit.name) for unit in load_places().utilities()]


@COMMANDS.use_case(
    router,
    OrderVerb.RESOLVE,
    "resolution",
    "resolveHotlineOrder",
    "核对后接收",
    *DESK,
    offer=Offer(
        GROUP,
        when=lambda item, _at: ParkReason.MESSAGE not in item.reasons,
        otherwise="回传的消息不是本系统发出的，不能接收",
        choices={"district": _districts, "category": _categories, "unit": _units},
        hint="只选不明的各项；所选含义以后自动使用",
    ),
)
async def resolve(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: models.ResolveOrder
) -> Changed[HotlineOrder]:
    """Say what its words mean; it is taken over."""
    return await resolve_order(target, uow, rulebook, Meaning(**body.model_dump()))


@_verb(
    OrderVerb.DISMISS,
    "dismissal",
    "dismissHotlineOrder",
    "不作处理",
    *DESK,
    offer=Offer(GROUP, consequence="这一版工单不再接收"),
)
def dismiss(item: HotlineOrder, body: models.DismissOrder, at: Given) -> None:
    """Do nothing with it, and say why."""
    item.dismiss(body.note, at.now)
