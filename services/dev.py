"""Every service in one process, for a laptop: SQLite and the embedded log under `var/`, and a city at work.

    python -m services.dev

The services are found. What a first start puts into their databases and who works through their APIs comes from their
`dev` packages. The city lives by its own clock, which starts after the ledger's year and runs fast: a working day in
about two minutes, nights and weekends in seconds. `--pace real` lets it run by the machine's.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from libs.common import discovery, logs, worker
from libs.common import laptop as laptop_files
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.bus import BusError
from libs.common.cli import new_event_loop, stop_signals
from libs.common.clock import Clock, SystemClock, local
from libs.common.database.migrations import SchemaError
from libs.common.database.sqlite import DamagedFileError
from libs.common.gc_tuning import collect_seldom
from libs.common.http.server import ServerConfig
from libs.common.policy import PolicyError
from libs.common.process_files import FolderInUseError, keep_files_private, make_private, only_process
from libs.common.service import Service
from libs.common.settings import ProductionSetting
from libs.development import parts
from libs.development.city_clock import CITY_BEGINS, CityClock, morning_of

HOST = "127.0.0.1"
FIRST_PORT = 8600
ISSUER_PORT = 3
"""The issuer's place among the ports in a row."""
DISK_NEEDED = 200 * 2**20

console = Console(highlight=False)
say = console.print


class StartError(Exception):
    """The system cannot start here; the text says why and what to do."""


@dataclass
class Laptop:
    """All services of one laptop, composed: those with a database, and every application."""

    issuer: LocalIssuer
    services: dict[str, Service]
    apps: dict[str, FastAPI]
    urls: dict[str, str]

    def url(self, name: str) -> str:
        """Return the address of a service."""
        return self.urls[name]

    async def close(self) -> None:
        """Release what the services hold."""
        for service in self.services.values():
            await service.close()


def ports(first_port: int = FIRST_PORT) -> dict[str, int]:
    """Return the port of everything by its name, in the order of ports: a row from the first on."""
    places = {
        "issuer": ISSUER_PORT,
        **{found.name: found.laptop_port for found in discovery.services()},
        **{f"{name}-providers": part.LAPTOP_PORT for name, part in parts.PROVIDERS.all()},
    }
    return {name: first_port + places[name] for name in sorted(places, key=lambda name: places[name])}


def addresses(first_port: int = FIRST_PORT) -> dict[str, str]:
    """Return where everything answers, by its name."""
    return {name: f"http://{HOST}:{port}" for name, port in ports(first_port).items()}


def compose(folder: Path, first_port: int, clock: Clock) -> Laptop:
    """Put the services together over a folder and ports in a row."""
    urls = addresses(first_port)
    issuer = parts.issuer(urls["issuer"], folder / "issuer", urls["console"])
    shared: dict[str, object] = {
        "issuer": urls["issuer"],
        "jwks_url": f"{urls['issuer']}/jwks",
        "host": HOST,
        "log_style": "console",
        "docs": True,
        "follows_templates": True,
        "session_secret": laptop_files.kept_secret(folder / "session-secret"),
        **laptop_files.KEYS,
        **{f"{name}_url": url for name, url in urls.items()},
    }
    services: dict[str, Service] = {}
    apps: dict[str, FastAPI] = {}
    for name, part in parts.PROVIDERS.all():
        shared |= part.settings_for(urls[f"{name}-providers"], urls[name])
        apps[f"{name}-providers"] = part.app(SystemClock())
    verifier = parts.verifier(issuer, shared)
    for found in discovery.services():
        name = found.name
        own = {"port": ports(first_port)[name], "public_url": urls[name]}
        values = {**laptop_files.stored(folder, name), **shared, **own}
        # Who only shows what others keep goes by the machine's time, as people's sessions do.
        composed = found.compose(values, clock if found.is_stateful else None)
        if isinstance(composed, Service):
            services[name] = composed
            composed = composed.app(verifier)
        apps[name] = composed
    return Laptop(issuer, services, {**apps, "issuer": issuer.app()}, urls)


class _QuietServer(uvicorn.Server):
    """A server among several of one process: the signals are caught once, for all."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as uvicorn has it
        yield


@contextlib.asynccontextmanager
async def serving(laptop: Laptop) -> AsyncIterator[None]:
    """Serve every application until the block ends."""
    servers = {
        name: _QuietServer(
            ServerConfig(app, host=HOST, port=int(laptop.urls[name].rpartition(":")[2]), graceful_seconds=2)
        )
        for name, app in laptop.apps.items()
    }
    tasks = [asyncio.create_task(server.serve(), name=name) for name, server in servers.items()]
    try:
        while not all(server.started for server in servers.values()):
            for task in tasks:
                if task.done():
                    task.result()
                    raise StartError(f"{task.get_name()} did not start")
            await asyncio.sleep(0.02)
        yield
    finally:
        for server in servers.values():
            server.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def running(*parts: Awaitable[None]) -> AsyncIterator[None]:
    """Run background parts until the block ends; the first that fails ends the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_coroutine(part)) for part in parts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _coroutine(part: Awaitable[None]) -> None:
    await part


