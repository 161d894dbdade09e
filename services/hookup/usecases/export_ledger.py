"""Write the 报装全流程台账 of the cases that a caller may see."""

from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import IO, Final

from libs.common.auth.callers import Scope
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.workbooks.jobs.export import export_pages
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.writer import Signature
from services.hookup.domain.case import Case
from services.hookup.domain.reports.ledger_row import ledger_row, verdict
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.row_cells import row_cells
from services.hookup.ledger.system_cells import system_cells
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.read_cases import Filters, page_of_cases

PAGE: Final = 500


async def export_ledger(
    database: Database,
    rulebook: RuleBook,
    clock: Clock,
    filters: Filters,
    scope: Scope,
    signature: Signature,
    threads: Executor | None = None,
) -> IO[bytes]:
    """Return the workbook as an open file at its beginning; the caller closes it. Raises `ledger-too-many-rows`."""
    now = clock.now()
    await rulebook.refresh()

    async def pages() -> AsyncIterator[Sequence[Case]]:
        cursor: str | None = None
        while True:
            cases, cursor = await page_of_cases(database, filters, scope, now, limit=PAGE, cursor=cursor)
            yield cases
            if cursor is None:
                return

    def cells(case: Case) -> Mapping[str, Cell]:
        rules = rulebook.of(case)
        return {**row_cells(ledger_row(case), verdict(case, rules)), **system_cells(case, rules)}

    return await export_pages(LEDGER, signature, pages(), cells, threads)
