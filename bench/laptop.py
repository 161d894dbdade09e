"""What `make run` costs: seconds from its start to the first board, and what it holds with the ledger read in."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.kit import ROOT, Row, Size, folder, memory
from tools.servers_process import free_ports

DEADLINE_SECONDS = 300.0


async def run(_postgres_url: str, _size: Size) -> list[Row]:
    """Start the laptop's city over an empty folder."""
    with folder("laptop") as directory:
        board, at_work, held = await asyncio.to_thread(_start, directory)
    return [
        Row("`make run`: start to first board", f"{board:.1f} s"),
        Row(
            "`make run`: start to the ledger of 2022 read in",
            f"{at_work:.1f} s, then {held >> 20:,} MiB in memory",
        ),
    ]


def _start(directory: Path) -> tuple[float, float, int]:
    first = free_ports(1)[0]
    log = directory / "dev.log"
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-u",
                "-m",
                "services.dev",
                "--port",
                str(first),
                "--var",
                str(directory / "dev"),
            ],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        board = _until(process, log, lambda: _answers(f"http://127.0.0.1:{first}/readyz")) - started
        at_work = _until(process, log, lambda: "the city is at work" in log.read_text()) - started
        return board, at_work, memory(process.pid)
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def _until(process: "subprocess.Popen[bytes]", log: Path, ready: Callable[[], bool]) -> float:
    deadline = time.perf_counter() + DEADLINE_SECONDS
    while not ready():
        if process.poll() is not None or time.perf_counter() > deadline:
            raise RuntimeError(f"the city did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)
    return time.perf_counter()
