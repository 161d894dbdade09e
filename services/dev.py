"""Every service in one process, for a laptop: SQLite and the embedded log under `var/`, and a city at work.

    python -m services.dev

The city lives by its own clock, which starts after the ledger's year and runs fast: a working day in about two
minutes, nights and weekends in seconds. `--pace real` lets it run by the machine's.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import httpx
import uvicorn
from fastapi import FastAPI
from rich.console import Console
from sqlalchemy import select

from libs.common import laptop as laptop_files
from libs.common import logs, worker
from libs.common.auth.callers import Caller, Place, PlaceKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.bus import BusError
from libs.common.cli import new_event_loop, stop_signals
from libs.common.clock import SHANGHAI, Clock, SystemClock, local
from libs.common.database.migrations import SchemaError
from libs.common.database.sqlite import DamagedFileError
from libs.common.garbage import collect_seldom
from libs.common.http.client import KEPT
from libs.common.http.server import ServerConfig
from libs.common.places import load_places
from libs.common.policy import PolicyError
from libs.common.process_files import FolderInUseError, keep_files_private, make_private, only_process
from libs.common.service import Service
from libs.common.settings import CommonSettings
from libs.workbooks.jobs.imports import Mode
from services.console import bootstrap as console_bootstrap
from services.console.settings import Settings as ConsoleSettings
from services.hookup import bootstrap as hookup_bootstrap
from services.hookup.backfill import BACKFILL
from services.hookup.domain.values.permit_items import Office, authority
from services.hookup.storage.tables import IMPORTS
from services.metrics import bootstrap as metrics_bootstrap
from services.metrics.settings import Settings as MetricsSettings
from services.simulator import OPEN_HOURS, WATCHER, Simulator

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "examples" / "ledger-2022.xlsx"
HOST = "127.0.0.1"
FIRST_PORT = 8600
DISK_NEEDED = 200 * 2**20
CITY_BEGINS = datetime(2023, 1, 3, 8, 0, tzinfo=SHANGHAI).astimezone(UTC)

say = Console(highlight=False).print


class StartError(Exception):
    """The system cannot start here; the text says why and what to do."""


class CityClock:
    """A clock that runs fast, faster still while the offices are closed, and goes on where it stopped."""

    DAY_PACE = 300.0
    NIGHT_PACE = 14_400.0
    TICK_SECONDS = 0.05

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._now = datetime.fromisoformat(kept.read_text()) if kept.exists() else CITY_BEGINS

    def now(self) -> datetime:
        """Return the city's instant, in UTC."""
        return self._now

    async def run(self) -> None:
        """Let time pass until cancelled."""
        saved = last = monotonic()
        while True:
            await asyncio.sleep(self.TICK_SECONDS)
            present = monotonic()
            wall = local(self._now)
            works = wall.weekday() < 5 and OPEN_HOURS[0] <= wall.time() <= OPEN_HOURS[1]
            # A process that was suspended must not leap.
            passed = min(present - last, 1.0)
            self._now += timedelta(seconds=passed * (self.DAY_PACE if works else self.NIGHT_PACE))
            last = present
            if present - saved > 1:
                self.save()
                saved = present

    def save(self) -> None:
        """Keep the instant for the next run; where the disk is full, that run goes on from an earlier one."""
        draft = self._kept.with_suffix(".new")
        with contextlib.suppress(OSError):
            draft.write_text(self._now.isoformat())
            draft.replace(self._kept)


