"""`make dev`: everything on a laptop, started anew at each change of the code. Takes what `services.dev` takes."""

import sys
from pathlib import Path
from socket import socket

from uvicorn import Config
from uvicorn.supervisors import ChangeReload

from services import dev

ROOT = Path(__file__).parents[1]
WATCHED = ("services", "libs")


def run(sockets: list[socket] | None) -> None:
    """Start everything in this process, which ends when the code has changed."""
    del sockets
    sys.exit(dev.main())


def main() -> None:
    """Run from the command line, until Ctrl-C."""
    config = Config(
        "services.dev", reload=True, reload_dirs=[str(ROOT / name) for name in WATCHED], reload_delay=0.5
    )
    ChangeReload(config, target=run, sockets=[]).run()


if __name__ == "__main__":
    main()
