"""`python -m services.metrics api | worker | migrate | dead-letters | rebuild SOURCE`."""

import argparse

from libs.common import cli
from libs.common.service import Service
from services.metrics.bootstrap import build
from services.metrics.events.handlers import subscription_name
from services.metrics.settings import Settings
from services.metrics.sources import SOURCES
from services.metrics.usecases.rebuild import rebuild


async def _rebuild(service: Service, arguments: argparse.Namespace) -> int:
    await service.migrations.check(service.database)
    source = SOURCES[arguments.source]
    async with service.database.unit_of_work(service.clock.now()) as work:
        generation = await rebuild(work, source, subscription_name(source))
    print(f"{source.code}: generation {generation} begins; the worker reads from the start")
    return 0


def _commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("rebuild", help="empty a source's figures and read its events again")
    command.add_argument("source", choices=SOURCES)
    command.set_defaults(run=_rebuild)


if __name__ == "__main__":
    cli.main(lambda: build(Settings()), _commands)
