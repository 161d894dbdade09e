"""Views of orders of the hotline, and of messages to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from libs.common.auth.callers import Caller
from libs.common.places import load_places
from services.grievances.domain.hotline.content import OrderContent
from services.grievances.domain.hotline.order import HotlineOrder
from services.grievances.domain.hotline.values import (
    MESSAGE_NAMES,
    MESSAGE_STATE_NAMES,
    ORDER_STATE_NAMES,
    REASON_NAMES,
    MessageKind,
    MessageState,
)
from services.grievances.domain.rules import Rules
from services.grievances.domain.words import masked_name, masked_phone, shown_words
from services.grievances.http import hotline_models as models


def order_view(item: HotlineOrder, _rules: Rules, _now: datetime, _caller: Caller) -> models.HotlineOrderView:
    """Return a version of an order."""
    return models.HotlineOrderView(**_order(item))


def order_detail(
    item: HotlineOrder, content: OrderContent | None, *, knows_reporter: bool = True
) -> models.HotlineOrderDetail:
    """Return a version of an order with what was told, without numbers and links."""
    told = content
    return models.HotlineOrderDetail(
        **_order(item),
        received_at=told and told.received_at,
        reply_by=told and told.reply_by,
        words=told and shown_words(told.words),
        addition=told and told.addition and shown_words(told.addition),
        place=told and told.place and shown_words(told.place),
        name=masked_name(told.name) if told and told.name and knows_reporter else None,
        phone=masked_phone(told.phone) if told and told.phone and knows_reporter else None,
        call_reason=shown_words(told.call.reason) if told and told.call and told.call.reason else None,
    )


def _order(item: HotlineOrder) -> dict[str, Any]:
    return {
        "id": item.id,
        "version": item.version,
        "system": item.system,
        "number": item.number,
        "order_version": item.order_version,
        "arrived_at": item.arrived_at,
        "state": item.state,
        "state_name": ORDER_STATE_NAMES[item.state],
        "reasons": item.reasons,
        "reason_names": [REASON_NAMES[reason] for reason in item.reasons],
        "refusal": item.refusal,
        "kind": item.kind,
        "status": item.status,
        "category": item.category,
        "grade": item.grade,
        "unit": item.unit,
        "district_word": item.district_word,
        "district": item.district,
        "district_name": item.district and load_places().division(item.district).name,
        "grievance_id": item.grievance_id,
        "decided_at": item.decided_at,
        "note": item.note,
    }


def message_view(row: Mapping[Any, Any]) -> models.HotlineMessageView:
    """Return a message, from its row."""
    state = MessageState(row["state"])
    kind = MessageKind(row["kind"])
    return models.HotlineMessageView(
        id=row["id"],
        number=row["number"],
        order_version=row["order_version"],
        grievance_id=row["grievance_id"],
        district=row["district"],
        district_name=load_places().division(row["district"]).name,
        kind=kind,
        kind_name=MESSAGE_NAMES[kind],
        cycle=row["cycle"],
        happened_at=row["happened_at"],
        state=state,
        state_name=MESSAGE_STATE_NAMES[state],
        attempts=row["attempts"],
        next_at=row["due_at"] if state is MessageState.WAITING else None,
        sent_at=row["sent_at"],
        error=row["error"],
    )
