"""The water connections applied for in given months, with the days that each took (B-READY)."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.common.auth.callers import Scope
from libs.common.database.engine import Database
from libs.common.places import Supply
from services.hookup.domain.reports.b_ready import Connection, Days, connection_of, summary
from services.hookup.domain.values.months import Months
from services.hookup.usecases.read_cases import Filters, page_of_cases

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of each utility's connections, and of all."""

    by_utility: dict[str, Days]
    total: Days


async def connections(
    database: Database, months: Months, scope: Scope, now: datetime
) -> AsyncIterator[list[Connection]]:
    """Yield the connections that the caller may see, the latest application first, page by page."""
    filters = Filters(supply=Supply.WATER, submitted_from=months.start, submitted_before=months.end)
    cursor: str | None = None
    while True:
        cases, cursor = await page_of_cases(database, filters, scope, now, limit=PAGE, cursor=cursor)
        yield [connection for case in cases if (connection := connection_of(case)) is not None]
        if cursor is None:
            return


async def report(database: Database, months: Months, scope: Scope, now: datetime) -> Report:
    """Return count, mean and median of the days."""
    days_of: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    async for page in connections(database, months, scope, now):
        for connection in page:
            days_of[connection.utility].append((connection.days, connection.special))

    def summed() -> Report:
        all_days = [case_days for days in days_of.values() for case_days in days]
        return Report(
            {utility: summary(days) for utility, days in sorted(days_of.items())}, summary(all_days)
        )

    return await asyncio.to_thread(summed)
