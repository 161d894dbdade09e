"""What the list of accounts and exports of it may be narrowed to."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator

from libs.common.database.engine import Database
from libs.common.http.dates import CalendarDate, reversed_ranges
from libs.common.http.fields import Code, QueryFlag
from libs.common.places import Supply
from libs.common.problems import INVALID
from services.registry.domain.accounts import AccountState
from services.registry.domain.categories import Category, PriceClass
from services.registry.storage.accounts import ORDERS
from services.registry.storage.matching import survivor_of
from services.registry.usecases.read_accounts import AccountFilters


async def filters(
    customer_id: UUID | None = None,
    utility: Code | None = None,
    district: Code | None = None,
    supply: Supply | None = None,
    state: AccountState | None = None,
    category: Category | None = None,
    price_class: PriceClass | None = None,
    street: Code | None = None,
    complete: Annotated[QueryFlag | None, Query(description="Whether number and address are known")] = None,
    small_or_micro: QueryFlag | None = None,
    opened_from: CalendarDate | None = None,
    opened_to: CalendarDate | None = None,
    closed_from: CalendarDate | None = None,
    closed_to: CalendarDate | None = None,
) -> AccountFilters:
    """Return what is asked for; days are those of Shanghai, both ends included. Raises `invalid`."""
    days = {"opened": (opened_from, opened_to), "closed": (closed_from, closed_to)}
    if errors := list(reversed_ranges(days)):
        raise INVALID("请按各项提示修改后重新提交", errors=errors)
    return AccountFilters(
        None if customer_id is None else str(customer_id),
        utility,
        district,
        supply,
        state,
        category,
        price_class,
        street,
        complete,
        small_or_micro,
        *(day.isoformat() if day else None for both in days.values() for day in both),
    )


async def of_survivor(database: Database, asked: AccountFilters) -> AccountFilters:
    """Return the filters with the customer who stays in place of one that was merged."""
    if asked.customer_id is None:
        return asked
    async with database.reading() as connection:
        return replace(asked, customer_id=await survivor_of(connection, asked.customer_id))


def _is_order(order: str) -> str:
    """Check an order with an error in words; the schema names the orders in its description."""
    if order not in ORDERS:
        raise ValueError(f"只能取规定的值：{'、'.join(ORDERS)}", "请从规定的值中选择")
    return order


ListFilters = Annotated[AccountFilters, Depends(filters)]
ListOrder = Annotated[
    str,
    AfterValidator(_is_order),
    Query(
        examples=["-closed_at"],
        description=f"One of {', '.join(ORDERS)}. A column's name sorts by it, with `-` descending; `newest` is"
        " `-opened_at`",
    ),
]
