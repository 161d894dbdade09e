"""Every service as separate api and worker processes on PostgreSQL and Kafka, as in production, on this machine."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx
from sqlalchemy import make_url

from libs.common import discovery, laptop
from tools.servers_process import free_ports

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120.0


@dataclass
class RealCity:
    """Running processes by name, with their addresses."""

    folder: Path
    environment: dict[str, dict[str, str]]
    urls: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def api_urls(self) -> dict[str, str]:
        """The address of each service: that of its first replica."""
        return {name.removesuffix("-api"): url for name, url in self.urls.items() if name.endswith("-api")}

    def start(self, *names: str) -> None:
        """Start processes, such as `hookup-worker`; they answer /livez when this returns."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", *_COMMANDS[name.rstrip("-0123456789")]],
                    cwd=ROOT,
                    env=os.environ | self.environment[name],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
        for name in names:
            self._wait(name)

    def kill(self, name: str) -> None:
        """End a process with SIGKILL."""
        self.processes[name].kill()
        self.processes.pop(name).wait()

    def stop(self) -> None:
        """End all processes with SIGTERM, after a while with SIGKILL."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def _wait(self, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        probe = f"{self.urls[name]}/{'jwks' if name == 'issuer' else 'livez'}"
        while time.monotonic() < deadline:
            if self.processes[name].poll() is not None:
                break
            try:
                if httpx.get(probe, timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        log = (self.folder / f"{name}.log").read_text()[-4000:]
        raise RuntimeError(f"{name} did not come up; its log ends:\n{log}")


_COMMANDS = {
    "issuer": ["tools.issuer"],
    **{
        f"{service.name}-{command}": [f"services.{service.name}", command]
        for service in discovery.services()
        for command in service.commands
    },
}


def compose(
    folder: Path, postgres_url: str, kafka: str, prefix: str = "sqn", names: Sequence[str] = tuple(_COMMANDS)
) -> RealCity:
    """Choose ports and settings for processes; `prefix` names the databases.

    A second replica of a process is named `hookup-api-2`; what calls others calls the first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    urls = {
        name: f"http://127.0.0.1:{port}" for name, port in zip(names, free_ports(len(names)), strict=True)
    }
    session_secret, link_key = (_stored_secret(folder / name) for name in ("session-secret", "link-key"))
    city = RealCity(folder, {}, urls)
    for name, url in urls.items():
        service = name.partition("-")[0]
        database = make_url(postgres_url).set(database=f"{prefix}_{service}")
        city.environment[name] = {
            "SQN_DATABASE_URL": database.render_as_string(hide_password=False),
            "SQN_BUS_URL": f"kafka://{kafka}",
            "SQN_ISSUER": urls["issuer"],
            "SQN_JWKS_URL": f"{urls['issuer']}/jwks",
            "SQN_PORT": url.rpartition(":")[2],
            **{f"SQN_{name}_URL".upper(): api for name, api in city.api_urls.items()},
            "SQN_PUBLIC_URL": url,
            "SQN_SESSION_SECRET": session_secret,
            "SQN_OBJECTS_URL": f"file://{quote(str(folder.resolve()))}/objects",
            "SQN_LINK_KEY": link_key,
            **{f"SQN_{name}".upper(): keys for name, keys in laptop.KEYS.items()},
            "SQN_ANCHORS_URL": f"file://{quote(str(folder.resolve()))}/anchors",
            "SQN_ISSUER_FOLDER": str(folder / "issuer"),
        }
    return city


def _stored_secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


async def create_databases(postgres_url: str, prefix: str = "sqn") -> None:
    """Create the services' databases where they are missing."""
    dsn = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    try:
        for service in (found for found in discovery.services() if found.has_database):
            name = f"{prefix}_{service.name}"
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


@contextmanager
def real_city(
    folder: Path, postgres_url: str, kafka: str, prefix: str = "sqn", names: Sequence[str] = tuple(_COMMANDS)
) -> Iterator[RealCity]:
    """Migrate and start the processes; end them all when the block ends."""
    asyncio.run(create_databases(postgres_url, prefix))
    city = compose(folder, postgres_url, kafka, prefix, names)
    processes = {name.partition("-")[0]: name for name in names}
    for service in (found.name for found in discovery.services() if found.has_database):
        if service not in processes:
            continue
        subprocess.run(
            [sys.executable, "-m", f"services.{service}", "migrate"],
            cwd=ROOT,
            env=os.environ | city.environment[processes[service]],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    with ExitStack() as stack:
        stack.callback(city.stop)
        city.start(*names)
        yield city
