import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import bindparam, exc, insert, select, update

from libs.common.database.engine import Database
from libs.common.database.unit_of_work import FEW, UnitOfWork
from tests.libs.common.database.samples import NOW, account, noted, outbox_rows

OPEN = insert(account).values({"id": bindparam("id"), "version": bindparam("version")})
CHANGE = (
    update(account)
    .where(account.c.id == bindparam("of"), account.c.version == bindparam("seen"))
    .values(version=bindparam("seen") + 1)
)
ONE = select(account.c.version).where(account.c.id == bindparam("of"))

Action = Callable[[UnitOfWork], Awaitable[int]]


def change(name: str, ran: list[str] | None = None) -> Action:
    """Read an account, then change it at the version that was read."""

    async def action(work: UnitOfWork) -> int:
        if ran is not None:
            ran.append(name)
        row = await work.one(ONE, {"of": name})
        if row is None:
            raise KeyError(name)
        work.write(CHANGE, {"of": name, "seen": row["version"]}, LookupError)
        work.publish(noted(name, row["version"]))
        return int(row["version"])

    return action


def once(name: str, key: str) -> Action:
    """Change an account and keep a key, as a command keeps its answer."""

    async def action(work: UnitOfWork) -> int:
        seen = await change(name)(work)
        work.write(OPEN, {"id": key, "version": seen})
        return seen

    return action


async def opened(database: Database, *names: str) -> None:
    async with database.unit_of_work(NOW) as work:
        for name in names:
            work.write(OPEN, {"id": name, "version": 1})


async def accounts(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        return {row.id: row.version for row in await connection.execute(select(account))}


async def together(database: Database, *actions: Action) -> list[Any]:
    return await asyncio.gather(
        *(database.run(NOW, action, shared=True) for action in actions), return_exceptions=True
    )


async def test_commands_that_arrive_together_each_take_effect_once(database: Database) -> None:
    names = [f"a{n:02}" for n in range(40)]
    await opened(database, *names)
    ran: list[str] = []
    assert await together(database, *(change(name, ran) for name in names)) == [1] * 40
    assert await accounts(database) == dict.fromkeys(names, 2)
    assert sorted(await outbox_rows(database)) == [(name, 1) for name in names]
    assert sorted(ran) == names, "none was run again alone"


async def test_a_row_that_is_not_there_is_none_beside_those_that_are(database: Database) -> None:
    await opened(database, "a", "c")
    found = await together(database, change("a"), change("b"), change("c"))
    assert [found[0], found[2]] == [1, 1]
    assert isinstance(found[1], KeyError)


async def test_of_commands_at_one_row_each_is_made_on_what_the_one_before_it_left(database: Database) -> None:
    await opened(database, "a", "b")
    found = await together(database, *(change("a") for _ in range(5)), change("b"))
    assert sorted(found[:5]) == [1, 2, 3, 4, 5]
    assert await accounts(database) == {"a": 6, "b": 2}
    assert [seq for key, seq in await outbox_rows(database) if key == "a"] == [1, 2, 3, 4, 5]


async def test_a_write_that_fails_undoes_its_own_command_and_no_other(database: Database) -> None:
    await opened(database, "a", "b", "taken")
    found = await together(database, once("a", "taken"), once("b", "free"))
    assert isinstance(found[0], exc.IntegrityError)
    assert found[1] == 1
    assert await accounts(database) == {"a": 1, "b": 2, "taken": 1, "free": 1}
    assert await outbox_rows(database) == [("b", 1)]


async def test_a_command_that_raises_writes_nothing(database: Database) -> None:
    await opened(database, "a", "b")

    async def refuses(work: UnitOfWork) -> int:
        await change("a")(work)
        raise LookupError

    found = await together(database, refuses, change("b"))
    assert isinstance(found[0], LookupError)
    assert await accounts(database) == {"a": 1, "b": 2}


async def test_what_needs_a_transaction_of_its_own_gets_one(database: Database) -> None:
    await opened(database, "a")

    async def counts(work: UnitOfWork) -> int:
        return len((await work.connection.execute(select(account))).all())

    async def says_much(work: UnitOfWork) -> int:
        work.publish(*(noted("a", seq) for seq in range(1, FEW + 2)))
        return 0

    assert await together(database, counts, says_much) == [1, 0]
    assert len(await outbox_rows(database)) == FEW + 1


async def test_a_shared_commit_wakes_the_relay(database: Database) -> None:
    await opened(database, "a")
    await database.run(NOW, change("a"), shared=True)
    async with asyncio.timeout(5):
        await database.committed.sleep(60)


async def test_a_server_that_goes_away_is_said_by_the_command_that_is_run_alone(unused_tcp_port: int) -> None:
    database = Database(f"postgresql+asyncpg://nobody@127.0.0.1:{unused_tcp_port}/nothing")
    with pytest.raises(ConnectionRefusedError):
        await database.run(NOW, change("a"), shared=True)
    await database.close()
