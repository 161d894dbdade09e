"""Write the 报装全流程台账 of the cases that a caller may see."""

import asyncio
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import IO, Final, TypeVar

from libs.common.auth.callers import Place
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.problems import define
from services.hookup.domain.case import Case
from services.hookup.domain.reports.ledger_row import ledger_row, verdict
from services.hookup.ledger.known import known_cells
from services.hookup.ledger.writer import LedgerWriter, Signature
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.read_cases import Filters, page_of_cases

PAGE: Final = 500
BUSY = define("exports-busy", 429, "正在导出的人较多")

T = TypeVar("T")


async def export_ledger(
    database: Database,
    rulebook: RuleBook,
    clock: Clock,
    filters: Filters,
    place: Place,
    signature: Signature,
    threads: Executor | None = None,
) -> IO[bytes]:
    """Return the workbook as an open file without a name, at its beginning: it is gone once it is closed.

    Rows are read in pages and written by one of the threads, so that neither memory nor the loop feels their number.
    """

    async def in_thread(call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, call)

    now = clock.now()
    await rulebook.refresh()
    with tempfile.TemporaryDirectory() as scratch:
        target = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        writer = await in_thread(lambda: LedgerWriter(target, signature, scratch))

        def write(cases: list[Case]) -> None:
            for case in cases:
                rules = rulebook.of(case)
                writer.write(ledger_row(case), verdict(case, rules), known_cells(case, rules))

        try:
            cursor: str | None = None
            while True:
                cases, cursor = await page_of_cases(
                    database, filters, place, now, due_first=False, limit=PAGE, cursor=cursor
                )
                await in_thread(partial(write, cases))
                if cursor is None:
                    break
            await in_thread(writer.close)
        except BaseException:
            with suppress(Exception):
                writer.close()
            target.close()
            raise
    target.seek(0)
    return target
