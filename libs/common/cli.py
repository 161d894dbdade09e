"""The command line of every service: `python -m services.X api | worker | migrate | …`."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable

import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp

from libs.common import dead_letters, logs, reconcile, worker
from libs.common.audit.commands import add_audit_commands
from libs.common.bus import BusError
from libs.common.database.engine import is_unavailable
from libs.common.database.migrations import SchemaError
from libs.common.database.sqlite import DamagedFileError
from libs.common.encryption.commands import add_keys_commands
from libs.common.events import topic_of
from libs.common.gc_tuning import collect_seldom
from libs.common.http.health import health_app
from libs.common.http.server import ServerConfig
from libs.common.inbox import Inbox
from libs.common.policy import PolicyError
from libs.common.problems import Problem
from libs.common.process_files import keep_files_private
from libs.common.service import Service

Command = Callable[[Service, argparse.Namespace], Awaitable[int]]


def main(
    build: Callable[[], Service],
    extra: Callable[["argparse._SubParsersAction[argparse.ArgumentParser]"], None] | None = None,
) -> None:
    """Run one command of a service and exit; `extra` adds the service's own commands.

    A command's default `build` stands in for the service's, None where it needs no service.
    """
    parser = argparse.ArgumentParser(prog="python -m services.<name>")
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("api", help="serve HTTP").set_defaults(run=_api)
    commands.add_parser("worker", help="move events and fire timers").set_defaults(run=_worker)
    commands.add_parser("migrate", help="bring the database to this version").set_defaults(run=_migrate)
    reconciling = commands.add_parser(
        "reconcile", help="after a restore: compare the database with the topic"
    )
    reconciling.add_argument("--repair", action="store_true", help="publish again, and fence")
    reconciling.set_defaults(run=_reconcile)
    letters = commands.add_parser("dead-letters", help="list, replay or discard what could not be handled")
    verbs = letters.add_subparsers(required=True, metavar="verb")
    verbs.add_parser("list", help="show open letters").set_defaults(run=_list)
    for verb, run in (("replay", _replay), ("discard", _discard)):
        command = verbs.add_parser(verb, help=f"{verb} letters by number, or all")
        command.add_argument("numbers", nargs="*", type=int)
        command.add_argument("--all", action="store_true")
        command.set_defaults(run=run)
        if run is _replay:
            command.add_argument(
                "--over-gap", action="store_true", help="give up what is missing before them"
            )
    add_audit_commands(commands)
    add_keys_commands(commands)
    if extra is not None:
        extra(commands)
    arguments = parser.parse_args()
    keep_files_private()
    # A command may have a `build` of its own, or need no service.
    build = getattr(arguments, "build", build)
    if build is None:
        sys.exit(asyncio.run(arguments.run(None, arguments)))
    try:
        service = build()
    except ValidationError as error:
        for wrong in error.errors():
            name = "_".join(map(str, ("SQN", *wrong["loc"]))).upper()
            print(f"{name} in the environment: {wrong['msg']}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    logs.configure(service.name, style=service.settings.log_style)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        sys.exit(runner.run(_run(service, arguments)))


async def _run(service: Service, arguments: argparse.Namespace) -> int:
    try:
        if faults := service.production_faults():
            print(f"{service.name}: not fit for production (SQN_PRODUCTION):", file=sys.stderr)
            print("\n".join(f"  {fault}" for fault in faults), file=sys.stderr)
            return 2
        await service.check_files()
        code: int = await arguments.run(service, arguments)
        return code
    except (DamagedFileError, SchemaError, PolicyError, BusError, Problem) as error:
        print(f"{service.name}: {error}", file=sys.stderr)
        return 2
    except (DBAPIError, OSError) as error:
        # Errors that the operator can fix; any other is a bug and shows its traceback.
        if not is_unavailable(error):
            raise
        reason = error.orig if isinstance(error, DBAPIError) else error
        print(f"{service.name}: {reason} (database {_without_password(service)})", file=sys.stderr)
        return 2
    finally:
        await service.close()


def _without_password(service: Service) -> str:
    return make_url(service.settings.database_url).render_as_string()


async def _serve(service: Service, app: ASGIApp, running: asyncio.Task[None] | None = None) -> None:
    """Serve HTTP until SIGINT or SIGTERM, or until `running` ends."""
    settings = service.settings
    server = uvicorn.Server(ServerConfig(app, host=settings.host, port=settings.port))
    # uvicorn raises the signal again after it has stopped; it must not end the process before resources are closed.
    stop_signals()
    if running is not None:
        running.add_done_callback(lambda _: setattr(server, "should_exit", True))
    collect_seldom()
    await server.serve()


async def _api(service: Service, _arguments: argparse.Namespace) -> int:
    await service.check_schema()
    await _serve(service, service.app())
    return 0


async def _worker(service: Service, _arguments: argparse.Namespace) -> int:
    await service.check_schema()
    running = asyncio.create_task(worker.run(await service.worker_loops(), service.beats))
    try:
        await _serve(service, health_app(service.beats, service.database, service.migrations), running)
    finally:
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
        for letter in page:
            table.add_row(
                str(letter.id),
                letter.subscription,
                letter.received.key,
                str(letter.aggregate_seq or ""),
                letter.reason,
                letter.detail,
                letter.created_at.isoformat(timespec="seconds"),
            )
        after = page[-1].id
    # In a file or a pipe each letter is one line, however long.
    Console(width=None if sys.stdout.isatty() else 10_000).print(
        table if table.row_count else "no dead letters"
    )
    return 0


async def _chosen(service: Service, arguments: argparse.Namespace) -> tuple[list[dead_letters.Letter], bool]:
    """Return the named letters in the order of their events, and whether all of them exist."""
    numbers = set(arguments.numbers)
    chosen: list[dead_letters.Letter] = []
    after = 0
    while page := await dead_letters.find(service.database, after=after):
        chosen += [letter for letter in page if arguments.all or letter.id in numbers]
        after = page[-1].id
    unknown = sorted(numbers - {letter.id for letter in chosen})
    for number in unknown:
        print(f"{number}: no open letter has this number", file=sys.stderr)
    if not numbers and not arguments.all:
        print("name the letters by number, or say --all", file=sys.stderr)
    chosen.sort(
        key=lambda letter: (letter.subscription, letter.received.key, letter.aggregate_seq or 0, letter.id)
    )
    return chosen, not unknown and bool(numbers or arguments.all)


async def _replay(service: Service, arguments: argparse.Namespace) -> int:
    inboxes = {
        subscription.name: Inbox(service.database, service.clock, subscription)
        for subscription in service.subscriptions
    }
    chosen, all_there = await _chosen(service, arguments)
    failed = not all_there
    for letter in chosen:
        try:
            done = await inboxes[letter.subscription].replay(letter, over_gap=arguments.over_gap)
        except Exception as error:  # the operator sees the reason, and the letter stays
            done = False
            print(f"{letter.id}: {error!r}", file=sys.stderr)
        print(f"{letter.id}: {'took effect' if done else 'still waits'}")
        failed |= not done
    return 1 if failed else 0


async def _discard(service: Service, arguments: argparse.Namespace) -> int:
    chosen, all_there = await _chosen(service, arguments)
    for letter in chosen:
        async with service.database.unit_of_work(service.clock.now()) as work:
            await dead_letters.discard(work, letter)
        print(f"{letter.id}: discarded")
    return 0 if all_there else 1


async def _reconcile(service: Service, arguments: argparse.Namespace) -> int:
    """Print the differences; return 1 while any is left."""
    await service.migrations.check(service.database)
    has_differences = False
    if service.keep_published is None:
        topic = topic_of(service.name)
        comparison = await reconcile.compare_published(service.database, service.bus, topic)
        print(f"{topic}: {len(comparison.unsent)} published events are not there")
        print(
            f"{topic}: {len(comparison.unknown)} events are not in the database: {' '.join(comparison.fenced)}"
        )
        for event in comparison.contrary:
            print(f"{topic}: number {event.aggregate_seq} of {event.aggregate_id} is another event there")
        if arguments.repair:
            await reconcile.repair_published(service.database, topic, comparison, service.clock.now())
            print("repaired: the worker publishes the first; aggregates of the second are fenced")
        has_differences = bool(comparison.contrary) or (
            not arguments.repair and bool(comparison.unsent or comparison.unknown)
        )
    for subscription in service.subscriptions:
        group = (
            await Inbox(service.database, service.clock, subscription).group()
            or f"{service.name}.{subscription.name}"
        )
        lost = await reconcile.passed_over(service.database, service.bus, subscription, group)
        print(
            f"{subscription.name}: {len(lost)} aggregates have events that were passed over: {' '.join(lost)}"
        )
        has_differences |= bool(lost)
    return 1 if has_differences else 0


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's event loop, or the standard one on a system without uvloop."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def stop_signals() -> asyncio.Event:
    """Return an event that is set by SIGINT (Ctrl-C) or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    return stop
