"""What grievances read of the registry's events: that a customer is erased, so that what they told is, too."""

from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import Meta, Struct

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import TYPE_PREFIX, IncomingEvent, read_content, topic_of
from libs.common.inbox import Subscription
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.erase import erase_customer

SERVICE: Final = "registry"
_ERASED: Final = f"{TYPE_PREFIX}.{SERVICE}.customer_erased.v1"


class CustomerErased(Struct, frozen=True, kw_only=True):
    """What is read of the event."""

    customer_id: Annotated[str, Meta(min_length=1, max_length=64)]


def read(event: IncomingEvent) -> CustomerErased | None:
    """Return whose erasure an event tells; None of any other event. Raises InvalidEventError."""
    return read_content(event, CustomerErased) if event.type == _ERASED else None


def subscription(rulebook: RuleBook) -> Subscription:
    """Return what follows the registry's erasures (PIPL §47): what the customer told is deleted, its files too."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        for event in events:
            if event.content is not None:
                await erase_customer(uow, rulebook.sealer, event.content.customer_id)

    return Subscription(SERVICE, (topic_of(SERVICE),), handle, read=read)
