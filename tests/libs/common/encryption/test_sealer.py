"""Personal data in a database: found by its index, gone after an erasure, rotated while the service works."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, insert, select, update
from sqlalchemy.exc import IntegrityError

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.encryption import sealer as sealer_module
from libs.common.encryption import values as values_module
from libs.common.encryption.ciphers import NotOpenedError, Suite, decrypt
from libs.common.encryption.keys import KeyRing
from libs.common.encryption.rotation import rotate
from libs.common.encryption.sealer import REMEMBERED_FOR, Sealer
from tests.libs.common.encryption.samples import COLUMNS, KEYS, METADATA, PERSON, PHONE, ring

NOW = datetime(2022, 7, 4, 1, tzinfo=UTC)
TEXTS = {"phone": "13800138000", "address": "柳园南路1号"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.unit_of_work(NOW) as uow:
        await uow.connection.run_sync(METADATA.create_all)
    yield database
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def sealer_of(clock: ManualClock, keys: KeyRing | None = None) -> Sealer:
    return Sealer(keys or ring(), KEYS, clock)


async def add(database: Database, sealer: Sealer, count: int = 1) -> list[str]:
    """Store persons with phones that count up; return their ids."""
    subjects = [str(uuid4()) for _ in range(count)]
    async with database.unit_of_work(NOW) as uow:
        keys = await sealer.new_keys(uow, subjects)
        for number, subject in enumerate(subjects):
            texts = TEXTS | {"phone": str(13800138000 + number)}
            row = str(uuid4())
            values = sealer.sealed(keys[subject], COLUMNS, row, subject, texts)
            await uow.connection.execute(insert(PERSON).values(id=row, subject=subject, **values))
    return subjects


async def texts_of(database: Database, sealer: Sealer, *conditions: object) -> list[dict[str, str | None]]:
    async with database.reading() as connection:
        rows = (await connection.execute(select(PERSON).where(*conditions))).mappings().all()  # type: ignore[arg-type]  # conditions
        return await sealer.opened(connection, COLUMNS, rows)


async def found(database: Database, sealer: Sealer, phone: str) -> int:
    index = PERSON.c.phone_index
    return len(await texts_of(database, sealer, index.in_(sealer.indexes(PHONE, phone))))


@pytest.mark.parametrize("suite", list(Suite))
async def test_what_is_stored_is_opened_and_found(
    database: Database, clock: ManualClock, suite: Suite
) -> None:
    sealer = sealer_of(clock, ring(suite=suite))
    await add(database, sealer, 3)
    assert TEXTS in await texts_of(database, sealer_of(clock, ring(suite=suite)))
    assert await found(database, sealer, "13800138001") == 1
    assert await found(database, sealer, "13900139000") == 0


async def test_nothing_of_a_text_is_stored(database: Database, clock: ManualClock) -> None:
    sealer = sealer_of(clock)
    await add(database, sealer)
    async with database.reading() as connection:
        rows = [tuple(row) for table in (PERSON, KEYS) for row in await connection.execute(select(table))]
    for text in TEXTS.values():
        assert text not in repr(rows)
        assert all(text.encode() not in value for row in rows for value in row if isinstance(value, bytes))


async def test_a_page_asks_once_for_its_keys_and_remembers_them(
    database: Database, clock: ManualClock
) -> None:
    await add(database, sealer_of(clock), 150)
    sealer = sealer_of(clock)
    asked: list[Any] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    async with database.reading() as connection:
        rows = (await connection.execute(select(PERSON))).mappings().all()
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        assert len(await sealer.opened(connection, COLUMNS, rows)) == 150
        assert len(asked) == 1
        await sealer.opened(connection, COLUMNS, rows)
        assert len(asked) == 1
        clock.instant += REMEMBERED_FOR + timedelta(seconds=1)
        await sealer.opened(connection, COLUMNS, rows)
        assert len(asked) == 2


async def test_the_keys_and_values_of_many_are_opened_beside_the_loop_and_not_remembered(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (looked_at, *_) = await add(database, sealer_of(clock), 250)
    sealer, threads = sealer_of(clock), set[int]()

    def noting(key: bytes, sealed: bytes, context: bytes) -> bytes:
        threads.add(threading.get_ident())
        return decrypt(key, sealed, context)

    monkeypatch.setattr(sealer_module, "decrypt", noting)
    monkeypatch.setattr(values_module, "decrypt", noting)
    await texts_of(database, sealer, PERSON.c.subject == looked_at)
    assert threads == {threading.get_ident()}
    threads.clear()
    assert len(await texts_of(database, sealer)) == 250
    assert threads
    assert threading.get_ident() not in threads
    assert set(sealer._remembered) == {looked_at}


async def test_who_is_erased_is_gone_here_at_once_and_elsewhere_soon(
    database: Database, clock: ManualClock
) -> None:
    here, elsewhere = sealer_of(clock), sealer_of(clock)
    (subject,) = await add(database, here)
    # Both have the keys remembered, long after they were made.
    clock.instant += REMEMBERED_FOR
    for sealer in (here, elsewhere):
        assert await texts_of(database, sealer) == [TEXTS]
    async with database.unit_of_work(NOW) as uow:
        await here.erase(uow, subject, [])
    # Of the keys alone: a value that a backup brings back must not open either.
    gone = [{"phone": None, "address": None}]
    assert await texts_of(database, here) == gone
    clock.instant += REMEMBERED_FOR
    assert await texts_of(database, elsewhere) == gone
    assert timedelta(minutes=1) > REMEMBERED_FOR


async def test_a_value_in_another_row_does_not_open(database: Database, clock: ManualClock) -> None:
    sealer = sealer_of(clock)
    first, second = await add(database, sealer, 2)
    async with database.unit_of_work(NOW) as uow:
        moved = await uow.connection.scalar(select(PERSON.c.address).where(PERSON.c.subject == first))
        await uow.connection.execute(update(PERSON).where(PERSON.c.subject == second).values(address=moved))
    assert await texts_of(database, sealer, PERSON.c.subject == first) != []
    with pytest.raises(NotOpenedError):
        await texts_of(database, sealer, PERSON.c.subject == second)


async def test_without_the_key_that_wraps_nothing_opens(database: Database, clock: ManualClock) -> None:
    await add(database, sealer_of(clock))
    with pytest.raises(NotOpenedError):
        await texts_of(database, sealer_of(clock, ring(wrapping=("w2",))))


async def turned(database: Database, clock: ManualClock, sealer: Sealer, batches: int | None = None) -> int:
    """Rotate, or be killed after so many batches; return how many there were."""
    count = 0
    async with aclosing(rotate(database, clock, sealer, COLUMNS, batch=4)) as steps:
        async for _ in steps:
            count += 1
            if count == batches:
                break
    return count


async def test_a_rotation_goes_on_where_it_was_stopped_while_the_service_works(
    database: Database, clock: ManualClock
) -> None:
    old = sealer_of(clock)
    await add(database, old, 10)
    between = sealer_of(clock, ring(wrapping=("w2", "w1"), indexing=("i2", "i1")))
    new = ring(wrapping=("w2",), indexing=("i2",))
    # Three batches of data keys, three of indexes, each the last of its process.
    for _ in range(6):
        assert await turned(database, clock, between, 1) == 1
        for number in range(10):
            assert await found(database, between, str(13800138000 + number)) == 1
    # A replica with the former keys still writes.
    await add(database, old)
    assert await turned(database, clock, between) == 2
    assert await turned(database, clock, between) == 0
    only_new = sealer_of(clock, new)
    assert len(await texts_of(database, only_new)) == 11
    assert await found(database, only_new, "13800138000") == 2
    async with database.reading() as connection:
        used = set(await connection.scalars(select(KEYS.c.wrapping_id)))
        indexes = set(await connection.scalars(select(PERSON.c.phone_index)))
    assert used == {"w2"}
    assert all(index.startswith("i2.") for index in indexes)


async def test_who_is_erased_is_found_no_more_and_gets_no_new_key(
    database: Database, clock: ManualClock
) -> None:
    sealer = sealer_of(clock)
    erased, other = await add(database, sealer, 2)
    async with database.unit_of_work(NOW) as uow:
        await sealer.erase(uow, erased, COLUMNS)
    assert await found(database, sealer, "13800138000") == 0
    assert await found(database, sealer, "13800138001") == 1
    async with database.reading() as connection:
        row = (await connection.execute(select(PERSON).where(PERSON.c.subject == erased))).one()
        dropped = (await connection.execute(select(KEYS).where(KEYS.c.subject == erased))).one()
    assert (row.phone, row.phone_index, row.address) == (None, None, None)
    assert (dropped.wrapped, dropped.wrapping_id, dropped.dropped_at) == (None, None, NOW)
    async with database.unit_of_work(NOW) as uow:
        assert await sealer.keys_to_seal(uow, [erased, other]) == {
            other: (await sealer.keys_of(uow.connection, [other]))[other][1]
        }
    with pytest.raises(IntegrityError):
        async with database.unit_of_work(NOW) as uow:
            await sealer.new_keys(uow, [erased])


async def test_what_is_read_while_somebody_is_erased_is_not_remembered(
    database: Database, clock: ManualClock
) -> None:
    sealer = sealer_of(clock)
    (subject,) = await add(database, sealer)
    async with database.unit_of_work(NOW) as uow:
        # Of the keys alone, so that what is stored can be asked for afterwards.
        await sealer.erase(uow, subject, [])
        assert await texts_of(database, sealer) == [TEXTS]
    assert await texts_of(database, sealer) == [{"phone": None, "address": None}]


async def test_a_key_of_a_transaction_that_failed_is_not_remembered(
    database: Database, clock: ManualClock
) -> None:
    sealer, subject, row = sealer_of(clock), str(uuid4()), str(uuid4())

    async def fail() -> None:
        async with database.unit_of_work(NOW) as uow:
            await sealer.new_keys(uow, [subject])
            assert await sealer.keys_of(uow.connection, [subject]) != {}
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.unit_of_work(NOW) as uow:
        keys = await sealer.new_keys(uow, [subject])
        values = sealer.sealed(keys[subject], COLUMNS, row, subject, TEXTS)
        await uow.connection.execute(insert(PERSON).values(id=row, subject=subject, **values))
    assert await texts_of(database, sealer) == [TEXTS]


async def test_another_suite_is_a_rotation(database: Database, clock: ManualClock) -> None:
    await add(database, sealer_of(clock))
    aes, sm4 = ring(), ring(wrapping=("w2",), indexing=("i2",), suite=Suite.CHINESE)
    both = KeyRing({**sm4.wrapping, **aes.wrapping}, {**sm4.indexing, **aes.indexing})
    await turned(database, clock, sealer_of(clock, both))
    sealer = sealer_of(clock, sm4)
    await add(database, sealer)
    assert await texts_of(database, sealer) == [TEXTS, TEXTS]
    assert await found(database, sealer, "13800138000") == 2


async def test_nobody_is_erased_while_something_of_them_is_sealed(
    database: Database, clock: ManualClock
) -> None:
    sealer = sealer_of(clock)
    (subject,) = await add(database, sealer)
    order: list[str] = []

    async def erase() -> None:
        async with database.unit_of_work(NOW) as uow:
            await sealer.erase(uow, subject, COLUMNS)
        order.append("erased")

    async with database.unit_of_work(NOW) as uow:
        key = (await sealer.keys_to_seal(uow, [subject]))[subject]
        erasing = asyncio.create_task(erase())
        # It waits for this transaction, however long it may.
        assert not (await asyncio.wait({erasing}, timeout=0.3))[0]
        row = str(uuid4())
        values = sealer.sealed(key, COLUMNS, row, subject, TEXTS)
        await uow.connection.execute(insert(PERSON).values(id=row, subject=subject, **values))
        order.append("sealed")
    await erasing
    assert order == ["sealed", "erased"]
    assert await found(database, sealer, TEXTS["phone"]) == 0
