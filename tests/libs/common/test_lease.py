import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from libs.common import lease
from libs.common.database.engine import Database
from libs.common.database.tables import lease as table
from tests.libs.common.database.samples import NOW


async def hold(database: Database, holder: str, seconds: float = 60.0, name: str = "relay") -> bool:
    async with database.unit_of_work(NOW) as work:
        return await lease.hold(work.connection, name, holder, seconds)


async def release(database: Database, holder: str) -> None:
    async with database.unit_of_work(NOW) as work:
        await lease.release(work.connection, "relay", holder)


async def test_one_holds_it_and_extends_it_and_others_wait(database: Database) -> None:
    assert await hold(database, "a")
    assert not await hold(database, "b")
    assert await hold(database, "a")
    assert await hold(database, "b", name="other role")


async def test_it_lasts_from_the_databases_instant_whatever_our_clock_says(database: Database) -> None:
    assert await hold(database, "a", seconds=60)
    async with database.reading() as connection:
        expires = await connection.scalar(select(table.c.expires_at))
    assert expires is not None
    # The command's instant is of 2022.
    assert timedelta(0) < expires - datetime.now(UTC) <= timedelta(seconds=60)


async def test_an_ended_lease_goes_to_the_next(database: Database) -> None:
    assert await hold(database, "a", seconds=-0.001)
    assert await hold(database, "b")
    assert not await hold(database, "a")


async def test_a_release_hands_over_at_once_and_only_ones_own(database: Database) -> None:
    assert await hold(database, "a")
    await release(database, "b")
    assert not await hold(database, "b")
    await release(database, "a")
    assert await hold(database, "b")


async def test_of_many_that_ask_at_once_one_gets_it(
    database: Database, another_database: Callable[[], Database]
) -> None:
    others = [another_database() for _ in range(4)]
    answers = await asyncio.gather(*(hold(each, str(number)) for number, each in enumerate(others)))
    assert sorted(answers) == [False, False, False, True]
