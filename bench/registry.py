"""Accounts read in by the import path: rows a second and the process's peak; then exact search among them.

python -m bench.registry DATABASE_URL FOLDER    reads the ledgers of a folder in, one after another
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.kit import ROOT, Row, Size, database, folder, percentile
from libs.common import laptop
from libs.common.auth.callers import Scope, ScopeKind
from libs.common.gc_tuning import collect_seldom
from libs.common.service import Service
from libs.workbooks.files.file_reading import read_beside
from libs.workbooks.jobs.imports import Job, JobState, Mode
from libs.workbooks.jobs.runner import ImportRunner
from libs.workbooks.ledgers.rows import open_ledger
from services.registry.bootstrap import build
from services.registry.dev.example_city import ExampleRow, rows_of, utilities
from services.registry.dev.example_ledgers import ledger_of
from services.registry.domain.particulars import Particular
from services.registry.settings import Settings
from services.registry.storage.imports import ACCOUNT_LEDGERS
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.customers import holders
from services.registry.usecases.import_accounts import AccountIntake, tell_ended

# A file has at most so many rows: an office's sheet, and what one file may hold (`frames.MOST_ROWS`).
_FILE_ROWS = 250_000
_SEARCHES = 500


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Measure both sizes, each in a database of its own; search in the larger one."""
    few = await _read_in(postgres_url, size.few_rows)
    many = await _read_in(postgres_url, size.many_rows)
    return [
        Row(
            f"accounts read in, {size.many_rows:,} rows",
            f"{many[0]:,.0f} rows/s, {many[1] >> 20:,} MiB at most, {many[3] * 1e6:,.0f} µs of processor time a row",
            f"{size.few_rows:,} rows: {few[0]:,.0f} rows/s, {few[1] >> 20:,} MiB",
            f"speed {many[0] / few[0]:.2f}, memory {many[1] / few[1]:.2f}",
            "≥ 1,667 /s, ≤ 500 MiB",
            many[0] >= 1_667 and many[1] <= 500 << 20,
        ),
        Row(
            f"customer by identifier, {size.many_rows:,} accounts",
            f"p50 {percentile(many[2], 50) * 1e3:.1f} ms, p95 {percentile(many[2], 95) * 1e3:.1f} ms",
            f"{size.few_rows:,} accounts: p50 {percentile(few[2], 50) * 1e3:.1f} ms",
            f"{percentile(many[2], 50) / percentile(few[2], 50):.2f}",
            "p95 ≤ 100 ms",
            percentile(many[2], 95) <= 0.1,
        ),
    ]


async def _read_in(postgres_url: str, count: int) -> tuple[float, int, Sequence[float], float]:
    """Return rows a second, the importing process's peak in bytes, seconds of each search, processor's of a row."""
    async with database(postgres_url, "registry") as url:
        service = service_over(url)
        try:
            await service.migrate()
            with folder("registry") as directory:
                wanted = await asyncio.to_thread(write_ledgers, directory, count)
                seconds, peak, worked = await asyncio.to_thread(read_in, url, directory)
            return count / seconds, peak, await _search(service, wanted), worked / count
        finally:
            await service.close()


def service_over(url: str) -> Service:
    """Compose the registry over a database; its bus is never asked."""
    nowhere = "http://127.0.0.1:1"
    values = {"database_url": url, "bus_url": "kafka://127.0.0.1:1", "issuer": nowhere, "jwks_url": nowhere}
    values["anchors_url"] = f"file://{tempfile.gettempdir()}/sqn-bench-anchors"
    return build(Settings.model_validate({**values, **laptop.KEYS}))


def write_ledgers(directory: Path, count: int) -> list[ExampleRow]:
    """Write ledgers of so many accounts in all, a file a utility; return some of their rows."""
    some: list[ExampleRow] = []
    files = -(-count // _FILE_ROWS)
    for number, utility in enumerate(utilities()[:files]):
        rows = rows_of(utility, count // files + (number < count % files), clean=True)
        path = directory / f"{utility.code}.csv"
        path.write_bytes(ledger_of(rows))
        some += rows[:: max(1, len(rows) * files // _SEARCHES)]
    return some


def read_in(url: str, directory: Path) -> tuple[float, int, float]:
    """Read the ledgers in, in a process of its own; return its seconds, its peak in bytes, the processor's."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.registry", url, str(directory)],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the ledgers were not read in:\n{printed}")
    seconds, worked = map(float, printed.splitlines()[-1].split())
    return seconds, usage.ru_maxrss * 1024, worked


async def _search(service: Service, wanted: Sequence[ExampleRow]) -> list[float]:
    sealer, seconds = service.state["import_keeping"].sealer, []  # type: ignore[attr-defined]  # bootstrap.py
    for row in wanted:
        identifier = row["证件号码"]
        started = time.perf_counter()
        async with service.database.unit_of_work(service.clock.now()) as uow:
            found = await holders(uow, sealer, Particular.IDENTIFIER, identifier)
        seconds.append(time.perf_counter() - started)
        if not found:
            raise RuntimeError("an account that was read in is not found")
    return seconds


async def _main(url: str, directory: Path) -> None:
    service = service_over(url)
    rulebook, keeping = service.state["rulebook"], service.state["import_keeping"]
    assert isinstance(rulebook, RuleBook)
    intake = AccountIntake(service.clock, rulebook)
    runner = ImportRunner(
        service.database,
        service.clock,
        ACCOUNT_LEDGERS,
        intake,
        keeping=keeping,  # type: ignore[arg-type]  # composed by bootstrap.py
        ended=tell_ended,
    )
    # As the worker does.
    collect_seldom()
    started, worked = time.perf_counter(), _processor()
    for path in await asyncio.to_thread(lambda: sorted(directory.iterdir())):
        scope = Scope(ScopeKind.UTILITY, path.stem)
        await _hand_in(service, scope, path)
        while await runner.step():
            pass
        job = await _last(service, scope)
        if job.state is not JobState.DONE or job.loaded != job.rows:
            raise RuntimeError(f"{path.name}: {job.state}, {job.loaded} of {job.rows}: {job.error}")
    print(time.perf_counter() - started, _processor() - worked)
    await service.close()


def _processor() -> float:
    """Return the processor's seconds of this process and of those that unpacked files for it."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


async def _hand_in(service: Service, scope: Scope, path: Path) -> None:
    content = await asyncio.to_thread(path.read_bytes)
    template = ACCOUNT_LEDGERS.template_of(scope)
    ledger = await read_beside(lambda: open_ledger(template, content))
    async with service.database.unit_of_work(service.clock.now()) as uow:
        await ACCOUNT_LEDGERS.jobs.add(
            uow,
            file_name=path.name,
            content=content,
            rows=len(ledger.rows),
            mode=Mode.GOOD,
            asked_by="bench",
            scope=scope,
            keeping=service.state["import_keeping"],  # type: ignore[arg-type]  # composed by bootstrap.py
        )


async def _last(service: Service, scope: Scope) -> Job:
    async with service.database.reading() as connection:
        jobs, _ = await ACCOUNT_LEDGERS.jobs.newest(connection, scope, limit=1, cursor=None)
    return jobs[0]


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], Path(sys.argv[2])))
