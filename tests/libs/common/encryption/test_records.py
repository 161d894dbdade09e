"""Records of aggregates stand sealed in their table, open in their own row only, and are sealed anew in batches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, String, Table, insert, select, update

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.types import Identifier, Json
from libs.common.encryption import rotation
from libs.common.encryption.ciphers import NotOpenedError, Suite
from libs.common.encryption.keys import KeysError
from libs.common.encryption.records import (
    Records,
    any_record,
    opened,
    row_of,
    sealed_record,
    select_records,
    stored,
    text_of,
)
from libs.common.encryption.rotation import Progress, seal_records
from libs.common.problems import Problem
from tests.libs.common.encryption.samples import ring

NOW = datetime(2022, 7, 4, 1, tzinfo=UTC)
METADATA = MetaData()
LETTER = Table(
    "letter",
    METADATA,
    Column("id", Identifier, primary_key=True),
    Column("record", Json, nullable=False, info=sealed_record("来信")),
)
PAGE = Table(
    "page",
    METADATA,
    Column("id", Identifier),
    Column("letter_id", Identifier),
    Column("kind", String(10)),
    Column("record", Json, nullable=False, info=sealed_record("来信的一页", filled=("kind",))),
    PrimaryKeyConstraint("id", "letter_id"),
)
PLAIN = Table("plain", METADATA, Column("id", Identifier, primary_key=True), Column("record", Json))
SENTENCE = "柳园南路一号的王老五说水表倒转"
FORMER, PRESENT, BOTH = Records(ring()), Records(ring(("w2",))), Records(ring(("w2", "w1")))
CLOCK = ManualClock(NOW)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, records=FORMER)
    async with database.unit_of_work(NOW) as uow:
        await uow.connection.run_sync(METADATA.create_all)
    yield database
    await database.close()


async def put(database: Database, table: Table, records: Records | None, count: int = 1) -> list[str]:
    ids = sorted(str(uuid4()) for _ in range(count))
    async with database.unit_of_work(NOW) as uow:
        for row_id in ids:
            row = {"id": row_id, **({"letter_id": row_id} if table is PAGE else {})}
            record: object = {"text": SENTENCE, "kind": "A", "of": row_id}
            if records is not None:
                record = stored(table, row_of(table, row), record, records)
            await uow.connection.execute(insert(table).values(**row, record=record))
    return ids


async def rows_of(database: Database, table: Table) -> list[Any]:
    async with database.reading() as connection:
        return list((await connection.execute(select_records(table).order_by(table.c.id))).mappings())


async def opened_by(database: Database, table: Table, records: Records) -> list[dict[str, Any]]:
    return [msgspec.json.decode(text_of(table, row, records)) for row in await rows_of(database, table)]


async def turned(
    database: Database, records: Records, batches: int | None = None, size: int = 4
) -> list[tuple[str, int, int, int]]:
    """Seal anew, or be killed after so many batches; return what was told."""
    told: list[Progress] = []
    async with aclosing(seal_records(database, CLOCK, records, METADATA, size)) as steps:
        async for step in steps:
            told.append(step)
            if len(told) == batches:
                break
    return [(step.what, step.done, step.left, step.damaged) for step in told]


@pytest.mark.parametrize("suite", list(Suite))
def test_a_record_is_one_string_that_opens_in_its_own_place_by_its_own_key(suite: Suite) -> None:
    records = Records(ring(suite=suite))
    encoded = msgspec.json.encode({"text": SENTENCE})
    sealed = records.seal(LETTER, "a", encoded)
    assert sealed.startswith("1.w1.")
    assert records.seal(LETTER, "a", encoded) != sealed
    text = f'"{sealed}"'
    # Ids are compared whatever their letters.
    assert records.open(LETTER, "A", text).encode() == encoded
    for table, row, other in (
        (LETTER, "b", text),
        (PAGE, "a", text),
        (LETTER, "a", text.replace("1.w1.", "2.w1.")),
        (LETTER, "a", text.replace("1.w1.", "1.w2.")),
        (LETTER, "a", text.replace("1.w1.", "1.")),
        (LETTER, "a", f'"{sealed[:-6]}AAAA=="'),
        (LETTER, "a", f'"{sealed[:-1]}"'),
        (LETTER, "a", '"1.w1.宋"'),
        (LETTER, "a", '""'),
    ):
        with pytest.raises(NotOpenedError):
            Records(ring(("w1", "w2"), suite=suite)).open(table, row, other)
    with pytest.raises(NotOpenedError):
        Records(ring(("w2",), suite=suite)).open(LETTER, "a", text)


def test_without_keys_nothing_is_stored_in_the_clear_and_a_sealed_record_says_what_is_missing() -> None:
    with pytest.raises(KeysError, match="records of letter are sealed"):
        stored(LETTER, "a", {}, None)
    with pytest.raises(KeysError, match="a record of letter is sealed"):
        opened(LETTER, "a", '"1.w1.x"', None)
    assert opened(LETTER, "a", '{"text":"x"}', None) == '{"text":"x"}'
    assert stored(PLAIN, "a", {}, None) == {}


async def test_nothing_of_a_record_is_in_the_bytes_of_the_database(database: Database) -> None:
    await put(database, LETTER, FORMER)
    (row,) = await rows_of(database, LETTER)
    assert row["record"].startswith('"1.w1.')
    assert SENTENCE[:4] not in row["record"]
    assert (await opened_by(database, LETTER, FORMER))[0]["text"] == SENTENCE


async def test_a_record_moved_or_changed_is_a_problem_that_says_so(database: Database) -> None:
    first, second = await put(database, LETTER, FORMER, 2)
    async with database.unit_of_work(NOW) as uow:
        moved = select(LETTER.c.record).where(LETTER.c.id == first).scalar_subquery()
        await uow.connection.execute(update(LETTER).where(LETTER.c.id == second).values(record=moved))
    of_first, of_second = await rows_of(database, LETTER)
    assert of_first["record"] == of_second["record"]
    assert msgspec.json.decode(text_of(LETTER, of_first, FORMER))["of"] == first
    with pytest.raises(Problem) as refused:
        text_of(LETTER, of_second, FORMER)
    assert (refused.value.kind.slug, refused.value.kind.status) == ("record-not-opened", 409)


async def test_a_condition_on_records_sees_those_of_both_forms(database: Database) -> None:
    (sealed,) = await put(database, LETTER, FORMER)
    (plain,) = await put(database, LETTER, None)
    async with database.reading() as connection:
        for row_id, is_there in ((sealed, True), (plain, True), (str(uuid4()), False)):
            found = await any_record(
                connection,
                select_records(LETTER),
                LETTER,
                lambda record, row_id=row_id: record["of"] == row_id,  # type: ignore[misc]  # bound at once
            )
            assert found is is_there


async def test_a_rotation_goes_on_where_it_was_killed_and_seals_what_stood_in_the_clear(
    database: Database,
) -> None:
    await put(database, LETTER, FORMER, 6)
    await put(database, LETTER, None, 3)
    await put(database, PAGE, None, 3)
    await put(database, PLAIN, None)
    before = {table: await opened_by(database, table, FORMER) for table in (LETTER, PAGE)}
    assert await turned(database, BOTH, 1) == [("letter.record", 4, 9, 0)]
    assert await opened_by(database, LETTER, BOTH) == before[LETTER]
    assert await turned(database, BOTH) == [
        ("letter.record", 4, 5, 0),
        ("letter.record", 1, 1, 0),
        ("page.record", 3, 3, 0),
    ]
    assert await turned(database, BOTH) == []
    for table, records in before.items():
        # By the present key alone.
        assert await opened_by(database, table, PRESENT) == records
    async with database.reading() as connection:
        assert set(await connection.scalars(select(PAGE.c.kind))) == {"A"}
        assert (await connection.scalars(select(PLAIN.c.record))).one()["text"] == SENTENCE


async def test_a_killed_batch_changes_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(database, LETTER, FORMER, 3)
    seal_row, sealed = rotation._seal_row, 0

    async def killed(*of: Any) -> bool:
        nonlocal sealed
        sealed += 1
        if sealed == 3:
            raise asyncio.CancelledError
        return await seal_row(*of)

    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_seal_row", killed)
        with pytest.raises(asyncio.CancelledError):
            await turned(database, BOTH)
    assert all(row["record"].startswith('"1.w1.') for row in await rows_of(database, LETTER))


async def test_a_record_that_does_not_open_is_told_and_stops_no_rotation(database: Database) -> None:
    ids = await put(database, LETTER, FORMER, 6)
    async with database.unit_of_work(NOW) as uow:
        await uow.connection.execute(update(LETTER).where(LETTER.c.id == ids[1]).values(record="1.w1.AAAA"))
    assert await turned(database, BOTH, size=2) == [
        ("letter.record", 1, 6, 1),
        ("letter.record", 2, 4, 0),
        ("letter.record", 2, 2, 0),
    ]
    assert await turned(database, BOTH) == [("letter.record", 0, 1, 1)]


async def test_while_the_release_before_is_at_work_records_are_stored_as_it_reads_them(
    database: Database,
) -> None:
    cautious = Records(ring(("w2", "w1")), is_writing=False)
    await put(database, LETTER, cautious)
    await put(database, LETTER, FORMER)
    texts = [row["record"] for row in await rows_of(database, LETTER)]
    assert sorted(text[0] for text in texts) == ['"', "{"]
    # A former key has to go all the same.
    assert await turned(database, cautious) == [("letter.record", 1, 1, 0)]
    assert {row["record"][0] for row in await rows_of(database, LETTER)} == {"{"}
