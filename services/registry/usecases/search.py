"""Customers looked for by what is known of them: exactly, by the blind index of a text's normal form."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, narrow
from libs.common.encryption.columns import SealedColumn
from libs.common.encryption.sealer import Sealer
from services.registry.domain.customers import Customer, CustomerState
from services.registry.domain.particulars import OF_CUSTOMER, Particular
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import holding
from services.registry.storage.tables import (
    ACCOUNT_COLUMNS,
    CUSTOMER_COLUMNS,
    account,
    account_particulars,
    customer,
    customer_particulars,
)

MOST_FOUND = 20
_COLUMNS: Mapping[str, SealedColumn] = {
    column.name: column for column in (*CUSTOMER_COLUMNS, *ACCOUNT_COLUMNS)
}
# Of a restricted customer everything but the storing stops (PIPL §47).
NOT_FOUND: Final = (CustomerState.ERASED, CustomerState.MERGED, CustomerState.RESTRICTED)


async def search(
    connection: AsyncConnection,
    sealer: Sealer,
    scope: Scope,
    particulars: Sequence[Particular],
    text: str,
) -> tuple[list[Customer], bool]:
    """Return the customers that a scope sees with a text as one of these particulars, and whether there are more.

    The text is in its normal form. Erased and restricted customers are not found; what was known of a merged one
    leads to who stays.
    """
    # Not by OR, for which PostgreSQL would look at every customer.
    holders = union(*(_holders(sealer, name, text) for name in particulars))
    statement = (
        CUSTOMERS.select()
        .where(customer.c.id.in_(holders), customer.c.state.not_in(NOT_FOUND))
        .order_by(customer.c.opened_at, customer.c.id)
        .limit(MOST_FOUND + 1)
    )
    rows = (await connection.execute(narrow(statement, scope, CUSTOMERS.scopes))).mappings().all()
    return [CUSTOMERS.read(row) for row in rows[:MOST_FOUND]], len(rows) > MOST_FOUND


async def customers_of(connection: AsyncConnection, ids: Sequence[str]) -> list[Customer]:
    """Return customers in the order of their ids, of a scope that is known to see them."""
    statement = CUSTOMERS.select().where(customer.c.id.in_(ids))
    read = [CUSTOMERS.read(row) for row in (await connection.execute(statement)).mappings()]
    return sorted(read, key=lambda item: ids.index(item.id))


def _holders(sealer: Sealer, name: Particular, text: str) -> Select[Any]:
    """Return the statement of the ids of those who have a text, or who stand for one who had it."""
    found = holding(sealer, _COLUMNS[name], text)
    if name in OF_CUSTOMER:
        stands = func.coalesce(customer.c.survivor, customer.c.id)
        return (
            select(stands).join(customer_particulars, customer_particulars.c.id == customer.c.id).where(found)
        )
    # By who has the account now: its texts are sealed under that customer's key.
    of_account = account_particulars.c.id == account.c.id
    return select(account.c.customer_id).join(account_particulars, of_account).where(found)
