"""Rows ↔ ratings of services: what lists and the look at their integrity filter by, and what every event says."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Dialect, Insert, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.storage.work_lists import WorkLists, due_columns, work_values
from libs.common.aggregate import Actor
from libs.common.auth.callers import ScopeColumns, ScopeKind
from libs.common.database.code_lists import joined
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from libs.common.timers import move_timer
from services.grievances.domain.ratings.integrity import Around, Seen
from services.grievances.domain.ratings.policy import RatingPolicy
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import RatingChannel, RatingOrder, RatingTimer, RatingTurn
from services.grievances.domain.ratings.work import work_of
from services.grievances.domain.rules import Rules
from services.grievances.events.published.ratings import RATING_EVENT_NAMES, RATING_EVENTS
from services.grievances.storage.grievances import acting
from services.grievances.storage.tables import rating, rating_export

_r = rating.c
ORDERS: Final = MappingProxyType(
    {
        RatingOrder.SERVED: Keyset(((_r.served_at, True), (_r.id, True))),
        RatingOrder.RATED: Keyset(((_r.rated_at, True), (_r.id, True))),
    }
)
# So many ratings around one are looked at, the nearest in time.
MOST_AROUND: Final = 500
LOOK: Final = "rating_integrity"
"""The timer at which a grade is looked at with those around it."""


def _derived(item: Rating) -> Mapping[str, object]:
    last = item.last
    sender = last and last.sender
    return {
        "state": item.state,
        "rated_at": last and last.at,
        "grade": item.grade,
        "channel": last and last.channel,
        "device": sender and sender.device,
        "network": sender and sender.network,
        "of_staff": bool(sender and sender.of_staff),
        "is_called": item.is_called,
        "is_suspect": item.is_suspect,
        "is_excluded": item.is_excluded,
        "signals": joined(sorted(item.signals)),
        **work_values(work_of(item), RatingTurn),
    }


def _envelope(item: Rating) -> Mapping[str, object]:
    actor, last = item.actor or Actor(item.served_at), item.last
    is_hidden = item.is_confidential and actor.unit == ScopeKind.CITIZEN
    return {
        "rating_id": item.id,
        "rated_service": item.service,
        "thing_id": item.thing_id,
        "thing_number": item.thing_number,
        "cycle": item.cycle,
        "ending": item.ending,
        "kind": item.kind,
        "utility": item.utility,
        "district": item.district,
        "supply": item.supply,
        "served_at": item.served_at,
        "grade": item.grade,
        "channel": last and last.channel,
        "is_late": item.is_late,
        "is_bad": item.rectification is not None,
        "is_suspect": item.is_suspect,
        "signals": sorted(item.signals),
        "is_excluded": item.is_excluded,
        "policy_version": item.policy_version,
        "actor": None if is_hidden else actor.subject,
        "actor_unit": actor.unit,
        "in_stead": bool(last and last.in_stead),
    }


def _save_parts(uow: UnitOfWork, item: Rating) -> None:
    # To look at it takes the ratings around it: the aggregate cannot, and does not wait for it.
    look_at, item.look_at = item.look_at, None
    if look_at is not None:
        move_timer(uow, item.id, LOOK, look_at)
    if item.is_news:
        item.is_news = False
        uow.write(_queue(uow.dialect), {"of_rating": item.id, "at": uow.now})


@lru_cache
def _queue(dialect: Dialect) -> Insert:
    """Return the statement that puts a rating into the outbox to the province, or notes that it changed there."""
    statement = upsert(dialect, rating_export).values(
        rating_id=bindparam("of_rating"), changes=1, attempts=0, next_at=bindparam("at")
    )
    again = {"changes": rating_export.c.changes + 1}
    return statement.on_conflict_do_update(index_elements=[rating_export.c.rating_id], set_=again)


RATINGS: Final[Store[Rating, Rules]] = Store(
    aggregate=Rating,
    table=rating,
    scopes=ScopeColumns(utility=_r.utility, district=_r.district, owner=_r.owner, label="评价"),
    events={event.event: event for event in RATING_EVENTS},
    timer_kinds=tuple(RatingTimer),
    missing="没有这项评价，或不在您的管辖范围内",
    identity=lambda item: {
        "service": item.service,
        "thing_id": item.thing_id,
        "thing_number": item.thing_number,
        "cycle": item.cycle,
        "kind": item.kind,
        "utility": item.utility,
        "district": item.district,
        "supply": item.supply,
        "owner": item.owner,
        "handler": item.handler,
        "contacted": item.contacted,
        "served_at": item.served_at,
        "expires_at": item.expires_at,
        "policy_version": item.policy_version,
    },
    derived=lambda item, _rules: _derived(item),
    envelope=_envelope,
    save_parts=_save_parts,
    actor_of=lambda _item, target, now: acting(target.caller, now, None, target.stead),
    event_names=RATING_EVENT_NAMES,
)
RATING_WORK: Final = WorkLists(RATINGS, due_columns(rating, RatingTurn))


async def around(connection: AsyncConnection, item: Rating, policy: RatingPolicy) -> Around | None:
    """Read the ratings that share something with one that was rated; None where nobody rated it."""
    last = item.last
    if last is None:
        return None
    sender = last.sender

    async def near(shared: ColumnElement[bool], column: Any, at: datetime, span: timedelta) -> Sequence[Seen]:
        statement = (
            select(_r.id, _r.served_at, _r.rated_at, _r.grade, _r.channel, _r.of_staff, _r.contacted)
            .where(shared, column >= at - span, column <= at + span)
            .order_by(column.desc())
            .limit(MOST_AROUND)
        )
        return [_seen(row) for row in await connection.execute(statement)]

    by_handler, ended = list[Seen](), list[Seen]()
    if item.handler is not None:
        is_handlers = _r.handler == item.handler
        by_handler = list(await near(is_handlers, _r.rated_at, last.at, policy.equal.span))
        ended = list(await near(is_handlers, _r.served_at, item.served_at, policy.bulk.span))
    return Around(
        item=_of(item),
        by_device=()
        if sender is None
        else await near(_r.device == sender.device, _r.rated_at, last.at, policy.device.span),
        by_network=()
        if sender is None
        else await near(_r.network == sender.network, _r.rated_at, last.at, policy.network.span),
        by_utility=()
        if item.utility is None
        else await near(_r.utility == item.utility, _r.rated_at, last.at, policy.burst.span),
        by_handler=by_handler,
        ended_by_handler=ended,
    )


def _seen(row: Any) -> Seen:
    channel = None if row.channel is None else RatingChannel(row.channel)
    return Seen(row.id, row.served_at, row.rated_at, row.grade, channel, row.of_staff, row.contacted)


def _of(item: Rating) -> Seen:
    last = item.last
    assert last is not None  # noqa: S101 - it was rated
    of_staff = bool(last.sender and last.sender.of_staff)
    return Seen(item.id, item.served_at, last.at, last.grade, last.channel, of_staff, item.contacted)
