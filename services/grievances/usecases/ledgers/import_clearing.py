"""The intake of ledgers of clearing that an office kept before: each open entry becomes a grievance, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.database.unit_of_work import UnitOfWork
from libs.workbooks.jobs.imports import Job
from libs.workbooks.jobs.intake import Compared
from libs.workbooks.ledgers.findings import Checked, Finding, duplicate_number, number_taken
from libs.workbooks.ledgers.rows import RawRow, text_of
from services.grievances.domain.grievance import Grievance
from services.grievances.storage.ledgers import NUMBER
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.ledgers.named import importer, is_own_number, named_in, number_unknown
from services.grievances.usecases.ledgers.read_clearing import read_clearing
from services.grievances.usecases.submit import NewGrievance, submit


@dataclass(frozen=True, slots=True)
class ClearingIntake:
    """Reads rows, compares them with the grievances of their numbers, and takes new ones in."""

    clock: Clock
    rulebook: RuleBook

    async def refresh(self) -> None:
        """Reload the rules if they have changed."""
        await self.rulebook.refresh()

    def check(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[NewGrievance]]:
        """Read each row on its own, by today's rules."""
        caller, rules, now = importer(job), self.rulebook.rules, self.clock.now()
        return [read_clearing(row, caller, rules, now) for row in rows]

    async def compare(
        self,
        connection: AsyncConnection,
        job: Job,
        checked: Sequence[Checked[NewGrievance]],
        repeated: Mapping[int, int],
    ) -> list[Compared]:
        """Compare rows with the grievances of their numbers; what is here already, no row changes."""
        named = await named_in(connection, job.scope, (_number(row) for row in checked))
        caller, compared = importer(job), []
        for row in checked:
            item = named.get(_number(row))
            findings = [*row.findings] if item is None else list(_against(row, item))
            if item is None and is_own_number(_number(row)):
                findings = [number_unknown(row.raw.number)]
            if (earlier := repeated.get(row.raw.number)) is not None:
                findings.append(duplicate_number(row.raw.number, NUMBER, earlier))
            compared.append(Compared(findings, item is not None, caller))
        return compared

    async def remarks(
        self, connection: AsyncConnection, job: Job, checked: Sequence[Checked[NewGrievance]]
    ) -> dict[int, Finding]:
        """Remark nothing more."""
        del connection, job, checked
        return {}

    async def add(
        self, uow: UnitOfWork, checked: Sequence[Checked[NewGrievance]], compared: Sequence[Compared]
    ) -> None:
        """Take the grievances in, one after another."""
        for row, beside in zip(checked, compared, strict=True):
            if row.item is not None:
                await submit(uow, self.rulebook, row.item, beside.found)


def _number(row: Checked[NewGrievance]) -> str:
    return text_of(row.raw.cells.get(NUMBER))


def _against(row: Checked[NewGrievance], item: Grievance) -> Sequence[Finding]:
    """Return what is to say of a row whose grievance is here: read in before, or taken in by another door."""
    number, said = row.raw.number, None if row.item is None else row.item.row
    if item.read_in is None or _number(row) == item.number:
        reason = "此件在系统里办理，以系统记录为准，台账行不改动它"
        return [Finding(number, NUMBER, "lives-here", reason, "无需处理", is_bad=False)]
    if said is not None and said.digest == item.read_in.digest:
        return ()
    return row.findings if said is None else [number_taken(number, NUMBER, "请核对；已补录的请在系统里办理")]
