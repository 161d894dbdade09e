"""The command line of every service: `python -m services.X api | worker | migrate | dead-letters`."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable

import uvicorn
from rich.console import Console
from rich.table import Table

from libs.common import dead_letters, logs, worker
from libs.common.bus import BusError
from libs.common.database.migrations import SchemaError
from libs.common.http.health import health_app
from libs.common.inbox import Inbox
from libs.common.policy import PolicyError
from libs.common.service import Service

Command = Callable[[Service, argparse.Namespace], Awaitable[int]]


def main(
    build: Callable[[], Service],
    extra: Callable[["argparse._SubParsersAction[argparse.ArgumentParser]"], None] | None = None,
) -> None:
    """Run one command of a service and exit; `extra` adds the service's own commands."""
    parser = argparse.ArgumentParser(prog="python -m services.<name>")
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("api", help="serve HTTP").set_defaults(run=_api)
    commands.add_parser("worker", help="move events and fire timers").set_defaults(run=_worker)
    commands.add_parser("migrate", help="bring the database to this version").set_defaults(run=_migrate)
    letters = commands.add_parser("dead-letters", help="list, replay or discard what could not be handled")
    verbs = letters.add_subparsers(required=True, metavar="verb")
    verbs.add_parser("list", help="show open letters").set_defaults(run=_list)
    for verb, run in (("replay", _replay), ("discard", _discard)):
        each = verbs.add_parser(verb, help=f"{verb} letters by number, or all")
        each.add_argument("numbers", nargs="*", type=int)
        each.add_argument("--all", action="store_true")
        each.set_defaults(run=run)
    if extra is not None:
        extra(commands)
    arguments = parser.parse_args()
    service = build()
    logs.configure(service.name, style=service.settings.log_style)
    sys.exit(asyncio.run(_run(service, arguments)))


async def _run(service: Service, arguments: argparse.Namespace) -> int:
    try:
        code: int = await arguments.run(service, arguments)
        return code
    except (SchemaError, PolicyError, BusError) as error:
        print(f"{service.name}: {error}", file=sys.stderr)
        return 2
    finally:
        await service.close()


async def _api(service: Service, _arguments: argparse.Namespace) -> int:
    await service.migrations.check(service.database)
    config = uvicorn.Config(
        service.app(),
        host=service.settings.host,
        port=service.settings.port,
        log_config=None,
        access_log=False,
    )
    await uvicorn.Server(config).serve()
    return 0


async def _worker(service: Service, _arguments: argparse.Namespace) -> int:
    await service.migrations.check(service.database)
    config = uvicorn.Config(
        health_app(service.beats, service.database, service.migrations),
        host=service.settings.host,
        port=service.settings.port,
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(worker.run(await service.worker_loops(), service.beats))
    running.add_done_callback(lambda _: setattr(server, "should_exit", True))
    await server.serve()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return 0


async def _migrate(service: Service, _arguments: argparse.Namespace) -> int:
    await service.migrate()
    print(f"{service.name}: at {service.migrations.head}")
    return 0


async def _list(service: Service, _arguments: argparse.Namespace) -> int:
    table = Table("number", "subscription", "key", "seq", "reason", "detail", "kept at")
    after = 0
    while page := await dead_letters.find(service.database, after=after):
        for each in page:
            table.add_row(
                str(each.id),
                each.subscription,
                each.received.key,
                str(each.aggregate_seq or ""),
                each.reason,
                each.detail,
                each.created_at.isoformat(timespec="seconds"),
            )
        after = page[-1].id
    Console().print(table if table.row_count else "no dead letters")
    return 0


async def _chosen(service: Service, arguments: argparse.Namespace) -> list[dead_letters.Letter]:
    wanted = set(arguments.numbers)
    if not wanted and not arguments.all:
        print("name the letters by number, or say --all", file=sys.stderr)
        return []
    chosen: list[dead_letters.Letter] = []
    after = 0
    while page := await dead_letters.find(service.database, after=after):
        chosen += [each for each in page if arguments.all or each.id in wanted]
        after = page[-1].id
    for number in sorted(wanted - {each.id for each in chosen}):
        print(f"{number}: no open letter has this number", file=sys.stderr)
    return chosen


async def _replay(service: Service, arguments: argparse.Namespace) -> int:
    inboxes = {each.name: Inbox(service.database, service.clock, each) for each in service.subscriptions}
    failed = 0
    chosen = await _chosen(service, arguments)
    for letter in sorted(chosen, key=lambda each: (each.received.key, each.aggregate_seq or 0)):
        try:
            done = await inboxes[letter.subscription].replay(letter)
        except Exception as error:  # the operator sees why, and the letter stays
            done = False
            print(f"{letter.id}: {error!r}", file=sys.stderr)
        print(f"{letter.id}: {'took effect' if done else 'still waits'}")
        failed += not done
    return 1 if failed or not chosen else 0


async def _discard(service: Service, arguments: argparse.Namespace) -> int:
    chosen = await _chosen(service, arguments)
    for letter in chosen:
        async with service.database.unit_of_work(service.clock.now()) as work:
            await dead_letters.discard(work, letter)
        print(f"{letter.id}: discarded")
    return 0 if chosen else 1


def stop_signals() -> asyncio.Event:
    """Return an event that is set by Ctrl-C or a polite request to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    return stop
