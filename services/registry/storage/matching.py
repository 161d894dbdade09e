"""Rows by which customers are compared: keyed hashes, who waits for it, who was merged into whom, who signs in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.encryption.keys import KeyRing
from libs.common.encryption.values import blind_index, blind_indexes
from services.registry.storage.tables import (
    customer,
    duplicate_pair,
    login,
    match_key,
    match_pending,
)

# The name under which keys are hashed: equal texts of other columns have other hashes.
_COLUMN: Final = "match_key.key_hash"


# -- keys


async def store_keys(
    uow: UnitOfWork, ring: KeyRing, customer_id: str, keys: Iterable[str], basis: str
) -> None:
    """Store a customer's keys, as keyed hashes, in the place of those that were there; without any none stays."""
    await uow.connection.execute(delete(match_key).where(match_key.c.customer_id == customer_id))
    rows = [
        {"key_hash": key_hash, "customer_id": customer_id, "basis": basis}
        for key_hash in sorted({blind_index(ring, _COLUMN, key) for key in keys})
    ]
    if rows:
        await uow.connection.execute(insert(match_key), rows)


async def partners(
    connection: AsyncConnection, ring: KeyRing, customer_id: str, key: str, most: int
) -> list[str] | None:
    """Return the other customers with a key; None where more than `most` have it."""
    hashes = blind_indexes(ring, _COLUMN, key)
    statement = (
        select(match_key.c.customer_id)
        .where(match_key.c.key_hash.in_(hashes), match_key.c.customer_id != customer_id)
        .distinct()
        .limit(most + 1)
    )
    found = list((await connection.execute(statement)).scalars())
    return None if len(found) > most else found


# -- who is to be compared


async def mark_pending(uow: UnitOfWork, customer_ids: Iterable[str]) -> None:
    """Note that customers are to be compared; until the transaction ends no worker takes them.

    Mark before keys and pairs of a customer are changed: who does both takes turns with the worker, who does so too.
    """
    for customer_id in sorted(set(customer_ids)):
        statement = upsert(uow.dialect, match_pending).values(customer_id=customer_id, marked_at=uow.now)
        # A row that is there already keeps its time, and is locked.
        kept = {"marked_at": match_pending.c.marked_at}
        await uow.connection.execute(
            statement.on_conflict_do_update(index_elements=["customer_id"], set_=kept)
        )


async def take_pending(uow: UnitOfWork) -> str | None:
    """Take the customer who waits longest to be compared, and whom no other worker has taken."""
    statement = (
        select(match_pending.c.customer_id)
        .order_by(match_pending.c.marked_at, match_pending.c.customer_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken: str | None = await uow.connection.scalar(statement)
    if taken is not None:
        await uow.connection.execute(delete(match_pending).where(match_pending.c.customer_id == taken))
    return taken


async def mark_outdated(uow: UnitOfWork, basis: str, most: int) -> int:
    """Note that customers whose keys were made with another basis are to be compared; return how many."""
    statement = select(match_key.c.customer_id).where(match_key.c.basis != basis).distinct().limit(most)
    found = list((await uow.connection.execute(statement)).scalars())
    await mark_pending(uow, found)
    return len(found)


async def pairs_of(uow: UnitOfWork, customer_ids: Sequence[str]) -> list[Mapping[Any, Any]]:
    """Return id, state and sides of the pairs that customers are in, as rows."""
    pair = duplicate_pair.c
    statement = select(pair.id, pair.state, pair.first, pair.second).where(
        or_(pair.first.in_(customer_ids), pair.second.in_(customer_ids))
    )
    return list((await uow.connection.execute(statement.order_by(pair.id))).mappings())


# -- who was merged into whom


async def survivor_of(connection: AsyncConnection, customer_id: str) -> str:
    """Return the customer who stands for another: itself, unless it was merged."""
    statement = select(customer.c.survivor).where(customer.c.id == customer_id)
    return await connection.scalar(statement) or customer_id


def merged_into(survivor: str) -> Select[Any]:
    """Return the select of the ids of those who were merged into a customer, directly or through others."""
    return select(customer.c.id).where(customer.c.survivor == survivor)


async def set_survivor(uow: UnitOfWork, merged: str, survivor: str) -> None:
    """Let a customer stand for a merged one, and for those whom that one stood for."""
    statement = update(customer).where(or_(customer.c.id == merged, customer.c.survivor == merged))
    await uow.connection.execute(statement.values(survivor=survivor))


async def clear_survivor(uow: UnitOfWork, merged: str) -> None:
    """Let a customer stand for itself again, and for those who were merged into it."""
    below, step = list[str](), [merged]
    while step:
        found = await uow.connection.execute(select(customer.c.id).where(customer.c.merged_into.in_(step)))
        step = list(found.scalars())
        below += step
    await uow.connection.execute(update(customer).where(customer.c.id == merged).values(survivor=None))
    if below:
        await uow.connection.execute(update(customer).where(customer.c.id.in_(below)).values(survivor=merged))


# -- who signs in


async def signs_in(connection: AsyncConnection, customer_id: str) -> bool:
    """Tell whether somebody signs in as a customer."""
    statement = select(login.c.subject).where(login.c.subject == customer_id)
    return await connection.scalar(statement.limit(1)) is not None
