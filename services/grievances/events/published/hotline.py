"""Events of orders of the hotline (12345): that one came, and what a newer version changed of a grievance."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from libs.common.events import EventPayload
from services.grievances.domain.hotline.values import HotlineStatus, OrderState, ParkReason
from services.grievances.events.published.base import GrievanceEvent


class HotlineOrderEvent(EventPayload):
    """What every event of a version of an order says: its numbers, no word of it."""

    service: ClassVar[str] = "grievances"

    order_id: UUID
    system: str = Field(description="Code of the hotline's channel, as HOTLINE")
    order_number: str = Field(description="The hotline's number")
    order_version: int
    district: str | None = Field(description="Division code of the reporting unit; null where it is unknown")
    grievance_id: UUID | None = Field(description="The grievance that it was taken over into")
    occurred_at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it came on record")
    actor: str | None = Field(default=None, description="Id of who gave the command")
    actor_unit: str | None = Field(default=None, description="The actor's unit, as channel:HOTLINE")


class HotlineOrderReceived(HotlineOrderEvent):
    """A version of an order came: taken, set aside, or parked for the desk."""

    event: ClassVar[str] = "hotline_order_received"
    outcome: OrderState
    reasons: list[ParkReason] = Field(description="Why it is parked")


class HotlineOrderResolved(HotlineOrderEvent):
    """The desk said what a parked version means; it was taken over."""

    event: ClassVar[str] = "hotline_order_resolved"


class HotlineOrderDismissed(HotlineOrderEvent):
    """The desk has looked at a parked version, and nothing is done."""

    event: ClassVar[str] = "hotline_order_dismissed"


class HotlineLimitSet(GrievanceEvent):
    """A newer version of the order changed the time of the reply."""

    event: ClassVar[str] = "hotline_limit_set"
    order_version: int
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    reply_by_before: datetime | None
    reply_by: datetime | None


class HotlineMarked(GrievanceEvent):
    """The hotline urges on, or supervises."""

    event: ClassVar[str] = "hotline_marked"
    order_version: int
    mark: HotlineStatus


class HotlineUnitAdded(GrievanceEvent):
    """The hotline wants one more unit to help (加派)."""

    event: ClassVar[str] = "hotline_unit_added"
    order_version: int
    unit: str = Field(description="Code of the utility")


class HotlineWordsAdded(GrievanceEvent):
    """The caller added something at the hotline; the words are no part of the event."""

    event: ClassVar[str] = "hotline_words_added"
    order_version: int


class HotlineReturnDecided(GrievanceEvent):
    """The hotline decided on an order that was returned to it; refused, the desk has it again."""

    event: ClassVar[str] = "hotline_return_decided"
    order_version: int
    cycle: int = Field(description="Number of the cycle: 1 the first, then each redo and reopening")
    granted: bool
    screen_by: datetime | None
    reply_by: datetime | None


ORDER_EVENTS: Final[tuple[type[EventPayload], ...]] = (
    HotlineOrderReceived,
    HotlineOrderResolved,
    HotlineOrderDismissed,
)
HOTLINE_EVENTS: Final[tuple[type[EventPayload], ...]] = (
    HotlineLimitSet,
    HotlineMarked,
    HotlineUnitAdded,
    HotlineWordsAdded,
    HotlineReturnDecided,
)
ORDER_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hotline_order_received": "收到热线工单",
        "hotline_order_resolved": "核对热线工单",
        "hotline_order_dismissed": "热线工单不作处理",
    }
)
HOTLINE_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hotline_limit_set": "热线调整答复时间",
        "hotline_marked": "热线催办、督办",
        "hotline_unit_added": "热线加派单位",
        "hotline_words_added": "热线补充内容",
        "hotline_return_decided": "热线答复退单",
    }
)
