import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select
from structlog.testing import capture_logs

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import timer
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.telemetry import TIMER_BACKLOG
from libs.common.timers import BATCH, CLAIM, Timer, TimerRunner, set_timers
from tests.libs.common.conftest import Doom
from tests.libs.common.database.samples import NOW, effects, fired, waiting

MINUTE = timedelta(minutes=1)


async def set_many(database: Database, count: int, kind: str = "reminder") -> None:
    """Set timers, the last number due first."""
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(
            insert(timer),
            [
                {"kind": kind, "aggregate_id": f"{each:05}", "due_at": NOW - each * MINUTE}
                for each in range(count)
            ],
        )


async def set_one(database: Database, kind: str, due: datetime | None) -> None:
    async with database.unit_of_work(NOW) as work:
        await set_timers(work, "a", {kind: due})


async def drain(runner: TimerRunner) -> None:
    while await runner.step():
        pass


async def test_three_workers_fire_each_timer_once_though_one_is_killed(
    database: Database, database_url: str, another_database: Callable[[], Database], doom: Doom
) -> None:
    await set_many(database, 2_000)
    doomed = await doom("fire", database_url)
    committed = sum(map(len, (await effects(database)).values()))
    assert committed == 2 * BATCH
    doomed.kill()
    await doomed.wait()
    # Past the end of the claims that the killed worker has left behind.
    clock = ManualClock(NOW + 2 * CLAIM)
    runners = [TimerRunner(another_database(), clock, {"reminder": fired}) for _ in range(3)]
    await asyncio.gather(*(drain(runner) for runner in runners))
    found = await effects(database)
    assert len(found) == 2_000
    assert Counter(map(len, found.values())) == {1: 2_000}
    assert await waiting(database) == 0


async def test_the_oldest_fire_first_whatever_the_backlog(database: Database, clock: ManualClock) -> None:
    await set_many(database, 3 * BATCH)
    runner = TimerRunner(database, clock, {"reminder": fired})
    for batch in (2, 1, 0):
        before = set(await effects(database))
        assert await runner.step() == BATCH
        numbers = {int(each) for each in set(await effects(database)) - before}
        assert numbers == set(range(batch * BATCH, (batch + 1) * BATCH))


async def test_a_timer_that_is_not_due_does_not_fire(database: Database, clock: ManualClock) -> None:
    await set_one(database, "reminder", NOW + timedelta(microseconds=1))
    runner = TimerRunner(database, clock, {"reminder": fired})
    assert await runner.step() == 0
    clock.advance(timedelta(microseconds=1))
    assert await runner.step() == 1
    assert await effects(database) == {"a": [1]}


async def test_a_moved_or_cancelled_timer_does_not_fire(database: Database, clock: ManualClock) -> None:
    await set_one(database, "moved", NOW)
    await set_one(database, "cancelled", NOW)
    await set_one(database, "moved", NOW + MINUTE)
    await set_one(database, "cancelled", None)
    runner = TimerRunner(database, clock, {"moved": fired, "cancelled": fired})
    assert await runner.step() == 0
    clock.advance(MINUTE)
    assert await runner.step() == 1
    assert await waiting(database) == 0


@pytest.mark.parametrize("due", [None, NOW + MINUTE])
async def test_a_timer_that_is_moved_between_claim_and_firing_has_no_effect(
    database: Database, clock: ManualClock, due: datetime | None
) -> None:
    """A command commits after the claim: here just before the handler runs."""
    await set_one(database, "reminder", NOW)
    runner = TimerRunner(database, clock, {"reminder": fired})
    claimed = await runner._claim()
    await set_one(database, "reminder", due)
    for each in claimed:
        await runner._fire_alone(each)
    assert await effects(database) == {}
    assert await waiting(database) == (0 if due is None else 1)


async def test_a_claim_that_ran_out_goes_to_another_and_still_fires_once(
    database: Database, another_database: Callable[[], Database], clock: ManualClock
) -> None:
    await set_many(database, 10)
    slow = TimerRunner(another_database(), clock, {"reminder": fired})
    claimed = await slow._claim()
    assert len(claimed) == 10
    other = TimerRunner(database, clock, {"reminder": fired})
    assert await other.step() == 0
    clock.advance(CLAIM + timedelta(seconds=1))
    assert await other.step() == 10
    for each in claimed:
        await slow._fire_alone(each)
    assert Counter(map(len, (await effects(database)).values())) == {1: 10}


async def test_a_handler_that_fails_backs_off_and_holds_up_no_other(
    database: Database, clock: ManualClock
) -> None:
    healthy = False
    calls = 0

    async def handler(each: Timer, work: UnitOfWork) -> None:
        nonlocal calls
        await fired(each, work)
        if each.aggregate_id == "00003":
            calls += 1
            if not healthy:
                raise LookupError("no such case")

    await set_many(database, 5)
    runner = TimerRunner(database, clock, {"reminder": handler})
    assert await runner.step() == 5
    assert set(await effects(database)) == {"00000", "00001", "00002", "00004"}
    async with database.reading() as connection:
        (row,) = await connection.execute(select(timer))
    assert (row.attempts, row.last_error, row.due_at) == (1, "LookupError", NOW - 3 * MINUTE)
    waits = []
    with capture_logs() as logged:
        for _ in range(14):
            async with database.reading() as connection:
                until = await connection.scalar(select(timer.c.claimed_until))
            assert until is not None
            waits.append((until - clock.now()).total_seconds())
            assert await runner.step() == 0
            clock.instant = until + timedelta(microseconds=1)
            assert await runner.step() == 1
    assert {(each["event"], each["aggregate_id"]) for each in logged} == {("timer_failed", "00003")}
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]
    healthy = True
    clock.advance(timedelta(hours=2))
    assert await runner.step() == 1
    assert (await effects(database))["00003"] == [1]
    assert await waiting(database) == 0


async def test_a_kind_without_a_handler_stays_untouched(database: Database, clock: ManualClock) -> None:
    await set_one(database, "of a newer version", NOW)
    await set_one(database, "reminder", NOW)
    runner = TimerRunner(database, clock, {"reminder": fired})
    assert await runner.step() == 1
    assert await runner.step() == 0
    async with database.reading() as connection:
        (row,) = await connection.execute(select(timer))
    assert (row.kind, row.claimed_until, row.attempts) == ("of a newer version", None, 0)


async def test_a_timer_is_set_with_what_the_command_writes_or_not_at_all(database: Database) -> None:
    async def command() -> None:
        async with database.unit_of_work(NOW) as work:
            await set_timers(work, "a", {"reminder": NOW})
            raise LookupError

    with pytest.raises(LookupError):
        await command()
    assert await waiting(database) == 0


async def test_setting_a_timer_anew_forgets_its_failures(database: Database, clock: ManualClock) -> None:
    async def handler(_each: Timer, _work: UnitOfWork) -> None:
        raise LookupError

    await set_one(database, "reminder", NOW)
    await TimerRunner(database, clock, {"reminder": handler}).step()
    await set_one(database, "reminder", NOW)
    assert await TimerRunner(database, clock, {"reminder": fired}).step() == 1
    assert await effects(database) == {"a": [1]}


async def test_the_backlog_is_measured(database: Database, clock: ManualClock) -> None:
    await set_many(database, 7)
    await set_one(database, "later", NOW + MINUTE)
    await TimerRunner(database, clock, {}).measure()
    assert TIMER_BACKLOG._value.get() == 7
