"""The index as a worker keeps it: what a copy of it tells, a worker that is killed, erasure, rotation."""

from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.keys import KeyRing
from libs.common.encryption.postings import Segment
from services.grievances.storage.tables import WORD_INDEX, grievance_words
from services.grievances.storage.word_index import OvertakenError, SegmentWriter, Terms, drop_unused
from services.grievances.storage.words import erase_words_of
from services.grievances.usecases import index_words
from services.grievances.usecases.index_words import WordIndexer
from tests.services.grievances.people import OWNER
from tests.services.grievances.search.samples import (
    addresses,
    exhaust,
    found,
    index,
    indexer,
    look_for,
    rulebook,
    segments,
    tell,
)
from tests.support.service import Running


class KilledError(Exception):
    """The process ends here."""


async def test_a_copy_tells_neither_words_nor_how_common_they_are(grievances: Running) -> None:
    await tell(grievances, *["停水" * 20] * 100, "煤气泄漏，张三丰")
    await index(grievances)
    statement = select(WORD_INDEX.block)
    async with grievances.service.database.reading() as connection:
        rows = (await connection.execute(statement)).mappings().all()
        # As they stand in the table.
        kept = [bytes(row["sealed"]) for row in rows]
    assert len(set(map(len, kept))) == 1
    assert len(set(kept)) == len(kept)
    assert b"".join(kept).find("停水".encode()) == -1
    # Two blocks of each of two pairs, one of each of seven; the order of the rows is that of random addresses.
    assert len(rows) == 2 * 2 + 7
    standing = [row["address"] for row in rows]
    assert standing == sorted(standing)


async def test_equal_contents_have_nothing_in_common_in_two_segments(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_words, "to_merge", lambda _sizes, _largest: 0)
    for _ in range(2):
        await tell(grievances, "停水了")
        await index(grievances)
    assert [segment["blocks"] for segment in await segments(grievances)] == [2, 2]
    assert len(set(await addresses(grievances))) == 4


