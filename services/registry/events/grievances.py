"""What becomes of a customer's grievances, told among the customer's matters: read from their service's events."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta, Struct

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, contents_of, reader, topic_of
from libs.common.inbox import Subscription
from services.registry.usecases.matters import Happened, MatterState, Told, take_in

SERVICE: Final = "grievances"
_Short = Annotated[str, Meta(min_length=1, max_length=64)]


class GrievanceEvent(Struct, frozen=True, kw_only=True):
    """What is read of every event of a grievance; before it is sent to a utility it has none."""

    grievance_id: _Short
    grievance_number: Annotated[str, Meta(min_length=1, max_length=40)]
    kind: Annotated[str, Meta(min_length=1, max_length=40)]
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(max_length=20)] | None = None
    customer_id: _Short | None = None
    recorded_at: datetime


# The codes of its contract (contracts/codes/grievances.json).
GRIEVANCE_KIND_NAMES: Final = {
    "CONSULTATION": "咨询",
    "HELP": "求助",
    "COMPLAINT": "投诉",
    "REPORT": "举报",
    "SUGGESTION": "建议",
    "REPAIR": "报修",
}
# What the customer who told it is told of it, and in what state it is after it.
TOLD_OF_GRIEVANCES: Final[Told] = MappingProxyType(
    {
        "grievance_received": ("已收到您的诉求", MatterState.OPEN),
        "grievance_dispatched": ("您的诉求已交承办单位办理", MatterState.OPEN),
        "grievance_not_accepted": ("您的诉求不予受理", MatterState.REFUSED),
        "extension_decided": ("您的诉求办理时限有变化", MatterState.OPEN),
        "grievance_replied": ("您的诉求已答复，请评价是否解决", MatterState.OPEN),
        "redo_begun": ("您的诉求将重新办理", MatterState.OPEN),
        "grievance_closed": ("您的诉求已办结，请评价", MatterState.DONE),
        "grievance_reopened": ("您的诉求已重新办理", MatterState.OPEN),
        "grievance_withdrawn": ("您的诉求已撤回", MatterState.WITHDRAWN),
        "urge_answered": ("您的催办已答复", MatterState.OPEN),
        "question_answered": ("您的咨询已答复", MatterState.OPEN),
    }
)


def grievances() -> Subscription:
    """Return what follows the grievances: the customer's matters and messages."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        await take_in(uow, [_happened(name, content) for name, content in contents_of(SERVICE, events)])

    return Subscription(
        SERVICE, (topic_of(SERVICE),), handle, read=reader(SERVICE, TOLD_OF_GRIEVANCES, GrievanceEvent)
    )


def _happened(name: str, content: GrievanceEvent) -> Happened:
    return Happened(
        service=SERVICE,
        thing=content.grievance_id,
        event=name,
        at=content.recorded_at,
        state=TOLD_OF_GRIEVANCES[name][1],
        number=content.grievance_number,
        kind=content.kind,
        utility=content.utility or "",
        district=content.district,
        customer_id=content.customer_id,
    )
