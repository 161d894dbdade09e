"""Entries are sealed into one chain behind the commands, anchored, and purged after their time."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import delete

from libs.common.audit import verification
from libs.common.audit.entries import Action, Result
from libs.common.audit.log import AuditLog
from libs.common.audit.sealing import (
    ANCHOR_EVERY,
    PURGE_EVERY,
    BehindAnchorsError,
    OvertakenError,
    Sealing,
    purge,
    resume,
)
from libs.common.audit.verification import verify
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.lease import LeaseHolder
from libs.common.telemetry import REGISTRY
from tests.libs.common.audit.samples import (
    KEPT,
    SUBJECT,
    TABLES,
    add,
    as_intruder,
    audit_log,
    entry,
    fault,
    rows,
)
from tests.libs.common.database.samples import NOW

ENTRY: Final = TABLES.entry
C: Final = ENTRY.c


async def test_entries_are_sealed_in_one_chain(database: Database, log: AuditLog, sealed: Sealing) -> None:
    await add(database, log, 3)
    report = await verify(database, log)
    assert (report.sealed, report.unsealed, report.anchors, report.faults) == (10, 3, 1, 0)
    assert await sealed.step() == 3
    report = await verify(database, log)
    assert (report.sealed, report.unsealed, report.faults) == (13, 0, 0)
    chain = await rows(database)
    assert [row["sequence"] for row in chain] == list(range(1, 14))
    assert [row["previous_hash"] for row in chain] == ["", *(row["hash"] for row in chain[:-1])]
    assert await sealed.step() == 0


async def test_an_entry_is_gone_with_the_transaction_that_it_records(
    database: Database, log: AuditLog
) -> None:
    async def fail() -> None:
        async with database.unit_of_work(NOW) as uow:
            await log.append(uow, entry())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await rows(database) == []


async def test_entries_join_commands_that_share_their_transaction(
    database: Database, log: AuditLog, clock: ManualClock
) -> None:
    async def command(uow: Any) -> None:
        await log.append(uow, entry(), entry(fields=("address",)))

    await asyncio.gather(*(database.run(NOW, command, shared=True) for _ in range(20)))
    async with database.unit_of_work(NOW) as uow:
        await log.append(uow, *(entry() for _ in range(40)))
    assert await Sealing(database, clock, log).step() == 80
    assert (await verify(database, log)).faults == 0


async def test_what_is_kept_no_longer_goes_and_the_chain_holds(
    database: Database, log: AuditLog, sealed: Sealing, clock: ManualClock
) -> None:
    clock.instant = NOW + KEPT + timedelta(seconds=4)
    assert await sealed.step() == 0
    assert [row["sequence"] for row in await rows(database)] == [5, 6, 7, 8, 9, 10]
    report = await verify(database, log)
    assert (report.sealed, report.absent, report.faults) == (6, 4, 0)
    clock.instant += PURGE_EVERY - timedelta(seconds=1)
    await sealed.step()
    assert len(await rows(database)) == 6
    clock.instant += timedelta(seconds=1)
    await sealed.step()
    assert await rows(database) == []
    assert (await verify(database, log)).faults == 0
    await add(database, log, 2)
    await sealed.step()
    assert [row["sequence"] for row in await rows(database)] == [11, 12]
    report = await verify(database, log)
    assert (report.sealed, report.absent, report.anchors, report.faults) == (2, 10, 2, 0)


async def test_a_purge_in_the_midst_of_a_verification_is_no_fault(
    database: Database, log: AuditLog, sealed: Sealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = verification._absences

    async def then_purged(*of: Any) -> Any:
        absences = await read(*of)
        assert await purge(database, NOW + KEPT + timedelta(seconds=4), log) == 4
        return absences

    monkeypatch.setattr(verification, "_absences", then_purged)
    assert (await verify(database, log)).faults == 0


async def test_nothing_goes_before_its_time(
    database: Database, log: AuditLog, sealed: Sealing, clock: ManualClock
) -> None:
    clock.instant = NOW + KEPT
    await sealed.step()
    assert len(await rows(database)) == 10


async def test_after_a_restore_nothing_is_sealed_until_the_loss_is_recorded(
    database: Database, log: AuditLog, sealed: Sealing, clock: ManualClock
) -> None:
    await as_intruder(database, delete(ENTRY).where(C.sequence >= 8))
    await add(database, log, 2)
    await sealed.reset()
    with pytest.raises(BehindAnchorsError, match="ends at 7 and was anchored at 10"):
        await sealed.step()
    assert await resume(database, NOW, log) == (8, 10)
    assert await resume(database, NOW, log) is None
    assert await sealed.step() == 2
    report = await verify(database, log)
    assert (report.sealed, report.absent, report.faults) == (9, 3, 0)
    assert [row["sequence"] for row in await rows(database)][-2:] == [11, 12]
    # The loss goes with what is purged around it.
    clock.instant = NOW + KEPT + timedelta(days=1)
    await sealed.step()
    report = await verify(database, log)
    assert (report.sealed, report.faults) == (0, 0)


async def test_anchors_are_made_now_and_then(
    database: Database, log: AuditLog, sealed: Sealing, clock: ManualClock
) -> None:
    await add(database, log)
    await sealed.step()
    assert [anchor.sequence for anchor in await log.external.anchors()] == [10]
    clock.instant += ANCHOR_EVERY
    await sealed.step()
    assert [anchor.sequence for anchor in await log.external.anchors()] == [10, 11]
    assert [anchor.sequence for anchor in await log.external.anchors(10)] == [11]
    clock.instant += ANCHOR_EVERY
    await sealed.step()
    assert len(await log.external.anchors()) == 2


async def test_one_process_seals_at_a_time(
    database: Database, log: AuditLog, sealed: Sealing, clock: ManualClock
) -> None:
    await add(database, log)
    other = Sealing(database, clock, log)
    assert await other.step() == 0
    # The lease went elsewhere since it was asked for.
    await sealed._lease.release()
    assert await LeaseHolder(database, clock, "audit", 30).hold()
    sealed._lease._renew_at = float("inf")
    with pytest.raises(OvertakenError):
        await sealed.step()
    assert (await rows(database))[0]["sequence"] in (None, 1)
    assert (await verify(database, log)).unsealed == 1


async def test_another_key_makes_what_is_new_and_the_former_one_is_needed_for_what_is_there(
    database: Database, log: AuditLog, sealed: Sealing, clock: ManualClock, tmp_path: Path
) -> None:
    both = audit_log(tmp_path, ("a2", "a1"))
    await add(database, both)
    await sealed._lease.release()
    assert await Sealing(database, clock, both).step() == 1
    assert (await rows(database))[10]["hash"].startswith("a2.")
    assert await fault(database, both) is None
    assert "entry 11" in (await fault(database, log) or "")
    assert "entry 1 was" in (await fault(database, audit_log(tmp_path, ("a2",))) or "")


async def test_an_erasure_is_noted_outside_the_database(
    database: Database, log: AuditLog, sealed: Sealing
) -> None:
    await add(database, log, action=Action.ERASE, result=Result.REFUSED, slug="kept-by-law")
    await sealed.step()
    assert await log.external.erased() == []
    await add(database, log, action=Action.ERASE)
    await sealed.step()
    assert await log.external.erased() == [SUBJECT]
    assert await log.external.is_noted(SUBJECT)


async def test_reveals_are_counted_by_purpose(database: Database, log: AuditLog, sealed: Sealing) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("sqn_personal_data_reveals_total", {"purpose": "meter"}) or 0.0

    before = count()
    await add(database, log, 3, purpose="meter")
    await add(database, log, 1, purpose="meter", action=Action.READ)
    await sealed.step()
    assert count() - before == 3
