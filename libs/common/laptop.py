"""Data folders and settings of the system on a laptop, for `services/dev.py` and for commands beside it."""

from pathlib import Path
from typing import Final
from urllib.parse import quote

from libs.common.settings import CommonSettings

FOLDER: Final = Path(__file__).resolve().parents[2] / "var" / "dev"
# The file of the accelerated clock's instant; it exists during and after a run with that clock.
CLOCK_FILE: Final = "city-clock"


class NoLaptopError(OSError):
    """No system is configured, and there is none on this laptop."""


def stored(folder: Path, name: str) -> dict[str, str]:
    """Return a service's settings of its data's locations."""
    return {
        "database_url": f"sqlite+aiosqlite:///{folder / name}.db",
        "bus_url": f"sqlite:///{folder / 'bus.db'}",
        "objects_url": f"file://{quote(str(folder.resolve()))}/objects",
    }


def beside(name: str, folder: Path = FOLDER) -> CommonSettings:
    """Return the settings of a command beside the laptop's system, which may be running. Raises NoLaptopError."""
    if not (folder / f"{name}.db").exists():
        raise NoLaptopError(
            f"there is no SQN_DATABASE_URL in the environment and no system under {folder}: start one by make run"
        )
    clock = folder / CLOCK_FILE
    # A command needs no tokens.
    nowhere = {"issuer": "http://127.0.0.1", "jwks_url": "http://127.0.0.1/jwks", "log_style": "console"}
    clock_file = {"clock_file": clock} if clock.exists() else {}
    return CommonSettings.model_validate({**stored(folder, name), **nowhere, **clock_file})
