"""Data folders and settings of the system on a laptop, for `services/dev.py` and for commands beside it."""

import secrets
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

from libs.common.encryption.known import LAPTOP_KEYS
from libs.common.settings import CommonSettings

FOLDER: Final = Path(__file__).resolve().parents[2] / "var" / "dev"
# The file of the accelerated clock's instant; it exists during and after a run with that clock.
CLOCK_FILE: Final = "city-clock"
S = TypeVar("S", bound=CommonSettings)
KEYS: Final = LAPTOP_KEYS
"""The settings of keys for a laptop, tools and tests; production refuses them."""


class NoLaptopError(OSError):
    """No system is configured, and there is none on this laptop."""


def stored(folder: Path, name: str) -> dict[str, str]:
    """Return a service's settings of its data's locations."""
    folder_url = f"file://{quote(str(folder.resolve()))}"
    return {
        "database_url": f"sqlite+aiosqlite:///{folder / name}.db",
        "bus_url": f"sqlite:///{folder / 'bus.db'}",
        "objects_url": f"{folder_url}/objects",
        "anchors_url": f"{folder_url}/anchors",
        # What leaves the city: read it there.
        "hotline_url": f"{folder_url}/hotline",
        "ratings_url": f"{folder_url}/ratings",
    }


def beside(name: str, settings: type[S], folder: Path = FOLDER) -> S:
    """Return the settings of a command beside the laptop's system, which may be running. Raises NoLaptopError."""
    if not (folder / f"{name}.db").exists():
        raise NoLaptopError(
            f"there is no SQN_DATABASE_URL in the environment and no system under {folder}: start one by make run"
        )
    clock = folder / CLOCK_FILE
    # A command needs no tokens.
    nowhere = {"issuer": "http://127.0.0.1", "jwks_url": "http://127.0.0.1/jwks", "log_style": "console"}
    clock_file = {"clock_file": clock} if clock.exists() else {}
    return settings.model_validate({**stored(folder, name), **nowhere, **clock_file, **KEYS})


def kept_secret(path: Path) -> str:
    """Return the secret that a file keeps for its own user; a missing file is made with a new one."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
