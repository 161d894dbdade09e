"""Customers and accounts as callers may see them: particulars masked, a citizen's own whole."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.places import load_places
from services.registry.domain.accounts import ACCOUNT_STATE_NAMES, ORIGIN_NAMES, Account
from services.registry.domain.categories import CATEGORY_NAMES, PRICE_NAMES, SUBJECT_NAMES, USE_NAMES
from services.registry.domain.customers import CUSTOMER_STATE_NAMES, Customer, CustomerState
from services.registry.domain.identifiers import WARNING_NAMES
from services.registry.domain.particulars import CUSTOMER_KIND_NAMES, OF_ACCOUNT, OF_CUSTOMER, Particular
from services.registry.domain.rules import Rules
from services.registry.domain.sizes import SIZE_NAMES
from services.registry.http.models import AccountDetail, AccountView, CustomerDetail, CustomerView
from services.registry.identity.assurance import Purpose, is_assured
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.particulars import Texts, customers_texts
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.read_accounts import ReadAccount, masked_account, masked_customer

WITHHELD: Final = "已限制处理"
"""What stands in the place of each particular of a restricted customer."""


def is_withheld(owner: Customer, caller: Caller) -> bool:
    """Tell whether a caller sees no particular of a customer: restricted, it is only stored (PIPL §47).

    The customer sees it still, and the counter that handles rights sees it as others are seen: so it can be lifted.
    """
    handles = Role.WINDOW in caller.roles or _is_own(owner, caller)
    return owner.state is CustomerState.RESTRICTED and not handles


def customer_view(item: Customer, rules: Rules, _now: object = None, _caller: object = None) -> CustomerView:
    """Return a customer without its particulars."""
    return CustomerView(**_customer(item, rules))


def account_view(item: Account, _rules: Rules, _now: object = None, _caller: object = None) -> AccountView:
    """Return an account without its particulars."""
    return AccountView(**_account(item))


async def customer_details(
    connection: AsyncConnection, items: Sequence[Customer], caller: Caller, rulebook: RuleBook
) -> list[CustomerDetail]:
    """Return customers with their particulars as a caller may see them."""
    texts = await customers_texts(connection, rulebook.sealer, [item.id for item in items])
    details = []
    for item in items:
        known = _customer(item, rulebook.rules)
        if is_withheld(item, caller):
            known |= {"paper": None, "warnings": [], "size": None, "size_name": None, "size_as_of": None}
        shown = shown_of_customer(item, texts.get(item.id, {}), caller, rulebook)
        details.append(CustomerDetail(**known, **shown))
    return details


def account_details(rows: Sequence[ReadAccount], caller: Caller, rulebook: RuleBook) -> list[AccountDetail]:
    """Return accounts with their particulars and their customers' names as a caller may see them."""
    details = []
    for row in rows:
        shown = shown_of_account(row.owner, row.texts, caller, rulebook)
        named = shown_of_customer(row.owner, row.owner_texts, caller, rulebook)
        details.append(AccountDetail(**_account(row.item), **shown, customer_name=named[Particular.NAME]))
    return details


def shown_of_customer(
    item: Customer, texts: Texts, caller: Caller, rulebook: RuleBook
) -> dict[str, str | None]:
    """Return the particulars of a customer by their names, each masked unless it is public or the citizen's own."""
    if is_withheld(item, caller):
        return _withheld(OF_CUSTOMER, texts)
    if _sees_whole(caller, rulebook):
        return {name: texts.get(name) for name in OF_CUSTOMER}
    return masked_customer(item, texts, rulebook)


def shown_of_account(
    owner: Customer, texts: Texts, caller: Caller, rulebook: RuleBook
) -> dict[str, str | None]:
    """Return the particulars of a customer's account by their names; an address is masked behind its street."""
    if is_withheld(owner, caller):
        return _withheld(OF_ACCOUNT, texts)
    if _sees_whole(caller, rulebook):
        return {name: texts.get(name) for name in OF_ACCOUNT}
    return masked_account(texts, rulebook)


def _is_own(owner: Customer, caller: Caller) -> bool:
    # Whoever acts for a customer has the customer's scope.
    is_citizen = caller.scope.kind is ScopeKind.CITIZEN and caller.representing is None
    return is_citizen and caller.scope.code == owner.id.upper()


def _withheld(names: Iterable[str], texts: Texts) -> dict[str, str | None]:
    return {name: WITHHELD if name in texts else None for name in names}


def _sees_whole(caller: Caller, rulebook: RuleBook) -> bool:
    # A citizen's scope sees nothing but its own rows; who they are must have been proved well enough.
    levels = rulebook.policy(IDENTITY_POLICY).levels
    is_own = caller.scope.kind is ScopeKind.CITIZEN and caller.representing is None
    return is_own and is_assured(caller, Purpose.VIEW_FULL, levels)


def _customer(item: Customer, rules: Rules) -> dict[str, object]:
    subjects = {**rules.categories.classes, **{str(code): name for code, name in SUBJECT_NAMES.items()}}
    return {
        "id": item.id,
        "version": item.version,
        "state": item.state,
        "state_name": CUSTOMER_STATE_NAMES[item.state],
        "kind": item.kind,
        "kind_name": CUSTOMER_KIND_NAMES[item.kind],
        "subject": item.subject,
        "subject_name": subjects.get(item.subject, item.subject),
        "paper": item.paper,
        "warnings": [WARNING_NAMES[warning] for warning in item.warnings],
        "known": list(item.known),
        "size": None if item.size is None else item.size.name,
        "size_name": None if item.size is None else SIZE_NAMES[item.size],
        "size_as_of": item.basis and item.basis.as_of,
        "merged_into": item.merged_into,
        "opened_at": item.opened_at,
    }


def _account(item: Account) -> dict[str, object]:
    places = load_places()
    street = places.street(f"{item.site.street}000") if item.site.street else None
    return {
        "id": item.id,
        "version": item.version,
        "state": item.state,
        "state_name": ACCOUNT_STATE_NAMES[item.state],
        "state_since": item.state_since,
        "customer_id": item.customer_id,
        "utility": item.utility,
        "utility_name": places.utility(item.utility).name,
        "district": item.district,
        "supply": item.supply,
        "supply_name": places.service_name(item.supply),
        "street": item.site.street,
        "street_name": street and street.name,
        "zone": item.site.zone,
        "use": item.use,
        "use_name": USE_NAMES[item.use],
        "category": item.category,
        "category_name": CATEGORY_NAMES[item.category],
        "category_source": item.category_source,
        "category_version": item.category_version,
        "market_subject": item.category.is_market_subject,
        "small_or_micro": item.small_or_micro,
        "price_class": item.price_class,
        "price_class_name": PRICE_NAMES[item.price_class],
        "origin": item.origin,
        "origin_name": ORIGIN_NAMES[item.origin],
        "hookup_number": item.hookup_number,
        "complete": item.is_complete,
        "opened_at": item.opened_at,
        "closed_at": item.closed_at,
    }
