"""A person's data key is replaced while the service works: nothing is lost, whenever the job is killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.encryption.rotation import KEPT_REPLACED, rotate, rotate_data_keys
from libs.common.encryption.sealer import Sealer
from libs.common.encryption.values import version_of
from tests.libs.common.encryption.samples import COLUMNS, KEYS, METADATA, PERSON, PHONE, ring

NOW = datetime(2022, 7, 4, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=400)
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


@pytest.fixture
def sealer(clock: ManualClock) -> Sealer:
    return Sealer(ring(), KEYS, clock)


async def put(database: Database, sealer: Sealer, subject: str, *, is_new: bool = True) -> None:
    async with database.unit_of_work(NOW) as uow:
        keys = await (sealer.new_keys if is_new else sealer.keys_to_seal)(uow, [subject])
        row = str(uuid4())
        values = sealer.sealed(keys[subject], COLUMNS, row, subject, TEXTS)
        await uow.connection.execute(insert(PERSON).values(id=row, subject=subject, **values))


async def add(database: Database, sealer: Sealer, count: int) -> list[str]:
    subjects = sorted(str(uuid4()) for _ in range(count))
    for subject in subjects:
        await put(database, sealer, subject)
    return subjects


async def texts(database: Database, sealer: Sealer) -> list[dict[str, str | None]]:
    async with database.reading() as connection:
        rows = (await connection.execute(select(PERSON))).mappings().all()
        return await sealer.opened(connection, COLUMNS, rows)


async def versions(database: Database) -> list[int]:
    async with database.reading() as connection:
        rows = (await connection.execute(select(PERSON.c.phone, PERSON.c.address))).all()
    return [version_of(value) for row in rows for value in row]


async def live_keys(database: Database) -> list[int]:
    async with database.reading() as connection:
        keys = select(KEYS.c.version).where(KEYS.c.wrapped.is_not(None)).order_by(KEYS.c.version)
        return list(await connection.scalars(keys))


async def turned(
    database: Database, clock: ManualClock, sealer: Sealer, older_than: datetime, batches: int | None = None
) -> list[tuple[str, int, int]]:
    """Rotate, or be killed after so many batches; return what was told."""
    told = []
    async with aclosing(rotate_data_keys(database, clock, sealer, COLUMNS, older_than, batch=4)) as steps:
        async for step in steps:
            told.append((step.what, step.done, step.left))
            if len(told) == batches:
                break
    return told


async def test_a_rotation_goes_on_where_it_was_killed_while_the_service_works(
    database: Database, clock: ManualClock, sealer: Sealer
) -> None:
    subjects = await add(database, sealer, 10)
    elsewhere = Sealer(ring(), KEYS, clock)
    clock.instant = LATER
    # Both processes have the former keys remembered.
    for other in (sealer, elsewhere):
        assert await texts(database, other) == [TEXTS] * 10
    for left in (10, 6, 2):
        assert await turned(database, clock, Sealer(ring(), KEYS, clock), LATER, 1) == [
            ("data_key", min(4, left), left)
        ]
        for other in (sealer, elsewhere):
            assert await texts(database, other) == [TEXTS] * 10
    assert await versions(database) == [2] * 20
    assert await turned(database, clock, sealer, LATER) == []
    # Who writes takes the new key; who has read a value before can still open it.
    await put(database, elsewhere, subjects[0], is_new=False)
    assert await versions(database) == [2] * 22
    assert await live_keys(database) == [1] * 10 + [2] * 10

    clock.instant += KEPT_REPLACED + timedelta(seconds=1)
    assert [step[0] for step in await turned(database, clock, sealer, LATER)] == ["data_key.replaced"] * 3
    assert await live_keys(database) == [2] * 10
    assert await texts(database, Sealer(ring(), KEYS, clock)) == [TEXTS] * 11
    async with database.reading() as connection:
        found = select(PERSON).where(PERSON.c.phone_index.in_(sealer.indexes(PHONE, TEXTS["phone"])))
        assert len((await connection.execute(found)).all()) == 11


async def test_a_killed_batch_changes_nothing(
    database: Database, clock: ManualClock, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(database, sealer, 3)
    clock.instant = LATER

    async def killed(*_of: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(Sealer, "_seal_anew", killed)
        with pytest.raises(asyncio.CancelledError):
            await turned(database, clock, sealer, LATER)
    assert await versions(database) == [1] * 6
    assert await live_keys(database) == [1] * 3
    assert await texts(database, sealer) == [TEXTS] * 3


async def test_young_keys_stay(database: Database, clock: ManualClock, sealer: Sealer) -> None:
    await add(database, sealer, 2)
    assert await turned(database, clock, sealer, NOW) == []
    assert await live_keys(database) == [1, 1]


async def test_the_keys_that_wrap_are_rotated_with_replaced_ones_there(
    database: Database, clock: ManualClock, sealer: Sealer
) -> None:
    await add(database, sealer, 2)
    clock.instant = LATER
    await turned(database, clock, sealer, LATER)
    between = Sealer(ring(wrapping=("w2", "w1")), KEYS, clock)
    assert sum([step.done async for step in rotate(database, clock, between, COLUMNS)]) == 4
    assert await texts(database, Sealer(ring(wrapping=("w2",)), KEYS, clock)) == [TEXTS] * 2


async def test_who_is_erased_stays_erased_and_gets_no_key_by_a_rotation(
    database: Database, clock: ManualClock, sealer: Sealer
) -> None:
    first, second = await add(database, sealer, 2)
    clock.instant = LATER
    async with database.unit_of_work(NOW) as uow:
        await sealer.erase(uow, first, [])
    await turned(database, clock, sealer, LATER)
    assert await live_keys(database) == [1, 2]
    async with database.unit_of_work(NOW) as uow:
        await sealer.erase(uow, second, [])
    assert await live_keys(database) == []
    assert await texts(database, sealer) == [{"phone": None, "address": None}] * 2


async def waits_for_the_rotation(database: Database, sealer: Sealer, subject: str, act: object) -> None:
    """Begin something about a person in the midst of the rotation of their key; it waits for the end of it."""
    async with database.unit_of_work(LATER) as uow:
        await sealer.replace_keys(uow, [subject], COLUMNS)
        acting = asyncio.create_task(act())  # type: ignore[operator]  # a function without parameters
        assert not (await asyncio.wait({acting}, timeout=0.3))[0]
    await acting


async def test_what_is_written_in_the_midst_of_a_rotation_is_sealed_by_the_new_key(
    database: Database, clock: ManualClock, sealer: Sealer
) -> None:
    (subject,) = await add(database, sealer, 1)

    async def write() -> None:
        await put(database, Sealer(ring(), KEYS, clock), subject, is_new=False)

    await waits_for_the_rotation(database, sealer, subject, write)
    assert await versions(database) == [2] * 4
    assert await texts(database, sealer) == [TEXTS] * 2


async def test_who_is_erased_in_the_midst_of_a_rotation_has_no_new_key_either(
    database: Database, clock: ManualClock, sealer: Sealer
) -> None:
    (subject,) = await add(database, sealer, 1)

    async def erase() -> None:
        async with database.unit_of_work(LATER) as uow:
            await Sealer(ring(), KEYS, clock).erase(uow, subject, [])

    await waits_for_the_rotation(database, sealer, subject, erase)
    assert await live_keys(database) == []


async def test_who_is_being_written_is_left_to_the_next_run(
    database: Database, clock: ManualClock, sealer: Sealer
) -> None:
    if database.is_sqlite:
        return
    first, _ = await add(database, sealer, 2)
    clock.instant = LATER
    async with database.unit_of_work(LATER) as uow:
        await sealer.keys_to_seal(uow, [first])
        await turned(database, clock, sealer, LATER)
        assert await live_keys(database) == [1, 1, 2]
    await turned(database, clock, sealer, LATER)
    assert await live_keys(database) == [1, 1, 2, 2]
