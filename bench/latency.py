"""From a command's commit to its figure, at a steady rate, with api and worker processes of their own."""

import asyncio
import json
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from operator import itemgetter
from uuid import uuid4

import asyncpg

from bench.command import tokens_of
from bench.kit import Row, Size, dsn, folder, percentile
from bench.load import answer_all, request
from libs.common.places import Supply, load_places
from tools.real_city import RealCity, real_city
from tools.servers_kafka import kafka

RATE = 200
CONNECTIONS = 16
GOAL_MS = 500
LOOK_SECONDS = 0.005
DEADLINE_SECONDS = 60.0
_FOLDED = "SELECT coalesce(sum(folded), 0) FROM shard WHERE source = 'hookup'"


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Submit applications and watch how many events the figures hold."""
    with folder("latency") as directory, kafka(directory) as broker:
        prefix = f"bench_latency_{uuid4().hex[:8]}"
        manager = real_city(directory / "city", postgres_url, broker.bootstrap, prefix=prefix)
        # It runs an event loop of its own while it starts.
        city = await asyncio.to_thread(manager.__enter__)
        try:
            delays = await _delays(city, size)
        finally:
            await asyncio.to_thread(manager.__exit__, None, None, None)
    p50, p99 = (1000 * percentile(delays, percent) for percent in (50, 99))
    return [
        Row(
            f"commit to figure, {RATE} commands/s, separate workers",
            f"p50 {p50:,.0f} ms, p99 {p99:,.0f} ms",
            goal=f"p99 < {GOAL_MS} ms",
            met=p99 < GOAL_MS,
        )
    ]


async def _delays(city: RealCity, size: Size) -> Sequence[float]:
    """Return the seconds from each answer to when as many events were folded as had been committed by then."""
    tokens = tokens_of(city, "clerk-W-371502")
    host, _, port = city.urls["hookup-api"].removeprefix("http://").partition(":")
    hookup, metrics = [
        await asyncpg.connect(dsn(city.environment[f"{name}-worker"]["SQN_DATABASE_URL"]))
        for name in ("hookup", "metrics")
    ]
    try:
        # The first second finds cold caches, and consumers that have yet to join.
        for seconds in (1.0, 2 * size.seconds):
            before = await metrics.fetchval(_FOLDED)
            requests = islice(_applications(tokens), int(seconds * RATE))
            sending = asyncio.create_task(answer_all(host, int(port), requests, CONNECTIONS, seconds, RATE))
            seen: list[tuple[float, int]] = []
            deadline = time.perf_counter() + seconds + DEADLINE_SECONDS
            events = 0
            while not events or seen[-1][1] < events:
                if time.perf_counter() > deadline:
                    raise RuntimeError(f"the figures do not follow: {seen[-1][1]} of {events} events")
                done = sending.done()
                seen.append((time.perf_counter(), await metrics.fetchval(_FOLDED) - before))
                if done and not events:
                    events = await hookup.fetchval("SELECT count(*) FROM outbox") - before
                await asyncio.sleep(LOOK_SECONDS)
            answers = await sending
        per_answer = events // len(answers)
        return [
            _when(seen, per_answer * number) - at
            for number, (at, _, _) in enumerate(sorted(answers), start=1)
        ]
    finally:
        await hookup.close()
        await metrics.close()


def _when(seen: Sequence[tuple[float, int]], events: int) -> float:
    return seen[bisect_left(seen, events, key=itemgetter(1))][0]


def _applications(tokens: Iterator[str]) -> Iterator[bytes]:
    """Yield complete applications for the water utilities in turn."""
    places = load_places()
    for utility in cycle(places.utilities(Supply.WATER)):
        division = places.division(utility.district)
        body = {
            "supply": "WATER",
            "district": utility.district,
            "utility": utility.code,
            "channel": "HALL",
            "customer_ref": "C-000318",
            "customer_category": "ENT",
            "site_division": f"{division.stat_parent or division.code}008000",
            "declared_length_m": "42.0",
            "not_duplicate": True,
        }
        headers = {
            "authorization": f"Bearer {next(tokens)}",
            "content-type": "application/json",
            "idempotency-key": str(uuid4()),
        }
        yield request("POST", "/v1/hookups", headers, json.dumps(body).encode())
