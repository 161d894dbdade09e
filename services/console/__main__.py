"""`python -m services.console api`: the console has no other command, since it has no database and no events."""

import argparse

import uvicorn

from libs.common import logs
from libs.common.http.server import ServerConfig
from libs.common.process_files import keep_files_private
from services.console.bootstrap import build
from services.console.settings import Settings


def main() -> None:
    """Serve the pages."""
    parser = argparse.ArgumentParser(prog="python -m services.console")
    parser.add_subparsers(required=True, metavar="command").add_parser("api", help="serve the pages")
    parser.parse_args()
    keep_files_private()
    settings = Settings()
    logs.configure("console", style=settings.log_style)
    # Boards come back by themselves.
    config = ServerConfig(build(settings), host=settings.host, port=settings.port, graceful_seconds=3)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
