"""What the registry reads of hookup's events: whose case it is, what becomes of it, and that its meter is live."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta, Struct

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, contents_of, reader, topic_of
from libs.common.inbox import Subscription
from libs.common.places import Supply
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.live_meters import LiveMeter, open_for_meters
from services.registry.usecases.matters import Happened, MatterState, Told, take_in

SERVICE: Final = "hookup"
_LEDGER: Final = "LEDGER"
_Short = Annotated[str, Meta(min_length=1, max_length=64)]


class HookupEvent(Struct, frozen=True, kw_only=True):
    """What is read of every event of a case."""

    case_id: _Short
    case_number: Annotated[str, Meta(min_length=1, max_length=40)]
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    utility: Annotated[str, Meta(min_length=1, max_length=20)]
    supply: Supply
    customer_category: str
    occurred_at: datetime
    entry: str | None = None
    customer_id: _Short | None = None
    site_division: str | None = None


# What a customer is told of a case, and in what state the case is after it; of other events nothing is kept.
TOLD: Final[Told] = MappingProxyType(
    {
        "case_submitted": ("已收到报装申请", MatterState.OPEN),
        "correction_requested": ("报装材料需要补正", MatterState.OPEN),
        "case_accepted": ("报装申请已受理", MatterState.OPEN),
        "case_paused": ("报装办理已暂停计时", MatterState.OPEN),
        "case_resumed": ("报装恢复办理", MatterState.OPEN),
        "quote_made": ("报装费用已报价，请答复", MatterState.OPEN),
        "urge_answered": ("您的催办已答复", MatterState.OPEN),
        "question_answered": ("您的咨询已答复", MatterState.OPEN),
        "meter_live": ("已通水、通气或通热，请确认", MatterState.OPEN),
        "case_closed": ("报装已办结，请评价", MatterState.DONE),
        "case_withdrawn": ("报装申请已撤回", MatterState.WITHDRAWN),
        "case_refused": ("报装申请不予办理", MatterState.REFUSED),
    }
)


def subscription(rulebook: RuleBook) -> Subscription:
    """Return what follows hookup's cases: matters, messages and the accounts of live meters."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        await rulebook.refresh()
        read = list(contents_of(SERVICE, events))
        happened = [_happened(name, content) for name, content in read]
        await take_in(uow, happened)
        meters = [_meter(content) for name, content in read if name == "meter_live"]
        await open_for_meters(uow, rulebook, [meter for meter in meters if meter is not None])

    return Subscription(SERVICE, (topic_of(SERVICE),), handle, read=reader(SERVICE, TOLD, HookupEvent))


def _happened(name: str, content: HookupEvent) -> Happened:
    return Happened(
        service=SERVICE,
        thing=content.case_id,
        event=name,
        at=content.occurred_at,
        state=TOLD[name][1],
        number=content.case_number,
        kind=content.supply,
        utility=content.utility,
        district=content.district,
        customer_id=content.customer_id,
    )


def _meter(content: HookupEvent) -> LiveMeter | None:
    """Return the live meter of an event; of what a ledger was read from the utility imports the accounts itself."""
    if content.customer_id is None or content.entry == _LEDGER:
        return None
    return LiveMeter(
        content.case_number,
        content.utility,
        content.customer_id,
        content.customer_category,
        content.site_division,
    )
