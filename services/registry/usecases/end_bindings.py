"""End the bindings that no longer hold, with the account or the customer they are of."""

from libs.common.aggregate import Actor
from libs.common.database.unit_of_work import UnitOfWork
from services.registry.domain.bindings import BindingEnd
from services.registry.storage.bindings import BINDINGS, open_bindings
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import STANDING

_b = STANDING.binding.c


async def end_bindings(
    uow: UnitOfWork,
    rulebook: RuleBook,
    reason: BindingEnd,
    actor: Actor,
    *,
    account_id: str | None = None,
    customer_id: str | None = None,
) -> None:
    """End the bindings of an account, or by a customer, or both, in the transaction that ends their reason."""
    conditions = []
    if account_id is not None:
        conditions.append(_b.account_id == account_id)
    if customer_id is not None:
        conditions.append(_b.owner == customer_id.upper())
    for each in await open_bindings(uow, *conditions):
        item = await BINDINGS.load(uow, each.id)
        # It may have been ended while this transaction waited for it.
        if item.end_reason is None:
            item.actor = actor
            item.end(reason, uow.now)
            BINDINGS.save(uow, item, {}, rulebook.rules)
