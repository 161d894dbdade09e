"""A ledger in and out: rows a second and the most memory that the process held, at two sizes.

python -m bench.ledger DATABASE_URL      the export alone: writes the ledger of all cases, and how fast
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import select

from bench.cases import hookup
from bench.kit import ROOT, Row, Size, database, folder
from libs.common import laptop
from libs.common.auth.callers import Scope, ScopeKind
from libs.workbooks.ledgers.writer import LedgerWriter, Signature
from services.hookup.dev.ledger_example.city import BY, CUT, FILLED_ON, city
from services.hookup.dev.ledger_example.year import rows
from services.hookup.domain.reports.ledger_row import verdict
from services.hookup.ledger.layout import LEDGER
from services.hookup.ledger.replay import replay
from services.hookup.ledger.row_cells import row_cells
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import IMPORTS
from services.hookup.usecases.export_ledger import export_ledger
from services.hookup.usecases.read_cases import Filters

_SIGNATURE = Signature("聊城市", FILLED_ON, "bench")


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Measure both sizes, each in a database of its own."""
    few = await _in_and_out(postgres_url, size.few_rows)
    many = await _in_and_out(postgres_url, size.many_rows)
    return [
        Row(
            f"ledger {way}, {size.many_rows:,} rows",
            f"{many[way][0]:,.0f} rows/s, {many[way][1] >> 20:,} MiB at most",
            f"{size.few_rows:,} rows: {few[way][0]:,.0f} rows/s, {few[way][1] >> 20:,} MiB",
            f"speed {many[way][0] / few[way][0]:.2f}, memory {many[way][1] / few[way][1]:.2f}",
        )
        for way in ("import", "export")
    ]


async def _in_and_out(postgres_url: str, count: int) -> Mapping[str, tuple[float, int]]:
    async with database(postgres_url, "ledger") as url:
        with folder("ledger") as directory:
            imported = await read_in(
                url, await asyncio.to_thread(write_ledger, directory / "ledger.xlsx", count)
            )
        speed, peak = await asyncio.to_thread(_watched, ["bench.ledger", url], url)
    return {"import": imported, "export": (float(speed), peak)}


def write_ledger(path: Path, count: int) -> Path:
    """Write the example city's ledger with so many rows."""
    of = city()
    with path.open("wb") as file:
        writer = LedgerWriter(LEDGER, file, _SIGNATURE)
        for row in rows(of, count):
            case, _ = replay(row, of.rules, CUT, BY)
            writer.write(row_cells(row, verdict(case, of.rules)))
        writer.close()
    return path


async def read_in(url: str, path: Path) -> tuple[float, int]:
    """Migrate a database and read a ledger into it; return rows a second and the process's peak in bytes."""
    service = hookup(url)
    try:
        await service.migrate()
        command = ["services.hookup", "backfill", str(path), "--mode", "good"]
        _, peak = await asyncio.to_thread(_watched, command, url)
        async with service.database.reading() as connection:
            job = (await connection.execute(select(IMPORTS.job))).one()
    finally:
        await service.close()
    if job.state != "done" or job.loaded != job.rows:
        raise RuntimeError(f"the ledger was not read in whole: {job.state}, {job.loaded} of {job.rows}")
    return job.rows / (job.finished_at - job.started_at).total_seconds(), peak


def _watched(module: Sequence[str], url: str) -> tuple[str, int]:
    """Run a module over a database to its end; return what it printed and the most bytes it held."""
    nowhere = "http://127.0.0.1:1"
    environment = {"SQN_DATABASE_URL": url, "SQN_BUS_URL": "kafka://127.0.0.1:1"}
    environment |= {"SQN_ISSUER": nowhere, "SQN_JWKS_URL": nowhere}
    environment |= {f"SQN_{name}".upper(): keys for name, keys in laptop.KEYS.items()}
    with subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{module[0]} failed:\n{printed}")
    return printed, usage.ru_maxrss * 1024


async def _export(url: str) -> None:
    service = hookup(url)
    rulebook = service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    started = time.perf_counter()
    scope = Scope(ScopeKind.CITY)
    file = await export_ledger(service.database, rulebook, service.clock, Filters(), scope, _SIGNATURE)
    seconds = time.perf_counter() - started
    file.close()
    async with service.database.reading() as connection:
        loaded = await connection.scalar(select(IMPORTS.job.c.loaded))
    await service.close()
    print((loaded or 0) / seconds)


if __name__ == "__main__":
    asyncio.run(_export(sys.argv[1]))
