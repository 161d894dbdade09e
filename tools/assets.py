"""The console's third-party web files: fetched by npm as package-lock.json says, copied to where they are served."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.problem import SetupError

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "services" / "console" / "static" / "vendor"
STAMP = VENDOR / "stamp"

SERVED = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    # A third smaller than the whole, and still with the `aria` component.
    "echarts.min.js": "echarts/dist/echarts.common.min.js",
}
TESTS_ONLY = {"axe.min.js": "axe-core/axe.min.js"}


def wanted(*, dev: bool) -> bool:
    """Whether the files have to be fetched, because some are missing or the lock has changed."""
    return not STAMP.exists() or json.loads(STAMP.read_text()) != state(dev=dev)


def install(npm: Sequence[str], *, dev: bool) -> None:
    """Fetch the packages with the command `npm` and copy their files; SetupError if npm fails."""
    print("setup: fetching the console's web files by npm", flush=True)
    omit = [] if dev else ["--omit=dev"]
    fetch = [
        *npm,
        "ci",
        *omit,
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=error",
    ]
    if subprocess.run(fetch, cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
        raise SetupError(
            "npm could not fetch what package-lock.json names: see above (npm 7 or newer is needed)"
        )
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in files(dev=dev).items():
        shutil.copy(ROOT / "node_modules" / source, VENDOR / name)
    STAMP.write_text(json.dumps(state(dev=dev)))


def files(*, dev: bool) -> dict[str, str]:
    """Served name to path under node_modules."""
    return SERVED | TESTS_ONLY if dev else SERVED


def state(*, dev: bool) -> dict[str, object]:
    """What the copied files were made from."""
    return {
        "lock": hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest(),
        "files": files(dev=dev),
    }
