"""Customers: found by an identifier, opened, corrected, classified."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import uuid_utils
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller, Scope
from libs.common.changes import Addition, Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from libs.common.problems import NOT_FOUND
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import Customer, CustomerState, SizeBasis
from services.registry.domain.identifiers import PaperKind
from services.registry.domain.particulars import (
    CustomerKind,
    Particular,
    Particulars,
    changed,
    read_particulars,
)
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS, actor_for
from services.registry.storage.matching import merged_into
from services.registry.storage.particulars import (
    customers_texts,
    data_key,
    holding,
    keep_former,
    store_customer,
)
from services.registry.storage.policies import CATEGORY_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import CUSTOMER_COLUMNS, account, customer, customer_particulars
from services.registry.usecases.faults import checked
from services.registry.usecases.matching import keep_keys

_COLUMNS = {column.name: column for column in CUSTOMER_COLUMNS}


@dataclass(frozen=True, slots=True)
class Described:
    """A customer as somebody describes it, its texts as they were written."""

    kind: CustomerKind
    paper: PaperKind | None
    texts: Mapping[str, str | None]

    def read(self, rulebook: RuleBook, prefix: str = "") -> Particulars:
        """Return the particulars in their normal form. Raises `invalid` and `masked-value`."""
        classes = rulebook.policy(CATEGORY_POLICY).classes
        return checked(
            lambda: read_particulars(self.kind, self.paper, self.texts, classes, rulebook.today), prefix
        )


async def holders(
    uow: UnitOfWork, sealer: Sealer, particular: Particular, text: str, *, limit: int = 2
) -> list[str]:
    """Return the ids of active customers with a particular in its normal form, at most `limit`.

    For one who was merged it is the customer who stays.
    """
    record = customer.alias()
    statement = (
        select(customer.c.id)
        .join(record, func.coalesce(record.c.survivor, record.c.id) == customer.c.id)
        .join(customer_particulars, customer_particulars.c.id == record.c.id)
        .where(holding(sealer, _COLUMNS[particular], text), customer.c.state == CustomerState.ACTIVE)
        .group_by(customer.c.id, customer.c.opened_at)
        .order_by(customer.c.opened_at, customer.c.id)
        .limit(limit)
    )
    return [str(found) for found in (await uow.connection.execute(statement)).scalars()]


async def names_of(uow: UnitOfWork, sealer: Sealer, customer_id: str) -> set[str]:
    """Return the names of a customer: its own, and of those who were merged into it."""
    merged = (await uow.connection.execute(merged_into(customer_id))).scalars()
    texts = await customers_texts(uow.connection, sealer, [customer_id, *merged])
    return {each.get(Particular.NAME, "") for each in texts.values()}


async def standing_customer(uow: UnitOfWork, customer_id: str, *, scope: Scope | None = None) -> Customer:
    """Load a customer, or who stands for it since it was merged. Raises `not-found`."""
    item = await CUSTOMERS.load(uow, customer_id, scope=scope)
    while item.merged_into is not None:
        item = await CUSTOMERS.load(uow, item.merged_into)
    return item


async def customer_of(connection: AsyncConnection, caller: Caller) -> str:
    """Return the id of the customer that a citizen is. Raises `not-found`."""
    statement = select(customer.c.id).where(customer.c.owner == caller.scope.code)
    found: str | None = await connection.scalar(statement)
    if found is None:
        raise NOT_FOUND(CUSTOMERS.missing)
    return found


async def open_customer(
    uow: UnitOfWork,
    rulebook: RuleBook,
    kind: CustomerKind,
    particulars: Particulars,
    actor: Actor,
    reason: ChangeReason,
    *,
    customer_id: str | None = None,
) -> Customer:
    """Open a customer and seal its particulars; an example's `customer_id` is known beforehand."""
    item = Customer(customer_id or str(uuid_utils.uuid7()), kind, uow.now)
    item.actor = actor
    item.open(particulars, reason)
    await CUSTOMERS.add(uow, [Addition(item, rulebook.rules)])
    keys = await rulebook.sealer.new_keys(uow, [item.id])
    await store_customer(uow, rulebook.sealer, keys[item.id], item.id, particulars.texts)
    await keep_keys(uow, rulebook, [item.id])
    return item


async def correct_customer(
    target: Target,
    uow: UnitOfWork,
    rulebook: RuleBook,
    *,
    paper: PaperKind | None,
    texts: Mapping[str, str | None],
    reason: ChangeReason,
) -> Changed[Customer]:
    """Replace the particulars of a customer; what stood there is kept sealed. Raises RuleError and problems."""
    kind = await uow.connection.scalar(select(customer.c.kind).where(customer.c.id == target.aggregate_id))
    if kind is None:
        raise NOT_FOUND(CUSTOMERS.missing)
    particulars = Described(CustomerKind(kind), paper, texts).read(rulebook)
    sealer = rulebook.sealer
    before = (await customers_texts(uow.connection, sealer, [target.aggregate_id])).get(
        target.aggregate_id, {}
    )
    names = list(changed(before, particulars.texts))
    result = await CUSTOMERS.change(
        uow, target, rulebook, lambda item, _rules: item.correct(particulars, names, reason, uow.now)
    )
    key = await data_key(uow, sealer, target.aggregate_id)
    await keep_former(
        uow,
        sealer,
        key,
        thing=target.aggregate_id,
        customer_id=target.aggregate_id,
        texts=before,
        by=target.caller.subject,
    )
    await store_customer(uow, sealer, key, target.aggregate_id, particulars.texts)
    await keep_keys(uow, rulebook, [target.aggregate_id])
    await reclassify_accounts(uow, rulebook, result.aggregate, actor_for(result.aggregate, target, uow.now))
    return result


async def classify_customer(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, basis: SizeBasis
) -> Changed[Customer]:
    """Set an enterprise's size by its declared figures; its accounts follow. Raises RuleError."""
    result = await CUSTOMERS.change(
        uow, target, rulebook, lambda item, rules: item.classify(basis, uow.now, rules)
    )
    await reclassify_accounts(uow, rulebook, result.aggregate, actor_for(result.aggregate, target, uow.now))
    return result


async def reclassify_accounts(uow: UnitOfWork, rulebook: RuleBook, item: Customer, actor: Actor) -> None:
    """Let the accounts of a customer follow its class and size; `actor` is who changed the customer.

    It conflicts with nobody's form: only what follows from the customer changes.
    """
    listed = item.basis.listed if item.basis else None
    own = ACCOUNTS.select().where(account.c.customer_id == item.id)
    for row in (await uow.connection.execute(own)).mappings().all():
        followed = ACCOUNTS.read(row)
        followed.actor = replace(actor, conflicts=False)
        followed.reclassify(item.subject, listed, item.size, uow.now, rulebook.rules)
        if followed.pending_events:
            ACCOUNTS.save(uow, followed, {}, rulebook.rules)
