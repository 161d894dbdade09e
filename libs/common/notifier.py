"""Notifications within one process: no call is lost, several may be merged."""

import asyncio


class Notifier:
    """Lets a loop sleep until it is notified or a timeout has passed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Wake the loop, now or at its next sleep."""
        self._event.set()

    async def sleep(self, seconds: float) -> None:
        """Return after a call of `set` or after the given seconds, whichever comes first."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
