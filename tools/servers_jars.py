"""Jars from Maven's repository, fetched by jgo and checked against what we expect them to be."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.servers_process import ServerError


def fetch_jars(coordinate: str, folder: Path, wanted: Mapping[str, str], remedy: str) -> list[Path]:
    """The jars of `group:artifact:version` and of what it needs, in jgo's cache `folder`.

    `wanted` are their names with their SHA-256. Raises ServerError with the `remedy` when they cannot be fetched.
    """
    jgo: list[str | Path] = [
        Path(sys.executable).parent / "jgo",
        "--color",
        "plain",
        "--wrap",
        "raw",
        "--class-path-only",
    ]
    jgo += ["--resolver", "python", "--timeout", "60", "--cache-dir", folder]
    fetched = subprocess.run([*jgo, "info", "jars", coordinate], capture_output=True, text=True)
    if fetched.returncode:
        raise ServerError(
            f"{coordinate} cannot be fetched from Maven's repository; {remedy}:\n{fetched.stderr[-2000:]}"
        )
    jars = [Path(line) for line in fetched.stdout.splitlines() if line.endswith(".jar")]
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars}
    if found != wanted:
        differing = ", ".join(sorted(name for name, _ in found.items() ^ wanted.items()))
        raise ServerError(f"the jars of {coordinate} are not what they were: {differing}")
    return jars
