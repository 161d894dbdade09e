"""What the benchmarks share: rows of the table, the machine, databases of their own, processes and their memory."""

import hashlib
import math
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from tools.servers_postgres import postgres_programs

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 3


@dataclass(frozen=True)
class Size:
    """How long and how large a run is."""

    quick: bool
    many_rows: int
    many_cases: int
    many_accounts: int
    overdue: int
    many_grievances: int

    few_rows = 3_000
    few_cases = 10_000

    @property
    def seconds(self) -> float:
        """How long one measurement lasts."""
        return 3.0 if self.quick else 8.0


@dataclass(frozen=True)
class Row:
    """One line of the table; `met` is None where there is no goal."""

    label: str
    measured: str
    against: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None

    def cells(self) -> Sequence[str]:
        """Return the cells as they are shown."""
        verdict = "" if self.met is None else ("met" if self.met else "**missed**")
        return (self.label, self.measured, self.against, self.ratio, self.goal, verdict)


def compared(
    label: str, rate: float, against: str, baseline: float, unit: str, goal: float | None = None
) -> Row:
    """Return the row of a rate over a baseline of the same run."""
    ratio = rate / baseline
    return Row(
        label,
        f"{rate:,.0f} {unit}",
        f"{against}: {baseline:,.0f}",
        f"{ratio:.2f}",
        "" if goal is None else f"≥ {goal:g}",
        None if goal is None else ratio >= goal,
    )


async def medians(
    measures: Mapping[str, Callable[[], Awaitable[float]]], repeats: int = REPEATS
) -> dict[str, float]:
    """Take every measure in turn, several times over, so that a slow minute of the machine meets all; the medians."""
    rates: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(repeats):
        for name, measure in measures.items():
            rates[name].append(await measure())
    return {name: statistics.median(values) for name, values in rates.items()}


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest rank; 0 without values."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)] if ranked else 0.0


def machine() -> str:
    """Return one line about the machine and what runs on it."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    postgres = subprocess.run(
        [postgres_programs() / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    packages = " · ".join(
        f"{name} {version(name)}" for name in ("fastapi", "sqlalchemy", "asyncpg", "aiokafka")
    )
    return (
        f"{os.cpu_count()} cores, {model} · {platform.system()} {platform.release()} · "
        f"Python {platform.python_version()} · PostgreSQL {postgres} · SQLite {sqlite3.sqlite_version} · {packages}"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def dsn(url: str) -> str:
    """Return a SQLAlchemy URL as PostgreSQL's own programs take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@asynccontextmanager
async def database(postgres_url: str, purpose: str) -> AsyncIterator[str]:
    """Make a database, yield its SQLAlchemy URL, and drop it.

    Its owner is no superuser, as in production: row security holds for it.
    """
    name = f"bench_{purpose}_{uuid4().hex[:8]}"
    await _execute(postgres_url, f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{name}'")
    await _execute(postgres_url, f'CREATE DATABASE "{name}" OWNER "{name}"')
    try:
        url = make_url(postgres_url).set(database=name, username=name, password=name)
        yield url.render_as_string(hide_password=False)
    finally:
        await _execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')
        await _execute(postgres_url, f'DROP ROLE "{name}"')


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def times(actions: Iterable[Callable[[], Awaitable[object]]]) -> list[float]:
    """Return the seconds of each but the first few, which warm connection and statements."""
    seconds = []
    for one in actions:
        started = time.perf_counter()
        await one()
        seconds.append(time.perf_counter() - started)
    return seconds[5:]


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """Make a directory and remove it."""
    with tempfile.TemporaryDirectory(prefix=f"sqn-bench-{purpose}-") as name:
        yield Path(name)


def memory(pid: int) -> int:
    """Return the bytes that a process holds (VmRSS). Raises RuntimeError when it is gone."""
    for line in _lines(f"/proc/{pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} is gone")


async def server_of(postgres_url: str) -> int:
    """Return the process id of the PostgreSQL server at an address of this machine."""
    connection = await asyncpg.connect(dsn(postgres_url))
    try:
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        return int(_stat(str(backend))[1])
    finally:
        await connection.close()


def processor_seconds(pid: int) -> float:
    """Return the processor's seconds of a process and of its children, those that have ended with them."""
    ticks = sum(map(int, _stat(str(pid))[11:15]))
    for entry in Path("/proc").glob("[0-9]*"):
        child = _stat(entry.name)
        if child and int(child[1]) == pid:
            ticks += int(child[11]) + int(child[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: str) -> list[str]:
    """Return what the kernel says of a process behind its name: its state, its parent …; nothing when it is gone."""
    return "".join(_lines(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def quix_python() -> Path:
    """Return the Python of an environment that holds Quix Streams, made the first time; ours does not need it."""
    lock = ROOT / "requirements" / "bench.txt"
    environment = ROOT / ".cache" / "bench" / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    python = environment / "bin" / "python"
    if not (environment / "complete").exists():
        print("bench: installing requirements/bench.txt", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
        (environment / "complete").touch()
    return python
