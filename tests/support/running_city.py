"""The whole system in processes of its own: on a laptop's files in one, or with real servers in many."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from libs.common import discovery
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.development import parts
from services import dev
from services.dev import StartError, check_machine
from tools.real_city import real_city
from tools.servers_kafka import kafka
from tools.servers_process import free_ports

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0
# Of one utility, whose cases are moved on.
CLERK = Caller("t-clerk", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"))
CITY = Caller("t-city", frozenset({"window", "supervisor"}), Scope(ScopeKind.CITY))


@dataclass
class RunningCity:
    """Where the city runs, and how to kill what moves its events in the middle of its work."""

    hookup: httpx.Client
    metrics: httpx.Client
    console_url: str
    issuer: LocalIssuer
    kill_workers: Callable[[], None]
    start_workers: Callable[[], None]
    rebuild: Callable[[], None]
    process_ids: Callable[[], list[int]]

    def get(self, service: str, path: str, **params: Any) -> Any:
        """Read something as the city's official."""
        answer = self._client(service).get(path, params=params, headers=self._headers())
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, *, version: int | None = None, **content: Any) -> Any:
        """Send a command to the hookup service: on a case as the clerk of its utility, else as the official."""
        caller = CLERK if path.startswith("/v1/hookups") else CITY
        headers = self._headers(caller) | {"Idempotency-Key": str(uuid4())}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        answer = self.hookup.post(path, headers=headers, **content)
        assert answer.is_success, answer.text
        return answer.json()

    def _client(self, service: str) -> httpx.Client:
        return self.hookup if service == "hookup" else self.metrics

    def _headers(self, caller: Caller = CITY) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.issue(caller)}"}


def until(what: str, condition: Callable[[], Any]) -> Any:
    """Wait for a condition to be true and return it; a service that is just being started may not answer."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain: {what}")


def ports_in_a_row(folder: Path) -> int:
    """Return the first of as many free ports in a row as a laptop needs, whose files are in `folder`."""
    while True:
        (first,) = free_ports(1)
        try:
            check_machine(folder, dev.ports(first).values())
        except StartError:
            continue
        return first


@contextmanager
def laptop_city(folder: Path) -> Iterator[RunningCity]:
    """`python -m services.dev` over a folder: one process, SQLite, the embedded log."""
    first = ports_in_a_row(folder)
    urls = dev.addresses(first)
    process: list[subprocess.Popen[bytes]] = []
    log = (folder / "dev.log").open("ab")

    def start() -> None:
        command = [sys.executable, "-m", "services.dev", "--pace", "real", "--no-seed", "--no-simulator"]
        command += ["--port", str(first), "--var", str(folder / "dev")]
        process.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT))
        until("the laptop's city", lambda: _answers(process[-1], urls, folder / "dev.log"))

    def kill() -> None:
        process[-1].kill()
        process[-1].wait()

    def rebuild() -> None:
        environment = {
            "SQN_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'dev' / 'metrics'}.db",
            "SQN_BUS_URL": f"sqlite:///{folder / 'dev' / 'bus.db'}",
            "SQN_ISSUER": urls["issuer"],
            "SQN_JWKS_URL": f"{urls['issuer']}/jwks",
        }
        _run_rebuild(environment)

    start()
    try:
        with (
            httpx.Client(base_url=urls["hookup"], timeout=30) as hookup,
            httpx.Client(base_url=urls["metrics"], timeout=30) as metrics,
        ):
            issuer = parts.issuer(urls["issuer"], folder / "dev" / "issuer")
            yield RunningCity(
                hookup, metrics, urls["console"], issuer, kill, start, rebuild, lambda: [process[-1].pid]
            )
    finally:
        process[-1].terminate()
        process[-1].wait(30)
        log.close()


def _answers(process: subprocess.Popen[bytes], urls: dict[str, str], log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the city ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    return all(httpx.get(f"{urls[name]}/livez", timeout=2).is_success for name in discovery.names())


def _run_rebuild(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "services.metrics", "rebuild", "hookup"]
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def servers_city(folder: Path, postgres_url: str) -> Iterator[RunningCity]:
    """Every service as api and worker processes, on the run's PostgreSQL and a Kafka of its own."""
    (folder / "kafka").mkdir()
    with (
        kafka(folder / "kafka") as broker,
        real_city(folder, postgres_url, broker.bootstrap, prefix=f"city_{uuid4().hex[:8]}") as city,
        httpx.Client(base_url=city.urls["hookup-api"], timeout=30) as hookup,
        httpx.Client(base_url=city.urls["metrics-api"], timeout=30) as metrics,
    ):

        def kill() -> None:
            for name in ("hookup-worker", "metrics-worker"):
                city.kill(name)

        def start() -> None:
            city.start("hookup-worker", "metrics-worker")

        yield RunningCity(
            hookup,
            metrics,
            city.urls["console-api"],
            parts.issuer(city.urls["issuer"], folder / "issuer"),
            kill,
            start,
            lambda: _run_rebuild(city.environment["metrics-worker"]),
            lambda: [each.pid for each in city.processes.values()],
        )
