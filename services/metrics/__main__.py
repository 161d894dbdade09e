"""`python -m services.metrics api | worker | migrate | dead-letters | rebuild`."""

import argparse

from libs.common import cli
from libs.common.service import Service
from services.metrics.bootstrap import build
from services.metrics.events.handlers import HOOKUP
from services.metrics.settings import Settings
from services.metrics.usecases.rebuild import rebuild


async def _rebuild(service: Service, _arguments: argparse.Namespace) -> int:
    await service.migrations.check(service.database)
    async with service.database.unit_of_work(service.clock.now()) as work:
        generation = await rebuild(work, HOOKUP.name)
    print(f"{service.name}: generation {generation} begins; the worker reads from the start")
    return 0


def _commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser("rebuild", help="empty the figures and read every event again").set_defaults(
        run=_rebuild
    )


if __name__ == "__main__":
    cli.main(lambda: build(Settings()), _commands)
