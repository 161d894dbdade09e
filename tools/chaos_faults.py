"""Injection of one fault, its removal, and the measurement of the time until figures flow again."""

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from tools.chaos_city import ChaosCity
from tools.chaos_schedule import LOADED, RELAYS, Fault, Kind

RECOVERY_SECONDS = 180.0
GLANCE = 0.2
# The number of aggregates that must change: most likely each of the topic's six partitions has one.
WITNESSES = 12
# A server whose disk is full ends by itself; one that did not need to write goes on.
FULL_SECONDS = 15.0
# The driver's own errors among them: a connection that breaks in the middle of something leaves it confused.
DATABASE_DOWN = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The target of a fault, the observation, and the seconds until figures flowed again; None is never."""

    fault: Fault
    target: str
    observation: str
    recovery: float | None


async def suffer(city: ChaosCity, fault: Fault) -> Outcome:
    """Inject a fault and remove it; return when figures flow again and the target is up."""
    target = fault.target
    if target in RELAYS:
        target = await _relay_holder(city, RELAYS[target])
    async with city.locks[target]:
        began = datetime.now(UTC)
        flowing = asyncio.create_task(recovery(city, began))
        seen = await _DO[fault.kind](city, fault, target)
    return Outcome(fault, target, seen, await flowing)


async def _relay_holder(city: ChaosCity, service: str) -> str:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        try:
            if holder := await city.relay_holder(service):
                return holder
        except DATABASE_DOWN:
            pass
        await asyncio.sleep(GLANCE)
    raise RuntimeError(f"nobody held the lease of the relay of {service} within {RECOVERY_SECONDS:.0f} s")


async def _kill(city: ChaosCity, fault: Fault, target: str) -> str:
    await asyncio.to_thread(city.targets[target].kill)
    await asyncio.sleep(fault.seconds)
    await city.start(target)
    return ""


async def _stop(city: ChaosCity, fault: Fault, target: str) -> str:
    held = await _holds(city, target)
    pid = city.targets[target].pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(fault.seconds)
        lost = held and not await _holds(city, target)
    finally:
        os.kill(pid, signal.SIGCONT)
    return "another took the lease" if lost else ""


async def _holds(city: ChaosCity, target: str) -> bool:
    try:
        return await city.relay_holder(target.partition("-")[0]) == target
    except DATABASE_DOWN:
        return False


async def _cut(city: ChaosCity, fault: Fault, target: str) -> str:
    line = city.proxies[target].connected
    line.clear()
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        line.set()
    return ""


async def _fill(city: ChaosCity, fault: Fault, target: str) -> str:
    await city.fill_disk(target)
    gave_up = False
    for _ in range(int(FULL_SECONDS / GLANCE)):
        if gave_up := city.targets[target].ended():
            break
        await asyncio.sleep(GLANCE)
    # Room on the disk, and a new start.
    await _kill(city, fault, target)
    return "ended by itself" if gave_up else "went on"


_DO = {Kind.KILL: _kill, Kind.STOP: _stop, Kind.CUT: _cut, Kind.FULL: _fill}


async def recovery(city: ChaosCity, since: datetime) -> float | None:
    """Return the seconds until the events since of a dozen aggregates of each service are in the figures."""
    began = time.monotonic()
    expected: dict[str, int] = {}
    while time.monotonic() - began < RECOVERY_SECONDS:
        try:
            if not expected:
                moved = [await _moved(city, service, since) for service in LOADED]
                if min(map(len, moved)) >= WITNESSES:
                    expected = {key: seq for marks in moved for key, seq in marks.items()}
            elif await _folded(city, expected):
                return time.monotonic() - began
        except DATABASE_DOWN:
            pass
        await asyncio.sleep(GLANCE)
    return None


async def _moved(city: ChaosCity, service: str, since: datetime) -> dict[str, int]:
    async with city.database(service) as connection:
        rows = await connection.fetch(
            "SELECT key, max(aggregate_seq) AS seq FROM outbox WHERE created_at > $1 GROUP BY key", since
        )
    return {row["key"]: row["seq"] for row in rows}


async def _folded(city: ChaosCity, expected: dict[str, int]) -> bool:
    async with city.database("metrics") as connection:
        rows = await connection.fetch(
            # Several sources may read one topic.
            "SELECT aggregate_id, min(seq) AS seq FROM inbox WHERE aggregate_id = ANY($1) GROUP BY aggregate_id",
            list(expected),
        )
    marks = {row["aggregate_id"]: row["seq"] for row in rows}
    return all(marks.get(key, 0) >= seq for key, seq in expected.items())
