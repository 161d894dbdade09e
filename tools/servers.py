"""The real servers behind tests, benchmarks and `make run-real`: one PostgreSQL, one Apache Kafka.

    python -m tools.servers run [--dir DIR] [--fast] -- COMMAND …   servers for as long as COMMAND runs
    python -m tools.servers up|down [--dir DIR]                     servers in the background
    python -m tools.servers check                                   whether all can be had; fetches some, once

A server that is there already is used instead: PostgreSQL by DATABASE_URL, Kafka by KAFKA_BOOTSTRAP. Both
names are also what COMMAND finds in its environment. Our own servers listen on 127.0.0.1 only, ask for no
password and keep their data in DIR (for `run` without --dir, a directory that is removed afterwards).
"""

import argparse
import fcntl
import functools
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.servers_kafka import given_kafka, kafka, kafka_jars
from tools.servers_postgres import given_postgres, postgres, postgres_programs
from tools.servers_postgres_tls import postgres_programs_with_tls
from tools.servers_process import DEADLINE_SECONDS, ROOT, ServerError, die_with_parent, wait_until


@dataclass(frozen=True)
class Facts:
    """Where the servers are: a SQLAlchemy URL (`postgresql+asyncpg://…`) and Kafka's `host:port,…`."""

    postgres_url: str
    kafka_bootstrap: str

    def environment(self) -> dict[str, str]:
        """The variables by which everything else finds the servers."""
        return {"DATABASE_URL": self.postgres_url, "KAFKA_BOOTSTRAP": self.kafka_bootstrap}


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
    postgres_programs_with_tls()


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
