"""What goes out by itself as a message: by the service's own events, as the policy `grievance_process` says.

A reply is followed by the link to the call-back, an invitation to rate by the link to rate for who is no customer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, contents_of, reader, topic_of
from libs.common.inbox import Subscription
from services.grievances.domain.messages import Template
from services.grievances.domain.ratings.values import RatedService, RatingState
from services.grievances.domain.values.kinds import ReporterKind
from services.grievances.domain.verbs.linking import awaits_answer
from services.grievances.events.told import Id
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.call_links import send_by_policy
from services.grievances.usecases.messages.write import NewMessage, has_number, write_message
from services.grievances.usecases.ratings.give import RATING_PATH, open_link

SERVICE: Final = "grievances"
_REPLIED, _INVITED = "grievance_replied", "rating_invited"


class LinkEvent(Struct, frozen=True, kw_only=True):
    """What is read of a reply, and of an invitation to rate."""

    recorded_at: datetime
    grievance_id: Id | None = None
    cycle: int = 1
    rating_id: Id | None = None
    rated_service: str | None = None
    thing_id: Id | None = None


def links(rulebook: RuleBook) -> Subscription:
    """Return what follows replies and invitations; what is long past when it is heard of has no message."""

    async def handle(events: Sequence[IncomingEvent], uow: UnitOfWork) -> None:
        await rulebook.refresh()
        process = rulebook.rules.process
        for name, told in contents_of(SERVICE, events):
            is_fresh = uow.now < told.recorded_at + timedelta(hours=process.call_link_hours)
            if name == _REPLIED and process.sends_call_links and is_fresh:
                await _ask(uow, rulebook, told)
            elif name == _INVITED and process.sends_rating_links and is_fresh:
                await _let_rate(uow, rulebook, told)

    return Subscription(
        "links", (topic_of(SERVICE),), handle, read=reader(SERVICE, {_REPLIED, _INVITED}, LinkEvent)
    )


async def _ask(uow: UnitOfWork, rulebook: RuleBook, told: LinkEvent) -> None:
    item = await GRIEVANCES.load(uow, told.grievance_id or "")
    is_asked = item.cycle.link is not None or item.reporter is ReporterKind.ANONYMOUS
    if awaits_answer(item, told.cycle) and not is_asked:
        await send_by_policy(uow, rulebook, item)


async def _let_rate(uow: UnitOfWork, rulebook: RuleBook, told: LinkEvent) -> None:
    if told.rated_service != RatedService.GRIEVANCE:
        return
    item = await GRIEVANCES.load(uow, told.thing_id or "")
    rating = await RATINGS.load(uow, told.rating_id or "")
    is_open = rating.state is RatingState.INVITED and uow.now < rating.expires_at
    # A customer rates in the app.
    if is_open and item.customer_id is None and await has_number(uow, item.id):
        link = await open_link(uow, rulebook.sealer, rating, "")
        path = f"{RATING_PATH}/{link.token}"
        message = NewMessage(Template.RATING, path, link.expires_at, rating_id=rating.id)
        await write_message(uow, rulebook.sealer, item, message)
