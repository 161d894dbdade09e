"""Ratings of grievances: invited when one ends, each time anew after it was reopened, taken from its own rating.

What its events do not say of it (whose it is, who worked on it, whether the person was spoken to) its record does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, contents_of, reader, topic_of
from libs.common.inbox import Subscription
from libs.common.places import Supply
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.ratings.values import Ending, RatedService
from services.grievances.domain.values.kinds import ReporterKind
from services.grievances.events.told import CASE_RATED, Id, Number, Place, Score, channel_of
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.ratings.take import Ended, Rated, invite, take_grade

SERVICE: Final = "grievances"
ENDINGS: Final[Mapping[str, Ending]] = MappingProxyType(
    {
        "grievance_closed": Ending.DONE,
        "grievance_not_accepted": Ending.REFUSED,
        "termination_decided": Ending.STOPPED,
        "grievance_withdrawn": Ending.WITHDRAWN,
    }
)


class GrievanceEvent(Struct, frozen=True, kw_only=True):
    """What is read of the events that end a grievance, and of its rating; a termination may be refused."""

    grievance_id: Id
    grievance_number: Number
    kind: Number
    district: Place
    recorded_at: datetime
    utility: Place | None = None
    supply: Supply | None = None
    cycle: int | None = None
    granted: bool = True
    actor: str | None = None
    actor_unit: str | None = None
    in_stead: bool = False
    score: Score | None = None


def rated_grievances(rulebook: RuleBook) -> Subscription:
    """Return what follows the ends and ratings of grievances."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        await rulebook.refresh()
        read = list(contents_of(SERVICE, events))
        await invite(
            uow,
            rulebook,
            [await _ended(uow, name, told) for name, told in read if name in ENDINGS and told.granted],
        )
        for _, told in read:
            if told.score is not None:
                await take_grade(uow, rulebook, _rated(told))

    return Subscription(
        "rated_grievances",
        (topic_of(SERVICE),),
        handle,
        read=reader(SERVICE, {*ENDINGS, CASE_RATED}, GrievanceEvent),
    )


async def _ended(uow: UnitOfWork, name: str, told: GrievanceEvent) -> Ended:
    item = await GRIEVANCES.load(uow, told.grievance_id)
    # An ending that names no cycle is of the last one: after it none begins.
    number = told.cycle or item.cycle.number
    cycle = item.cycles[number - 1]
    reply, contact = cycle.reply, cycle.contact
    return Ended(
        RatedService.GRIEVANCE,
        told.grievance_id,
        told.grievance_number,
        number,
        ENDINGS[name],
        told.kind,
        told.district,
        told.utility,
        told.supply,
        told.recorded_at,
        owner=item.customer_id,
        handler=None if reply is None or told.utility is None else reply.by,
        contacted=_contacted(item, told.utility, denied=contact is None or contact.denied),
        is_confidential=item.reporter is ReporterKind.CONFIDENTIAL,
    )


def _contacted(item: Grievance, utility: str | None, *, denied: bool) -> bool | None:
    """Return whether the unit spoke with the person; None where nobody can be, or no unit worked on it."""
    if utility is None or item.reporter is ReporterKind.ANONYMOUS:
        return None
    return not denied


def _rated(told: GrievanceEvent) -> Rated:
    return Rated(
        RatedService.GRIEVANCE,
        told.grievance_id,
        told.score or 0,
        told.recorded_at,
        told.actor,
        channel_of(told.actor_unit, in_stead=told.in_stead),
        told.in_stead,
    )
