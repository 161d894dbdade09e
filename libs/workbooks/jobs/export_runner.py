"""The runner of export jobs: reads the rows of one snapshot page by page, and keeps the workbook sealed.

A job whose process is killed is written again from its first row: nothing of its file is stored before all of it is.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Final, Generic, Protocol, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.database.engine import Database, is_unavailable
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.lease import LeaseHolder
from libs.common.problems import Problem, define
from libs.common.worker import Loop
from libs.workbooks.jobs.export import export_pages
from libs.workbooks.jobs.exports import Export, ExportJobs
from libs.workbooks.jobs.imports import OvertakenError
from libs.workbooks.jobs.keeping import Keeping
from libs.workbooks.jobs.runner import IDLE_SECONDS, LEASE_SECONDS
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.template import Template
from libs.workbooks.ledgers.writer import Signature

log = structlog.get_logger(__name__)

TOO_MANY = define("export-too-large", 422, "导出的行数超过上限")
PIECE_BYTES: Final = 1_048_576
MOST_ATTEMPTS: Final = 5
_INTERRUPTED: Final = "多次中断，请联系管理员"

R = TypeVar("R")


class ExportSource(Protocol[R]):
    """A service's records as an export shows them; R is what its pages hold of a record."""

    async def refresh(self) -> None:
        """Reload the rules that cells are made by if they have changed; called before each export."""
        ...

    def template(self, export: Export) -> Template:
        """Return the columns."""
        ...

    def signature(self, export: Export) -> Signature:
        """Return what stands above them, with the watermark."""
        ...

    async def count(self, connection: AsyncConnection, export: Export) -> int:
        """Count the records that whoever asked may see, beyond `most_rows` no further."""
        ...

    def pages(self, connection: AsyncConnection, export: Export) -> AsyncIterator[Sequence[R]]:
        """Yield these records in pages, each of a second's work at most."""
        ...

    def cells(self, export: Export, record: R) -> Mapping[str, Cell]:
        """Return the cells of a record by their headings; called in a thread."""
        ...

    async def ended(self, uow: UnitOfWork, export: Export) -> None:
        """Note that an export has ended, with a file or without, in the transaction that ends it."""
        ...


class ExportRunner(Generic[R]):
    """Writes the exports of a kind, one at a time across replicas, oldest first."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        exports: ExportJobs,
        source: ExportSource[R],
        *,
        keeping: Keeping,
        name: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._exports = exports
        self._source = source
        self._keeping = keeping
        self._lease = LeaseHolder(database, clock, name, LEASE_SECONDS)
        self._writing: asyncio.Task[None] | None = None

    async def step(self) -> bool:
        """Delete expired files; write an export, for a while. Return False without any work or lease."""
        await self._expire()
        if not await self._lease_held() or (self._writing is None and not await self._begin()):
            return False
        if self._writing is not None:
            done, _ = await asyncio.wait({self._writing}, timeout=IDLE_SECONDS)
            if done:
                finished, self._writing = self._writing, None
                await self._lease.release()
                finished.result()
        return True

    async def reset(self) -> None:
        """Stop writing, and ask for the lease anew."""
        self._lease.doubt()
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await writing

    async def close(self) -> None:
        """Stop writing; another process may begin at once."""
        await self.reset()
        await self._lease.release()

    async def _lease_held(self) -> bool:
        if self._writing is None:
            async with self._database.reading() as connection:
                if await self._exports.oldest_unfinished(connection) is None:
                    return False
        if await self._lease.hold():
            return True
        await self.reset()
        return False

    async def _begin(self) -> bool:
        # Read under the lease: its previous holder may have finished it.
        async with self._database.unit_of_work(self._clock.now()) as uow:
            export = await self._exports.oldest_unfinished(uow.connection)
            if export is None:
                return False
            if export.attempts >= MOST_ATTEMPTS:
                await self._source.ended(uow, await self._exports.fail(uow, export, _INTERRUPTED))
                return True
            begun = await self._exports.begin(uow, export)
        self._writing = asyncio.create_task(self._write(begun), name=f"export {begun.id}")
        return True

    async def _write(self, export: Export) -> None:
        """Write an export; one that cannot be written fails, so that it does not block later ones."""
        try:
            await self._source.refresh()
            await self._written(export)
        except OvertakenError:
            log.info("export_overtaken", export=export.id)
        except Exception as error:
            if is_unavailable(error):
                raise
            log.exception("export_failed", export=export.id)
            text = str(error) if isinstance(error, Problem) else "系统内部错误，请联系管理员"
            async with self._database.unit_of_work(self._clock.now()) as uow:
                await self._source.ended(uow, await self._exports.fail(uow, export, text))

    async def _written(self, export: Export) -> None:
        source, written = self._source, 0
        async with self._database.reading(export.scope, is_snapshot=True) as connection:
            rows = await source.count(connection, export)
            if rows > export.terms.most_rows:
                raise TOO_MANY(f"一次最多导出 {export.terms.most_rows:,} 行，请缩小筛选范围")

            async def pages() -> AsyncIterator[Sequence[R]]:
                nonlocal written
                async for page in source.pages(connection, export):
                    yield page
                    written += len(page)
                    async with self._database.unit_of_work(self._clock.now()) as uow:
                        await self._exports.note(uow, export, rows=rows, written=written)

            file = await export_pages(
                source.template(export),
                source.signature(export),
                pages(),
                lambda record: source.cells(export, record),
            )
        with file:
            await self._keep(export, file, written)

    async def _keep(self, export: Export, file: IO[bytes], rows: int) -> None:
        size = await asyncio.to_thread(file.seek, 0, 2)
        await asyncio.to_thread(file.seek, 0)
        async with self._database.unit_of_work(self._clock.now()) as uow:
            finished = await self._exports.finish(uow, export, rows=rows, size=size)
            position = 0
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                sealed = await self._keeping.put(uow, export.id, piece, position)
                await self._exports.add_piece(uow, export.id, position, sealed)
                position += 1
            await self._source.ended(uow, finished)

    async def _expire(self) -> None:
        now = self._clock.now()
        async with self._database.reading() as connection:
            expired = await self._exports.expired(connection, now)
        if expired:
            async with self._database.unit_of_work(now) as uow:
                await self._exports.forget(uow, expired)
                await self._keeping.forget(uow, expired)


def export_loop(
    database: Database,
    clock: Clock,
    exports: ExportJobs,
    source: ExportSource[R],
    *,
    keeping: Keeping,
    name: str,
) -> Loop:
    """Return the worker's loop that writes a kind's exports."""
    runner = ExportRunner(database, clock, exports, source, keeping=keeping, name=name)

    async def step() -> None:
        if not await runner.step():
            await asyncio.sleep(IDLE_SECONDS)

    return Loop(name, step, runner.reset, runner.close)
