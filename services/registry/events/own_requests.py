"""What becomes of a customer's requests, told among the customer's matters: read from the registry's own events."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta, Struct

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, contents_of, reader, topic_of
from libs.common.inbox import Subscription
from services.registry.usecases.matters import Happened, MatterState, Told, take_in

SERVICE: Final = "registry"
_Short = Annotated[str, Meta(min_length=1, max_length=64)]


class RequestEvent(Struct, frozen=True, kw_only=True):
    """What is read of every event of a request."""

    request_id: _Short
    request_number: Annotated[str, Meta(min_length=1, max_length=40)]
    request_kind: Annotated[str, Meta(min_length=1, max_length=40)]
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=20)]
    customer_id: _Short
    recorded_at: datetime


# What the customer who made a request is told of it, and in what state it is after it.
TOLD_OF_REQUESTS: Final[Told] = MappingProxyType(
    {
        "request_submitted": ("已收到您的申请", MatterState.OPEN),
        "request_agreed": ("受让人已同意过户", MatterState.OPEN),
        "request_accepted": ("您的申请已受理", MatterState.OPEN),
        "urge_answered": ("您的催办已答复", MatterState.OPEN),
        "question_answered": ("您的咨询已答复", MatterState.OPEN),
        "request_done": ("您的申请已办结，请评价", MatterState.DONE),
        "request_withdrawn": ("您的申请已撤回", MatterState.WITHDRAWN),
        "request_refused": ("您的申请不予办理", MatterState.REFUSED),
    }
)


def own_requests() -> Subscription:
    """Return what follows the registry's requests: the customer's matters and messages."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        await take_in(uow, [_happened(name, content) for name, content in contents_of(SERVICE, events)])

    return Subscription(
        "own_requests", (topic_of(SERVICE),), handle, read=reader(SERVICE, TOLD_OF_REQUESTS, RequestEvent)
    )


def _happened(name: str, content: RequestEvent) -> Happened:
    return Happened(
        service=SERVICE,
        thing=content.request_id,
        event=name,
        at=content.recorded_at,
        state=TOLD_OF_REQUESTS[name][1],
        number=content.request_number,
        kind=content.request_kind,
        utility=content.utility,
        district=content.district,
        customer_id=content.customer_id,
    )
