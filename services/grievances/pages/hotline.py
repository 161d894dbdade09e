"""The pages of the hotline: orders, of which parked ones are resolved, messages that wait, and lists to read in."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.casework.http.history import EventView
from libs.pages.history import History, Shown
from libs.pages.imports import Imports
from libs.pages.listing import Listing
from libs.pages.lists import Choices, Column, Filters, Table, Text
from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, pages_of
from libs.pages.things import Things
from services.grievances.http.commands import DESK
from services.grievances.http.hotline_models import (
    HotlineMessageView,
    HotlineOrderDetail,
    HotlineOrderView,
    HotlineView,
)
from services.grievances.http.hotline_routes import GROUP
from services.grievances.http.models import GrievanceDetail
from services.grievances.pages.codes import CODES

ROLES: Final = frozenset(str(role) for role in DESK)
_MESSAGES: Final = "/hotline-messages"
_LONGEST_NUMBER: Final = 40


def _choices(name: str, title: str, group: str) -> Choices:
    return Choices(name, title, lambda _session: CODES.names(group))


def _listed(names: list[str]) -> str:
    return "、".join(names) or "—"


_NUMBER: Final = Text("number", "工单编号", _LONGEST_NUMBER)
_SHOWN: Final[Shown] = {
    "outcome": ("结果", CODES.shown("hotline_order_states")),
    "reasons": ("原因", lambda codes: _listed([CODES.named(code, "hotline_reasons") for code in codes])),
}
ORDER_TABLE: Final = Table(
    "/hotline-orders",
    "热线工单",
    (
        Column("number", "工单编号"),
        Column("order_version", "版本", is_number=True),
        Column("state_name", "状态"),
        Column("reason_names", "待核对原因", show=_listed),
        Column("kind", "种类（热线用语）", on_phone=False),
        Column("district_word", "县（市、区）（热线用语）", on_phone=False),
        Column("arrived_at", "到达时间", on_phone=False),
    ),
)
ORDERS: Final = Things(
    service="grievances",
    noun=ORDER_TABLE.noun,
    path=ORDER_TABLE.path,
    api="/v1/hotline-orders",
    view=HotlineOrderDetail,
    kinds=(GROUP,),
    listing=Listing(
        service="grievances",
        api="/v1/hotline-orders",
        row=HotlineOrderView,
        table=ORDER_TABLE,
        filters=Filters((_choices("state", "状态", "hotline_order_states"),), texts=(_NUMBER,)),
        presets=(("待核对", {"state": "PARKED"}), ("已接收", {"state": "TAKEN"})),
    ),
    history=History(EventView, _SHOWN),
    template="hotline_order.html",
)
MESSAGES: Final = Listing(
    service="grievances",
    api="/v1/hotline-messages",
    row=HotlineMessageView,
    table=Table(
        _MESSAGES,
        "发给热线的消息",
        (
            Column("number", "工单编号", is_drawn=True),
            Column("kind_name", "内容"),
            Column("state_name", "状态"),
            Column("attempts", "次数", is_number=True, on_phone=False),
            Column("next_at", "下次发送", on_phone=False),
            Column("error", "未送达原因", on_phone=False),
            Column("happened_at", "发生时间", on_phone=False),
            Column("sent_at", "送达时间", on_phone=False),
        ),
        macros="hotline_cells.html",
        is_late=lambda row: row.state == "REFUSED",
    ),
    filters=Filters((_choices("state", "状态", "hotline_message_states"),), texts=(_NUMBER,)),
    presets=(("待发送", {"state": "WAITING"}), ("热线未接收", {"state": "REFUSED"})),
    unit="条",
    template="hotline_messages.html",
)
IMPORTS: Final = Imports(
    service="grievances",
    path="/hotline-order-imports",
    layout="hotline-orders",
    title="热线工单导入",
    file="热线工单清单",
    note="同一清单可以重复导入：已接收的工单不会重复登记；种类、状态等用语不明的转热线工单核对；"
    "文件加密保存，导入结束即销毁。",
)
router = APIRouter()
Grievances = Annotated[PageContext, Depends(pages_of("grievances"))]


@router.post(f"{_MESSAGES}/{{message_id}}/sending")
async def send_again(pages: Grievances, session: FromOwnPage, message_id: UUID) -> Response:
    """Send again what the hotline did not accept, and lead back to the list."""
    await pages.api.command("POST", f"/v1{_MESSAGES}/{message_id}/sending", session, str(uuid4()), None)
    return pages.done(_MESSAGES, "重新发送")


async def hotline_of(pages: PageContext, session: Session, thing: GrievanceDetail) -> Mapping[str, Any]:
    """Return what a grievance's page shows of its order; nothing of one that came by another way."""
    if session.scope_kind == "citizen" or not thing.has_order:
        return {"hotline": None}
    view = await pages.api.get(f"/v1/grievances/{thing.id}/hotline", session, HotlineView)
    return {"hotline": view}
