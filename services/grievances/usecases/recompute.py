"""Apply an amended calendar to open grievances and ratings, one page per timer, so that no command waits for all."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, or_, select

from libs.common.aggregate import Aggregate
from libs.common.calendars.workdays import Day
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.policy_changes import KNOWN_EVERYWHERE
from libs.common.store import Store
from libs.common.timers import Handler, Timer, set_timers
from services.grievances.domain.amendment import apply_calendar
from services.grievances.domain.ratings.amendment import apply_calendar as apply_to_rating
from services.grievances.domain.ratings.values import RatingState
from services.grievances.domain.rules import Rules
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import grievance, rating

A = TypeVar("A", bound=Aggregate[Any, Any])
Apply = Callable[[A, datetime, Rules], None]
RECOMPUTE: Final = "recompute_grievances"
RECOMPUTE_RATINGS: Final = "recompute_ratings"
PAGE: Final = 100
_FIRST: Final = "00000000-0000-0000-0000-000000000000"
_g, _r = grievance.c, rating.c


async def calendar_changed(uow: UnitOfWork, _version: int, _days: Sequence[Day]) -> None:
    """Schedule the recomputation; by then every process has the amended calendar."""
    due_at = uow.now + KNOWN_EVERYWHERE
    await set_timers(uow, "", {RECOMPUTE: due_at, RECOMPUTE_RATINGS: due_at})


def recompute_handlers(rulebook: RuleBook) -> Mapping[str, Handler]:
    """Return the handlers of the recomputation."""

    def recompute(
        kind: str, store: Store[A, Rules], is_running: ColumnElement[bool], apply: Apply[A]
    ) -> Handler:
        async def one_page(timer: Timer, uow: UnitOfWork) -> None:
            await rulebook.reload()
            key = store.table.c.id
            statement = (
                select(key).where(is_running, key > (timer.aggregate_id or _FIRST)).order_by(key).limit(PAGE)
            )
            ids = (await uow.connection.scalars(statement)).all()
            for item_id in ids:
                item, rules = await store.load(uow, item_id), rulebook.rules
                before = item.timers(rules)
                apply(item, uow.now, rules)
                if item.pending_events:
                    store.save(uow, item, before, rules)
            if len(ids) == PAGE:
                await set_timers(uow, ids[-1], {kind: uow.now})

        return one_page

    return {
        RECOMPUTE: recompute(
            RECOMPUTE, GRIEVANCES, or_(_g.finished_at.is_(None), _g.in_ledger.is_(True)), apply_calendar
        ),
        RECOMPUTE_RATINGS: recompute(
            RECOMPUTE_RATINGS,
            RATINGS,
            or_(_r.state == RatingState.INVITED, _r.open_tasks != ""),
            apply_to_rating,
        ),
    }
