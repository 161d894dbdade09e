import asyncio
from collections.abc import Callable

import httpx
from fastapi import FastAPI

from libs.common.database.engine import Database
from libs.common.http.health import Heartbeats, health_app
from libs.common.telemetry import OUTBOX_LAG_ROWS

from .conftest import Schema, Service


def test_a_loop_that_is_silent_for_too_long_is_stale() -> None:
    now = 0.0
    beats = Heartbeats(allowed_seconds=10, monotonic=lambda: now)
    beats.beat("relay")
    beats.beat("timers")
    now = 8.0
    beats.beat("timers")
    now = 10.5
    assert beats.stale() == ["relay"]
    beats.stop("relay")
    assert beats.stale() == []


async def test_livez_fails_when_a_loop_has_stopped() -> None:
    now = 0.0
    beats = Heartbeats(allowed_seconds=10, monotonic=lambda: now)
    beats.beat("relay")
    app = health_app(beats, Database("postgresql+asyncpg://nobody@127.0.0.1:1/none"), Schema())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://s") as client:
        assert (await client.get("/livez")).status_code == 200
        now = 11.0
        answer = await client.get("/livez")
    assert (answer.status_code, answer.json()) == (503, {"stale": ["relay"]})


async def test_the_application_beats_while_it_lives(
    service: Service, make_app: Callable[[Service], FastAPI]
) -> None:
    beaten = asyncio.Event()
    now = 0.0

    def monotonic() -> float:
        beaten.set()
        return now

    service.beats = Heartbeats(allowed_seconds=60, monotonic=monotonic)
    app = make_app(service)
    async with app.router.lifespan_context(app):
        await asyncio.wait_for(beaten.wait(), 5)
        now = 61.0
        assert service.beats.stale() == ["event-loop"]
    assert service.beats.stale() == []


async def test_readyz_is_the_database_and_its_schema(stored: httpx.AsyncClient, service: Service) -> None:
    assert (await stored.get("/readyz")).status_code == 200
    service.migrations.error = RuntimeError("the database is at 3")
    answer = await stored.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})


async def test_readyz_fails_when_the_database_does_not_answer(
    service: Service, make_app: Callable[[Service], FastAPI]
) -> None:
    service.database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(make_app(service)), base_url="http://s"
    ) as client:
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/livez")).status_code == 200


async def test_metrics_are_given_as_prometheus_reads_them(client: httpx.AsyncClient) -> None:
    OUTBOX_LAG_ROWS.set(7)
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "\nsqn_outbox_lag_rows 7.0\n" in answer.text