# One of the city's users, as 爱山东 signs them in.
CITIZEN = Caller(
    "c-000318",
    frozenset({"citizen"}),
    Place(PlaceKind.CITIZEN, "C-000318"),
    "用户C-000318",
    channel="ISHANDONG",
)
USERS = {
    "city": Caller("u-city", frozenset({"supervisor", "administrator"}), Place(PlaceKind.CITY), "市局督导"),
    # What holds for the whole city one drafts and the other approves.
    "city-head": Caller(
        "u-city-head", frozenset({"supervisor", "administrator"}), Place(PlaceKind.CITY), "市局审核"
    ),
    "district": Caller(
        "u-371502", frozenset({"supervisor"}), Place(PlaceKind.DISTRICT, "371502"), "东昌府区主管部门"
    ),
    "hall": Caller(
        "u-371502-hall", frozenset({"window"}), Place(PlaceKind.DISTRICT, "371502"), "东昌府区办事大厅"
    ),
    "utility": Caller(
        "u-W-371502", frozenset({"clerk"}), Place(PlaceKind.UTILITY, "W-371502"), "东昌府区供水窗口"
    ),
    "utility-head": Caller(
        "u-W-371502-head", frozenset({"approver"}), Place(PlaceKind.UTILITY, "W-371502"), "东昌府区供水审批"
    ),
    "agent": Caller(
        "u-W-371502-agent", frozenset({"agent"}), Place(PlaceKind.UTILITY, "W-371502"), "东昌府区供水帮办"
    ),
    "municipal": Caller(
        "u-MUNICIPAL-371502",
        frozenset({"authority"}),
        Place(PlaceKind.AUTHORITY, "MUNICIPAL-371502"),
        "东昌府区市政审批",
    ),
    "traffic-police": Caller(
        "u-TRAFFIC_POLICE-371502",
        frozenset({"authority"}),
        Place(PlaceKind.AUTHORITY, "TRAFFIC_POLICE-371502"),
        "东昌府区交管审批",
    ),
    "citizen": CITIZEN,
}
MACHINES = {
    f"simulator-{WATCHER}": Caller("m-watcher", frozenset({"supervisor"}), Place(PlaceKind.CITY)),
    "simulator-channel": Caller("m-channel", frozenset({"channel"}), Place(PlaceKind.CHANNEL, "ISHANDONG")),
    # For who writes an app: a channel's back end, and one of its users.
    "app-channel": Caller("m-app", frozenset({"channel"}), Place(PlaceKind.CHANNEL, "WECHAT")),
    "app-citizen": CITIZEN,
    **{
        f"simulator-{role}-{utility.code}": Caller(
            f"m-{role}-{utility.code}", frozenset({role}), Place(PlaceKind.UTILITY, utility.code)
        )
        for role in ("clerk", "approver", "agent")
        for utility in load_places().utilities()
    },
    **{
        f"simulator-{role}-{unit.code}": Caller(
            f"m-{role}-{unit.code}", frozenset({role}), Place(PlaceKind.DISTRICT, unit.code)
        )
        for role in ("window", "supervisor")
        for unit in load_places().reporting_units
    },
    **{
        f"simulator-{code}": Caller(f"m-{code}", frozenset({"authority"}), Place(PlaceKind.AUTHORITY, code))
        for each in load_places().reporting_units
        for code in (authority(office, each.code) for office in Office)
    },
}
# The people who may sign in as agents take their turns with those whom the simulator plays.
AGENTS = {
    utility.code: [
        each.subject
        for each in (*MACHINES.values(), *USERS.values())
        if each.roles == {"agent"} and each.place.code == utility.code
    ]
    for utility in load_places().utilities()
}


@dataclass
class Laptop:
    """All services of one laptop, composed."""

    issuer: LocalIssuer
    hookup: Service
    metrics: Service
    apps: dict[str, FastAPI]
    ports: dict[str, int]

    def url(self, name: str) -> str:
        """Return the address of a service."""
        return f"http://{HOST}:{self.ports[name]}"


def addresses(first_port: int = FIRST_PORT) -> dict[str, str]:
    """Return where everything answers, by its name: four ports in a row."""
    return {name: f"http://{HOST}:{port}" for name, port in _ports(first_port).items()}


def _ports(first_port: int) -> dict[str, int]:
    return {name: first_port + n for n, name in enumerate(("console", "hookup", "metrics", "issuer"))}


def compose(folder: Path, first_port: int, clock: Clock) -> Laptop:
    """Put the services together over a folder and four ports in a row."""
    ports, urls = _ports(first_port), addresses(first_port)
    issuer = LocalIssuer(
        urls["issuer"],
        folder / "issuer",
        SystemClock(),
        users=USERS,
        machines=MACHINES,
        redirect_uris=[f"{urls['console']}/signin/callback"],
    )
    # People's sessions run by the machine's time, however fast the city's clock runs.
    verifier = TokenVerifier(urls["issuer"], "sqn", StaticKeys(issuer.jwks()), SystemClock())

    def common(name: str) -> dict[str, str | int]:
        return {
            **laptop_files.stored(folder, name),
            "issuer": urls["issuer"],
            "jwks_url": f"{urls['issuer']}/jwks",
            "host": HOST,
            "port": ports[name],
            "public_url": urls[name],
            "log_style": "console",
        }

    hookup = hookup_bootstrap.build(CommonSettings.model_validate(common("hookup")), clock)
    metrics = metrics_bootstrap.build(MetricsSettings.model_validate(common("metrics")), clock)
    console = console_bootstrap.build(
        ConsoleSettings.model_validate(
            {
                "hookup_url": urls["hookup"],
                "metrics_url": urls["metrics"],
                "issuer": urls["issuer"],
                "public_url": urls["console"],
                "session_secret": _kept_secret(folder / "session-secret"),
                "host": HOST,
                "port": ports["console"],
            }
        )
    )
    apps = {
        "console": console,
        "hookup": hookup.app(verifier),
        "metrics": metrics.app(verifier),
        "issuer": issuer.app(),
    }
    return Laptop(issuer, hookup, metrics, apps, ports)


