"""Micro-batching: items that arrive while a batch runs form the next one (compare DataLoader)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

MOST = 64

In = TypeVar("In")
Out = TypeVar("Out")


class RetryAloneError(Exception):
    """An item that failed in a batch had no effect and must be retried alone; the cause says why."""


class Batcher(Generic[In, Out]):
    """Passes items to `work` in batches of up to MOST, one batch at a time; an item is never delayed for a batch.

    `work` returns a result, or an error to raise, for each item in order.
    """

    def __init__(self, work: Callable[[list[In]], Awaitable[list[Out | RetryAloneError]]]) -> None:
        self._work = work
        self._waiting: list[tuple[In, asyncio.Future[Out]]] = []
        self._running: asyncio.Task[None] | None = None

    async def do(self, item: In) -> Out:
        """Return the item's result. Raises RetryAloneError, also when the batch failed as a whole."""
        future: asyncio.Future[Out] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                results: list[Out | RetryAloneError]
                try:
                    results = await self._work([item for item, _ in batch])
                except Exception as error:
                    results = [apart(error) for _ in batch]
                for (_, future), result in zip(batch, results, strict=True):
                    # The future of a caller that has gone away is cancelled.
                    if future.done():
                        continue
                    if isinstance(result, RetryAloneError):
                        future.set_exception(result)
                    else:
                        future.set_result(result)
        finally:
            self._running = None


def apart(cause: Exception) -> RetryAloneError:
    """Return the error for one item of a batch that failed."""
    # One error per waiting item: a shared error would collect the tracebacks of all.
    error = RetryAloneError()
    error.__cause__ = cause
    return error
