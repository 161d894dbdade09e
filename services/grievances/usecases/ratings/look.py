"""Look at a grade with those around it: signals mark, and nothing is deleted. Doing so again changes nothing."""

from collections.abc import Mapping

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.timers import Handler, Timer
from services.grievances.domain.ratings.integrity import marks
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import Signal
from services.grievances.storage.ratings import LOOK, RATINGS, around
from services.grievances.storage.rulebook import RuleBook


def rating_handlers(rulebook: RuleBook) -> Mapping[str, Handler]:
    """Return the handlers of all timers of ratings."""

    async def look(timer: Timer, uow: UnitOfWork) -> None:
        await rulebook.refresh()
        item = await RATINGS.load(uow, timer.aggregate_id)
        seen = await around(uow.connection, item, rulebook.rules.ratings)
        found = {} if seen is None else marks(seen, rulebook.rules.ratings)
        # In the same order in every worker, so that two that mark the same ratings cannot deadlock.
        for rating_id in sorted(found):
            await _mark(uow, rulebook, rating_id, found[rating_id])

    return {**RATINGS.timer_handlers(rulebook), LOOK: look}


async def _mark(uow: UnitOfWork, rulebook: RuleBook, rating_id: str, signals: set[Signal]) -> None:
    item: Rating = await RATINGS.load(uow, rating_id)
    if signals <= item.signals.keys():
        return
    before = item.timers(rulebook.rules)
    item.suspect(signals, uow.now)
    RATINGS.save(uow, item, before, rulebook.rules)
