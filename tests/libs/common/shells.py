"""The sample service's commands, run as an operator would."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.bus import DEADLINE


@dataclass
class Result:
    code: int
    out: str
    errors: str
    logged: str


@dataclass
class Shell:
    """Runs the sample service's commands as an operator would."""

    environment: dict[str, str]
    module: str = "tests.libs.common.database.service"
    started: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(
        self, *arguments: str, before: Callable[[], None] | None = None, **environment: str
    ) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "default::ResourceWarning",
            "-m",
            self.module,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.environment, **environment},
            preexec_fn=before,
        )
        self.started.append(process)
        return process

    async def run(
        self, *arguments: str, before: Callable[[], None] | None = None, **environment: str
    ) -> Result:
        return await finish(await self.start(*arguments, before=before, **environment))


async def finish(process: asyncio.subprocess.Process) -> Result:
    async with asyncio.timeout(DEADLINE):
        out, errors = await process.communicate()
    assert process.returncode is not None
    lines = out.decode().splitlines(keepends=True)
    logged = [line for line in lines if line.startswith("{")]
    said = [line for line in lines if not line.startswith("{")]
    return Result(process.returncode, "".join(said), errors.decode(), "".join(logged))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
