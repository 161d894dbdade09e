import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from libs.common.bus import Bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import lease
from libs.common.http.health import Heartbeats
from libs.common.inbox import Inbox, Subscription
from libs.common.lease import database_instant
from libs.common.listener import Listener
from libs.common.relay import Relay
from libs.common.timers import TimerRunner, set_timers
from libs.common.worker import Loop, loops, run
from tests.libs.common.database.samples import NOW, effects, fired, noted, take_effect
from tests.support.bus import DEADLINE, NewTopic


async def nothing() -> None:
    return None


class Rests:
    """Stands in for sleeping, and stops the loop after so many rests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.waits: list[float] = []
        self._most = most
        monkeypatch.setattr("libs.common.worker.asyncio.sleep", self)

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) == self._most:
            raise asyncio.CancelledError


async def test_an_error_is_followed_by_reset_and_a_growing_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    rests = Rests(monkeypatch, most=5)
    resets = 0

    async def fail() -> None:
        raise OSError("down")

    async def reset() -> None:
        nonlocal resets
        resets += 1

    with capture_logs() as logged, pytest.raises(asyncio.CancelledError):
        await Loop("relay", fail, reset).run(Heartbeats())
    assert rests.waits == [0.4, 0.8, 1.6, 3.0, 3.0]
    # Once after each error and once at the end.
    assert resets == 6
    assert [each["failures"] for each in logged] == list(range(1, 6))


async def test_a_step_that_succeeds_forgets_the_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    rests = Rests(monkeypatch, most=3)
    outcomes = [OSError(), OSError(), None, OSError()]

    async def step() -> None:
        if (outcome := outcomes.pop(0)) is not None:
            raise outcome

    with pytest.raises(asyncio.CancelledError):
        await Loop("relay", step, nothing).run(Heartbeats())
    assert rests.waits == [0.4, 0.8, 0.4]


async def test_a_loop_beats_before_each_step_and_stops_beating_when_it_ends() -> None:
    now = 0.0
    beats = Heartbeats(allowed_seconds=60, monotonic=lambda: now)
    stuck = asyncio.Event()

    async def step() -> None:
        stuck.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(Loop("listener", step, nothing).run(beats))
    await stuck.wait()
    assert beats.stale() == []
    now = 61.0
    assert beats.stale() == ["listener"]
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert beats.stale() == []


async def test_what_cannot_be_closed_does_not_keep_the_others_from_closing() -> None:
    closed: list[str] = []
    started = asyncio.Event()

    async def close_badly() -> None:
        closed.append("bad")
        raise OSError("no database")

    async def close_well() -> None:
        closed.append("good")

    async def step() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(
        run([Loop("bad", step, nothing, close_badly), Loop("good", step, close_well)], Heartbeats())
    )
    await started.wait()
    await asyncio.sleep(0)
    with capture_logs() as logged:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert sorted(closed) == ["bad", "good"]
    assert [(each["event"], each["loop"]) for each in logged] == [("loop_not_closed", "bad")]


async def test_all_loops_of_a_service_work_and_close_when_cancelled(
    database: Database,
    another_database: Callable[[], Database],
    bus: Bus,
    new_topic: NewTopic,
    group: str,
    clock: ManualClock,
) -> None:
    topic = await new_topic(2)
    subscription = Subscription("sample", (topic,), take_effect)
    all_loops = loops(
        Relay(database, bus, clock),
        [Listener(bus, Inbox(database, clock, subscription), subscription, group)],
        TimerRunner(database, clock, {"reminder": fired}),
    )
    beats = Heartbeats()
    task = asyncio.create_task(run(all_loops, beats))
    async with database.unit_of_work(NOW) as work:
        work.publish(noted("a", 1, topic), noted("a", 2, topic))
        await set_timers(work, "timer", {"reminder": NOW})
    async with asyncio.timeout(DEADLINE):
        while True:
            if await effects(another_database()) == {"a": [1, 2], "timer": [1]}:
                break
            await asyncio.sleep(0.02)
    assert set(beats._last) == {"relay", "timers", "housekeeping", "listener-0"}
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert beats._last == {}
    async with database.reading() as connection:
        assert await connection.scalar(select(lease.c.expires_at < database_instant(connection.dialect)))
