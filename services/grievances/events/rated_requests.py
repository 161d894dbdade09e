"""Ratings of requests on accounts (报停、复用、过户……): invited when one ends, taken from its own rating."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, contents_of, reader, topic_of
from libs.common.inbox import Subscription
from libs.common.places import Supply
from services.grievances.domain.ratings.values import Ending, RatedService
from services.grievances.events.told import (
    CASE_RATED,
    Id,
    Number,
    Place,
    Score,
    channel_of,
    handler_of,
)
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.ratings.take import Ended, Rated, invite, take_grade

SERVICE: Final = "registry"
ENDINGS: Final[Mapping[str, Ending]] = MappingProxyType(
    {
        "request_done": Ending.DONE,
        "request_refused": Ending.REFUSED,
        "request_withdrawn": Ending.WITHDRAWN,
    }
)


class RequestEvent(Struct, frozen=True, kw_only=True):
    """What is read of the events that end a request, and of its rating."""

    request_id: Id
    request_number: Number
    request_kind: Number
    district: Place
    utility: Place
    supply: Supply
    customer_id: Id
    recorded_at: datetime
    actor: str | None = None
    actor_unit: str | None = None
    in_stead: bool = False
    score: Score | None = None


def rated_requests(rulebook: RuleBook) -> Subscription:
    """Return what follows the ends and ratings of requests."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        await rulebook.refresh()
        read = list(contents_of(SERVICE, events))
        await invite(uow, rulebook, [_ended(name, told) for name, told in read if name in ENDINGS])
        for _, told in read:
            if told.score is not None:
                await take_grade(uow, rulebook, _rated(told))

    return Subscription(
        "rated_requests",
        (topic_of(SERVICE),),
        handle,
        read=reader(SERVICE, {*ENDINGS, CASE_RATED}, RequestEvent),
    )


def _ended(name: str, told: RequestEvent) -> Ended:
    return Ended(
        RatedService.REQUEST,
        told.request_id,
        told.request_number,
        1,
        ENDINGS[name],
        told.request_kind,
        told.district,
        told.utility,
        told.supply,
        # The time that is claimed of a late entry moves no term of the person.
        told.recorded_at,
        owner=told.customer_id,
        handler=handler_of(told.actor, told.actor_unit),
    )


def _rated(told: RequestEvent) -> Rated:
    return Rated(
        RatedService.REQUEST,
        told.request_id,
        told.score or 0,
        told.recorded_at,
        told.actor,
        channel_of(told.actor_unit, in_stead=told.in_stead),
        told.in_stead,
    )
