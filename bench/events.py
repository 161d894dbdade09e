"""Over the ledger's events: the relay against draining only, the fold against raw consumption and Quix Streams."""

import asyncio
import subprocess
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from sqlalchemy import RowMapping, func, select, update

from bench.cases import hookup
from bench.kit import ROOT, Row, Size, compared, database, folder, medians, quix_python
from bench.ledger import read_in, write_ledger
from libs.common.bus import Bus, open_bus
from libs.common.database.tables import outbox
from libs.common.gc_tuning import collect_seldom
from libs.common.inbox import Inbox
from libs.common.listener import BATCH, Listener
from libs.common.relay import Relay
from services.metrics.bootstrap import build
from services.metrics.events.handlers import subscription
from services.metrics.settings import Settings
from services.metrics.sources.hookup import HOOKUP
from tools.servers_kafka import kafka

PARTITIONS = 6
WAIT = 0.5


class _Draining(Relay):
    async def _send(self, rows: Sequence[RowMapping]) -> None:
        """Send nothing: what is left is reading rows and marking them."""


async def run(postgres_url: str, size: Size) -> list[Row]:
    """Read a ledger in for its events, relay them, fold them."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database(postgres_url, "relay"))
        directory = stack.enter_context(folder("relay"))
        broker = stack.enter_context(kafka(directory))
        await read_in(url, await asyncio.to_thread(write_ledger, directory / "ledger.xlsx", size.few_rows))
        service = hookup(url)
        stack.push_async_callback(service.close)
        async with service.database.reading() as connection:
            events = await connection.scalar(select(func.count()).select_from(outbox)) or 0
        bus = open_bus(f"kafka://{broker.bootstrap}")
        await bus.ensure_topics({HOOKUP.topic: PARTITIONS})

        async def relay(of: type[Relay]) -> float:
            async with service.database.unit_of_work(service.clock.now()) as work:
                await work.connection.execute(update(outbox).values(published_at=None))
            relay = of(service.database, bus, service.clock)
            started = time.perf_counter()
            done = 0
            while done < events:
                done += await relay.step()
            seconds = time.perf_counter() - started
            await relay.stop()
            return events / seconds

        async with service.database.reading() as connection:
            of_stages = outbox.c.type.endswith(".stage_completed.v1")
            times = await connection.scalar(select(func.count()).select_from(outbox).where(of_stages)) or 0
        await relay(Relay)
        # As the worker does.
        collect_seldom()
        quix = await asyncio.to_thread(quix_python)
        folded = await medians(
            {
                "raw": lambda: _consume(bus, events),
                "fold": lambda: _fold(postgres_url, bus, events),
                "quix": lambda: asyncio.to_thread(_quix, quix, broker.bootstrap, events, times),
            }
        )
        # Only now: it leaves the events in the topic several times.
        relayed = await medians({"drain": lambda: relay(_Draining), "relay": lambda: relay(Relay)})
    return [
        compared("relay to Kafka", relayed["relay"], "draining only", relayed["drain"], "events/s", 0.5),
        compared("fold, exactly once", folded["fold"], "raw consumption", folded["raw"], "events/s"),
        compared(
            "fold, exactly once", folded["fold"], "Quix Streams, stage times", folded["quix"], "events/s", 2.5
        ),
    ]


def _quix(python: Path, broker: str, events: int, times: int) -> float:
    command = [str(python), str(ROOT / "bench" / "quix_fold.py"), broker, HOOKUP.topic, str(times)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return events / float(done.stdout.split()[-1])


async def _consume(bus: Bus, events: int) -> float:
    consumer = await bus.consumer(f"bench.{uuid4()}", [HOOKUP.topic])
    while not (batch := await consumer.poll(BATCH, WAIT)):
        pass
    started, first, done = time.perf_counter(), len(batch), 0
    while first + done < events:
        batch = await consumer.poll(BATCH, WAIT)
        await consumer.commit({message.partition: message.offset + 1 for message in batch})
        done += len(batch)
    seconds = time.perf_counter() - started
    await consumer.close()
    return done / seconds


async def _fold(postgres_url: str, bus: Bus, events: int) -> float:
    async with database(postgres_url, "fold") as url:
        nowhere = "http://127.0.0.1:1"
        values = {
            "database_url": url,
            "bus_url": "kafka://127.0.0.1:1",
            "issuer": nowhere,
            "jwks_url": nowhere,
        }
        service = build(Settings.model_validate(values))
        await service.migrate()
        feed = replace(subscription(HOOKUP), group=None)
        inbox = Inbox(service.database, service.clock, feed)
        listener = Listener(bus, inbox, feed, f"bench.{uuid4()}")
        # The first step is not timed: it joins the group, which takes seconds.
        while not (first := await listener.step(WAIT)):
            pass
        started, done = time.perf_counter(), 0
        while first + done < events:
            done += await listener.step(WAIT)
        seconds = time.perf_counter() - started
        await listener.reset()
        await service.close()
    return done / seconds
