"""A queue for expensive work of one kind: bounded concurrency, bounded waiting, own threads."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager

from libs.common.problems import ProblemKind


class WorkQueue:
    """Admits expensive work in the order of arrival.

    It has threads of its own, so that it and the process's other work do not delay each other. A caller beyond
    `most_waiting`, or one that has waited `patience_seconds`, gets the problem `busy` and may retry.
    """

    def __init__(
        self,
        name: str,
        busy: ProblemKind,
        *,
        at_once: int = 2,
        most_waiting: int = 16,
        patience_seconds: float = 30.0,
    ) -> None:
        self._busy = busy
        self._most_waiting = most_waiting
        self._patience_seconds = patience_seconds
        self._turns = asyncio.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Executor]:
        """Wait for admission, held until the block ends; yield the executor. Raises `busy`."""
        if self._turns.locked() and self._waiting >= self._most_waiting:
            raise self._refusal()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise self._refusal() from None
        finally:
            self._waiting -= 1
        try:
            yield self._threads
        finally:
            self._turns.release()

    def _refusal(self) -> Exception:
        seconds = round(self._patience_seconds)
        return self._busy(
            f"前面还有 {self._waiting} 人等待，请在 {seconds} 秒后重试", headers={"Retry-After": str(seconds)}
        )
