"""Poison on hookup's topic under the metrics worker: the rest flows on, the case concerned waits, replay mends it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import dead_letters, worker
from libs.common.bus import LARGEST_MESSAGE, Bus, Message, Partition, Received
from libs.common.events import TYPE_PREFIX, outgoing, to_message
from libs.common.inbox import Inbox
from libs.common.service import Service
from services.dev import running
from services.hookup.events.base import HookupEvent
from services.metrics.bootstrap import build
from services.metrics.events.handlers import subscription
from services.metrics.settings import Settings
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage import shards
from tests.services.metrics.conftest import FIGURES, content
from tests.services.metrics.lives import live_all
from tests.support.bus import NewTopic
from tests.support.servers import FreshDatabaseUrl
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]


def message(topic: str, event: HookupEvent, seq: int, *, kind: str = "", value: bytes = b"") -> Message:
    """Wrap an event as hookup does, or with another type or other data."""
    sent = outgoing(event, key=event.case_id, aggregate_seq=seq, time=event.occurred_at)
    return to_message(
        event_id=sent.event_id,
        topic=topic,
        key=sent.key,
        aggregate_seq=seq,
        type=kind or sent.type,
        payload=value or sent.payload,
        traceparent=None,
        created_at=sent.time,
    )


def in_order(topic: str, events: list[HookupEvent], first: int = 1) -> list[Message]:
    """Wrap events that follow each other."""
    return [message(topic, event, seq) for seq, event in enumerate(events, first)]


@dataclass
class Metrics:
    """The metrics service at work on a topic of its own."""

    service: Service
    topic: str
    bus: Bus
    environment: dict[str, str]

    async def send(self, *messages: Message) -> None:
        """Send as any producer could."""
        producer = await self.bus.producer()
        await producer.send(messages)
        await producer.close()

    async def letters(self) -> set[tuple[str, int | None, str]]:
        """Return case, number and reason of what is kept."""
        found = await dead_letters.find(self.service.database)
        return {(each.received.key, each.aggregate_seq, each.reason.value) for each in found}

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run `dead-letters` in a process of its own; return its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.metrics", "dead-letters", *arguments),
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()


@pytest.fixture
async def metrics(database_url: str, bus_url: str, bus: Bus, new_topic: NewTopic) -> AsyncIterator[Metrics]:
    """Run the service's worker, with a topic and a group that no other test uses."""
    environment = {
        "database_url": database_url,
        "bus_url": bus_url,
        "issuer": "http://127.0.0.1:1",
        "jwks_url": "http://127.0.0.1:1/jwks",
    }
    service = build(Settings.model_validate(environment))
    topic, group = await new_topic(3), f"poison-{uuid4()}"

    async def own_group(_connection: AsyncConnection) -> str:
        return group

    service.subscriptions = [replace(subscription(HOOKUP), topics=(topic,), group=own_group)]
    await service.migrate()
    async with running(worker.run(await service.worker_loops(), service.beats)):
        yield Metrics(
            service, topic, bus, {f"SQN_{name.upper()}": value for name, value in environment.items()}
        )
    await service.close()


