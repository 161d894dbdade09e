"""Rows ↔ bindings, seen by who bound an account and by who has it now; and the proofs that failed, counted by day."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Related, ScopeColumns
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.encryption.sealer import Sealer
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from services.registry.domain.bindings import Binding
from services.registry.domain.particulars import Particular
from services.registry.domain.rules import Rules
from services.registry.events.standing import BINDING_EVENT_NAMES, BINDING_EVENTS
from services.registry.storage.customers import actor_for
from services.registry.storage.particulars import holding
from services.registry.storage.tables import (
    ACCOUNT_COLUMNS,
    STANDING,
    account,
    account_particulars,
    customer,
)

_b, _t = STANDING.binding.c, STANDING.attempt.c
NUMBER: Final = next(column for column in ACCOUNT_COLUMNS if column.name == Particular.NUMBER)
NEWEST: Final = Keyset(((_b.bound_at, True), (_b.id, True)))
_of = STANDING.binding.alias()
_parties = union_all(
    select(_of.c.id, _of.c.owner),
    select(_of.c.id, account.c.owner).join(account, account.c.id == _of.c.account_id),
).subquery()

BINDINGS: Final[Store[Binding, Rules]] = Store(
    aggregate=Binding,
    table=STANDING.binding,
    scopes=ScopeColumns(owner=Related(_parties.c.owner, _parties.c.id == _b.id), label="户号绑定"),
    events={event.event: event for event in BINDING_EVENTS},
    timer_kinds=(),
    missing="没有这项绑定，或与您无关",
    identity=lambda item: {
        "account_id": item.account_id,
        "owner": item.customer_id.upper(),
        "bound_at": item.bound_at,
    },
    derived=lambda item, _rules: {"state": item.state, "ended_at": item.ended_at},
    envelope=lambda item: {
        "binding_id": item.id,
        "account_id": item.account_id,
        "customer_id": item.customer_id,
        "holder_id": item.holder_id,
        "district": item.district,
        "utility": item.utility,
        "supply": item.supply,
        "actor": item.actor and item.actor.subject,
        "actor_unit": item.actor and item.actor.unit,
    },
    actor_of=actor_for,
    event_names=BINDING_EVENT_NAMES,
)


class Whose(StrEnum):
    """By whom failed proofs are counted."""

    CITIZEN = "CITIZEN"
    ACCOUNT = "ACCOUNT"


async def count_attempt(uow: UnitOfWork, day: date, keys: Mapping[Whose, str]) -> list[int]:
    """Count a proof as failed, before it is looked at; return how many failed on the day before it, by `keys`.

    Who tries the same waits for this transaction's end, and so sees what became of it. Always count in one order.
    """
    before = []
    for whose, code in keys.items():
        statement = upsert(uow.dialect, STANDING.attempt).values(day=day, whose=whose, code=code, failed=1)
        counted = statement.on_conflict_do_update(
            index_elements=["day", "whose", "code"], set_={"failed": _t.failed + 1}
        )
        failed: int = (await uow.connection.execute(counted.returning(_t.failed))).scalar_one()
        before.append(failed - 1)
    return before


async def uncount_attempt(uow: UnitOfWork, day: date, keys: Mapping[Whose, str]) -> None:
    """Count a proof as failed no longer, since it held."""
    for whose, code in keys.items():
        same = (_t.day == day, _t.whose == whose, _t.code == code)
        await uow.connection.execute(update(STANDING.attempt).where(*same).values(failed=_t.failed - 1))


async def numbered(
    connection: AsyncConnection, sealer: Sealer, utility: str, number: str
) -> Mapping[str, str] | None:
    """Return the ids and states of the account with a utility's number and of its customer; None without one."""
    statement = (
        select(
            account.c.id,
            account.c.state,
            account.c.customer_id,
            customer.c.kind,
            customer.c.state.label("customer_state"),
        )
        .join(account_particulars, account_particulars.c.id == account.c.id)
        .join(customer, customer.c.id == account.c.customer_id)
        .where(account_particulars.c.utility == utility, holding(sealer, NUMBER, number))
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else {str(name): value for name, value in row.items()}


async def open_bindings(uow: UnitOfWork, *conditions: ColumnElement[bool]) -> list[Binding]:
    """Return the bindings that stand and meet conditions on their rows, the oldest first."""
    statement = BINDINGS.select().where(_b.ended_at.is_(None), *conditions).order_by(_b.bound_at, _b.id)
    return [BINDINGS.read(row) for row in (await uow.connection.execute(statement)).mappings()]


async def count_bindings(uow: UnitOfWork, owner: str) -> int:
    """Return how many accounts a citizen has bound."""
    statement = select(func.count()).select_from(STANDING.binding)
    return await uow.connection.scalar(statement.where(_b.owner == owner, _b.ended_at.is_(None))) or 0
