import asyncio
import threading

import pytest

from libs.common.problems import Problem, define
from libs.common.work_queue import WorkQueue

BUSY = define("queue-test-busy", 429, "忙")


async def test_so_much_at_once_and_the_rest_in_the_order_of_asking() -> None:
    queue = WorkQueue("test", BUSY, at_once=2)
    running = most = 0
    order: list[int] = []

    async def work(number: int) -> None:
        nonlocal running, most
        async with queue.turn():
            running += 1
            most = max(most, running)
            order.append(number)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(work(number) for number in range(10)))
    assert (most, order) == (2, list(range(10)))


async def test_the_line_is_of_bounded_length() -> None:
    queue = WorkQueue("test", BUSY, at_once=1, most_waiting=2, patience_seconds=30)
    go_on = asyncio.Event()

    async def work() -> None:
        async with queue.turn():
            await go_on.wait()

    tasks = [asyncio.create_task(work()) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as raised:
        await work()
    assert raised.value.kind is BUSY
    assert raised.value.headers == {"Retry-After": "30"}
    assert "前面还有 2 人等待" in raised.value.detail
    # One of the line gives up: there is room for another.
    tasks[1].cancel()
    await asyncio.gather(tasks[1], return_exceptions=True)
    tasks.append(asyncio.create_task(work()))
    go_on.set()
    await asyncio.gather(tasks[0], *tasks[2:])


async def test_patience_ends() -> None:
    queue = WorkQueue("test", BUSY, at_once=1, patience_seconds=0.01)
    async with queue.turn():
        with pytest.raises(Problem):
            async with queue.turn():
                pytest.fail("no turn was free")
    async with queue.turn():
        pass


async def test_its_threads_are_its_own() -> None:
    """Other work that fills the process's threads does not hold it up."""
    loop, release = asyncio.get_running_loop(), threading.Event()
    others = [loop.run_in_executor(None, release.wait) for _ in range(64)]
    try:
        async with WorkQueue("test", BUSY).turn() as threads:
            name = await loop.run_in_executor(threads, lambda: threading.current_thread().name)
    finally:
        release.set()
        await asyncio.gather(*others)
    assert name.startswith("test")
