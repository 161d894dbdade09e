"""The accounts of which samples are drawn, as the registry's events tell of them: codes alone, no person."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.bulk import is_among
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from services.grievances.domain.rounds.round import Population
from services.grievances.storage.tables import ROUND_TABLES

_account, _withheld = ROUND_TABLES.account, ROUND_TABLES.withheld
_a, _w = _account.c, _withheld.c
PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account: whose it is, where, of what and of which category; only an active one is asked."""

    id: str
    customer_id: str
    utility: str
    district: str
    supply: str
    category: str
    is_active: bool


async def keep_account(uow: UnitOfWork, row: AccountRow) -> None:
    """Store what an event says of an account."""
    values = asdict(row)
    statement = upsert(uow.dialect, _account).values(values)
    await uow.connection.execute(
        statement.on_conflict_do_update(index_elements=[_a.id], set_={**values, "id": _a.id})
    )


async def withhold(uow: UnitOfWork, customer_id: str) -> None:
    """Ask a customer no more."""
    statement = upsert(uow.dialect, _withheld).values(customer_id=customer_id)
    await uow.connection.execute(statement.on_conflict_do_nothing())


async def let_go(uow: UnitOfWork, customer_id: str) -> None:
    """Ask a customer again."""
    await uow.connection.execute(delete(_withheld).where(_w.customer_id == customer_id))


async def count_population(connection: AsyncConnection, population: Population) -> int:
    """Count the accounts of a population."""
    return await connection.scalar(select(func.count()).where(*_conditions(population))) or 0


async def members_of(
    connection: AsyncConnection, population: Population
) -> AsyncIterator[Sequence[AccountRow]]:
    """Yield the accounts of a population in pages, in the order of their ids."""
    statement = _select().where(*_conditions(population)).order_by(_a.id).limit(PAGE)
    last: str | None = None
    while True:
        page = statement if last is None else statement.where(_a.id > last)
        rows = [AccountRow(**row) for row in (await connection.execute(page)).mappings()]
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        last = rows[-1].id


async def accounts_of(connection: AsyncConnection, ids: Collection[str]) -> Mapping[str, AccountRow]:
    """Return accounts by their ids."""
    statement = _select().where(is_among(connection, _a.id, ids))
    return {row["id"]: AccountRow(**row) for row in (await connection.execute(statement)).mappings()}


async def categories_of(connection: AsyncConnection, customer_ids: Collection[str]) -> Mapping[str, str]:
    """Return the categories of customers, by any of their accounts; none of who has none."""
    statement = select(_a.customer_id, _a.category).where(is_among(connection, _a.customer_id, customer_ids))
    return {row.customer_id: row.category for row in await connection.execute(statement)}


def _select() -> Select[Any]:
    return select(_account)


def _conditions(population: Population) -> list[ColumnElement[bool]]:
    wanted = (
        (_a.category, population.categories),
        (_a.district, population.districts),
        (_a.utility, population.utilities),
        (_a.supply, population.supplies),
    )
    withheld = exists().where(_w.customer_id == _a.customer_id)
    return [_a.is_active, ~withheld, *(column.in_(codes) for column, codes in wanted if codes)]
