"""Rows ↔ grievances: what lists filter by, who sees them, and what every event says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import uuid_utils
from sqlalchemy import bindparam, delete, insert

from libs.casework.storage.work_lists import WorkLists, due_columns, work_values
from libs.common.aggregate import Actor, Stead
from libs.common.auth.callers import Caller, Related, Role, ScopeColumns, ScopeKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.http.cursors import Keyset
from libs.common.rules import RuleError
from libs.common.store import Store
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.hotline.messages import Message
from services.grievances.domain.hotline.values import MessageState
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import ReporterKind
from services.grievances.domain.values.states import BEFORE_REPLY, GrievanceTimer, Turn
from services.grievances.domain.work import work_of
from services.grievances.events.published import EVENT_NAMES, PUBLISHED
from services.grievances.storage.tables import (
    HOTLINE,
    OPEN311,
    UPDATES,
    grievance,
    grievance_counter,
    grievance_unit,
)

_g = grievance.c
NEWEST: Final = Keyset(((_g.received_at, True), (_g.id, True)))
_u = grievance_unit.c
_SEES = insert(grievance_unit).values(unit=bindparam("of_unit"), grievance_id=bindparam("of_grievance"))
_SEES_NO_MORE = delete(grievance_unit).where(
    _u.unit == bindparam("of_unit"), _u.grievance_id == bindparam("of_grievance")
)


def acting(
    caller: Caller,
    now: datetime,
    customer_id: str | None,
    stead: Stead | None,
    document_ref: str | None = None,
) -> Actor:
    """Return who acts: a citizen, staff, or staff in the stead of who told it (代录).

    Raises RuleError where staff name no document for what needs one.
    """
    if stead is None or Role.CITIZEN in caller.roles:
        return Actor(now, caller.subject, unit=caller.scope.unit)
    if stead is Stead.DOCUMENT and document_ref is None:
        raise RuleError(
            "stead-document-missing",
            "代诉求人办理须注明其签字的文件或通话录音",
            "请填写文件或录音的编号，或由诉求人在手机上办理",
            "document_ref",
        )
    return Actor(
        now, caller.subject, customer_id, in_stead=True, document_ref=document_ref, unit=caller.scope.unit
    )


def open_customer(item: Grievance) -> str | None:
    """Return the customer whom events name; none of who asked to be kept confidential."""
    return item.customer_id if item.reporter is ReporterKind.NAMED else None


def _envelope(item: Grievance) -> Mapping[str, object]:
    actor = item.actor or Actor(item.received_at)
    # Who is not named to the units is none of those whom events name.
    is_hidden = item.reporter is not ReporterKind.NAMED and actor.unit == ScopeKind.CITIZEN
    return {
        "grievance_id": item.id,
        "grievance_number": item.number,
        "kind": item.kind,
        "source": item.source,
        "category": item.category,
        "category_version": item.category_version,
        "supply": item.supply,
        "district": item.district,
        "utility": item.utility,
        "customer_id": open_customer(item),
        "received_at": item.received_at,
        "actor": None if is_hidden else actor.subject,
        "actor_unit": actor.unit,
        "in_stead": actor.in_stead,
    }


def _told(item: Grievance, message: Message) -> Mapping[str, object]:
    """Return the row of what the hotline is told; what it says is made of the grievance when it is sent."""
    order = item.order
    assert order is not None  # noqa: S101 - only of what is one there are messages
    return {
        "id": str(uuid_utils.uuid7()),
        "system": order.system,
        "number": order.number,
        "order_version": message.version,
        "grievance_id": item.id,
        "district": item.district,
        "kind": message.kind,
        "cycle": message.cycle,
        "happened_at": message.at,
        "state": MessageState.WAITING,
        "attempts": 0,
        "due_at": message.at,
    }


def save_parts(uow: UnitOfWork, item: Grievance) -> None:
    """Store who sees it and who watches it now, and what the hotline is told; of a new one before it is added."""
    UPDATES.save_watchers(uow, item)
    messages, item.messages = item.messages, []
    for message in messages:
        uow.write(_TELL, _told(item, message))
    changes, item.unit_changes = item.unit_changes, {}
    for unit, sees in changes.items():
        uow.write(_SEES if sees else _SEES_NO_MORE, {"of_unit": unit, "of_grievance": item.id})


_TELL: Final = insert(HOTLINE.message).values(
    {
        column.name: bindparam(column.name)
        for column in HOTLINE.message.c
        if column.name not in ("sent_at", "error")
    }
)

GRIEVANCES: Final[Store[Grievance, Rules]] = Store(
    aggregate=Grievance,
    table=grievance,
    scopes=ScopeColumns(
        utility=Related(grievance_unit.c.unit, grievance_unit.c.grievance_id == _g.id),
        district=_g.district,
        # What a channel sent itself.
        channel=Related(OPEN311.c.channel, OPEN311.c.grievance_id == _g.id),
        owner=_g.owner,
        label="诉求",
    ),
    events={event.event: event for event in PUBLISHED},
    timer_kinds=tuple(GrievanceTimer),
    missing="没有这件诉求，或不在您的管辖范围内",
    identity=lambda item: {
        "number": item.number,
        "source": item.source,
        "district": item.district,
        "site": item.site,
        "owner": item.customer_id and item.customer_id.upper(),
        "received_at": item.received_at,
    },
    derived=lambda item, _rules: {
        "state": item.state,
        "kind": item.kind,
        "category": item.category,
        "category_version": item.category_version,
        "limits_version": item.cycle.limit and item.cycle.limit.version,
        "supply": item.supply,
        "utility": item.utility,
        "assignee": item.assignee,
        "origin": item.origin and f"{item.origin.system}:{item.origin.number}",
        "repeats": item.repeats,
        "cycle": item.cycle.number,
        "reply_by": item.cycle.reply_by,
        "replied_at": item.cycle.reply and item.cycle.reply.at,
        "finished_at": item.closed_at,
        "in_ledger": None if item.ledger is None else item.ledger.is_open,
        "clear_by": item.ledger and item.ledger.clear_by,
        **work_values(work_of(item), Turn, item.cycle.reply_by if item.state in BEFORE_REPLY else None),
    },
    envelope=_envelope,
    actor_of=lambda item, target, now: acting(
        target.caller, now, open_customer(item), target.stead, target.document_ref
    ),
    save_parts=save_parts,
    event_names=EVENT_NAMES,
)
WORK: Final = WorkLists(GRIEVANCES, due_columns(grievance, Turn), owners=(grievance.c.assignee,))


async def next_number(uow: UnitOfWork, prefix: str) -> str:
    """Return the next number with a prefix, as `SQ-371502-20221115-0001`; others wait for the transaction's end."""
    columns = grievance_counter.c
    last = await uow.connection.scalar(
        upsert(uow.dialect, grievance_counter)
        .values(prefix=prefix, last=1)
        .on_conflict_do_update(index_elements=[columns.prefix], set_={"last": columns.last + 1})
        .returning(columns.last)
    )
    return f"{prefix}-{last:04d}"
