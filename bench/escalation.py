"""Very many grievances overdue at once: three workers, one of them killed, do to each what one alone does, once."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from bench.grievances import UTILITY, grievances, plant
from bench.kit import Row, Size, compared, database, dsn, folder
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.verbs import screening
from tools.real_city import RealCity, compose

# Long after the city's answer was due: everything that the clock does to a grievance is due.
LATER = timedelta(days=60)
WORKERS = ("grievances-worker", "grievances-worker-2", "grievances-worker-3")
# A kill comes when so much of what was due at first is done.
KILLED_AT = 0.1
LONGEST_SECONDS = 3_600
# What happened to the copies: the one that they were made from was told as well.
_DONE = """
SELECT array_agg(concat_ws(':', split_part(type, '.', 5), convert_from(payload, 'UTF8')::json ->> 'level')) AS names
FROM outbox GROUP BY key HAVING min(aggregate_seq) > 1
"""
_WAITING = "SELECT count(*) FROM timer WHERE due_at <= $1"


def _dispatched(item: Grievance, rules: Rules) -> None:
    screening.dispatch(item, UTILITY.code, [], item.received_at, rules)


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Measure three workers of which one is killed beside one alone. Raises RuntimeError on a difference."""
    rates = {}
    done: dict[int, Counter[str]] = {}
    for workers, count in ((1, size.overdue // 4), (len(WORKERS), size.overdue)):
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(database(postgres_url, f"escalation_{workers}"))
            service = grievances(url)
            await plant(service, count, _dispatched)
            await service.close()
            city = _city(stack.enter_context(folder("escalation")), postgres_url, url)
            stack.callback(city.stop)
            connection = await asyncpg.connect(dsn(url))
            stack.push_async_callback(connection.close)
            rates[workers], done[workers] = await _escalated(city, connection, WORKERS[:workers], count)
    if done[1] != done[len(WORKERS)]:
        raise RuntimeError(
            f"one worker did {done[1]} to each, three of which one was killed {done[len(WORKERS)]}"
        )
    levels = ", ".join(f"{name} {times}" for name, times in sorted(done[1].items()) if ":" in name)
    return [
        compared(
            f"{size.overdue:,} overdue grievances ({levels} each), three workers, one killed",
            rates[len(WORKERS)],
            "one worker",
            rates[1],
            "/s",
        )
    ]


def _city(directory: Path, postgres_url: str, url: str) -> RealCity:
    city = compose(directory, postgres_url, "127.0.0.1:1", names=("issuer", *WORKERS))
    for name in WORKERS:
        city.environment[name] |= {
            "SQN_DATABASE_URL": url,
            "SQN_BUS_URL": f"sqlite:///{directory}/bus.db",
            "SQN_CLOCK_FILE": str(directory / "clock"),
        }
    return city


def _set_clock(city: RealCity) -> datetime:
    now = datetime.now(UTC) + LATER
    path = city.folder / "clock"
    path.with_suffix(".new").write_text(now.isoformat())
    path.with_suffix(".new").replace(path)
    return now


async def _escalated(
    city: RealCity, connection: "asyncpg.Connection[asyncpg.Record]", workers: tuple[str, ...], count: int
) -> tuple[float, Counter[str]]:
    """Let workers do all that is due; return grievances a second, and the events of each, which are the same."""
    until = _set_clock(city)
    at_first = await connection.fetchval(_WAITING, until)
    began = time.monotonic()
    city.start(*workers)
    left, is_whole = at_first, len(workers) == 1
    while left:
        if time.monotonic() - began > LONGEST_SECONDS:
            raise RuntimeError(f"{left:,} timers are left after {LONGEST_SECONDS:,} seconds")
        if not is_whole and left <= at_first * (1 - KILLED_AT):
            city.kill(workers[0])
            is_whole = True
        await asyncio.sleep(0.2)
        # It goes on: what a killed worker had claimed is another's after a while.
        _set_clock(city)
        left = await connection.fetchval(_WAITING, until)
    seconds = time.monotonic() - began
    if not is_whole:
        raise RuntimeError("all was done before a worker was killed: more grievances are needed")
    events = Counter(tuple(sorted(row["names"])) for row in await connection.fetch(_DONE))
    if len(events) != 1 or events.total() != count:
        raise RuntimeError(f"of {count:,} grievances {events} had these events")
    return count / seconds, Counter(next(iter(events)))
