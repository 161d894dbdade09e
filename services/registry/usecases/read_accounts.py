"""Accounts to look at: narrowed by scope and filters, with what is known of them and of their customers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, ScopeKind, narrow
from libs.common.clock import midnight
from libs.common.http.cursors import Keyset
from services.registry.domain.accounts import Account
from services.registry.domain.customers import Customer
from services.registry.domain.masking import MaskKind, mask, masked_address
from services.registry.domain.particulars import OF_ACCOUNT, OF_CUSTOMER, Particular, mask_kind
from services.registry.storage.accounts import ACCOUNTS, NEWEST, NEWEST_FIRST, OF_ONE_UTILITY, ORDERS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import Texts, accounts_texts, customers_texts
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account, customer

FILTER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer_id": "用户",
        "utility": "专营单位",
        "district": "县（市、区）",
        "supply": "业务",
        "state": "状态",
        "category": "类别",
        "price_class": "价格类别",
        "street": "街道",
        "complete": "信息完整",
        "small_or_micro": "个体工商户和小微企业",
        "opened_from": "立户日期（起）",
        "opened_to": "立户日期（止）",
        "closed_from": "销户日期（起）",
        "closed_to": "销户日期（止）",
    }
)


@dataclass(frozen=True, slots=True)
class AccountFilters:
    """What a list of accounts is narrowed to, in codes; days are those of Shanghai in ISO 8601, both included."""

    customer_id: str | None = None
    utility: str | None = None
    district: str | None = None
    supply: str | None = None
    state: str | None = None
    category: str | None = None
    price_class: str | None = None
    street: str | None = None
    complete: bool | None = None
    small_or_micro: bool | None = None
    opened_from: str | None = None
    opened_to: str | None = None
    closed_from: str | None = None
    closed_to: str | None = None

    @property
    def given(self) -> Mapping[str, Any]:
        """Those that are given, by their names."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def statement(self, only: Collection[str] | None = None, keyset: Keyset = NEWEST) -> Select[Any]:
        """Return the statement that reads these accounts, only those that an authorisation names if it names some."""
        statement = ACCOUNTS.select(*(column for column, _ in keyset.columns))
        if only is not None:
            statement = statement.where(account.c.id.in_(only))
        return statement.where(*(_condition(name, value) for name, value in self.given.items()))


def _condition(name: str, value: Any) -> ColumnElement[bool]:
    """Return the condition of a filter that is given."""
    match name.rpartition("_"):
        case (("opened" | "closed") as event, _, "from"):
            return account.c[f"{event}_at"] >= midnight(date.fromisoformat(value))
        case (("opened" | "closed") as event, _, "to"):
            return account.c[f"{event}_at"] < midnight(date.fromisoformat(value) + timedelta(days=1))
        case _:
            is_so: ColumnElement[bool] = account.c["is_complete" if name == "complete" else name] == value
            return is_so


@dataclass(frozen=True, slots=True)
class ReadAccount:
    """An account with its customer, and the particulars of both as they are on record."""

    item: Account
    owner: Customer
    texts: Texts
    owner_texts: Texts


async def read_page(
    connection: AsyncConnection,
    rulebook: RuleBook,
    filters: AccountFilters,
    scope: Scope,
    *,
    limit: int,
    cursor: str | None,
    only: Collection[str] | None = None,
    order: str = NEWEST_FIRST,
) -> tuple[list[ReadAccount], str | None]:
    """Return a page of the accounts that a scope may see, in an order of `ORDERS`, and the next page's cursor.

    The connection is one that reads for the scope. Accounts without the time that a list is sorted by come last.
    Raises `cursor-invalid`.
    """
    is_of_one = scope.kind is ScopeKind.UTILITY or filters.utility is not None
    keyset = ORDERS[OF_ONE_UTILITY.get(order, order) if is_of_one else order]
    statement = narrow(filters.statement(only, keyset), scope, ACCOUNTS.scopes)
    rows, following = await keyset.read(
        connection, statement, limit=limit, cursor=cursor, filters={"order": order, **filters.given}
    )
    return await read_of(connection, rulebook, [ACCOUNTS.read(row._mapping) for row in rows]), following


async def count_accounts(
    connection: AsyncConnection, filters: AccountFilters, scope: Scope, *, most: int
) -> int:
    """Count the accounts that `read_page` returns, up to one more than `most`."""
    statement = narrow(filters.statement(), scope, ACCOUNTS.scopes)
    ones = statement.with_only_columns(literal(1), maintain_column_froms=True).limit(most + 1).subquery()
    return await connection.scalar(select(func.count()).select_from(ones)) or 0


async def read_of(
    connection: AsyncConnection, rulebook: RuleBook, items: Sequence[Account]
) -> list[ReadAccount]:
    """Return accounts with their customers: who sees an account sees its customer."""
    ids = sorted({item.customer_id for item in items})
    statement = CUSTOMERS.select().where(customer.c.id.in_(ids))
    owners = [CUSTOMERS.read(row) for row in (await connection.execute(statement)).mappings()]
    by_id = {owner.id: owner for owner in owners}
    texts = await accounts_texts(connection, rulebook.sealer, [item.id for item in items])
    names = await customers_texts(connection, rulebook.sealer, ids)
    return [
        ReadAccount(item, by_id[item.customer_id], texts.get(item.id, {}), names.get(item.customer_id, {}))
        for item in items
    ]


def masked_customer(item: Customer, texts: Texts, rulebook: RuleBook) -> dict[str, str | None]:
    """Return the particulars of a customer by their names, each masked unless it is public."""
    shown, masks = dict[str, str | None](), rulebook.rules.masks
    for name in OF_CUSTOMER:
        text = texts.get(name)
        kind = mask_kind(name, item.kind, item.paper, item.subject)
        shown[name] = text if text is None or kind is None else mask(kind, text, masks)
    return shown


def masked_account(texts: Texts, rulebook: RuleBook) -> dict[str, str | None]:
    """Return the particulars of an account by their names, masked; an address behind its street."""
    shown, masks = dict[str, str | None](), rulebook.rules.masks
    for name in OF_ACCOUNT:
        text = texts.get(name)
        if text is None:
            shown[name] = None
        elif name is Particular.ADDRESS:
            place = rulebook.resolver.resolve(text, rulebook.today)
            shown[name] = masked_address(rulebook.resolver.public_part(place), masks)
        else:
            shown[name] = mask(MaskKind.ACCOUNT_NUMBER, text, masks)
    return shown
