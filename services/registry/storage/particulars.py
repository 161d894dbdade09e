"""Particulars sealed in their rows: stored, opened, found; what stood there before is kept as sealed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import uuid_utils
from sqlalchemy import ColumnElement, Select, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database import bulk
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.encryption.columns import SealedColumn
from libs.common.encryption.sealer import Sealer
from libs.common.encryption.values import DataKey
from libs.common.problems import define
from services.registry.domain.accounts import Account
from services.registry.storage.tables import (
    ACCOUNT_COLUMNS,
    CUSTOMER_COLUMNS,
    FORMER_COLUMNS,
    account_particulars,
    customer_particulars,
    former_particulars,
)

Texts = Mapping[str, str]
ERASED = define("customer-erased", 409, "该用户的个人信息已删除")


async def data_key(uow: UnitOfWork, sealer: Sealer, customer_id: str) -> DataKey:
    """Return the key that a customer's texts are sealed under. Raises `customer-erased`."""
    keys = await sealer.keys_to_seal(uow, [customer_id])
    if customer_id not in keys:
        raise ERASED("不能再登记该用户的个人信息")
    return keys[customer_id]


async def store_customer(
    uow: UnitOfWork, sealer: Sealer, key: DataKey, customer_id: str, texts: Texts
) -> None:
    """Store the texts of a customer in the place of those that were there."""
    every = {column.name: texts.get(column.name) for column in CUSTOMER_COLUMNS}
    row = {"subject": customer_id, **sealer.sealed(key, CUSTOMER_COLUMNS, customer_id, customer_id, every)}
    await _store(uow, customer_particulars, {"id": customer_id, **row})


async def store_account(
    uow: UnitOfWork,
    sealer: Sealer,
    key: DataKey,
    account_id: str,
    *,
    customer_id: str,
    utility: str,
    texts: Texts,
) -> None:
    """Store the texts of an account under the key of its customer."""
    every = {column.name: texts.get(column.name) for column in ACCOUNT_COLUMNS}
    sealed = sealer.sealed(key, ACCOUNT_COLUMNS, account_id, customer_id, every)
    row = {"id": account_id, "subject": customer_id, "utility": utility, **sealed}
    await _store(uow, account_particulars, row)


async def store_new(
    uow: UnitOfWork,
    sealer: Sealer,
    keys: Mapping[str, DataKey],
    *,
    customers: Mapping[str, Texts],
    accounts: Iterable[tuple[Account, Texts]],
) -> None:
    """Store the texts of new customers and accounts, in one statement each; `keys` are the customers'."""
    of_customers = [
        {
            "id": customer_id,
            "subject": customer_id,
            **sealer.sealed(keys[customer_id], CUSTOMER_COLUMNS, customer_id, customer_id, texts),
        }
        for customer_id, texts in customers.items()
    ]
    of_accounts = [
        {
            "id": item.id,
            "subject": item.customer_id,
            "utility": item.utility,
            **sealer.sealed(keys[item.customer_id], ACCOUNT_COLUMNS, item.id, item.customer_id, texts),
        }
        for item, texts in accounts
    ]
    await bulk.add(uow.connection, customer_particulars, of_customers)
    await bulk.add(uow.connection, account_particulars, of_accounts)


async def _store(uow: UnitOfWork, table: Any, row: Mapping[str, Any]) -> None:
    statement = upsert(uow.dialect, table).values(row)
    changed = {name: statement.excluded[name] for name in row if name != "id"}
    await uow.connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


async def keep_former(
    uow: UnitOfWork,
    sealer: Sealer,
    key: DataKey,
    *,
    thing: str,
    customer_id: str,
    texts: Texts,
    by: str | None,
) -> None:
    """Keep the texts of a customer or an account that are replaced now."""
    entry = str(uuid_utils.uuid7())
    packed = msgspec.json.encode(dict(texts)).decode()
    sealed = sealer.sealed(key, FORMER_COLUMNS, entry, customer_id, {"texts": packed})
    row = {
        "id": entry,
        "subject": customer_id,
        "thing": thing,
        "replaced_at": uow.now,
        "replaced_by": by,
        **sealed,
    }
    await uow.connection.execute(insert(former_particulars), row)


async def customers_texts(
    connection: AsyncConnection, sealer: Sealer, customer_ids: Sequence[str]
) -> Mapping[str, Texts]:
    """Return the texts of customers by their ids, without empty ones."""
    return await _texts(connection, sealer, CUSTOMER_COLUMNS, select(customer_particulars), customer_ids)


async def accounts_texts(
    connection: AsyncConnection, sealer: Sealer, account_ids: Sequence[str]
) -> Mapping[str, Texts]:
    """Return the texts of accounts by their ids, without empty ones."""
    return await _texts(connection, sealer, ACCOUNT_COLUMNS, select(account_particulars), account_ids)


async def former_texts(
    connection: AsyncConnection, sealer: Sealer, thing: str
) -> list[tuple[datetime, str | None, Texts]]:
    """Return what a customer or an account had before each change, the newest first: when, replaced by whom, what."""
    statement = select(former_particulars).where(former_particulars.c.thing == thing)
    rows = list((await connection.execute(statement.order_by(former_particulars.c.id.desc()))).mappings())
    opened = await sealer.opened(connection, FORMER_COLUMNS, rows)
    return [
        (
            row["replaced_at"],
            row["replaced_by"],
            msgspec.json.decode(texts["texts"] or "{}", type=dict[str, str]),
        )
        for row, texts in zip(rows, opened, strict=True)
    ]


async def _texts(
    connection: AsyncConnection,
    sealer: Sealer,
    columns: Sequence[SealedColumn],
    statement: Select[Any],
    ids: Sequence[str],
) -> Mapping[str, Texts]:
    if not ids:
        return {}
    table = columns[0].table
    rows = list((await connection.execute(statement.where(table.c.id.in_(ids)))).mappings())
    opened = await sealer.opened(connection, columns, rows)
    return {
        row["id"]: {str(name): text for name, text in texts.items() if text is not None}
        for row, texts in zip(rows, opened, strict=True)
    }


def holding(sealer: Sealer, column: SealedColumn, text: str) -> ColumnElement[bool]:
    """Return the condition on rows whose sealed column holds a text in its normal form."""
    index = column.index
    if index is None:
        raise ValueError(f"{column.path} is not found by its text")
    return or_(*(index == value for value in sealer.indexes(column, text)))
