"""Boards: one connection to the metrics service for all of them, by the token of one who listens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest

from libs.common.clock import ManualClock
from libs.common.problems import Problem
from libs.pages.sessions import Session
from libs.pages.upstreams import SignedOutError
from services.metrics.pages.feed import MOST_OF_ONE, Feed
from tests.services.metrics.pages.streams import Running, of
from tests.support.pages import EXPIRES, NOW
from tests.support.waiting import until


@asynccontextmanager
async def reading(feed: Feed, who: Session, seen: str | None = None) -> AsyncIterator[AsyncIterator[bytes]]:
    async with feed.open(who, seen) as board:
        yield board.events()


async def version(events: AsyncIterator[bytes]) -> str:
    """The version that the next event tells."""
    async with asyncio.timeout(20):
        event = await anext(events)
    return event.decode().split("id: ")[1].strip()


async def until_version(events: AsyncIterator[bytes], wanted: str) -> None:
    while await version(events) != wanted:
        pass


async def test_many_boards_cost_one_stream(running: Running) -> None:
    async with AsyncExitStack() as stack:
        boards = [await stack.enter_async_context(reading(running.feed, of(f"u-{n}"))) for n in range(150)]
        assert {await version(board) for board in boards} == {"1"}
        running.metrics.change()
        assert {await version(board) for board in boards} == {"2"}
        assert len(running.metrics.opened) == 1

    async def silent() -> bool:
        return not running.metrics.streams

    await until("nobody listens any more", silent)


async def test_who_comes_later_is_told_at_once_what_it_has_not_seen(running: Running) -> None:
    async with reading(running.feed, of("u-1")) as first:
        assert await version(first) == "1"
        async with reading(running.feed, of("u-2")) as second, reading(running.feed, of("u-3"), "1") as third:
            assert await version(second) == "1"
            waiting = asyncio.ensure_future(version(third))
            await asyncio.sleep(0)
            assert not waiting.done()
            running.metrics.change()
            assert await waiting == "2"


async def test_a_board_that_is_not_read_holds_one_event(running: Running) -> None:
    async with reading(running.feed, of("u-1")) as slow, reading(running.feed, of("u-2")) as other:
        assert await version(other) == "1"
        for number in range(2, 30):
            running.metrics.change()
            assert await version(other) == str(number)
        assert await version(slow) == "29"


async def test_when_the_lender_leaves_another_lends(running: Running) -> None:
    async with AsyncExitStack() as first:
        await first.enter_async_context(reading(running.feed, of("u-1")))
        async with reading(running.feed, of("u-2")) as second:
            assert await version(second) == "1"
            assert running.metrics.tokens == ["u-1"]
            await first.aclose()

            async def lent() -> bool:
                return running.metrics.tokens == ["u-2"]

            await until("the token of who stays is used", lent)
            assert running.metrics.opened == [("u-1", None), ("u-2", "1")]
            running.metrics.change()
            assert await version(second) == "2"


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_when_a_token_is_refused_its_board_ends_and_others_go_on(running: Running, status: int) -> None:
    async with reading(running.feed, of("u-1")) as first, reading(running.feed, of("u-2")) as second:
        assert await version(second) == "1"
        running.metrics.refused["u-1"] = status
        running.metrics.end()
        with pytest.raises(StopAsyncIteration):
            await until_version(first, "none")
        running.metrics.change()
        await until_version(second, "2")
        assert running.metrics.tokens == ["u-2"]


async def test_nobody_listens_by_the_token_of_another(running: Running) -> None:
    running.metrics.refused |= {"citizen": 403, "gone": 401}
    async with reading(running.feed, of("u-1")) as first:
        assert await version(first) == "1"
        with pytest.raises(Problem) as raised:
            async with running.feed.open(of("citizen"), None):
                pytest.fail("it was let in")
        assert raised.value.kind.status == 403
        with pytest.raises(SignedOutError):
            async with running.feed.open(of("gone"), None):
                pytest.fail("it was let in")
        assert len(running.feed._boards) == 1


async def test_one_subject_has_only_so_many_boards(running: Running) -> None:
    async with AsyncExitStack() as stack:
        for number in range(MOST_OF_ONE):
            await stack.enter_async_context(running.feed.open(of("u-1", csrf=str(number)), None))
        with pytest.raises(Problem) as raised:
            async with running.feed.open(of("u-1"), None):
                pytest.fail("it was let in")
        assert (raised.value.kind.slug, raised.value.kind.status) == ("too-many-at-once", 429)
        assert int(raised.value.headers["Retry-After"]) > 0
        async with reading(running.feed, of("u-2")) as other:
            assert await version(other) == "1"
    async with reading(running.feed, of("u-1")) as later:
        assert await version(later) == "1"


async def test_a_board_ends_with_its_session(running: Running) -> None:
    soon = int(NOW.timestamp()) + 1
    async with (
        reading(running.feed, of("u-1", expires=soon)) as first,
        reading(running.feed, of("u-2")) as other,
    ):
        assert await version(first) == "1"
        assert await version(other) == "1"
        with pytest.raises(StopAsyncIteration):
            await version(first)
        running.metrics.change()
        assert await version(other) == "2"


async def test_the_token_of_a_session_that_has_ended_is_not_lent(
    running: Running, clock: ManualClock
) -> None:
    async with (
        reading(running.feed, of("u-1", expires=EXPIRES - 1800)),
        reading(running.feed, of("u-2")) as other,
    ):
        assert await version(other) == "1"
        clock.advance(timedelta(seconds=1800))
        running.metrics.end()

        async def lent() -> bool:
            return running.metrics.tokens == ["u-2"]

        await until("the other's token is used", lent)


async def test_when_the_service_goes_every_board_ends(running: Running) -> None:
    async with reading(running.feed, of("u-1")) as first, reading(running.feed, of("u-2")) as second:
        for board in (first, second):
            assert await version(board) == "1"
        running.server.server.should_exit = True
        running.metrics.end()
        for board in (first, second):
            with pytest.raises(StopAsyncIteration):
                await version(board)


async def test_an_endless_event_is_given_up(running: Running) -> None:
    async with reading(running.feed, of("u-1")) as board:
        assert await version(board) == "1"
        for _, queue in running.metrics.streams:
            for _ in range(3):
                queue.put_nowait(b"data: " + b"x" * 60_000)
        # The stream is opened anew; what it gave is gone.
        running.metrics.version = 2
        await until_version(board, "2")
