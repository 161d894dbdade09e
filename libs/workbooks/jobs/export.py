"""Exports a ledger from pages of records, with bounded memory and off the event loop."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import IO, TypeVar

from libs.common.problems import define
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.template import Template
from libs.workbooks.ledgers.writer import LedgerWriter, Signature

BUSY = define("exports-busy", 429, "正在导出的人较多")

R = TypeVar("R")
T = TypeVar("T")


async def export_pages(
    template: Template,
    signature: Signature,
    pages: AsyncIterator[Sequence[R]],
    cells: Callable[[R], Mapping[str, Cell]],
    threads: Executor | None = None,
) -> IO[bytes]:
    """Return the workbook as an open temporary file, rewound; it is deleted when closed.

    Rows are made by `cells` and written by one of the threads. Raises `ledger-too-many-rows`.
    """

    async def in_thread(call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, call)

    with tempfile.TemporaryDirectory() as scratch:
        target = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        writer = await in_thread(lambda: LedgerWriter(template, target, signature, scratch))

        def write(records: Sequence[R]) -> None:
            for record in records:
                writer.write(cells(record))

        try:
            async for records in pages:
                await in_thread(partial(write, records))
            await in_thread(writer.close)
        except BaseException:
            with suppress(Exception):
                writer.close()
            target.close()
            raise
    target.seek(0)
    return target
