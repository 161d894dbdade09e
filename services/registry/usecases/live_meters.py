"""An account opens by itself when a hookup is turned on: what the case says is known, number and address follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import uuid_utils
from sqlalchemy import select

from libs.common.aggregate import Actor
from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import load_places
from services.registry.domain.accounts import Account, Origin, Site
from services.registry.domain.categories import PriceClass, UseType
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account
from services.registry.usecases.customers import standing_customer

# What a case's category says of the use; the clerk who completes the account corrects it.
_USES: Final[Mapping[str, tuple[UseType, PriceClass]]] = MappingProxyType(
    {
        "RES": (UseType.RESIDENTIAL, PriceClass.RESIDENT),
        "ENT": (UseType.COMMERCIAL, PriceClass.NON_RESIDENT),
        "IND": (UseType.COMMERCIAL, PriceClass.NON_RESIDENT),
        "PUB": (UseType.OFFICE, PriceClass.NON_RESIDENT),
    }
)


@dataclass(frozen=True, slots=True)
class LiveMeter:
    """A hookup case whose meter is live; `site` is a code of twelve digits."""

    number: str
    utility: str
    customer_id: str
    category: str
    site: str | None


async def open_for_meters(uow: UnitOfWork, rulebook: RuleBook, meters: Sequence[LiveMeter]) -> None:
    """Open an account for each case that has none yet: a meter may be reported live more than once.

    Raises `not-found` for a customer whom the registry does not have.
    """
    if not meters:
        return
    numbers = select(account.c.hookup_number).where(
        account.c.hookup_number.in_([meter.number for meter in meters])
    )
    there = set((await uow.connection.execute(numbers)).scalars())
    new = {meter.number: meter for meter in meters if meter.number not in there}
    for meter in new.values():
        customer = await standing_customer(uow, meter.customer_id)
        utility = load_places().utility(meter.utility)
        use, price = _USES.get(meter.category, (UseType.OTHER, PriceClass.NON_RESIDENT))
        item = Account(
            str(uuid_utils.uuid7()),
            customer.id,
            utility.code,
            utility.service,
            _site(meter.site, utility.district),
            use,
            customer.subject,
            price,
            uow.now,
            Origin.HOOKUP,
            meter.number,
        )
        item.actor = Actor(uow.now)
        listed = customer.basis.listed if customer.basis else None
        item.open([], listed, customer.size, rulebook.rules)
        await ACCOUNTS.add(uow, [Addition(item, rulebook.rules)])


def _site(code: str | None, unit: str) -> Site:
    """Return the site of a code of twelve digits: a street or village, or a division padded with zeros."""
    if code is None:
        return Site(unit)
    street = load_places().street(f"{code[:9]}000")
    return Site(unit, code[:6], None if street is None else code[:9])