@pytest.mark.parametrize(
    ("fresh_database_url", "bus_url"), [("sqlite", "sqlite"), ("postgres", "kafka")], indirect=True
)
async def test_poison_holds_up_only_its_case_and_can_be_mended(
    metrics: Metrics, fresh_database_url: FreshDatabaseUrl
) -> None:
    topic = metrics.topic
    broken, noisy, unknown, later, gap, huge, *healthy = (
        life for life in live_all(Random(11), 30) if len(life) > 5
    )
    padded = huge[2].model_dump_json()[:-1] + ',"padding":"%s"}'
    large = message(topic, huge[2], 3)
    room = LARGEST_MESSAGE - large.size() + len(large.value) - len(padded) + 2
    messages = [
        # What no one can parse: once with a case and a number, once without anything.
        *in_order(topic, broken[:2]),
        message(topic, broken[2], 3, value=b"\xff not JSON"),
        *in_order(topic, broken[3:], 4),
        Message(topic, "", b"\0", (("ce_type", b"\xff"),)),
        # Nothing that any figure counts: read for its envelope, and passed over without one.
        *in_order(topic, noisy[:2]),
        message(topic, noisy[2], 3, kind=f"{TYPE_PREFIX}.hookup.due_soon.v1", value=b"{"),
        *in_order(topic, noisy[2:], 4),
        # An unknown type, and a later version beside the one that is known.
        *in_order(topic, unknown[:3]),
        message(topic, unknown[2], 4, kind=f"{TYPE_PREFIX}.hookup.case_sung_to.v1"),
        *in_order(topic, unknown[3:], 5),
        *in_order(topic, later[:-1]),
        message(topic, later[-1], len(later), kind=later[-1].type().replace(".v1", ".v2"), value=b"[2]"),
        message(topic, later[-1], len(later) + 1),
        # A number is missing.
        *in_order(topic, gap[:2]),
        *in_order(topic, gap[3:], 4),
        # As large as the bus carries.
        *in_order(topic, huge[:2]),
        message(topic, huge[2], 3, value=(padded % ("x" * room)).encode()),
        *in_order(topic, huge[3:], 4),
        *(each for life in healthy for each in in_order(topic, life)),
    ]
    assert max(each.size() for each in messages) == LARGEST_MESSAGE
    await metrics.send(*messages)

    waiting = {
        (broken[0].case_id, 3, "handler_failed"),
        *((broken[0].case_id, seq, "gap") for seq in range(4, len(broken) + 1)),
        ("", None, "unreadable"),
        *((gap[0].case_id, seq, "gap") for seq in range(4, len(gap) + 1)),
    }
    read = [*unknown, *later, *huge, *noisy, *(each for life in healthy for each in life)]
    read += [*broken[:2], *gap[:2]]

    async def flowed() -> bool:
        async with metrics.service.database.reading() as connection:
            folded = (await shards.read(connection, HOOKUP.code)).folded
        # The unknown type, the later version and what was passed over are counted as read.
        return folded == len(read) + 3

    await until("the rest flows on", flowed)
    assert await metrics.letters() == waiting
    code, said = await metrics.command("list")
    assert code == 0
    assert all(case in said and reason in said for case, _, reason in waiting)

    # To try again what is still broken mends nothing, and loses nothing.
    code, said = await metrics.command("replay", "--all")
    assert code == 1
    assert "took effect" not in said
    assert await metrics.letters() == waiting

    # What was missing comes, what was broken comes whole: what waited follows by itself.
    await metrics.send(message(topic, gap[2], 3), message(topic, broken[2], 3))
    mended = {each for each in waiting if each[0] in (gap[0].case_id, broken[0].case_id)}

    async def followed() -> bool:
        return await metrics.letters() == waiting - mended

    await until("what waited follows", followed)

    # The rest is given up by a decision; what waited behind it takes effect by a replay.
    given_up = [
        str(each.id)
        for each in await dead_letters.find(metrics.service.database)
        if each.reason is not dead_letters.Reason.GAP
    ]
    assert (await metrics.command("discard", *given_up))[0] == 0
    code, said = await metrics.command("replay", "--all")
    assert "still waits" not in said
    assert code == 0
    assert await metrics.letters() == set()
    assert await figures(metrics.service) == await figures_of(fresh_database_url(), live_all(Random(11), 30))


async def figures(service: Service) -> list[list[tuple[object, ...]]]:
    """Return everything that the service has kept of the events."""
    return [await content(service.database, table) for table in FIGURES]


async def figures_of(url: str, lives: list[list[HookupEvent]]) -> list[list[tuple[object, ...]]]:
    """Return the same of a database that has read the lives without poison."""
    service = build(Settings(database_url=url, bus_url="kafka://127.0.0.1:1", issuer="-", jwks_url="-"))
    await service.migrate()
    messages = [each for life in lives if len(life) > 5 for each in in_order("sqn.hookup.events", life)]
    received = [
        Received(Partition("", 0), offset, each.key, each.value, each.headers)
        for offset, each in enumerate(messages)
    ]
    await Inbox(service.database, service.clock, subscription(HOOKUP)).apply(received)
    try:
        return await figures(service)
    finally:
        await service.close()
