"""Whatever is done to the audit record by who has no key is found, and the database lets nobody do it unasked."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from libs.common.audit.chain import Absence, absence
from libs.common.audit.external import Anchor
from libs.common.audit.log import AuditLog
from libs.common.audit.sealing import (
    BehindAnchorsError,
    Sealing,
)
from libs.common.audit.verification import verify
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from tests.libs.common.audit.samples import (
    TABLES,
    add,
    as_intruder,
    audit_log,
    fault,
    rows,
)
from tests.libs.common.database.samples import NOW

ENTRY: Final = TABLES.entry
C: Final = ENTRY.c
# Past every number that the tests give.
AWAY: Final = 1_000


def moved(first: int, second: int) -> list[Any]:
    """Swap the places of two entries."""
    return [
        update(ENTRY).where(C.sequence == first).values(sequence=AWAY),
        update(ENTRY).where(C.sequence == second).values(sequence=first),
        update(ENTRY).where(C.sequence == AWAY).values(sequence=second),
    ]


def changed(**values: Any) -> list[Any]:
    return [update(ENTRY).where(C.sequence == 4).values(values)]


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (changed(purpose="complaint"), "entry 4 was changed"),
        (changed(actor="clerk-9"), "entry 4 was changed"),
        (changed(subject=None), "entry 4 was changed"),
        (changed(fields=[]), "entry 4 was changed"),
        (changed(roles=["administrator"]), "entry 4 was changed"),
        (changed(source_address="192.0.2.8"), "entry 4 was changed"),
        (changed(occurred_at=NOW - timedelta(days=1)), "entry 4 was changed"),
        (changed(recorded_at=NOW - timedelta(days=1)), "entry 4 was changed"),
        (changed(result="REFUSED", slug="out-of-scope"), "entry 4 was changed"),
        (changed(hash="a1.x"), "entry 4 is not the one that was sealed"),
        (changed(hash="b7.x"), "entry 4 is not the one that was sealed"),
        (changed(previous_hash="a1.x"), "entry 4 does not follow the one before"),
        ([delete(ENTRY).where(C.sequence == 4)], "entry 4 is not there"),
        ([delete(ENTRY).where(C.sequence.between(4, 6))], "entries 4 to 6 are not there"),
        ([delete(ENTRY).where(C.sequence <= 2)], "entries 1 to 2 are not there"),
        (moved(4, 5), "entry 4 does not follow the one before"),
        (moved(2, 9), "entry 2 does not follow the one before"),
        ([delete(ENTRY).where(C.sequence >= 9)], "the chain ends at entry 8, and entry 10 was anchored"),
        ([delete(ENTRY)], "the chain ends at entry 0, and entry 10 was anchored"),
        ([update(ENTRY).where(C.sequence == 10).values(sequence=0)], "entry 0 is there a second time"),
    ],
)
async def test_what_was_done_to_the_chain_is_found(
    database: Database, log: AuditLog, sealed: Sealing, statements: list[Any], said: str
) -> None:
    assert await fault(database, log) is None
    await as_intruder(database, *statements)
    report = await verify(database, log)
    assert said in (report.first or "")
    assert report.faults >= 1


@pytest.mark.parametrize("copies_its_code", [True, False])
async def test_an_entry_that_was_put_between_is_found(
    database: Database, log: AuditLog, sealed: Sealing, copies_its_code: bool
) -> None:
    four = (await rows(database))[3]
    statements = [
        update(ENTRY).where(C.sequence == number).values(sequence=number + 1) for number in range(10, 3, -1)
    ]
    added = {**four, "id": "0190163d-8694-739b-aea5-966c26f8ad91", "actor": "somebody-else"}
    if not copies_its_code:
        added["mac"] = "a1.x"
    await as_intruder(database, *statements, insert(ENTRY).values(added))
    assert "entry 4 was changed, or was never written by the service" in (await fault(database, log) or "")


async def test_an_entry_that_somebody_else_wrote_is_sealed_as_evidence_and_found(
    database: Database, log: AuditLog, sealed: Sealing
) -> None:
    ten = (await rows(database))[9]
    forged = {
        **ten,
        "id": "0190163d-8694-739b-aea5-966c26f8ad92",
        "sequence": None,
        "previous_hash": None,
        "hash": None,
    }
    # The database takes it: it cannot know who inserts.
    async with database.unit_of_work(NOW) as uow:
        await uow.connection.execute(insert(ENTRY).values(forged))
    assert "not sealed yet, was not written by the service" in (await fault(database, log) or "")
    assert await sealed.step() == 1
    assert "entry 11 was changed, or was never written" in (await fault(database, log) or "")


async def test_the_end_cut_off_after_the_anchors_too_is_told_by_the_log(
    database: Database, log: AuditLog, sealed: Sealing, tmp_path: Path
) -> None:
    last = (await rows(database))[9]
    await as_intruder(database, delete(ENTRY).where(C.sequence >= 9))
    for anchor in (tmp_path / "anchors" / "sample" / "anchors").iterdir():
        anchor.unlink()
    assert await fault(database, log) is None
    assert "the chain ends at entry 8" in (await fault(database, log, Anchor(10, last["hash"])) or "")


async def test_a_chain_that_was_made_anew_with_the_key_differs_from_its_anchors(
    database: Database, log: AuditLog, sealed: Sealing, clock: ManualClock
) -> None:
    await as_intruder(database, delete(ENTRY))
    await add(database, log, 10, purpose="complaint")
    await sealed.reset()
    with pytest.raises(BehindAnchorsError, match="ends at 0 and was anchored at 10"):
        await sealed.step()
    sealed._is_checked = True
    assert await sealed.step() == 10
    assert await fault(database, log) == "entry 10 is another one than was anchored"


@pytest.mark.parametrize(
    "statement",
    [
        update(ENTRY).where(C.sequence == 4).values(purpose="complaint"),
        update(ENTRY).where(C.sequence == 4).values(sequence=None),
        update(ENTRY).where(C.sequence == 4).values(hash="a1.x"),
        update(ENTRY).where(C.sequence.is_(None)).values(purpose="complaint"),
        update(ENTRY).where(C.sequence.is_(None)).values(purpose="complaint", sequence=12),
        delete(ENTRY).where(C.sequence == 4),
        delete(ENTRY).where(C.sequence.is_(None)),
        delete(ENTRY),
    ],
)
async def test_the_database_refuses_changes(
    database: Database, log: AuditLog, sealed: Sealing, statement: Any
) -> None:
    await add(database, log)
    before = await rows(database)
    with pytest.raises(DBAPIError, match="neither changed nor deleted"):
        async with database.unit_of_work(NOW) as uow:
            await uow.connection.execute(statement)
    assert await rows(database) == before


async def test_postgres_refuses_to_empty_the_tables(
    database: Database, log: AuditLog, sealed: Sealing
) -> None:
    if database.is_sqlite:
        return
    for table in ("audit_entry", "audit_absence"):
        with pytest.raises(DBAPIError, match="neither changed nor deleted"):
            async with database.unit_of_work(NOW) as uow:
                await uow.connection.execute(text(f"TRUNCATE {table}"))


@pytest.mark.parametrize("has_key", [False, True])
async def test_a_purge_that_nobody_with_a_key_made_is_found(
    database: Database, log: AuditLog, sealed: Sealing, has_key: bool, tmp_path: Path
) -> None:
    keys = log.keys if has_key else audit_log(tmp_path, ("a2",)).keys
    four = (await rows(database))[3]
    forged = {**absence(keys, Absence.PURGED, 1, 4, four["hash"], NOW)}
    async with database.unit_of_work(NOW) as uow:
        await uow.connection.execute(insert(TABLES.absence).values(forged))
        await uow.connection.execute(delete(ENTRY).where(C.sequence <= 4))
    found = await fault(database, log)
    assert found == (None if has_key else "that entries from 1 on were purged is forged")
