import asyncio
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc, insert, select, update

from libs.common.database.engine import Database
from libs.common.database.tables import house, idempotency, outbox, timer
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.notifier import Notifier
from tests.libs.common.database.samples import NOW, account, noted, outbox_rows


async def accounts(database: Database) -> list[tuple[str, int]]:
    async with database.reading() as connection:
        return [(row.id, row.version) for row in await connection.execute(select(account))]


async def open_account(work: UnitOfWork, name: str = "a") -> None:
    await work.connection.execute(insert(account), {"id": name, "version": 1})


async def change(work: UnitOfWork, expected: int) -> int:
    result = await work.connection.execute(
        update(account).where(account.c.id == "a", account.c.version == expected).values(version=expected + 1)
    )
    return result.rowcount


def is_awake(wake: Notifier) -> bool:
    return wake._event.is_set()


async def test_a_rollback_changes_and_publishes_nothing(database: Database) -> None:
    async def command() -> None:
        async with database.unit_of_work(NOW) as work:
            await open_account(work)
            work.publish(noted("a", 1))
            await work.flush()
            work.publish(noted("a", 2))
            raise LookupError

    with pytest.raises(LookupError):
        await command()
    assert await accounts(database) == []
    assert await outbox_rows(database) == []
    assert not is_awake(database.committed)


async def test_a_cancelled_command_changes_nothing(database: Database) -> None:
    inside = asyncio.Event()

    async def command() -> None:
        async with database.unit_of_work(NOW) as work:
            await open_account(work)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(command())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await accounts(database) == []
    async with database.unit_of_work(NOW) as work:
        await open_account(work)
    assert await accounts(database) == [("a", 1)]


async def test_rows_and_events_are_committed_together_in_order(database: Database) -> None:
    async with database.unit_of_work(NOW) as work:
        await open_account(work)
        work.publish(noted("a", 1), noted("b", 1))
        await work.flush()
        work.publish(noted("a", 2))
        assert not is_awake(database.committed)
    assert await accounts(database) == [("a", 1)]
    assert await outbox_rows(database) == [("a", 1), ("b", 1), ("a", 2)]
    assert is_awake(database.committed)
    async with database.reading() as connection:
        row = (await connection.execute(select(outbox))).first()
    assert row is not None
    assert (row.created_at, row.published_at, row.type) == (NOW, None, "cn.liaocheng.sqn.sample.noted.v1")


async def test_a_commit_without_events_wakes_nobody(database: Database) -> None:
    async with database.unit_of_work(NOW) as work:
        await open_account(work)
    assert not is_awake(database.committed)


async def test_a_change_of_an_outdated_version_finds_nothing(
    database: Database, another_database: Callable[[], Database]
) -> None:
    async with database.unit_of_work(NOW) as work:
        await open_account(work)

    async def command(own: Database) -> int:
        async with own.unit_of_work(NOW) as work:
            return await change(work, expected=1)

    results = await asyncio.gather(command(database), command(another_database()))
    assert sorted(results) == [0, 1]
    assert await accounts(database) == [("a", 2)]


async def test_a_number_of_an_aggregate_is_given_once(database: Database) -> None:
    async def command(name: str) -> None:
        async with database.unit_of_work(NOW) as work:
            await open_account(work, name)
            work.publish(noted("a", 1))

    await command("a")
    with pytest.raises(exc.IntegrityError):
        await command("b")
    assert await accounts(database) == [("a", 1)]
    async with database.unit_of_work(NOW) as work:
        work.publish(noted("a", 1, topic="sqn.other.events"), noted("b", 1), noted("a", 2))
    assert len(await outbox_rows(database)) == 4


async def test_many_writers_queue_and_none_fails(
    database: Database, another_database: Callable[[], Database]
) -> None:
    async with database.unit_of_work(NOW) as work:
        await open_account(work)
    databases = [database, another_database(), another_database()]

    async def increment(own: Database) -> None:
        async with own.unit_of_work(NOW) as work:
            version = await work.connection.scalar(
                select(account.c.version).where(account.c.id == "a").with_for_update()
            )
            assert version is not None
            assert await change(work, version) == 1

    await asyncio.gather(*(increment(databases[each % 3]) for each in range(60)))
    assert await accounts(database) == [("a", 61)]


async def test_writers_of_two_processes_queue(database: Database, database_url: str) -> None:
    async with database.unit_of_work(NOW) as work:
        await open_account(work)
    program = (
        "import asyncio, sys\n"
        "from libs.common.database.engine import Database\n"
        "from tests.libs.common.database.samples import NOW, account\n"
        "async def main():\n"
        "    database = Database(sys.argv[1])\n"
        "    for _ in range(50):\n"
        "        async with database.unit_of_work(NOW) as work:\n"
        "            await work.connection.execute(account.update().values(version=account.c.version + 1))\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, database_url) for _ in range(2)
    ]
    assert [await process.wait() for process in processes] == [0, 0]
    assert await accounts(database) == [("a", 101)]


async def test_reading_goes_on_beside_a_writer_and_sees_no_half_of_it(database: Database) -> None:
    async with database.unit_of_work(NOW) as work:
        await open_account(work)
        assert await accounts(database) == []
    assert await accounts(database) == [("a", 1)]


async def test_the_reading_connection_of_sqlite_cannot_write(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
    with pytest.raises(exc.OperationalError, match="readonly"):
        async with database.reading() as connection:
            await connection.execute(insert(timer), {"kind": "k", "aggregate_id": "a", "due_at": NOW})
    await database.close()


async def test_an_instant_without_a_zone_is_refused_and_any_zone_comes_back_in_utc(
    database: Database,
) -> None:
    naive = datetime(2022, 11, 8, 2)  # noqa: DTZ001 - what must be refused
    with pytest.raises(exc.StatementError, match="without a zone"):
        async with database.unit_of_work(NOW) as work:
            await work.connection.execute(insert(timer), {"kind": "k", "aggregate_id": "a", "due_at": naive})
    there = datetime(2022, 11, 8, 10, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=8)))
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(insert(timer), {"kind": "k", "aggregate_id": "a", "due_at": there})
    async with database.reading() as connection:
        back = await connection.scalar(select(timer.c.due_at).where(timer.c.due_at == there))
    assert back == there
    assert back.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        {"文": "天然气 ✓", "numbers": [0, -1, 2**53, 0.1], "none": None, "deep": {"a": [True, False, {}]}},
        [],
        "text",
        [["Location", "/v1/cases/1"]],
    ],
)
async def test_json_comes_back_as_it_was(database: Database, value: Any) -> None:
    row = {
        "caller": "c",
        "key": "k",
        "request_hash": "h",
        "status": 201,
        "headers": value,
        "body": b"\0\xff",
        "created_at": NOW,
    }
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(insert(idempotency), row)
    async with database.reading() as connection:
        back = (await connection.execute(select(idempotency.c.headers, idempotency.c.body))).one()
    assert tuple(back) == (value, b"\0\xff")


async def test_wake_never_loses_a_call() -> None:
    wake = Notifier()
    wake.set()
    wake.set()
    await wake.sleep(3600)
    sleeping = asyncio.create_task(wake.sleep(3600))
    await asyncio.sleep(0)
    assert not sleeping.done()
    wake.set()
    await sleeping
    await wake.sleep(0)


async def test_a_database_in_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/new/folder/x.db")
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
    await database.close()
    assert (tmp_path / "new/folder/x.db").exists()
