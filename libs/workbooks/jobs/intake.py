"""The interface of a service's intake of ledger rows: check, compare with stored data, add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.database.unit_of_work import UnitOfWork
from libs.workbooks.jobs.imports import Job
from libs.workbooks.ledgers.findings import Checked, Finding
from libs.workbooks.ledgers.rows import RawRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Compared:
    """A row compared with stored data: all its findings, and whether it is stored already.

    `found` is what the intake itself needs of the comparison when it adds the row.
    """

    findings: Sequence[Finding]
    is_stored: bool
    found: Any = None


class Intake(Protocol[T]):
    """A service's intake of imported rows; T is the item stored for a row."""

    async def refresh(self) -> None:
        """Reload the data that checks depend on if it has changed; called before each slice."""
        ...

    def check(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[T]]:
        """Check each row on its own; called in a thread."""
        ...

    async def compare(
        self,
        connection: AsyncConnection,
        job: Job,
        checked: Sequence[Checked[T]],
        repeated: Mapping[int, int],
    ) -> Sequence[Compared]:
        """Compare rows with stored data; `repeated` are the rows whose number an earlier row has.

        Called twice: when rows are checked, and in the transaction that adds them.
        """
        ...

    async def remarks(
        self, connection: AsyncConnection, job: Job, checked: Sequence[Checked[T]]
    ) -> Mapping[int, Finding]:
        """Return further remarks by row, when rows are checked."""
        ...

    async def add(self, uow: UnitOfWork, checked: Sequence[Checked[T]], compared: Sequence[Compared]) -> None:
        """Store the items of new rows; `compared` are they as compared in this transaction."""
        ...
