"""What grievances read of the registry's events: the accounts of which samples are drawn, by codes alone."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta, Struct

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, event_name, read_content, topic_of
from libs.common.inbox import Subscription
from services.grievances.storage.population import AccountRow, keep_account, let_go, withhold

SERVICE: Final = "registry"
ACTIVE: Final = "ACTIVE"
_Id = Annotated[str, Meta(min_length=1, max_length=64)]
_ACCOUNT: Final = frozenset(
    {
        "account_opened",
        "account_changed",
        "account_suspended",
        "account_resumed",
        "account_transferred",
        "account_closed",
        "account_reassigned",
    }
)
# Whether a customer is asked after it.
_CUSTOMER: Final = MappingProxyType(
    {"customer_restricted": False, "customer_restriction_lifted": True, "customer_erased": False}
)


class AccountEvent(Struct, frozen=True, kw_only=True):
    """What is read of every event of an account."""

    account_id: _Id
    customer_id: _Id
    utility: Annotated[str, Meta(min_length=1, max_length=20)]
    district: Annotated[str, Meta(min_length=1, max_length=12)]
    supply: Annotated[str, Meta(min_length=1, max_length=20)]
    category: Annotated[str, Meta(min_length=1, max_length=10)]
    state: Annotated[str, Meta(min_length=1, max_length=20)]


class CustomerEvent(Struct, frozen=True, kw_only=True):
    """What is read of the events by which a customer is used no more, or again."""

    customer_id: _Id


def registry_accounts() -> Subscription:
    """Return what follows the registry's accounts."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        for event in events:
            match event.content:
                case AccountEvent() as account:
                    row = AccountRow(
                        account.account_id,
                        account.customer_id,
                        account.utility,
                        account.district,
                        account.supply,
                        account.category,
                        account.state == ACTIVE,
                    )
                    await keep_account(uow, row)
                case CustomerEvent(customer_id=customer_id):
                    await (let_go if _CUSTOMER[event_name(SERVICE, event)] else withhold)(uow, customer_id)

    return Subscription("registry_accounts", (topic_of(SERVICE),), handle, read=_read)


def _read(event: IncomingEvent) -> AccountEvent | CustomerEvent | None:
    name = event_name(SERVICE, event)
    if name in _ACCOUNT:
        return read_content(event, AccountEvent)
    return read_content(event, CustomerEvent) if name in _CUSTOMER else None
