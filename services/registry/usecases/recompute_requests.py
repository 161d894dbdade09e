"""Apply an amended calendar to open requests, one page per timer, so that no command waits for all."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select

from libs.common.calendars.workdays import Day
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.policy_changes import KNOWN_EVERYWHERE
from libs.common.timers import Handler, Timer, set_timers
from services.registry.domain.requests.amendment import apply_calendar
from services.registry.storage.requests import REQUESTS
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account_request

RECOMPUTE: Final = "recompute_requests"
PAGE: Final = 100
_r = account_request.c


async def calendar_changed(uow: UnitOfWork, _version: int, _days: Sequence[Day]) -> None:
    """Schedule the recomputation; by then every process has the amended calendar."""
    await set_timers(uow, "", {RECOMPUTE: uow.now + KNOWN_EVERYWHERE})


def recompute_handlers(rulebook: RuleBook) -> Mapping[str, Handler]:
    """Return the handler of the recomputation."""

    async def recompute(timer: Timer, uow: UnitOfWork) -> None:
        await rulebook.reload()
        after = timer.aggregate_id or "00000000-0000-0000-0000-000000000000"
        statement = select(_r.id).where(_r.finished_at.is_(None), _r.id > after).order_by(_r.id).limit(PAGE)
        ids = (await uow.connection.scalars(statement)).all()
        for request_id in ids:
            item, rules = await REQUESTS.load(uow, request_id), rulebook.rules
            before = item.timers(rules)
            apply_calendar(item, uow.now, rules)
            if item.pending_events:
                REQUESTS.save(uow, item, before, rules)
        if len(ids) == PAGE:
            await set_timers(uow, ids[-1], {RECOMPUTE: uow.now})

    return {RECOMPUTE: recompute}
