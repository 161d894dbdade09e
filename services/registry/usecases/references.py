"""References that other services named customers by before there were ids: each becomes the alias of a customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import uuid_utils
from sqlalchemy import func, insert, select

from libs.common.aggregate import Actor
from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from services.registry.domain.categories import SubjectKind
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import Customer
from services.registry.domain.particulars import CustomerKind, Identified, Particulars
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import customer, customer_alias


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference in its one form, and whether a person is meant, as far as who uses it says."""

    text: str
    is_person: bool


async def adopt(
    uow: UnitOfWork, rulebook: RuleBook, references: Sequence[Reference], actor: Actor
) -> Mapping[str, str]:
    """Return the customer's id for each reference: of its alias, or of a customer opened for it now.

    Of such a customer nothing is known but the reference; who keeps its account completes it.
    """
    wanted = {reference.text: reference for reference in references}
    # Of one who was merged it is who stays.
    stands = func.coalesce(customer.c.survivor, customer.c.id).label("customer_id")
    aliases = (
        select(customer_alias.c.reference, stands)
        .join(customer, customer.c.id == customer_alias.c.customer_id)
        .where(customer_alias.c.reference.in_(wanted))
    )
    found = {row.reference: row.customer_id for row in await uow.connection.execute(aliases)}
    opened = {}
    for text, reference in wanted.items():
        if text in found:
            continue
        kind = CustomerKind.PERSON if reference.is_person else CustomerKind.ORGANISATION
        subject = SubjectKind.PERSON if reference.is_person else SubjectKind.UNREGISTERED
        item = Customer(str(uuid_utils.uuid7()), kind, uow.now)
        item.actor = actor
        item.open(Particulars({}, Identified(subject)), ChangeReason.HOOKUP)
        opened[text] = item
    if opened:
        await CUSTOMERS.add(uow, [Addition(item, rulebook.rules) for item in opened.values()])
        await rulebook.sealer.new_keys(uow, [item.id for item in opened.values()])
        rows = [{"reference": text, "customer_id": item.id} for text, item in opened.items()]
        await uow.connection.execute(insert(customer_alias), rows)
    return found | {text: item.id for text, item in opened.items()}
