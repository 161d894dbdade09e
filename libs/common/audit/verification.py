"""`verify`: reads the whole chain and says what does not fit, the first of it in words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.chain import is_absence, is_genuine, is_link
from libs.common.audit.external import Anchor
from libs.common.audit.log import AuditLog
from libs.common.database.engine import Database

_PAGE: Final = 2_000


@dataclass(slots=True)
class Report:
    """What a verification found: numbers of entries, and the faults."""

    sealed: int = 0
    unsealed: int = 0
    absent: int = 0
    anchors: int = 0
    faults: int = 0
    first: str | None = None

    def fault(self, said: str) -> None:
        """Count a fault; the first is kept in words."""
        self.faults += 1
        self.first = self.first or said


@dataclass(slots=True)
class _Walk:
    audit: AuditLog
    report: Report
    absences: dict[int, Any]
    anchored: dict[int, set[str]]
    expected: int = 1
    previous: str = ""
    stretches: list[tuple[int, int]] = field(default_factory=list)

    def skip(self) -> None:
        """Pass over what is rightly not there."""
        while (row := self.absences.pop(self.expected, None)) is not None:
            first, last = row["first_sequence"], row["last_sequence"]
            self.stretches.append((first, last))
            self.report.absent += last - first + 1
            self._compare(last, row["hash"])
            self.expected, self.previous = last + 1, row["hash"]

    def take(self, row: Any) -> None:
        """Judge the next entry."""
        self.skip()
        sequence, report, keys = row["sequence"], self.report, self.audit.keys
        if sequence < self.expected:
            report.fault(f"entry {sequence} is there a second time, or below the beginning")
        elif sequence > self.expected:
            missing = f"entry {self.expected} is"
            if sequence > self.expected + 1:
                missing = f"entries {self.expected} to {sequence - 1} are"
            report.fault(f"{missing} not there")
        elif row["previous_hash"] != self.previous:
            report.fault(f"entry {sequence} does not follow the one before it")
        if not is_genuine(keys, row):
            report.fault(f"entry {sequence} was changed, or was never written by the service")
        if not is_link(keys, row):
            report.fault(f"entry {sequence} is not the one that was sealed in this place")
        report.sealed += 1
        self._compare(sequence, row["hash"])
        self.expected, self.previous = sequence + 1, row["hash"]

    def finish(self) -> None:
        """Judge the end of the chain."""
        self.skip()
        for at in self.absences:
            # Of a loss by a restore that was purged since with all around it nothing more is to be said.
            if not any(first <= at <= last for first, last in self.stretches):
                self.report.fault(f"entries from {at} on are said to be purged or lost, and are there")
        for sequence in sorted(self.anchored):
            if sequence >= self.expected:
                self.report.fault(
                    f"the chain ends at entry {self.expected - 1}, and entry {sequence} was anchored"
                )
            elif not any(first <= sequence < last for first, last in self.stretches):
                self.report.fault(f"entry {sequence} was anchored and is not there")

    def _compare(self, sequence: int, code: str) -> None:
        codes = self.anchored.pop(sequence, set())
        self.report.anchors += len(codes)
        if codes - {code}:
            self.report.fault(f"entry {sequence} is another one than was anchored")


async def verify(database: Database, audit: AuditLog, logged: Iterable[Anchor] = ()) -> Report:
    """Read the chain as of one instant, and compare it with its anchors and with those that the log tells of.

    What was deleted in the seconds before it was sealed is not found. Raises `files-unavailable`.
    """
    anchored: dict[int, set[str]] = defaultdict(set)
    # Before the chain is read: one that is made meanwhile would be ahead of it.
    for anchor in (*await audit.external.anchors(), *logged):
        anchored[anchor.sequence].add(anchor.hash)
    report = Report()
    async with database.reading(is_snapshot=True) as connection:
        walk = _Walk(audit, report, await _absences(connection, audit, report), anchored)
        entries = audit.tables.entry
        at = -(2**63)
        while True:
            page = select(entries).where(entries.c.sequence > at).order_by(entries.c.sequence).limit(_PAGE)
            rows = (await connection.execute(page)).mappings().all()
            for row in rows:
                walk.take(row)
            if len(rows) < _PAGE:
                break
            at = rows[-1]["sequence"]
        walk.finish()
        await _unsealed(connection, audit, report)
    return report


async def _absences(connection: AsyncConnection, audit: AuditLog, report: Report) -> dict[int, Any]:
    table = audit.tables.absence
    found = {}
    for row in (await connection.execute(select(table).order_by(table.c.first_sequence))).mappings():
        if is_absence(audit.keys, row):
            found[row["first_sequence"]] = row
        else:
            report.fault(f"that entries from {row['first_sequence']} on were purged is forged")
    return found


async def _unsealed(connection: AsyncConnection, audit: AuditLog, report: Report) -> None:
    entries, after = audit.tables.entry, ""
    while True:
        page = select(entries).where(entries.c.sequence.is_(None)).order_by(entries.c.id).limit(_PAGE)
        if after:
            page = page.where(entries.c.id > after)
        rows = (await connection.execute(page)).mappings().all()
        for row in rows:
            report.unsealed += 1
            if not is_genuine(audit.keys, row):
                report.fault(
                    f"entry {row['id']}, not sealed yet, was not written by the service, or was changed"
                )
        if len(rows) < _PAGE:
            return
        after = rows[-1]["id"]
