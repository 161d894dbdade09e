"""The worker deletes what is kept no longer by the policy `retention` (PIPL §19, §47)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Column, ColumnElement, Table, and_, delete, select, tuple_

from libs.common.clock import Clock, local
from libs.common.database.engine import Database
from libs.common.worker import HOUSEKEEPING_SECONDS, Loop
from libs.workbooks.jobs.exports import ExportState
from services.registry.storage.rights_policies import RETENTION_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import (
    ACCOUNT_EXPORTS,
    STANDING,
    former_particulars,
    matter,
    message,
    rights_case,
)

log = structlog.get_logger(__name__)

AT_ONCE: Final = 1_000
"""So many rows of a table are deleted in one transaction."""


async def purge_expired(database: Database, rulebook: RuleBook, now: datetime) -> int:
    """Delete some of what is kept no longer, of each kind; return how many rows went."""
    policy = rulebook.policy(RETENTION_POLICY)
    failed, exported = STANDING.attempt, ACCOUNT_EXPORTS.job
    is_over = exported.c.state.in_((ExportState.EXPIRED, ExportState.FAILED))
    # Failed proofs count on their day alone; what was tried is on the audit record.
    yesterday = local(now).date() - timedelta(days=1)
    kinds: list[tuple[Table, list[Column[Any]], Column[Any], ColumnElement[bool]]] = [
        (failed, [failed.c.day, failed.c.whose, failed.c.code], failed.c.day, failed.c.day < yesterday),
        (
            former_particulars,
            [former_particulars.c.id],
            former_particulars.c.replaced_at,
            former_particulars.c.replaced_at < now - policy.former,
        ),
        (message, [message.c.id], message.c.at, message.c.at < now - policy.message),
        (
            matter,
            [matter.c.service, matter.c.thing],
            matter.c.finished_at,
            matter.c.finished_at < now - policy.matter,
        ),
        # What failed, or whose file is gone; what was exported stays on the audit record.
        (
            exported,
            [exported.c.id],
            exported.c.asked_at,
            and_(is_over, exported.c.asked_at < now - policy.export),
        ),
        # What was asked for and answered; that it was stays among the events, which tell no person.
        (
            rights_case,
            [rights_case.c.id],
            rights_case.c.finished_at,
            rights_case.c.finished_at < now - policy.rights_case,
        ),
    ]
    purged = 0
    for table, keys, at, is_expired in kinds:
        old = select(*keys).where(is_expired).order_by(at).limit(AT_ONCE)
        async with database.unit_of_work(now) as uow:
            rows = (await uow.connection.execute(delete(table).where(tuple_(*keys).in_(old)))).rowcount
        if rows:
            log.info("expired_purged", table=table.name, rows=rows)
        purged += rows
    return purged


def retention_loop(database: Database, clock: Clock, rulebook: RuleBook) -> Loop:
    """Return the worker's loop that purges, at most every quarter of a minute once nothing is left."""

    async def step() -> None:
        await rulebook.refresh()
        if not await purge_expired(database, rulebook, clock.now()):
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    async def reset() -> None:
        return None

    return Loop("retention", step, reset)