def check_machine(folder: Path, wanted: Iterable[int]) -> None:
    """Raise StartError in production, and when a port is taken, the folder cannot be written or the disk is full."""
    if ProductionSetting().production:
        raise StartError("SQN_PRODUCTION is set, and this signs in whoever knows one password: unset it")
    wanted = list(wanted)
    for port in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise StartError(
                    f"port {port} is in use ({error.strerror}): stop what uses it, "
                    f"or choose {len(wanted)} others in a row: make run ARGS='--port 9600'"
                ) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StartError(f"{folder} cannot be written: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise StartError(f"{folder} cannot be written: choose another folder: make run ARGS='--var FOLDER'")
    if free < DISK_NEEDED:
        raise StartError(
            f"the disk under {folder} has {free // 2**20} MB left, {DISK_NEEDED // 2**20} MB are needed"
        )


async def run(arguments: argparse.Namespace) -> None:
    """Start everything, show where it is, and keep it going until Ctrl-C.

    Raises what `main` says in words: that the machine, the folder or its files do not allow it.
    """
    folder: Path = arguments.var
    check_machine(folder, ports(arguments.port).values())
    make_private(folder)
    with only_process(folder):
        await _run(arguments, folder)


async def _run(arguments: argparse.Namespace, folder: Path) -> None:
    logs.configure("sqn", style="console", level=logging.getLevelNamesMapping()[arguments.log_level])
    fast = arguments.pace == "city"
    kept = folder / laptop_files.CLOCK_FILE
    resting = kept.with_suffix(".resting")
    # Commands beside this system go by the city's clock as long as its file is there.
    if fast and resting.exists():
        resting.replace(kept)
    elif not fast and kept.exists():
        kept.replace(resting)
    if arguments.begins and kept.exists():
        raise StartError("--from is for a first start, and this city has begun: choose another --var")
    city = CityClock(kept, morning_of(arguments.begins) if arguments.begins else CITY_BEGINS)
    if fast:
        city.save()
    clock: Clock = city if fast else SystemClock()
    laptop = compose(folder, arguments.port, clock)
    stop = stop_signals()
    services = laptop.services.values()
    try:
        say("准备数据库 … preparing the databases")
        for service in services:
            await service.check_files()
            await service.migrate()
        moving = [worker.run(await service.worker_loops(), service.beats) for service in services]
        collect_seldom()
        async with serving(laptop), running(*moving):
            _welcome(laptop, clock)
            if not arguments.no_seed:
                for name, part in parts.SEED.all():
                    await part.seed(laptop.services[name], console)
            background: list[Awaitable[None]] = [city.run()] if fast else []
            if not arguments.no_simulator:
                background.append(parts.simulate(laptop.urls, laptop.issuer, clock))
            async with running(*background):
                say("城市开始运转，Ctrl-C 停止 … the city is at work, Ctrl-C stops it")
                await stop.wait()
                say("正在停止 … stopping")
        if fast:
            city.save()
    finally:
        await laptop.close()


def _welcome(laptop: Laptop, clock: Clock) -> None:
    say()
    say(f"  实时看板 board      [bold]{laptop.url('console')}[/bold]")
    people = " · ".join(f"{login} ({who.name})" for login, who in parts.users().items())
    say(f"  账号 sign in as     {people}")
    say(f"  口令 password       [bold]{laptop.issuer.password_file.read_text()}[/bold]")
    say(f"  接口 APIs           {' · '.join(map(laptop.url, laptop.services))}  (/docs)")
    for name, _ in parts.PROVIDERS.all():
        say(f"  测试登录 citizens    {laptop.url(f'{name}-providers')}")
    say(f"  城市时间 city time  {local(clock.now()):%Y-%m-%d %H:%M}")
    say()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m services.dev", description=__doc__)
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="first of the ports in a row")
    parser.add_argument("--var", type=Path, default=laptop_files.FOLDER, help="where everything is kept")
    parser.add_argument("--pace", choices=("city", "real"), default="city")
    first_day = (
        "the city's first day, such as 2023-09-04: homes change hands, heat is stopped until mid-October"
    )
    parser.add_argument("--from", dest="begins", type=date.fromisoformat, metavar="DAY", help=first_day)
    parser.add_argument("--no-seed", action="store_true", help="start with empty databases, without ledgers")
    parser.add_argument("--no-simulator", action="store_true", help="start without the simulated city")
    parser.add_argument("--log-level", choices=("DEBUG", "INFO", "WARNING", "ERROR"), default="WARNING")
    arguments = parser.parse_args()
    keep_files_private()
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(run(arguments))
    except FolderInUseError as error:
        remedy = "stop it, or choose another folder: make run ARGS='--var FOLDER'"
        print(f"cannot start: {error}: {remedy}", file=sys.stderr)
        return 2
    except (StartError, DamagedFileError, SchemaError, PolicyError, BusError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
