"""What a customer has at any service, in one list, and what the customer is told of it: folded from events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy import bindparam, insert, select, tuple_, update

from libs.common.database.unit_of_work import UnitOfWork
from services.registry.storage.tables import STANDING, customer, matter, message

_m = matter.c


class MatterState(StrEnum):
    """Where a customer's matter is."""

    OPEN = "OPEN"
    DONE = "DONE"
    WITHDRAWN = "WITHDRAWN"
    REFUSED = "REFUSED"


MATTER_STATE_NAMES: Final[Mapping[MatterState, str]] = MappingProxyType(
    {
        MatterState.OPEN: "办理中",
        MatterState.DONE: "已办结",
        MatterState.WITHDRAWN: "已撤回",
        MatterState.REFUSED: "不予办理",
    }
)


Told = Mapping[str, tuple[str, MatterState]]
"""By the name of an event: what the customer is told, and in what state the matter is after it."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to a matter at a service; the first event that names a customer says whose it is."""

    service: str
    thing: str
    event: str
    at: datetime
    state: MatterState
    number: str
    kind: str
    utility: str
    district: str
    customer_id: str | None


async def take_in(uow: UnitOfWork, happened: Sequence[Happened]) -> None:
    """Keep what happened, in order; what is not known whose it is (from before events said so) is passed over."""
    owners = await _owners(uow, happened)
    known = set(owners)
    standing = await _standing(uow, [item.customer_id for item in happened if item.customer_id is not None])
    messages, last = [], dict[tuple[str, str], tuple[Happened, Happened]]()
    for item in happened:
        key = (item.service, item.thing)
        if key not in owners:
            if item.customer_id is None:
                continue
            owners[key] = standing.get(item.customer_id.upper(), item.customer_id.upper())
        first, _ = last.get(key, (item, item))
        last[key] = first, item
        messages.append(
            {
                "owner": owners[key],
                "service": item.service,
                "thing": item.thing,
                "event": item.event,
                "at": item.at,
            }
        )
    if not messages:
        return
    new = [
        _row(first, owners[key]) | _changes(item) for key, (first, item) in last.items() if key not in known
    ]
    if new:
        await uow.connection.execute(insert(matter), new)
    moved = [
        {"of_service": item.service, "of_thing": item.thing, **_changes(item)}
        for key, (_, item) in last.items()
        if key in known
    ]
    if moved:
        statement = update(matter).where(
            _m.service == bindparam("of_service"), _m.thing == bindparam("of_thing")
        )
        await uow.connection.execute(
            statement.values({name: bindparam(name) for name in _changes(happened[0])}), moved
        )
    await uow.connection.execute(insert(message), messages)


async def tell(uow: UnitOfWork, customer_id: str, service: str, thing: str, event: str) -> None:
    """Tell a customer of something that is no matter of the customer's, as an event of a service."""
    row = {"owner": customer_id.upper(), "service": service, "thing": thing, "event": event, "at": uow.now}
    await uow.connection.execute(insert(message).values(row))


async def _owners(uow: UnitOfWork, happened: Sequence[Happened]) -> dict[tuple[str, str], str]:
    keys = {(item.service, item.thing) for item in happened}
    statement = select(_m.service, _m.thing, _m.owner).where(tuple_(_m.service, _m.thing).in_(keys))
    return {(row.service, row.thing): row.owner for row in await uow.connection.execute(statement)}


async def _standing(uow: UnitOfWork, customer_ids: Sequence[str]) -> Mapping[str, str]:
    """Return who stands for customers who were merged, both as owners."""
    owners = {customer_id.upper() for customer_id in customer_ids}
    stands = customer.alias()
    statement = (
        select(customer.c.owner, stands.c.owner.label("stands"))
        .join(stands, stands.c.id == customer.c.survivor)
        .where(customer.c.owner.in_(owners))
    )
    return {row.owner: row.stands for row in await uow.connection.execute(statement)}


async def matters_of(uow: UnitOfWork, customer_id: str) -> list[tuple[str, str]]:
    """Return a customer's matters, each by its service and its id there."""
    statement = select(_m.service, _m.thing).where(_m.owner == customer_id.upper())
    return [(row.service, row.thing) for row in await uow.connection.execute(statement)]


async def hand_over(uow: UnitOfWork, matters: Sequence[tuple[str, str]], of: str, to: str) -> None:
    """Give matters that a customer still has to another, with what was told of them."""
    for service, thing in matters:
        for table in (matter, message):
            owned = (table.c.service == service, table.c.thing == thing, table.c.owner == of.upper())
            await uow.connection.execute(update(table).where(*owned).values(owner=to.upper()))


async def tell_instead(uow: UnitOfWork, account_id: str, of: str, to: str) -> None:
    """Give what a customer was told of who bound an account to the customer who has it now in its place."""
    bound = select(STANDING.binding.c.id).where(STANDING.binding.c.account_id == account_id)
    told = (message.c.owner == of.upper(), message.c.service == "registry", message.c.thing.in_(bound))
    await uow.connection.execute(update(message).where(*told).values(owner=to.upper()))


def _row(item: Happened, owner: str) -> dict[str, object]:
    return {
        "service": item.service,
        "thing": item.thing,
        "owner": owner,
        "number": item.number,
        "kind": item.kind,
        "utility": item.utility,
        "district": item.district,
        "opened_at": item.at,
    }


def _changes(item: Happened) -> dict[str, object]:
    finished = None if item.state is MatterState.OPEN else item.at
    return {
        "state": item.state,
        "last_event": item.event,
        "updated_at": item.at,
        "finished_at": finished,
        # A grievance gets its utility when it is sent to one.
        "utility": item.utility,
    }