async def test_a_worker_that_is_killed_anywhere_loses_and_doubles_nothing(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, opened = grievances.service.database, Database.unit_of_work
    ids = await tell(grievances, "停水", "停气")
    await index(grievances)
    ids += await tell(grievances, "停水管", "停气管", "停热管")
    monkeypatch.setattr("services.grievances.storage.word_index.AT_ONCE", 2)
    for killed_at in range(1, 50):
        count = 0

        @asynccontextmanager
        async def dying(this: Database, now: datetime) -> AsyncIterator[UnitOfWork]:
            nonlocal count
            count += 1
            async with opened(this, now) as uow:
                yield uow
                # Before the commit of one transaction, and after it of the one before.
                if count == killed_at:  # noqa: B023 - of this round
                    raise KilledError

        monkeypatch.setattr(Database, "unit_of_work", dying)
        worker = indexer(grievances)
        try:
            await worker.work()
        except KilledError:
            pass
        else:
            break
        finally:
            monkeypatch.setattr(Database, "unit_of_work", opened)
            # As its lease does after a while.
            await worker.close()
        assert await found(grievances, "停水") == [ids[2], ids[0]]
    assert killed_at > 8
    await index(grievances)
    assert [(row["first"], row["last"], row["state"]) for row in await segments(grievances)] == [
        (1, 5, "READY")
    ]
    async with database.reading() as connection:
        numbers = select(grievance_words.c.number).order_by(grievance_words.c.id)
        assert list(await connection.scalars(numbers)) == [1, 2, 3, 4, 5]
        assert await connection.scalar(select(func.count()).select_from(WORD_INDEX.block)) == 6
    assert await found(grievances, "停热管") == [ids[4]]


async def test_a_worker_that_was_overtaken_publishes_nothing(grievances: Running) -> None:
    database, ring = grievances.service.database, rulebook(grievances).sealer.ring
    writer = SegmentWriter(database, grievances.clock, ring)
    await writer.begin(1, 1)
    await drop_unused(database, grievances.clock.now())
    with pytest.raises(OvertakenError):
        await writer.write({"停水": array("H", [0])})
    assert await addresses(grievances) == []
    # Nor while another one has the lease.
    await tell(grievances, "停水")
    first, second = indexer(grievances), indexer(grievances)
    await first.work()
    await tell(grievances, "停气")
    with pytest.raises(OvertakenError):
        await second.work()
    assert await second.step() is False
    await first.close()
    assert await second.step() is True
    assert len(await found(grievances, "停气")) == 1
    await second.close()


async def test_what_was_erased_is_found_no_more_and_its_blocks_go(grievances: Running) -> None:
    ids = await tell(grievances, "槐树下停水", customer=OWNER)
    ids += await tell(grievances, "路边停水")
    await index(grievances)
    (before,) = await segments(grievances)
    database, sealer = grievances.service.database, rulebook(grievances).sealer
    async with database.unit_of_work(grievances.clock.now()) as uow:
        await erase_words_of(uow, sealer, OWNER)
    assert await found(grievances, "槐树") == []
    await index(grievances)
    # Not once for each erasure.
    (marked,) = await segments(grievances)
    assert (marked["id"], marked["is_stale"]) == (before["id"], True)
    grievances.clock.instant += timedelta(hours=1)
    await index(grievances)
    (after,) = await segments(grievances)
    cipher = Segment(sealer.ring.indexing[after["key_id"]], after["id"])
    kept = set(await addresses(grievances))
    assert cipher.address("槐树", 0) not in kept
    assert cipher.address("停水", 0) in kept
    assert (after["blocks"], after["is_stale"]) == (3, False)
    assert await found(grievances, "停水") == [ids[1]]


async def test_what_is_erased_while_it_is_indexed_is_left_out_later(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(grievances, "槐树下停水", customer=OWNER)
    sealer, write = rulebook(grievances).sealer, SegmentWriter.write

    async def erased_meanwhile(writer: SegmentWriter, terms: Terms) -> int:
        blocks = await write(writer, terms)
        async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
            await erase_words_of(uow, sealer, OWNER)
        return blocks

    monkeypatch.setattr(SegmentWriter, "write", erased_meanwhile)
    await index(grievances)
    assert await found(grievances, "停水") == []
    grievances.clock.instant += timedelta(hours=1)
    await index(grievances)
    assert [segment["blocks"] for segment in await segments(grievances)] == [0]


async def test_a_new_key_makes_new_segments_and_a_lost_one_loses_nothing(grievances: Running) -> None:
    ids = await tell(grievances, "停水了")
    await index(grievances)
    before = set(await addresses(grievances))
    sealer = rulebook(grievances).sealer
    rotated = KeyRing(sealer.ring.wrapping, {"new": bytes(range(32))})
    sealer.ring = rotated
    search = await look_for(grievances, "停水")
    assert (search.found, search.has_unindexed, search.following) == ([], True, None)
    await exhaust(WordIndexer(grievances.service.database, grievances.clock, sealer))
    assert [segment["key_id"] for segment in await segments(grievances)] == ["new"]
    assert before.isdisjoint(await addresses(grievances))
    assert await found(grievances, "停水") == ids


async def test_a_segment_ends_where_its_blocks_would_take_too_much_memory(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("storage.word_index", "usecases.index_words"):
        monkeypatch.setattr(f"services.grievances.{module}.MOST_BLOCKS", 8)
    monkeypatch.setattr(index_words, "OPENED_AT_ONCE", 2)
    ids = await tell(grievances, "甲乙丙丁停水", "戊己庚辛停水", "子丑寅卯停水", "辰巳午未停水")
    await index(grievances)
    assert [(row["first"], row["last"], row["blocks"]) for row in await segments(grievances)] == [
        (1, 2, 9),
        (3, 4, 9),
    ]
    assert await found(grievances, "停水") == ids[::-1]
