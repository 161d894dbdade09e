"""`python -m services.console api | migrate`: the console has no events, and so no worker."""

import argparse
import asyncio
import sys

import uvicorn

from libs.common import logs
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.http.server import ServerConfig
from libs.common.process_files import keep_files_private
from libs.common.production import production_faults
from services.console.bootstrap import MIGRATIONS, build
from services.console.settings import Settings


async def _migrate(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        await Migrations(MIGRATIONS).upgrade(database)
    finally:
        await database.close()


def main() -> None:
    """Serve the pages, or bring the database of sessions to this version."""
    parser = argparse.ArgumentParser(prog="python -m services.console")
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    commands.add_parser("api", help="serve the pages")
    commands.add_parser("migrate", help="bring the database to this version")
    arguments = parser.parse_args()
    keep_files_private()
    settings = Settings()
    if settings.production and (faults := production_faults(settings)):
        sys.exit("\n".join(["not fit for production (SQN_PRODUCTION):", *faults]))
    logs.configure("console", style=settings.log_style)
    if arguments.command == "migrate":
        asyncio.run(_migrate(settings))
        return
    # Boards come back by themselves.
    config = ServerConfig(build(settings), host=settings.host, port=settings.port, graceful_seconds=3)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
