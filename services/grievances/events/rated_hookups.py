"""Ratings of hookups (报装): invited when a case ends, taken from its own rating."""

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

SERVICE: Final = "hookup"
ENDINGS: Final[Mapping[str, Ending]] = MappingProxyType(
    {"case_closed": Ending.DONE, "case_refused": Ending.REFUSED, "case_withdrawn": Ending.WITHDRAWN}
)
_LEDGER: Final = "LEDGER"


class HookupEvent(Struct, frozen=True, kw_only=True):
    """What is read of the events that end a case, and of its rating."""

    case_id: Id
    case_number: Number
    district: Place
    utility: Place
    supply: Supply
    customer_id: Id | None = None
    occurred_at: datetime
    recorded_at: datetime | None = None
    entry: str | None = None
    source: str | None = None
    actor: str | None = None
    actor_unit: str | None = None
    in_stead: bool = False
    score: Score | None = None


def rated_hookups(rulebook: RuleBook) -> Subscription:
    """Return what follows the ends and ratings of hookups."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        await rulebook.refresh()
        read = list(contents_of(SERVICE, events))
        # What a ledger was read from was not served under the eyes of the system: nobody is asked about it.
        ended = [_ended(name, told) for name, told in read if name in ENDINGS and not _is_read_in(told)]
        await invite(uow, rulebook, ended)
        for _, told in read:
            if told.score is not None:
                await take_grade(uow, rulebook, _rated(told))

    return Subscription(
        "rated_hookups",
        (topic_of(SERVICE),),
        handle,
        read=reader(SERVICE, {*ENDINGS, CASE_RATED}, HookupEvent),
    )


def _is_read_in(told: HookupEvent) -> bool:
    return _LEDGER in (told.entry, told.source)


def _ended(name: str, told: HookupEvent) -> Ended:
    return Ended(
        RatedService.HOOKUP,
        told.case_id,
        told.case_number,
        1,
        ENDINGS[name],
        told.supply,
        told.district,
        told.utility,
        told.supply,
        # The time that is claimed of a late entry moves no term of the person.
        told.recorded_at or told.occurred_at,
        owner=told.customer_id,
        handler=handler_of(told.actor, told.actor_unit),
    )


def _rated(told: HookupEvent) -> Rated:
    return Rated(
        RatedService.HOOKUP,
        told.case_id,
        told.score or 0,
        told.recorded_at or told.occurred_at,
        told.actor,
        channel_of(told.actor_unit, in_stead=told.in_stead),
        told.in_stead,
    )
