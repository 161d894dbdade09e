"""Group commit: concurrent commands share their reads and one transaction; those that cannot are retried alone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.database.batcher import Batcher, RetryAloneError
from libs.common.database.round_trip import Values, Writes, commit_together, read_together
from libs.common.database.unit_of_work import Missed, Row, first_missed

_Read = tuple[Select[Any], Values]
_Command = tuple[Writes, Sequence[Missed]]


class GroupCommit:
    """Reads for all waiting commands in one round trip, and writes for all in one transaction.

    Nothing is locked between read and write: each write checks the version that was read (optimistic locking). A
    command that finds another version is left out and the others commit. After any other error all retry alone.
    """

    def __init__(self, reader: AsyncEngine, writer: AsyncEngine) -> None:
        self._reader = reader
        self._writer = writer
        self._reads = Batcher[_Read, Row](self._read)
        self._commits = Batcher[_Command, None](self._commit)

    async def one(self, statement: Select[Any], values: Values) -> Row:
        """Read one committed row. Raises RetryAloneError."""
        return await self._reads.do((statement, values))

    async def commit(self, writes: Writes, missed: Sequence[Missed]) -> None:
        """Commit the writes and events of a command. Raises RetryAloneError.

        If the connection is lost during a commit, the command may have taken effect.
        """
        await self._commits.do((writes, missed))

    async def _read(self, reads: list[_Read]) -> list[Row | RetryAloneError]:
        async with self._reader.connect() as connection:
            return [*await read_together(connection, reads)]

    async def _commit(self, commands: list[_Command]) -> list[RetryAloneError | None]:
        results: list[RetryAloneError | None] = [None] * len(commands)
        remaining = list(range(len(commands)))
        async with self._writer.connect() as connection:
            while remaining:
                batch = [commands[index] for index in remaining]

                def missing(position: int, counts: list[int], batch: list[_Command] = batch) -> bool:
                    return first_missed(batch[position][1], counts) is not None

                refused = await commit_together(connection, [writes for writes, _ in batch], missing)
                if not refused:
                    break
                for position in sorted(refused, reverse=True):
                    results[remaining.pop(position)] = RetryAloneError()
        return results
