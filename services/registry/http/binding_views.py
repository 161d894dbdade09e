"""Bindings as citizens may see them: the account masked while the binding stands, of its holder nothing."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Caller
from libs.common.places import load_places
from services.registry.domain.accounts import ACCOUNT_STATE_NAMES, Account
from services.registry.domain.bindings import (
    BINDING_END_NAMES,
    BINDING_STATE_NAMES,
    PROOF_NAMES,
    Binding,
    BindingState,
)
from services.registry.domain.masking import MaskKind, mask, masked_address
from services.registry.domain.particulars import Particular
from services.registry.domain.requests.values import CHANNEL_NAMES
from services.registry.domain.rules import Rules
from services.registry.http.binding_models import BindingDetail, BindingView, BoundAccount
from services.registry.http.views import WITHHELD, is_withheld
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import Texts, accounts_texts, customers_texts
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account, customer


def binding_view(item: Binding, _rules: Rules, _now: object, caller: Caller) -> BindingView:
    """Return a binding without what it shows."""
    return BindingView(**_binding(item, caller))


async def binding_details(
    connection: AsyncConnection, items: Sequence[Binding], caller: Caller, rulebook: RuleBook
) -> list[BindingDetail]:
    """Return bindings with their accounts masked, and to a holder the masked name of who bound the account."""
    standing = sorted({item.account_id for item in items if item.state is BindingState.BOUND})
    rows = (await connection.execute(ACCOUNTS.select().where(account.c.id.in_(standing)))).mappings()
    accounts = {each.id: each for each in map(ACCOUNTS.read, rows)}
    texts = await accounts_texts(connection, rulebook.sealer, standing)
    others = sorted({item.customer_id for item in items if not _is_own(item, caller)})
    names = await customers_texts(connection, rulebook.sealer, others)
    concerned = sorted({*others, *(each.customer_id for each in accounts.values())})
    rows = (await connection.execute(CUSTOMERS.select().where(customer.c.id.in_(concerned)))).mappings()
    withheld = {each.id for each in map(CUSTOMERS.read, rows) if is_withheld(each, caller)}

    def bound_by(item: Binding) -> str | None:
        name = names.get(item.customer_id, {}).get(Particular.NAME)
        if name is not None and item.customer_id in withheld:
            return WITHHELD
        return None if name is None else mask(MaskKind.NAME, name, rulebook.rules.masks)

    return [
        BindingDetail(
            **_binding(item, caller),
            account=_account(accounts[item.account_id], texts.get(item.account_id, {}), rulebook, withheld)
            if item.state is BindingState.BOUND
            else None,
            bound_by=bound_by(item),
        )
        for item in items
    ]


def _account(item: Account, texts: Texts, rulebook: RuleBook, withheld: Collection[str]) -> BoundAccount:
    masks, address = rulebook.rules.masks, texts.get(Particular.ADDRESS)
    number, resolver = texts.get(Particular.NUMBER), rulebook.resolver
    place = None if address is None else resolver.public_part(resolver.resolve(address, rulebook.today))
    is_shown = item.customer_id not in withheld
    return BoundAccount(
        number=number and (mask(MaskKind.ACCOUNT_NUMBER, number, masks) if is_shown else WITHHELD),
        address=None if place is None else masked_address(place, masks) if is_shown else WITHHELD,
        state=item.state,
        state_name=ACCOUNT_STATE_NAMES[item.state],
        state_since=item.state_since,
    )


def _is_own(item: Binding, caller: Caller) -> bool:
    return caller.scope.code == item.customer_id.upper()


def _binding(item: Binding, caller: Caller) -> dict[str, Any]:
    places = load_places()
    return {
        "id": item.id,
        "version": item.version,
        "state": item.state,
        "state_name": BINDING_STATE_NAMES[item.state],
        "account_id": item.account_id,
        "utility": item.utility,
        "utility_name": places.utility(item.utility).name,
        "district": item.district,
        "supply": item.supply,
        "supply_name": places.service_name(item.supply),
        "own": _is_own(item, caller),
        "proof": item.proof,
        "proof_name": PROOF_NAMES[item.proof],
        "channel": item.channel,
        "channel_name": CHANNEL_NAMES[item.channel],
        "bound_at": item.bound_at,
        "ended_at": item.ended_at,
        "end_reason": item.end_reason,
        "end_reason_name": item.end_reason and BINDING_END_NAMES[item.end_reason],
    }
