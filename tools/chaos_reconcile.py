"""Reconciliation after the faults: databases, topics, figures and answers must agree."""

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx

from libs.common import discovery, laptop
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.bus import open_bus
from libs.common.encryption.keys import EncryptionSettings
from libs.common.encryption.records import Records
from libs.common.events import IncomingEvent, from_received, topic_of
from libs.common.http.idempotency import kept_body
from libs.development.checks import Check
from libs.development.load import Acknowledged, Load
from libs.development.parts import CHAOS
from tools.chaos_city import ChaosCity

QUIET_SECONDS = 180.0
REPEATED = 150
RECORDS = Records(EncryptionSettings.model_validate(laptop.KEYS).ring())
Row = Mapping[str, Any]


async def quiet(city: ChaosCity, service: str) -> Check:
    """Wait until every committed event of a service is published and in the figures."""
    deadline = time.monotonic() + QUIET_SECONDS
    while True:
        async with city.database(service) as publisher, city.database("metrics") as metrics:
            committed = await publisher.fetchval("SELECT count(*) FROM outbox")
            waiting = await publisher.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            folded = await metrics.fetchval(
                "SELECT coalesce(sum(folded), 0)::int8 FROM shard WHERE source = $1", service
            )
        if waiting == 0 and folded >= committed:
            break
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.2)
    wrong = [f"{waiting} not published, {folded} folded"] if waiting or folded != committed else []
    return Check(f"{service}: committed events published, and folded once", committed, wrong)


async def reconcile(
    city: ChaosCity, loads: Mapping[str, Load], issuer: LocalIssuer, seed: int
) -> list[Check]:
    """Compare answers, databases, topics and figures, by service; the loads have stopped and all processes run."""
    checks = [
        check for service, load in loads.items() for check in await _of(city, service, load, issuer, seed)
    ]
    return [*checks, await _dead_letters(city)]


async def _of(city: ChaosCity, service: str, load: Load, issuer: LocalIssuer, seed: int) -> list[Check]:
    part = CHAOS.of(service)
    assert part is not None
    answers = [
        {
            **row,
            "body": kept_body(row["caller"], row["key"], json.loads(row["headers"]), row["body"], RECORDS),
        }
        for row in await city.rows(service, "SELECT caller, key, status, headers, body FROM idempotency")
    ]
    outbox = await city.rows(service, "SELECT event_id::text, key, aggregate_seq FROM outbox")
    aggregates = await part.aggregates(city)
    events = await _read_topic(city, service, {row["event_id"] for row in outbox})
    return [
        check_acknowledged(load.acknowledged, answers, aggregates),
        check_nothing_more(load.acknowledged, load.refused, answers, aggregates),
        *check_topic(outbox, events),
        *await part.checks(city, issuer),
        await _repeated(load, seed),
    ]


def check_acknowledged(
    acknowledged: Sequence[Acknowledged], answers: Iterable[Row], aggregates: Iterable[Row]
) -> Check:
    """Check that each acknowledged answer is stored, and each aggregate is at its last acknowledged version."""
    answer_of = {row["key"]: (row["status"], row["body"]) for row in answers}
    state_of = {row["id"]: (row["version"], row["state"]) for row in aggregates}
    reached: dict[str, tuple[int, str]] = {}
    wrong = []
    for command in acknowledged:
        if answer_of.get(command.command.key) != (command.status, command.content):
            wrong.append(f"{command.command.path} {command.command.key}: the answer is not on record")
        aggregate_id, at = command.aggregate["id"], (command.aggregate["version"], command.aggregate["state"])
        reached[aggregate_id] = max(reached.get(aggregate_id, at), at)
    # No timer of these new aggregates is due yet, so nothing else has changed them.
    wrong += [
        f"{aggregate_id}: {at} acknowledged, {state_of.get(aggregate_id)} on record"
        for aggregate_id, at in reached.items()
        if state_of.get(aggregate_id) != at
    ]
    return Check("acknowledged commands in the database", len(acknowledged), wrong)


