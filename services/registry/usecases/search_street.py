"""Customers looked for within one street by parts of names and addresses: its accounts are opened and compared.

No index of parts is kept (ADR 14), so each search opens what it looks through, a bounded number at a time.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, narrow
from libs.common.database.bulk import is_among
from libs.common.encryption.columns import SealedColumn
from libs.common.encryption.sealer import Sealer
from libs.common.http.cursors import Keyset
from services.registry.domain.particulars import CustomerKind, Particular
from services.registry.domain.parts_of_texts import AddressPart, has_name
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.tables import ACCOUNT_COLUMNS, CUSTOMER_COLUMNS, account, customer
from services.registry.usecases.search import MOST_FOUND, NOT_FOUND

MOST_OPENED: Final = 5_000
"""So many accounts one search looks through; the next one goes on behind them."""
BATCH: Final = 1_000
# As the index `account_street` has them: of one utility or of all.
_ORDER: Final = Keyset(((account.c.utility, False), (account.c.id, False)))
_a: Final = account.c
_NAME: Final = next(column for column in CUSTOMER_COLUMNS if column.name == Particular.NAME)
_ADDRESS: Final = next(column for column in ACCOUNT_COLUMNS if column.name == Particular.ADDRESS)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in a street: a part of a name in its form for comparison, one of an address, or both."""

    street: str
    name: str | None = None
    address: AddressPart | None = None


@dataclass(slots=True)
class FoundInStreet:
    """Ids of the customers found, how many accounts were looked through, and where to go on, if not all were."""

    customer_ids: list[str]
    opened: int = 0
    following: str | None = None


async def search_street(
    connection: AsyncConnection, sealer: Sealer, scope: Scope, sought: Sought, cursor: str | None
) -> FoundInStreet:
    """Look through the accounts of a street that a scope sees, from a cursor on.

    Customers who are erased or restricted are not opened. It ends at `MOST_FOUND` customers, at `MOST_OPENED`
    accounts, or with the street. Raises `cursor-invalid`, also for a cursor of another street.
    """
    found = FoundInStreet([], following=cursor)
    statement: Select[Any] = select(_a.id, _a.utility, _a.customer_id).where(_a.street == sought.street)
    statement, filters = narrow(statement, scope, ACCOUNTS.scopes), {"street": sought.street}
    while True:
        limit = min(BATCH, MOST_OPENED - found.opened)
        rows, following = await _ORDER.read(
            connection, statement, limit=limit, cursor=found.following, filters=filters
        )
        found.following = following
        matched = await _matched(connection, sealer, sought, {row.id: row.customer_id for row in rows})
        for position, row in enumerate(rows):
            if row.id not in matched or row.customer_id in found.customer_ids:
                continue
            found.customer_ids.append(row.customer_id)
            if len(found.customer_ids) == MOST_FOUND and (position + 1 < len(rows) or found.following):
                found.opened += position + 1
                found.following = _ORDER.cursor(row, filters=filters)
                return found
        found.opened += len(rows)
        if found.following is None or found.opened >= MOST_OPENED:
            return found


async def _matched(
    connection: AsyncConnection, sealer: Sealer, sought: Sought, accounts: Mapping[str, str]
) -> set[str]:
    """Return which of some accounts, each with its customer, hold what is looked for."""
    part, ids = sought.address, list(accounts)
    if sought.name is not None:
        name = sought.name
        rows, names = await _opened(connection, sealer, _NAME, set(accounts.values()))
        holders = {
            row["id"]
            for row, text in zip(rows, names, strict=True)
            if has_name(text, CustomerKind(row["kind"]), name)
        }
        ids = [of for of, customer_id in accounts.items() if customer_id in holders]
    if part is None:
        return set(ids)
    rows, addresses = await _opened(connection, sealer, _ADDRESS, ids)

    # Comparing a thousand addresses takes as long as opening them.
    def matching() -> set[str]:
        return {row["id"] for row, text in zip(rows, addresses, strict=True) if part.is_in(text)}

    return await asyncio.to_thread(matching)


async def _opened(
    connection: AsyncConnection, sealer: Sealer, column: SealedColumn, ids: Collection[str]
) -> tuple[Sequence[RowMapping], list[str]]:
    """Return rows of these ids with their customers' kind, and their texts of a column, "" for none."""
    sealed = column.table.c
    # By ids, whatever the planner expects of a street: no more is joined than is opened.
    statement = (
        select(sealed.id, sealed.subject, sealed[column.name], customer.c.kind)
        .join(customer, customer.c.id == sealed.subject)
        .where(is_among(connection, sealed.id, ids), customer.c.state.not_in(NOT_FOUND))
    )
    rows = (await connection.execute(statement)).mappings().all()
    texts = await sealer.opened(connection, [column], rows)
    return rows, [opened[column.name] or "" for opened in texts]
