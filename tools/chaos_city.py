"""What chaos is done to: PostgreSQL, three brokers behind proxies, two replicas of each api and worker.

Every target here was started by this run, and is known by its process.
"""

import asyncio
import functools
import pwd
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg
from sqlalchemy import make_url

from tools import servers_kafka, servers_postgres, servers_process
from tools.chaos_proxy import Proxy
from tools.chaos_schedule import APIS, BROKERS, LOADED, POSTGRES, WORKERS
from tools.real_city import RealCity, real_city

RESTART_SECONDS = 120.0
# Every file that matters is longer than that: the next write fails, as on a disk without room.
FULL_AT_BYTES = 1
T = TypeVar("T")


class Target(Protocol):
    """A process of ours that is done something to."""

    def pid(self) -> int:
        """Return its process id."""
        ...

    def ended(self) -> bool:
        """Tell whether it has ended."""
        ...

    def kill(self) -> None:
        """End it by SIGKILL; one that has ended already is no error."""
        ...

    def start(self) -> None:
        """Start it again; it answers when this returns. Raises RuntimeError when it ends at once."""
        ...


class Replica:
    """An api or a worker."""

    def __init__(self, city: RealCity, name: str) -> None:
        self._city = city
        self._name = name

    def pid(self) -> int:
        """Return its process id."""
        return self._city.processes[self._name].pid

    def ended(self) -> bool:
        """Tell whether it has ended."""
        return self._city.processes[self._name].poll() is not None

    def kill(self) -> None:
        """End it by SIGKILL."""
        process = self._city.processes[self._name]
        process.kill()
        process.wait()

    def start(self) -> None:
        """Start it again."""
        self._city.start(self._name)


class Server:
    """A broker or PostgreSQL; started again by the command of its first start, over the same data."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        log: Path,
        answers: Callable[[], bool],
        stack: ExitStack,
        account: pwd.struct_passwd | None = None,
    ) -> None:
        self.process = process
        self._log = log
        self._answers = answers
        self._stack = stack
        self._account = account

    def pid(self) -> int:
        """Return its process id."""
        return self.process.pid

    def ended(self) -> bool:
        """Tell whether it has ended."""
        return self.process.poll() is not None

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Start it again."""
        command: Any = self.process.args
        started = servers_process.process(command, self._log, stop=signal.SIGKILL, account=self._account)
        self.process = self._stack.enter_context(started)
        servers_process.wait_until(self._answers, self.process, self._log, self._log.stem)


class ChaosCity:
    """Everything by name, and the services' databases."""

    def __init__(
        self,
        real: RealCity,
        targets: dict[str, Target],
        proxies: dict[str, Proxy],
        kafka: str,
        account: pwd.struct_passwd | None,
    ) -> None:
        self.real = real
        self.targets = targets
        self.proxies = proxies
        self.kafka = kafka
        self._account = account
        self.locks = {name: asyncio.Lock() for name in targets}

    def url(self, service: str) -> str:
        """Return the address of a service's API."""
        return self.real.urls[f"{service}-api"]

    def database_url(self, service: str) -> str:
        """Return the SQLAlchemy URL of a service's database."""
        return self.real.environment[f"{service}-api"]["SQN_DATABASE_URL"]

    async def rows(self, service: str, query: str) -> list[Mapping[str, Any]]:
        """Return what a query finds in a service's database."""
        async with self.database(service) as connection:
            return [dict(row) for row in await connection.fetch(query)]

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Connect to a service's database."""
        url = make_url(self.database_url(service)).set(drivername="postgresql")
        dsn = url.render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn, timeout=5, command_timeout=30)
        try:
            yield connection
        finally:
            await connection.close(timeout=5)

    async def relay_holder(self, service: str) -> str | None:
        """Name the process that has the lease on a service's relay; None when none of ours has it now."""
        async with self.database(service) as connection:
            holder = await connection.fetchval(
                "SELECT holder FROM lease WHERE name = 'relay' AND expires_at > clock_timestamp()"
            )
        if holder is None:
            return None
        pid = int(holder.split(":")[1])
        return next((name for name in WORKERS if self.targets[name].pid() == pid), None)

    async def start(self, name: str) -> None:
        """Start a target again, as a supervisor does: once more when it ends because a server is down too."""
        deadline = time.monotonic() + RESTART_SECONDS
        while True:
            try:
                await asyncio.to_thread(self.targets[name].start)
                return
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)

    async def fill_disk(self, name: str) -> None:
        """Let every write beyond a size fail: the process and its children find their disk full.

        Linux says then EFBIG and not ENOSPC; to the servers both are the same, a write that failed.
        """
        pids, account = [self.targets[name].pid()], None
        if name == POSTGRES:
            account = self._account
            async with self.database(LOADED[0]) as connection:
                pids += [row["pid"] for row in await connection.fetch("SELECT pid FROM pg_stat_activity")]
        for pid in pids:
            # As the process's own user; a connection may have been closed in the meantime.
            limit = ["prlimit", f"--fsize={FULL_AT_BYTES}:", f"--pid={pid}"]
            await asyncio.to_thread(
                functools.partial(
                    subprocess.run, limit, stderr=subprocess.DEVNULL, **servers_process.identity(account)
                )
            )


@asynccontextmanager
async def chaos_city(folder: Path) -> AsyncIterator[ChaosCity]:
    """Start everything over an empty folder, and end it all by SIGKILL: its data are of no further use."""
    async with AsyncExitStack() as stack:

        async def enter(context: AbstractContextManager[T]) -> T:
            return await asyncio.to_thread(stack.enter_context, context)

        ports = servers_process.free_ports(len(BROKERS))
        proxies = [Proxy() for _ in BROKERS]
        for proxy, port in zip(proxies, ports, strict=True):
            await proxy.serve(port, stack)
        postgres = await enter(servers_postgres.postgres(folder))
        kafka = await enter(servers_kafka.kafka(folder, brokers=len(BROKERS), advertised=ports))
        for proxy, address in zip(proxies, kafka.bootstrap.split(","), strict=True):
            proxy.target = int(address.rpartition(":")[2])
        bootstrap = ",".join(f"127.0.0.1:{port}" for port in ports)
        names = (*APIS, *WORKERS)
        real = await enter(real_city(folder, postgres.url, bootstrap, names=("issuer", *names)))
        again = stack.enter_context(ExitStack())
        targets: dict[str, Target] = {name: Replica(real, name) for name in names}
        for name, broker, address in zip(BROKERS, kafka.brokers, kafka.bootstrap.split(","), strict=True):
            answers = functools.partial(servers_kafka.kafka_answers, address)
            log = folder / f"kafka-{name[-1]}.log"
            targets[name] = Server(broker, log, answers, again)
        answers = functools.partial(servers_postgres.postgres_answers, postgres.url)
        targets[POSTGRES] = Server(postgres.server, folder / "postgres.log", answers, again, postgres.account)
        try:
            lines = dict(zip(BROKERS, proxies, strict=True))
            yield ChaosCity(real, targets, lines, bootstrap, postgres.account)
        finally:
            for target in targets.values():
                target.kill()
