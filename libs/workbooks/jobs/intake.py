"""What a service does with the rows of its ledgers: checks them, compares them with what it has, stores them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.workbooks.jobs.imports import Job
from libs.workbooks.ledgers.findings import Checked, Finding
from libs.workbooks.ledgers.rows import RawRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Compared:
    """A row beside what is stored: all that is found in it, and whether it is stored already."""

    findings: Sequence[Finding]
    is_stored: bool


class Intake(Protocol[T]):
    """What a service does with the rows that are read in; T is what it stores of one."""

    async def refresh(self) -> None:
        """Look, before each slice, whether what rows are checked by has changed."""
        ...

    def check(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[T]]:
        """Check rows by themselves; called in a thread."""
        ...

    async def compare(
        self,
        connection: AsyncConnection,
        job: Job,
        checked: Sequence[Checked[T]],
        repeated: Mapping[int, int],
    ) -> Sequence[Compared]:
        """Compare rows with what is stored, and with those that an earlier row has the number of (`repeated`).

        Called twice: when rows are checked, and in the transaction that takes them.
        """
        ...

    async def remarks(
        self, connection: AsyncConnection, job: Job, checked: Sequence[Checked[T]]
    ) -> Mapping[int, Finding]:
        """Return by row what else is worth a look when rows are checked."""
        ...

    async def add(self, uow: UnitOfWork, checked: Sequence[Checked[T]]) -> None:
        """Store the items of rows that are new."""
        ...