def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


class _QuietServer(uvicorn.Server):
    """A server among several of one process: the signals are caught once, for all."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as uvicorn has it
        yield


@contextlib.asynccontextmanager
async def serving(laptop: Laptop) -> AsyncIterator[None]:
    """Serve every application until the block ends."""
    servers = {
        name: _QuietServer(ServerConfig(app, host=HOST, port=laptop.ports[name], graceful_seconds=2))
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


def check_machine(folder: Path, ports: list[int]) -> None:
    """Raise StartError when a port is taken, the folder cannot be written, or the disk is nearly full."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise StartError(
                    f"port {port} is in use ({error.strerror}): stop what uses it, or choose four others in a row: "
                    "make run ARGS='--port 9600'"
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


def token_source(laptop: Laptop) -> Callable[[str], Awaitable[str]]:
    """Return access tokens for the simulator's roles, from the local issuer."""
    tokens: dict[str, tuple[float, str]] = {}

    async def token(role: str) -> str:
        until, known = tokens.get(role, (0.0, ""))
        if monotonic() >= until:
            known = laptop.issuer.issue(MACHINES[f"simulator-{role}"])
            tokens[role] = (monotonic() + 1800, known)
        return known

    return token


async def run(arguments: argparse.Namespace) -> None:
    """Start everything, show where it is, and keep it going until Ctrl-C.

    Raises what `main` says in words: that the machine, the folder or its files do not allow it.
    """
    folder: Path = arguments.var
    check_machine(folder, [arguments.port + n for n in range(4)])
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
    city = CityClock(kept)
    if fast:
        city.save()
    clock: Clock = city if fast else SystemClock()
    laptop = compose(folder, arguments.port, clock)
    stop = stop_signals()
    services = (laptop.hookup, laptop.metrics)
    try:
        say("准备数据库 … preparing the databases")
        for service in services:
            await service.check_files()
            await service.migrate()
        moving = [worker.run(await service.worker_loops(), service.beats) for service in services]
        collect_seldom()
        async with serving(laptop), running(*moving):
            _welcome(laptop, clock)
            if not arguments.no_ledger:
                await load_ledger(laptop.hookup)
            parts: list[Awaitable[None]] = [city.run()] if fast else []
            async with httpx.AsyncClient(base_url=laptop.url("hookup"), timeout=30, limits=KEPT) as api:
                if not arguments.no_simulator:
                    parts.append(Simulator(api, token_source(laptop), clock, AGENTS).run())
                async with running(*parts):
                    say("城市开始运转，Ctrl-C 停止 … the city is at work, Ctrl-C stops it")
                    await stop.wait()
                    say("正在停止 … stopping")
        if fast:
            city.save()
    finally:
        for service in services:
            await service.close()


async def load_ledger(hookup: Service) -> None:
    """Read the ledger of 2022 in, unless an earlier run has begun to; then the worker ends what it began."""
    async with hookup.database.reading() as connection:
        begun = await connection.scalar(select(IMPORTS.job.c.id).limit(1))
    if begun is not None:
        return
    say("读入2022年台账 … reading the ledger of 2022")
    await BACKFILL.read_in(hookup, LEDGER, Mode.ALL, Console())


def _welcome(laptop: Laptop, clock: Clock) -> None:
    say()
    say(f"  实时看板 board      [bold]{laptop.url('console')}[/bold]")
    say(f"  账号 sign in as     {' · '.join(f'{login} ({who.name})' for login, who in USERS.items())}")
    say(f"  口令 password       [bold]{laptop.issuer.password_file.read_text()}[/bold]")
    say(f"  接口 APIs           {laptop.url('hookup')} · {laptop.url('metrics')}  (/openapi.json)")
    say(f"  城市时间 city time  {local(clock.now()):%Y-%m-%d %H:%M}")
    say()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m services.dev", description=__doc__)
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="first of four ports in a row")
    parser.add_argument("--var", type=Path, default=laptop_files.FOLDER, help="where everything is kept")
    parser.add_argument("--pace", choices=("city", "real"), default="city")
    parser.add_argument("--no-ledger", action="store_true", help="start without the ledger of 2022")
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
