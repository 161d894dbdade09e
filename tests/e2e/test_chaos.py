"""The short form of `make chaos`: each kind of fault once, under load, and nothing lost or doubled."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tools.chaos_schedule import FAULTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(900)
async def test_every_kind_of_fault_leaves_nothing_lost_and_nothing_doubled() -> None:
    # In a folder of its own making: another run of pytest shuts the ones that pytest makes to PostgreSQL's user.
    # A session of its own: whatever happens to it, all its servers end with it.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.chaos", "--short", "--seed", "49"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    said = output.decode()
    assert process.returncode == 0, said
    recovered = said.partition("until figures flow again")[2]
    assert [name for kind, role, _ in FAULTS if (name := f"{kind} · {role}") not in recovered] == []
