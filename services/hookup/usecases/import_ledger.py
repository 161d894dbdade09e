"""The intake of ledger rows: each row becomes a case, exactly once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.changes import Addition
from libs.common.clock import Clock, local
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.workbooks.jobs.imports import Job
from libs.workbooks.jobs.intake import Compared
from libs.workbooks.jobs.keeping import PLAIN, Keeping
from libs.workbooks.jobs.runner import ImportRunner
from libs.workbooks.ledgers.findings import Checked, Finding
from libs.workbooks.ledgers.rows import RawRow
from services.hookup.ledger.check import Checker, LedgerCase, check
from services.hookup.storage.cases import CASES
from services.hookup.storage.imports import LEDGERS
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases.import_numbers import (
    lives_beside,
    lives_here,
    move_counters,
    number_findings,
    number_of,
    numbers_of,
    twins_of,
)


@dataclass(frozen=True, slots=True)
class CaseIntake:
    """Checks rows by the rules of their day, compares them with the cases, and adds new cases."""

    clock: Clock
    rulebook: RuleBook

    async def refresh(self) -> None:
        """Reload the rules if they have changed."""
        await self.rulebook.refresh()

    def check(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[LedgerCase]]:
        """Check each row on its own; rows before the first rules use those."""
        rules_at = partial(self.rulebook.at, or_first=True)
        checker = Checker(rules_at, self.rulebook.first_day, self.clock.now(), job.asked_by, job.scope)
        return [check(row, checker) for row in rows]

    async def compare(
        self,
        connection: AsyncConnection,
        job: Job,
        checked: Sequence[Checked[LedgerCase]],
        repeated: Mapping[int, int],
    ) -> list[Compared]:
        """Compare rows with the stored cases of their numbers.

        A row of a case that the system itself accepted is not compared, since it changes nothing.
        """
        numbers = await numbers_of(connection, [row.raw for row in checked], job.scope)
        today = local(self.clock.now()).date()
        compared = []
        for row in checked:
            stored = numbers.stored.get(number_of(row.raw))
            if stored is not None and stored.lives_here and row.raw.number not in repeated:
                findings = [lives_here(row.raw.number)]
            else:
                findings = [*row.findings, *number_findings(row, repeated, numbers, today)]
            compared.append(Compared(findings, stored is not None))
        return compared

    async def remarks(
        self, connection: AsyncConnection, job: Job, checked: Sequence[Checked[LedgerCase]]
    ) -> dict[int, Finding]:
        """Return remarks on open cases that the system may have already."""
        twins = await twins_of(connection, [row.item.case for row in checked if row.item], job.scope)
        return {
            row.raw.number: lives_beside(row.raw.number, twin)
            for row in checked
            if row.item is not None and (twin := twins.get(row.item.case.number))
        }

    async def add(
        self, uow: UnitOfWork, checked: Sequence[Checked[LedgerCase]], compared: Sequence[Compared]
    ) -> None:
        """Add the cases, and raise the number counters above theirs."""
        del compared
        new = [
            Addition(row.item.case, row.item.rules, {"source_hash": row.digest})
            for row in checked
            if row.item is not None
        ]
        await CASES.add(uow, new)
        await move_counters(uow, (addition.aggregate.number for addition in new))


def ledger_runner(
    database: Database, clock: Clock, rulebook: RuleBook, keeping: Keeping = PLAIN
) -> ImportRunner[LedgerCase]:
    """Return the runner of import jobs, whose files are kept as `keeping` does."""
    return ImportRunner(database, clock, LEDGERS, CaseIntake(clock, rulebook), keeping=keeping)
