"""Which of many accounts and customers are on record, by their blind indexes alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.bulk import is_among
from libs.common.encryption.columns import SealedColumn
from libs.common.encryption.sealer import Sealer
from services.registry.domain.customers import CustomerState
from services.registry.domain.particulars import OF_CUSTOMER, Particular
from services.registry.storage.tables import (
    ACCOUNT_COLUMNS,
    CUSTOMER_COLUMNS,
    account,
    account_particulars,
    customer,
    customer_particulars,
)

COLUMNS: Final[Mapping[str, SealedColumn]] = {
    str(column.name): column for column in (*CUSTOMER_COLUMNS, *ACCOUNT_COLUMNS)
}
_NAME: Final = customer_particulars.c[f"{Particular.NAME}_index"]
_IDENTIFIER: Final = customer_particulars.c[f"{Particular.IDENTIFIER}_index"]
_NUMBER: Final = account_particulars.c[f"{Particular.NUMBER}_index"]


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of a utility with its customer: what is open of both, and the blind indexes of their particulars."""

    id: str
    customer_id: str
    state: str
    customer_state: str
    use: str
    price_class: str
    indexes: Mapping[str, str | None]

    def holds(self, sealer: Sealer, name: str, text: str) -> bool:
        """Tell whether a particular on record is a text."""
        return self.indexes[name] in sealer.indexes(COLUMNS[name], text)


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """An active customer with an identifier, and the blind index of its name."""

    id: str
    name_index: str | None

    def is_named(self, sealer: Sealer, name: str) -> bool:
        """Tell whether its name is a text."""
        return self.name_index in sealer.indexes(COLUMNS[Particular.NAME], name)


async def known_accounts(
    connection: AsyncConnection, sealer: Sealer, utility: str, numbers: Collection[str]
) -> Mapping[str, KnownAccount]:
    """Return the accounts of a utility by those of some numbers that are on record."""
    texts = _by_index(sealer, Particular.NUMBER, numbers)
    if not texts:
        return {}
    numbered = account_particulars.c
    by_number = select(numbered.id, _NUMBER, numbered[f"{Particular.ADDRESS}_index"]).where(
        numbered.utility == utility, is_among(connection, _NUMBER, texts)
    )
    there = {row["id"]: row for row in (await connection.execute(by_number)).mappings()}
    if not there:
        return {}
    statement = (
        select(
            account.c.id,
            account.c.customer_id,
            account.c.state,
            account.c.use,
            account.c.price_class,
            customer.c.state.label("customer_state"),
            *(customer_particulars.c[f"{name}_index"] for name in OF_CUSTOMER),
        )
        .join(customer, customer.c.id == account.c.customer_id)
        .outerjoin(customer_particulars, customer_particulars.c.id == account.c.customer_id)
        .where(is_among(connection, account.c.id, there))
    )
    found = [{**row, **there[row["id"]]} for row in (await connection.execute(statement)).mappings()]
    return {texts[row[_NUMBER.name]]: _known(row) for row in found}


def _known(row: Mapping[Any, Any]) -> KnownAccount:
    return KnownAccount(
        row["id"],
        row["customer_id"],
        row["state"],
        row["customer_state"],
        row["use"],
        row["price_class"],
        {name: row[f"{name}_index"] for name in COLUMNS},
    )


async def known_customers(
    connection: AsyncConnection, sealer: Sealer, identifiers: Collection[str]
) -> Mapping[str, KnownCustomer]:
    """Return the active customers by those of some identifiers that are on record; of several the first one.

    For one who was merged it is the customer who stays, with the name that stands beside the identifier.
    """
    texts = _by_index(sealer, Particular.IDENTIFIER, identifiers)
    if not texts:
        return {}
    by_identifier = select(customer_particulars.c.id, _NAME, _IDENTIFIER).where(
        is_among(connection, _IDENTIFIER, texts)
    )
    there = {row["id"]: row for row in (await connection.execute(by_identifier)).mappings()}
    if not there:
        return {}
    record = customer.alias()
    statement = (
        select(customer.c.id, record.c.id.label("record"))
        .select_from(record)
        .join(customer, func.coalesce(record.c.survivor, record.c.id) == customer.c.id)
        .where(is_among(connection, record.c.id, there), customer.c.state == CustomerState.ACTIVE)
        .order_by(customer.c.opened_at.desc(), customer.c.id.desc())
    )
    # A later row takes the place of an earlier one: the first customer stands last.
    return {
        texts[there[row.record][_IDENTIFIER.name]]: KnownCustomer(row.id, there[row.record][_NAME.name])
        for row in await connection.execute(statement)
    }


def _by_index(sealer: Sealer, name: str, texts: Collection[str]) -> dict[str, str]:
    return {index: text for text in texts for index in sealer.indexes(COLUMNS[name], text)}
