"""Sealing: one process of a service at a time puts new entries into the chain, in batches, behind its commands.

So no command waits for another's place in the chain. An entry has a code of its own from the start; what a chain adds
is that none can go, and the loop closes that gap within a second or two.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import BindParameter, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.chain import Absence, absence, is_genuine, link
from libs.common.audit.entries import Action, Result
from libs.common.audit.external import Anchor
from libs.common.audit.log import AuditLog
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.lease import LeaseHolder
from libs.common.telemetry import REVEALS
from libs.common.worker import Loop

log = structlog.get_logger(__name__)

BATCH: Final = 500
LEASE_SECONDS: Final = 30.0
REST_SECONDS: Final = 1.0
# What is cut off the chain's end within this time after an anchor shows in no anchor.
ANCHOR_EVERY: Final = timedelta(minutes=5)
PURGE_EVERY: Final = timedelta(days=1)
PURGED_AT_ONCE: Final = 5_000


class BehindAnchorsError(Exception):
    """The chain is shorter than its anchors say, cut off or restored: nothing is sealed until that is settled."""


class OvertakenError(Exception):
    """The lease went to another process since this one read the chain's end."""


class Sealing:
    """Seals, anchors and purges the audit record of one service."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._lease = LeaseHolder(database, clock, "audit", LEASE_SECONDS)
        self._is_checked = False
        self._anchored = 0
        self._anchor_at: datetime | None = None
        self._purge_at: datetime | None = None

    def loop(self) -> Loop:
        """Return the loop of the worker."""
        return Loop("audit", self._run, self.reset, self._lease.release)

    async def _run(self) -> None:
        if await self.step() < BATCH:
            await asyncio.sleep(REST_SECONDS)

    async def step(self) -> int:
        """Seal one batch if this process holds the lease; return its size. Raises BehindAnchorsError."""
        if not await self._lease.hold():
            return 0
        entries = self._audit.tables.entry
        async with self._database.reading() as connection:
            head = await head_of(connection, self._audit)
            waiting = select(entries).where(entries.c.sequence.is_(None))
            rows = (
                (await connection.execute(waiting.order_by(entries.c.recorded_at, entries.c.id).limit(BATCH)))
                .mappings()
                .all()
            )
        await self._check(head)
        if rows:
            # Before the seal, so that a process that is killed between the two notes them again.
            await self._note_erasures(rows)
            head = await self._seal(head, rows)
        now = self._clock.now()
        if head.sequence > self._anchored and (self._anchor_at is None or now >= self._anchor_at):
            await self._audit.external.anchor(head, now)
            log.info("audit_anchor", sequence=head.sequence, hash=head.hash)
            self._anchored, self._anchor_at = head.sequence, now + ANCHOR_EVERY
        is_due = self._purge_at is None or now >= self._purge_at
        if is_due and await purge(self._database, now, self._audit) < PURGED_AT_ONCE:
            self._purge_at = now + PURGE_EVERY
        return len(rows)

    async def reset(self) -> None:
        """Begin anew after an error."""
        self._lease.doubt()
        self._is_checked = False

    async def _check(self, head: Anchor) -> None:
        """Do not build on a chain that lost its end: its numbers would be given again."""
        if self._is_checked:
            return
        if beyond := await self._audit.external.anchors(head.sequence):
            raise BehindAnchorsError(
                f"the audit record ends at {head.sequence} and was anchored at {beyond[-1].sequence}: "
                "after a restore, `audit resume` goes on behind what was lost"
            )
        self._is_checked = True

    async def _seal(self, head: Anchor, rows: Sequence[Any]) -> Anchor:
        keys, entries = self._audit.keys, self._audit.tables.entry
        before, seals = head, []
        for row in rows:
            if not is_genuine(keys, row):
                # It stays as evidence, and `verify` names it.
                log.error("audit_entry_not_genuine", entry=row["id"])
            sequence = head.sequence + 1
            code = link(keys, head.hash, sequence, row["mac"])
            seals.append({"entry": row["id"], "sequence": sequence, "previous_hash": head.hash, "hash": code})
            head = Anchor(sequence, code)
        seal = update(entries).where(entries.c.id == bindparam("entry"), entries.c.sequence.is_(None))
        columns: dict[str, BindParameter[Any]] = {
            name: bindparam(name) for name in ("sequence", "previous_hash", "hash")
        }
        async with self._database.unit_of_work(self._clock.now()) as uow:
            is_ours = await self._lease.hold_within(uow.connection)
            if not is_ours or await head_of(uow.connection, self._audit) != before:
                raise OvertakenError("another process seals the audit record")
            await uow.connection.execute(seal.values(columns), seals)
        for row in rows:
            if row["action"] == Action.REVEAL and row["result"] == Result.OK:
                REVEALS.labels(row["purpose"]).inc()
        return head

    async def _note_erasures(self, rows: Sequence[Any]) -> None:
        for row in rows:
            is_erasure = row["action"] == Action.ERASE and row["result"] == Result.OK
            if is_erasure and row["subject"] is not None and is_genuine(self._audit.keys, row):
                await self._audit.external.note_erasure(row["subject"], row["recorded_at"])


async def head_of(connection: AsyncConnection, audit: AuditLog) -> Anchor:
    """Return the number and hash on which the chain goes on."""
    entries, absences = audit.tables.entry.c, audit.tables.absence.c
    last = (
        await connection.execute(
            select(entries.sequence, entries.hash)
            .where(entries.sequence.is_not(None))
            .order_by(entries.sequence.desc())
            .limit(1)
        )
    ).one_or_none()
    absent = (
        await connection.execute(
            select(absences.last_sequence, absences.hash).order_by(absences.last_sequence.desc()).limit(1)
        )
    ).one_or_none()
    return max(
        (Anchor(*row) for row in (last, absent) if row is not None),
        key=lambda anchor: anchor.sequence,
        default=Anchor(0, ""),
    )


async def purge(database: Database, now: datetime, audit: AuditLog) -> int:
    """Delete the oldest entries that are kept no longer, at most so many; return how many went.

    What is left of them is a row that says which they were and on which hash the chain goes on.
    """
    entries = audit.tables.entry
    async with database.unit_of_work(now) as uow:
        sealed = select(entries.c.sequence, entries.c.hash, entries.c.recorded_at).where(
            entries.c.sequence.is_not(None)
        )
        rows = (await uow.connection.execute(sealed.order_by(entries.c.sequence).limit(PURGED_AT_ONCE))).all()
        kept = next((n for n, row in enumerate(rows) if row.recorded_at >= now - audit.kept), len(rows))
        if not kept:
            return 0
        first, last = rows[0], rows[kept - 1]
        row = absence(audit.keys, Absence.PURGED, first.sequence, last.sequence, last.hash, now)
        await uow.connection.execute(insert(audit.tables.absence).values(row))
        await uow.connection.execute(delete(entries).where(entries.c.sequence <= last.sequence))
    log.info("audit_purged", first=first.sequence, last=last.sequence)
    return kept


async def resume(database: Database, now: datetime, audit: AuditLog) -> tuple[int, int] | None:
    """After a restore, go on behind the last anchor; return the first and last number that are lost."""
    async with database.unit_of_work(now) as uow:
        head = await head_of(uow.connection, audit)
        beyond = await audit.external.anchors(head.sequence)
        if not beyond:
            return None
        last = beyond[-1]
        row = absence(audit.keys, Absence.RESTORED, head.sequence + 1, last.sequence, last.hash, now)
        await uow.connection.execute(insert(audit.tables.absence).values(row))
    log.warning("audit_resumed", first=head.sequence + 1, last=last.sequence)
    return head.sequence + 1, last.sequence
