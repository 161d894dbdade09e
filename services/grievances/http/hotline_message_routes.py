"""What the hotline (12345) is told, and what a grievance has of its order."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from libs.common.auth.callers import Caller, Role, ScopeColumns, narrow
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Keyset, total_of
from libs.common.http.fields import Code
from libs.common.http.idempotency import Answer, Once
from libs.common.places import load_places
from libs.common.problems import NOT_FOUND
from services.grievances.domain.hotline.content import HotlineLink
from services.grievances.domain.hotline.values import MessageState
from services.grievances.http import hotline_models as models
from services.grievances.http.commands import DESK, Parts, Staff
from services.grievances.http.hotline_views import message_view, order_detail
from services.grievances.http.views import knows_reporter
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.hotline import ORDERS, contents_of
from services.grievances.storage.tables import HOTLINE
from services.grievances.usecases.hotline.send_messages import send_again

router = APIRouter(prefix="/v1", tags=["12345热线"])
_m, _o = HOTLINE.message.c, HOTLINE.order.c
_SCOPES: Final = ScopeColumns(district=_m.district, label="热线消息")
_NEWEST: Final = Keyset(((_m.happened_at, True), (_m.id, True)))


@router.get("/hotline-messages", operation_id="listHotlineMessages", summary="查询发给热线的消息")
async def list_messages(
    caller: Annotated[Caller, require(*DESK, Role.ADMINISTRATOR, of=_SCOPES)],
    parts: Parts,
    state: MessageState | None = None,
    number: Annotated[Code | None, Query(description="Of this number of the hotline")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.HotlineMessageView]:
    """List messages to the hotline, the newest first."""
    wanted = {"state": (_m.state, state), "number": (_m.number, number)}
    filters = {name: value for name, (_, value) in wanted.items() if value is not None}
    statement = select(HOTLINE.message).where(
        *(column == value for column, value in wanted.values() if value is not None)
    )
    statement = narrow(statement, caller.scope, _SCOPES)
    async with parts.database.reading() as connection:
        rows, following = await _NEWEST.read(
            connection, statement, limit=limit, cursor=cursor, filters=filters
        )
        total = None if cursor else await total_of(connection, statement)
    return CountedPage.of([message_view(row._mapping) for row in rows], following, total)


@router.post(
    "/hotline-messages/{message_id}/sending",
    operation_id="sendHotlineMessageAgain",
    summary="重新发送给热线",
    status_code=204,
)
async def send_message_again(
    message_id: UUID, once: Once, caller: Annotated[Caller, require(*DESK, of=_SCOPES)]
) -> Response:
    """Send again what the hotline did not accept, once that is mended there."""

    async def action(uow: UnitOfWork) -> Answer:
        seen = narrow(select(_m.id).where(_m.id == str(message_id)), caller.scope, _SCOPES)
        if await uow.connection.scalar(seen) is None:
            raise NOT_FOUND("没有这条消息，或不在您的管辖范围内")
        await send_again(uow, str(message_id))
        return Answer(status=204)

    return await once(caller, action)


@router.get(
    "/grievances/{grievance_id}/hotline",
    operation_id="getGrievanceHotline",
    summary="查看一件诉求的热线工单",
)
async def get_of_grievance(grievance_id: UUID, caller: Staff, parts: Parts) -> models.HotlineView:
    """Show the order that a grievance came by, in all its versions. Raises `not-found` where it has none."""
    item = await GRIEVANCES.find(parts.database, str(grievance_id), caller.scope)
    origin = item.order
    if origin is None:
        raise NOT_FOUND("此件不是热线工单")
    link = item.hotline or HotlineLink()
    of_item = _o.grievance_id == item.id
    async with parts.database.reading() as connection:
        rows = await connection.execute(ORDERS.select().where(of_item).order_by(_o.order_version).limit(200))
        orders = [ORDERS.read(row, parts.database.records) for row in rows.mappings()]
        contents = await contents_of(connection, parts.rulebook.sealer, [order.id for order in orders])
        of_message = select(HOTLINE.message).where(_m.grievance_id == item.id).order_by(_m.id).limit(200)
        messages = [message_view(row) for row in (await connection.execute(of_message)).mappings()]
    return models.HotlineView(
        system=origin.system,
        number=origin.number,
        order_version=origin.version,
        reply_by=link.reply_by,
        urged_at=link.urged_at,
        supervised_at=link.supervised_at,
        return_refused=link.return_refused,
        helper_names=[load_places().utility(code).name for code in link.helpers],
        orders=[
            order_detail(order, contents.get(order.id), knows_reporter=knows_reporter(item, caller))
            for order in orders
        ],
        messages=messages,
    )
