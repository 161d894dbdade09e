"""The browser that the console's tests drive, and the fonts without which Chinese is boxes in pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.problem import SetupError

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium(python: Path = Path(sys.executable)) -> str | None:
    """The browser's path: the variable CHROMIUM, else one on the PATH, else Playwright's own; None without."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    return next(filter(None, map(shutil.which, NAMES)), None) or playwrights_own(python)


def playwrights_own(python: Path) -> str | None:
    """The browser that `playwright install chromium` laid down, if any; `python` has playwright."""
    query = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = subprocess.run([python, "-c", query], capture_output=True, text=True)
    path = answer.stdout.strip()
    return path if answer.returncode == 0 and Path(path).exists() else None


def has_chinese_font() -> bool:
    """Whether a font with Chinese characters is installed; macOS always has one."""
    if sys.platform == "darwin":
        return True
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout.strip())


def missing_packages(python: Path) -> list[str]:
    """Debian's packages for what is not there."""
    browser = [] if find_chromium(python) else ["chromium"]
    return browser if has_chinese_font() else [*browser, "fonts-noto-cjk"]


def ensure(python: Path) -> None:
    """Install what is missing where that can be done unasked (root on Debian); else SetupError says how."""
    missing = missing_packages(python)
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"setup: installing {' and '.join(missing)} by apt-get", flush=True)
        for command in apt_commands(missing):
            subprocess.run(
                command, stdout=subprocess.DEVNULL, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            )
        missing = missing_packages(python)
    if missing:
        raise SetupError(remedy(missing))


def apt_commands(packages: list[str]) -> list[list[str]]:
    """The commands that install Debian's packages, in order."""
    return [["apt-get", "update"], ["apt-get", "install", "-y", *packages]]


def remedy(missing: list[str]) -> str:
    """How a person gets what is missing."""
    ways = {
        "chromium": "the tests need Chromium: install your system's package `chromium`, or run "
        "`.venv/bin/playwright install chromium`, or set CHROMIUM to a browser's path",
        "fonts-noto-cjk": "the tests need a Chinese font: install your system's package `fonts-noto-cjk`",
    }
    return "; ".join(ways[package] for package in missing)
