import asyncio

import pytest

from libs.common.database.batcher import MOST, Batcher, RetryAloneError


class Work:
    """Does a batch when it is let, and remembers which batches there were."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.let = asyncio.Event()

    async def __call__(self, items: list[int]) -> list[int | RetryAloneError]:
        self.batches.append(items)
        self.begun.set()
        await self.let.wait()
        if 13 in items:
            raise LookupError("13")
        return [RetryAloneError() if each == 7 else 10 * each for each in items]


async def test_what_arrives_during_a_batch_goes_together_in_the_next_one() -> None:
    work = Work()
    batcher = Batcher(work)
    first = asyncio.create_task(batcher.do(0))
    await work.begun.wait()
    others = [asyncio.create_task(batcher.do(each)) for each in range(100, 101 + MOST)]
    await asyncio.sleep(0)
    work.let.set()
    assert await asyncio.gather(first, *others) == [0, *(10 * each for each in range(100, 101 + MOST))]
    assert [len(each) for each in work.batches] == [1, MOST, 1]


async def test_one_that_must_go_apart_hinders_no_other() -> None:
    work = Work()
    work.let.set()
    batcher = Batcher(work)
    results = await asyncio.gather(*(batcher.do(each) for each in (6, 7, 8)), return_exceptions=True)
    assert [results[0], results[2]] == [60, 80]
    assert isinstance(results[1], RetryAloneError)


async def test_a_batch_that_fails_sends_each_apart_with_the_cause_and_the_next_one_works() -> None:
    work = Work()
    work.let.set()
    batcher = Batcher(work)
    results = await asyncio.gather(*(batcher.do(each) for each in (12, 13)), return_exceptions=True)
    assert [str(each.__cause__) for each in results if isinstance(each, RetryAloneError)] == ["13", "13"]
    assert await batcher.do(5) == 50


async def test_a_caller_that_goes_away_leaves_the_others_their_results() -> None:
    work = Work()
    batcher = Batcher(work)
    gone, stays = (asyncio.create_task(batcher.do(each)) for each in (1, 2))
    await work.begun.wait()
    gone.cancel()
    work.let.set()
    assert await stays == 20
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await batcher.do(3) == 30
