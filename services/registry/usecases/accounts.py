"""Accounts: opened for a customer who is found or opened with them, and described anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import uuid_utils
from sqlalchemy import select

from libs.common.aggregate import Actor
from libs.common.changes import Addition, Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import Utility, load_places
from libs.common.rules import RuleError
from services.registry.domain.accounts import Account, Origin, Site
from services.registry.domain.addresses import AddressResolver
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import Customer, CustomerState
from services.registry.domain.particulars import Particular, account_number, address_of, changed
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import (
    accounts_texts,
    data_key,
    holding,
    keep_former,
    store_account,
)
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import ACCOUNT_COLUMNS, account, account_particulars, customer
from services.registry.usecases.customers import Described, holders, names_of, open_customer
from services.registry.usecases.faults import checked_field
from services.registry.usecases.matching import keep_keys

_NUMBER = next(column for column in ACCOUNT_COLUMNS if column.name == Particular.NUMBER)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to open, its texts as they were written."""

    utility: Utility
    use: UseType
    price_class: PriceClass
    number: str | None
    address: str | None
    origin: Origin = Origin.CLERK
    hookup_number: str | None = None


async def customer_for(
    uow: UnitOfWork,
    rulebook: RuleBook,
    described: Described,
    actor: Actor,
    reason: ChangeReason,
    field: str = "customer",
) -> Customer:
    """Return the active customer with the identifier described, or open one. Raises `invalid` and RuleError.

    `field` is where the description stands. The same identifier under another name is refused: one of the two is
    wrong, and a person decides which.
    """
    particulars = described.read(rulebook, f"{field}.")
    identifier = particulars.texts.get(Particular.IDENTIFIER)
    if identifier is not None:
        known = await holders(uow, rulebook.sealer, Particular.IDENTIFIER, identifier)
        if known:
            names = await names_of(uow, rulebook.sealer, known[0])
            if particulars.texts[Particular.NAME] not in names:
                raise RuleError(
                    "name-differs",
                    "该证件号码已登记在另一名称下",
                    "请核对证件号码和名称；确已更名的，先变更原用户信息",
                    f"{field}.name",
                )
            return await CUSTOMERS.load(uow, known[0])
    return await open_customer(uow, rulebook, described.kind, particulars, actor, reason)


async def open_account(
    uow: UnitOfWork, rulebook: RuleBook, new: NewAccount, customer: Customer, actor: Actor
) -> Account:
    """Open an account. Raises `invalid`, and RuleError for a number that is taken and for a place elsewhere."""
    texts = _texts(new.number, new.address)
    if Particular.NUMBER in texts:
        await _check_number(uow, rulebook, new.utility.code, texts[Particular.NUMBER])
    item = Account(
        str(uuid_utils.uuid7()),
        customer.id,
        new.utility.code,
        new.utility.service,
        site_of(texts.get(Particular.ADDRESS), new.utility, rulebook),
        new.use,
        customer.subject,
        new.price_class,
        uow.now,
        new.origin,
        new.hookup_number,
    )
    item.actor = actor
    listed = customer.basis.listed if customer.basis else None
    item.open(list(texts), listed, customer.size, rulebook.rules)
    await ACCOUNTS.add(uow, [Addition(item, rulebook.rules)])
    key = await data_key(uow, rulebook.sealer, customer.id)
    await store_account(
        uow, rulebook.sealer, key, item.id, customer_id=customer.id, utility=item.utility, texts=texts
    )
    await keep_keys(uow, rulebook, [customer.id])
    return item


async def describe_account(
    target: Target,
    uow: UnitOfWork,
    rulebook: RuleBook,
    *,
    use: UseType,
    price_class: PriceClass,
    number: str | None,
    address: str | None,
    reason: ChangeReason,
) -> Changed[Account]:
    """Replace what is known of an account; what stood there is kept sealed. Raises RuleError and `invalid`."""
    sealer, account_id = rulebook.sealer, target.aggregate_id
    await _check_in_use(uow, account_id)
    texts = _texts(number, address)
    before = (await accounts_texts(uow.connection, sealer, [account_id])).get(account_id, {})
    names = list(changed(before, texts))

    def describe(item: Account, rules: object) -> None:
        del rules
        site = site_of(texts.get(Particular.ADDRESS), load_places().utility(item.utility), rulebook)
        item.describe(use, price_class, site, list(texts), names, reason, uow.now, rulebook.rules)

    result = await ACCOUNTS.change(uow, target, rulebook, describe)
    item = result.aggregate
    if Particular.NUMBER in names and Particular.NUMBER in texts:
        await _check_number(uow, rulebook, item.utility, texts[Particular.NUMBER])
    key = await data_key(uow, sealer, item.customer_id)
    await keep_former(
        uow,
        sealer,
        key,
        thing=item.id,
        customer_id=item.customer_id,
        texts=before,
        by=target.caller.subject,
    )
    await store_account(
        uow, sealer, key, item.id, customer_id=item.customer_id, utility=item.utility, texts=texts
    )
    await keep_keys(uow, rulebook, [item.customer_id])
    return result


def site_of(address: str | None, utility: Utility, rulebook: RuleBook) -> Site:
    """Return where an address is by the rules of today. Raises as `site_in`."""
    return site_in(address, utility, rulebook.resolver, rulebook.today)


def site_in(address: str | None, utility: Utility, resolver: AddressResolver, on: date) -> Site:
    """Return where an address is; what is not said of it stays unknown. Raises RuleError for one of another unit."""
    if address is None:
        return Site(utility.district)
    place = resolver.resolve(address, on)
    if place.unit not in (None, utility.district):
        raise RuleError(
            "address-elsewhere",
            f"地址在{load_places().division(place.unit).name}，不在该专营单位所属的"
            f"{load_places().division(utility.district).name}",
            "请核对地址或专营单位",
            "address",
        )
    return Site(utility.district, place.division, place.street, place.zone)


def _texts(number: str | None, address: str | None) -> Mapping[str, str]:
    texts = {}
    if number:
        texts[Particular.NUMBER] = checked_field("number", account_number, number)
    if address:
        texts[Particular.ADDRESS] = checked_field("address", address_of, address)
    return {str(name): text for name, text in texts.items()}


async def _check_in_use(uow: UnitOfWork, account_id: str) -> None:
    """Raise RuleError where the account's customer is only stored (PIPL §47)."""
    owner = select(customer.c.state).join(account, account.c.customer_id == customer.c.id)
    if await uow.connection.scalar(owner.where(account.c.id == account_id)) == CustomerState.RESTRICTED:
        raise RuleError("customer-restricted", "该户的用户限制处理，不能变更", "请在用户解除限制后变更")


async def _check_number(uow: UnitOfWork, rulebook: RuleBook, utility: str, number: str) -> None:
    statement = select(account_particulars.c.id).where(
        account_particulars.c.utility == utility, holding(rulebook.sealer, _NUMBER, number)
    )
    if (await uow.connection.execute(statement)).first() is not None:
        raise RuleError("account-number-taken", "该户号已登记", "请核对户号", "number")