def check_nothing_more(
    acknowledged: Sequence[Acknowledged],
    refused: Iterable[str],
    answers: Iterable[Row],
    aggregates: Iterable[Row],
) -> Check:
    """Check that no unacknowledged command took effect: every command was repeated until it was acknowledged."""
    keys = {command.command.key for command in acknowledged}
    submitted = {command.aggregate["id"] for command in acknowledged}
    wrong = [f"key {row['key']}: never acknowledged" for row in answers if row["key"] not in keys]
    wrong += [
        f"aggregate {row['id']}: never acknowledged" for row in aggregates if row["id"] not in submitted
    ]
    wrong += [f"refused: {refusal}" for refusal in refused]
    return Check("no effect without an acknowledged command", len(keys), wrong)


async def _read_topic(city: ChaosCity, service: str, event_ids: set[str]) -> list[IncomingEvent]:
    """Read a service's topic from offset zero until all expected events have come and none is left."""
    bus = open_bus(f"kafka://{city.kafka}")
    consumer = await bus.consumer(f"chaos.{uuid4()}", [topic_of(service)])
    events: list[IncomingEvent] = []
    missing = set(event_ids)
    deadline = time.monotonic() + QUIET_SECONDS
    try:
        while time.monotonic() < deadline:
            batch = [from_received(received) for received in await consumer.poll(5_000, 1.0)]
            events += batch
            missing -= {event.id for event in batch}
            if not batch and not missing and not any(consumer.lag().values()):
                break
    finally:
        await consumer.close()
        await bus.close()
    return events


def check_topic(outbox: Iterable[Row], events: Iterable[IncomingEvent]) -> list[Check]:
    """Compare outbox and topic; repeated events are allowed, another order is not."""
    committed = {row["event_id"]: (row["key"], row["aggregate_seq"]) for row in outbox}
    first: dict[str, IncomingEvent] = {}
    repeats = 0
    for event in events:
        repeats += event.id in first
        first.setdefault(event.id, event)
    published = {event.id: (event.aggregate_id, event.aggregate_seq) for event in first.values()}
    wrong = [
        f"{key} {seq}: not in the topic" for id_, (key, seq) in committed.items() if id_ not in published
    ]
    wrong += [f"{at}: in the topic only" for id_, at in published.items() if committed.get(id_) != at]
    order: dict[str, list[int]] = defaultdict(list)
    for event in first.values():
        order[event.aggregate_id].append(event.aggregate_seq)
    disorder = [
        f"{key}: {seqs}"
        for key, seqs in order.items()
        if seqs[0] != 1 or any(after != before + 1 for before, after in pairwise(seqs))
    ]
    return [
        Check(f"events in the topic ({repeats} repeats of the same id)", len(committed), wrong),
        Check("aggregates whose events are in order there", len(order), disorder),
    ]


async def _repeated(load: Load, seed: int) -> Check:
    acknowledged = load.acknowledged
    chosen = random.Random(seed).sample(acknowledged, min(REPEATED, len(acknowledged)))
    async with httpx.AsyncClient(timeout=60) as http:
        for command in chosen:
            await load.repeat(http, command)
    return Check("repeated requests: the same bytes", load.repeated, load.differing)


async def _dead_letters(city: ChaosCity) -> Check:
    # Those that run in it: a service may have no part in it (`dev/chaos`).
    services = [service.name for service in discovery.stateful() if f"{service.name}-api" in city.real.urls]
    wrong: list[str] = []
    for service in services:
        async with city.database(service) as connection:
            letters = await connection.fetch("SELECT aggregate_id, reason, detail FROM dead_letter")
        wrong += [f"{service} {row['aggregate_id']}: {row['reason']} {row['detail']}" for row in letters]
    return Check("no dead letter", len(services), wrong)
