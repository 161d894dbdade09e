"""Re-judge past cases by other rules, without changing anything."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, Select

from libs.common.auth.callers import Scope, narrow
from libs.common.database.engine import Database
from libs.common.http.cursors import Keyset
from services.hookup.domain.reports.what_if import Alternative, Comparison
from services.hookup.domain.values.months import Months
from services.hookup.storage.cases import CASES, SCOPE_COLUMNS
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import hookup_case

PAGE: Final = 500

_c = hookup_case.c
_FINISHED = Keyset(((_c.finished_at, False), (_c.id, False)))


async def what_if(
    alternative: Alternative, months: Months, scope: Scope, database: Database, rulebook: RuleBook
) -> Comparison:
    """Compare the verdicts of the visible cases that closed in given months.

    They are read in pages and judged in a thread, to bound memory and keep the event loop free.
    """
    await rulebook.refresh()
    comparison = Comparison()
    statement: Select[Any] = CASES.select(_c.finished_at, _c.id).where(
        _c.finished_at >= months.start,
        _c.finished_at < months.end,
        _c.on_time.is_not(None),
        _c.special.is_(False),
    )
    statement = narrow(statement, scope, SCOPE_COLUMNS)

    def judge(rows: Sequence[Row[Any]]) -> None:
        cases = [CASES.read(row._mapping, database.records) for row in rows]
        comparison.add(((case, rulebook.of(case)) for case in cases), alternative)

    cursor: str | None = None
    while True:
        async with database.reading() as connection:
            page = _FINISHED.page(statement, limit=PAGE, cursor=cursor, filters={})
            rows: Sequence[Row[Any]] = (await connection.execute(page)).all()
        page_rows, cursor = _FINISHED.split(rows, limit=PAGE, filters={})
        await asyncio.to_thread(judge, page_rows)
        if cursor is None:
            return comparison
