"""A server's process: started as some account, waited for, logged, and ended with its parent."""

import ctypes
import functools
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_SECONDS = 60.0
# Loaded here because the child that calls it may no longer read the files of the one who started it.
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


class ServerError(RuntimeError):
    """A server could not be had; the text says which, why and how to get it."""


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


def free_ports(count: int) -> list[int]:
    """`count` different TCP ports that were free on 127.0.0.1 a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
