"""Actions in turn: one transaction for those that wait for each other, as if each had its own."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import exc

from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.telemetry import enter_request, trace_id
from tests.libs.common.database.samples import NOW, noted, outbox_rows
from tests.libs.common.database.test_group_commit import Action, accounts, once, opened


def counting(counter: str, seen: list[str] | None = None) -> Action:
    """Take the next number of a counter, and publish it."""

    async def action(work: UnitOfWork) -> int:
        if seen is not None:
            seen.append(counter)
        return await once(counter, f"{counter}-{trace_id()}")(work)

    return action


async def in_turn(database: Database, *actions: tuple[str, Action]) -> list[Any]:
    async def run(number: int, key: str, action: Action) -> int:
        enter_request(f"00-{number:032x}-{1:016x}-01")
        return await database.run(NOW, action, in_turn=key)

    return await asyncio.gather(
        *(run(number, key, action) for number, (key, action) in enumerate(actions, 1)), return_exceptions=True
    )


async def test_numbers_have_no_holes_and_each_action_has_its_own_trace(database: Database) -> None:
    await opened(database, "a")

    numbers = await in_turn(database, *[("a", counting("a"))] * 30)

    assert sorted(numbers) == list(range(1, 31))
    assert await accounts(database) == {"a": 31} | {
        f"a-{number:032x}": seen for number, seen in enumerate(numbers, 1)
    }
    assert [seq for _, seq in await outbox_rows(database)] == list(range(1, 31))


async def test_one_that_fails_gives_its_number_back(database: Database) -> None:
    await opened(database, "a", f"a-{2:032x}")

    async def refuses(work: UnitOfWork) -> int:
        await counting("a")(work)
        raise LookupError

    first, taken, refused, last = await in_turn(
        database, ("a", counting("a")), ("a", counting("a")), ("a", refuses), ("a", counting("a"))
    )

    assert sorted([first, last]) == [1, 2]
    assert isinstance(taken, exc.IntegrityError)
    assert isinstance(refused, LookupError)
    assert (await accounts(database))["a"] == 3


async def test_what_is_taken_is_taken_in_one_order(database: Database) -> None:
    await opened(database, "a", "b", "c")
    seen: list[str] = []

    # The first goes alone; the others gather meanwhile.
    await in_turn(database, *((counter, counting(counter, seen)) for counter in "acbab"))

    assert seen == ["a", "a", "b", "b", "c"]


async def test_it_wakes_the_relay(database: Database) -> None:
    await opened(database, "a")
    await in_turn(database, ("a", counting("a")))
    async with asyncio.timeout(5):
        await database.committed.sleep(60)


async def test_a_server_that_goes_away_is_said_by_the_action_that_is_run_alone(unused_tcp_port: int) -> None:
    database = Database(f"postgresql+asyncpg://nobody@127.0.0.1:{unused_tcp_port}/nothing")

    async def publishes(work: UnitOfWork) -> int:
        work.publish(noted("a", 1))
        return 1

    with pytest.raises(ConnectionRefusedError):
        await database.run(NOW, publishes, in_turn="a")
    await database.close()
