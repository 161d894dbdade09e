"""Rows ↔ orders of the hotline: each version, the newest of a number, what it says, and words that were learnt."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.aggregate import Actor
from libs.common.auth.callers import ScopeColumns
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.encryption.sealer import Sealer
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from libs.common.texts import plain
from services.grievances.domain.hotline.content import OrderContent
from services.grievances.domain.hotline.order import HotlineOrder
from services.grievances.domain.hotline.values import WordGroup
from services.grievances.domain.rules import Rules
from services.grievances.events.published.hotline import ORDER_EVENT_NAMES, ORDER_EVENTS
from services.grievances.storage.grievances import acting
from services.grievances.storage.tables import CONTENT, HOTLINE

_o, _n, _w, _c = HOTLINE.order.c, HOTLINE.number.c, HOTLINE.word.c, HOTLINE.content.c
NEWEST: Final = Keyset(((_o.arrived_at, True), (_o.id, True)))


def _envelope(item: HotlineOrder) -> Mapping[str, object]:
    actor = item.actor or Actor(item.arrived_at)
    return {
        "order_id": item.id,
        "system": item.system,
        "order_number": item.number,
        "order_version": item.order_version,
        "district": item.district,
        "grievance_id": item.grievance_id,
        "actor": actor.subject,
        "actor_unit": actor.unit,
    }


ORDERS: Final[Store[HotlineOrder, Rules]] = Store(
    aggregate=HotlineOrder,
    table=HOTLINE.order,
    # A district sees those of its own; what is of no known district is for the city.
    scopes=ScopeColumns(district=_o.district, channel=_o.system, label="热线工单"),
    events={event.event: event for event in ORDER_EVENTS},
    timer_kinds=(),
    missing="没有这件热线工单，或不在您的管辖范围内",
    identity=lambda item: {
        "system": item.system,
        "number": item.number,
        "order_version": item.order_version,
        "arrived_at": item.arrived_at,
    },
    derived=lambda item, _rules: {
        "state": item.state,
        "district": item.district,
        "grievance_id": item.grievance_id,
    },
    envelope=_envelope,
    actor_of=lambda _item, target, now: acting(target.caller, now, None, target.stead),
    event_names=ORDER_EVENT_NAMES,
)


async def hold_number(uow: UnitOfWork, system: str, number: str) -> tuple[int | None, str | None]:
    """Return the newest version of a number that holds, and its grievance; others wait for the transaction's end."""
    row = (
        await uow.connection.execute(
            upsert(uow.dialect, HOTLINE.number)
            .values(system=system, number=number)
            .on_conflict_do_update(index_elements=[_n.system, _n.number], set_={"number": number})
            .returning(_n.newest, _n.grievance_id)
        )
    ).one()
    return row.newest, row.grievance_id


async def note_newest(
    uow: UnitOfWork, system: str, number: str, newest: int, grievance_id: str | None
) -> None:
    """Note the newest version of a number that holds, and its grievance."""
    statement = update(HOTLINE.number).where(_n.system == system, _n.number == number)
    await uow.connection.execute(statement.values(newest=newest, grievance_id=grievance_id))


async def order_id_of(
    connection: AsyncConnection, system: str, number: str, order_version: int
) -> str | None:
    """Return the id of a version of an order; None where it did not come yet."""
    statement = select(_o.id).where(
        _o.system == system, _o.number == number, _o.order_version == order_version
    )
    order_id: str | None = await connection.scalar(statement)
    return order_id


async def is_own_message(connection: AsyncConnection, message_id: str, number: str) -> bool:
    """Tell whether a message about an order is one of ours."""
    columns = HOTLINE.message.c
    statement = select(columns.id).where(columns.id == message_id, columns.number == number)
    return await connection.scalar(statement) is not None


async def store_content(uow: UnitOfWork, sealer: Sealer, order_id: str, subject: str, text: str) -> None:
    """Seal what a version says under the data key of a subject; of who was erased nothing is kept."""
    is_own = subject == order_id
    keys = await (sealer.new_keys if is_own else sealer.keys_to_seal)(uow, [subject])
    await uow.connection.execute(delete(HOTLINE.content).where(_c.id == order_id))
    if (key := keys.get(subject)) is None:
        return
    sealed = sealer.sealed(key, CONTENT, order_id, subject, {"content": text})
    await uow.connection.execute(insert(HOTLINE.content), {"id": order_id, "subject": subject, **sealed})


async def contents_of(
    connection: AsyncConnection, sealer: Sealer, order_ids: Sequence[str]
) -> Mapping[str, OrderContent]:
    """Return what versions say, by order; none of what was erased."""
    if not order_ids:
        return {}
    statement = select(HOTLINE.content).where(_c.id.in_(order_ids))
    rows = list((await connection.execute(statement)).mappings())
    opened = await sealer.opened(connection, CONTENT, rows)
    return {
        row["id"]: msgspec.json.decode(texts["content"], type=OrderContent)
        for row, texts in zip(rows, opened, strict=True)
        if texts["content"] is not None
    }


async def learnt_words(connection: AsyncConnection, system: str) -> Mapping[tuple[WordGroup, str], str]:
    """Return the codes of words that the desk explained, by what they stand for and their comparison form."""
    statement = select(_w.stands_for, _w.word, _w.code).where(_w.system == system)
    return {(WordGroup(row.stands_for), row.word): row.code for row in await connection.execute(statement)}


async def learn(
    uow: UnitOfWork, system: str, said_by: str, codes: Mapping[tuple[WordGroup, str], str]
) -> None:
    """Keep what words mean; the last explanation holds."""
    for (stands_for, word), code in codes.items():
        said = {"code": code, "said_by": said_by, "said_at": uow.now}
        await uow.connection.execute(
            upsert(uow.dialect, HOTLINE.word)
            .values(system=system, stands_for=stands_for, word=plain(word)[:80], **said)
            .on_conflict_do_update(index_elements=[_w.system, _w.stands_for, _w.word], set_=said)
        )
