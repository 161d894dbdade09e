"""A utility's ledgers of accounts read in, against a plain INSERT of the same cells: speed, processor, memory.

On a shared machine the rows a second say little: what counts is the processor's time of a row, of the worker with the
process that unpacks the files, and of the database's server with its writers. At a million rows in ten minutes one
core has 600 µs for each.
"""

import asyncio
import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import asyncpg

from bench.kit import Row, Size, database, dsn, folder, processor_seconds, server_of
from bench.registry import read_in, service_over, write_ledgers

_MOST_MICROSECONDS: Final = 600
_MOST_BYTES: Final = 500 << 20
_AT_ONCE: Final = 500


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Read the same ledgers in by the service and by a plain INSERT, each in a database of its own."""
    with folder("accounts") as directory:
        await asyncio.to_thread(write_ledgers, directory, size.many_rows)
        seconds, peak, worker, server = await _by_service(postgres_url, directory)
        plain_seconds, plain = await _by_insert(postgres_url, directory)
    count = size.many_rows
    spent = (worker + server) / count * 1e6
    return [
        Row(
            f"ledgers of accounts, {count:,} rows",
            f"{count / seconds:,.0f} rows/s, {spent:,.0f} µs of processor time a row (of which the database "
            f"{server / count * 1e6:,.0f}), {peak >> 20:,} MiB at most",
            f"executemany of the cells: {count / plain_seconds:,.0f} rows/s, {plain / count * 1e6:,.0f} µs",
            f"speed {plain_seconds / seconds:.3f}, processor {spent * count / plain / 1e6:.1f}",
            f"≤ {_MOST_MICROSECONDS} µs, ≤ {_MOST_BYTES >> 20} MiB",
            spent <= _MOST_MICROSECONDS and peak <= _MOST_BYTES,
        )
    ]


async def _by_service(postgres_url: str, directory: Path) -> tuple[float, int, float, float]:
    """Return seconds, the importing process's peak in bytes, and the processor's seconds of worker and server."""
    server = await server_of(postgres_url)
    async with database(postgres_url, "accounts") as url:
        service = service_over(url)
        await service.migrate()
        await service.close()
        before = processor_seconds(server)
        seconds, peak, worked = await asyncio.to_thread(read_in, url, directory)
        return seconds, peak, worked, processor_seconds(server) - before


async def _by_insert(postgres_url: str, directory: Path) -> tuple[float, float]:
    """Return seconds, and the processor's seconds of this process and the server."""
    server = await server_of(postgres_url)
    files = await asyncio.to_thread(lambda: [_cells(path) for path in sorted(directory.iterdir())])
    async with database(postgres_url, "plain") as url:
        connection = await asyncpg.connect(dsn(url))
        try:
            before, worked = processor_seconds(server), time.process_time()
            started = time.perf_counter()
            for number, (headings, *rows) in enumerate(files):
                if number == 0:
                    columns = ", ".join(f'"{heading}" text' for heading in headings)
                    await connection.execute(f'CREATE TABLE plain ({columns}, PRIMARY KEY ("{headings[0]}"))')
                places = ", ".join(f"${at}" for at in range(1, len(headings) + 1))
                for first in range(0, len(rows), _AT_ONCE):
                    values = rows[first : first + _AT_ONCE]
                    await connection.executemany(f"INSERT INTO plain VALUES ({places})", values)
            seconds = time.perf_counter() - started
            spent = time.process_time() - worked + processor_seconds(server) - before
        finally:
            await connection.close()
    return seconds, spent


def _cells(path: Path) -> Sequence[list[str]]:
    with path.open(encoding="gb18030", newline="") as file:
        return list(csv.reader(file))
