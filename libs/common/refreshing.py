"""What a process reads from its database and keeps: read again when others may have changed it."""

import asyncio
from abc import ABC, abstractmethod
from time import monotonic

from libs.common.policy_changes import KNOWN_EVERYWHERE


class Refreshing(ABC):
    """A rule book: processes see a change of it within `KNOWN_EVERYWHERE`, the one that made it at once."""

    def __init__(self) -> None:
        self._look_again_at = 0.0
        self._looking = asyncio.Lock()

    async def refresh(self) -> None:
        """Reload if anything may have changed; checks at most every half minute."""
        if monotonic() < self._look_again_at:
            return
        async with self._looking:
            if monotonic() >= self._look_again_at:
                await self.reload()
                self._look_again_at = monotonic() + KNOWN_EVERYWHERE.total_seconds()

    def look_again(self) -> None:
        """Reload at the next `refresh`: this process has changed something."""
        self._look_again_at = 0.0

    @abstractmethod
    async def reload(self) -> None:
        """Read it now."""
