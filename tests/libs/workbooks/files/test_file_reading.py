"""Files are read beside everything else: one for each subject, few at once."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from libs.common.problems import Problem
from libs.workbooks.files import file_reading
from libs.workbooks.files.file_reading import FileReading
from tests.support.waiting import until

DEADLINE = 60.0


@asynccontextmanager
async def readings(reading: FileReading, *subjects: str) -> AsyncIterator[None]:
    """Files of some subjects that are being read, as many at once as there are threads, until the block ends."""
    ended = threading.Event()
    tasks = [asyncio.create_task(reading.of(each, lambda: ended.wait(DEADLINE))) for each in subjects]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        ended.set()
        await asyncio.gather(*tasks, return_exceptions=True)


async def refusal(reading: FileReading, subject: str) -> tuple[str, int, str]:
    with pytest.raises(Problem) as caught:
        await reading.of(subject, lambda: None)
    return caught.value.kind.slug, caught.value.kind.status, caught.value.headers["Retry-After"]


async def test_a_subject_has_one_file_read_at_a_time() -> None:
    reading = FileReading()
    async with readings(reading, "one"):
        assert await refusal(reading, "one") == ("file-being-read", 429, "10")
        assert await reading.of("other", lambda: 7) == 7
    assert await reading.of("one", lambda: 8) == 8


async def test_one_that_cannot_be_read_lets_the_next_in() -> None:
    reading = FileReading()

    def fail() -> None:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            await reading.of("one", fail)


async def test_few_wait_and_the_others_come_again() -> None:
    reading = FileReading()
    subjects = [f"s-{number}" for number in range(file_reading.MOST_WAITING)]
    async with readings(reading, *subjects):
        assert await refusal(reading, "one more") == ("files-waiting", 503, "10")
        assert await refusal(reading, subjects[-1]) == ("file-being-read", 429, "10")


async def test_whoever_leaves_still_counts_while_the_thread_reads() -> None:
    reading, begun, ended = FileReading(), threading.Event(), threading.Event()

    def read() -> None:
        begun.set()
        ended.wait(DEADLINE)

    task = asyncio.create_task(reading.of("one", read))
    assert await asyncio.to_thread(begun.wait, DEADLINE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await refusal(reading, "one"))[0] == "file-being-read"
    ended.set()

    async def is_let_in() -> bool:
        try:
            return await reading.of("one", lambda: True)
        except Problem:
            return False

    await until("the thread has ended", is_let_in)
