"""Endpoints for probes and Prometheus: liveness, readiness, metrics."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.database.engine import Database
from libs.common.database.sqlite import DamagedFileError
from libs.common.telemetry import REGISTRY

log = structlog.get_logger(__name__)

READY_SECONDS = 3.0


class Heartbeats:
    """Heartbeats of the loops of this process."""

    def __init__(
        self, allowed_seconds: float = 60.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._allowed = allowed_seconds
        self._monotonic = monotonic
        self._last: dict[str, float] = {}

    def beat(self, name: str) -> None:
        """Record a loop's heartbeat; the next is due within the allowed seconds."""
        self._last[name] = self._monotonic()

    def stop(self, name: str) -> None:
        """Remove a loop that has ended regularly."""
        self._last.pop(name, None)

    def stale(self) -> list[str]:
        """Return the loops whose heartbeat is overdue."""
        limit = self._monotonic() - self._allowed
        return sorted(name for name, last in self._last.items() if last < limit)

    async def keep(self, name: str, every_seconds: float = 5.0) -> None:
        """Record heartbeats of the event loop itself until cancelled."""
        try:
            while True:
                self.beat(name)
                await asyncio.sleep(every_seconds)
        finally:
            self.stop(name)


class Schema(Protocol):
    """Checks the database's schema."""

    async def check(self, database: Database) -> None:
        """Raise unless the database has the schema that the code needs."""
        ...


def health_routes(beats: Heartbeats, database: Database, schema: Schema) -> Sequence[Route]:
    """Return `/livez` (no loop is stale), `/readyz` (the database answers and has the schema) and `/metrics`.

    Readiness does not depend on the bus: while it is down the outbox holds the events.
    """

    async def livez(_request: Request) -> Response:
        stale = beats.stale()
        return JSONResponse({"stale": stale}, 503 if stale else 200)

    async def readyz(_request: Request) -> Response:
        try:
            database.look_after_file()
            if database.damage is not None:
                raise DamagedFileError(database.damage)
            async with asyncio.timeout(READY_SECONDS):
                await schema.check(database)
        except Exception as error:
            # In any case this process must get no traffic; the reason goes to the log only.
            log.warning("not_ready", error=repr(error))
            return JSONResponse({"ready": False}, 503)
        return JSONResponse({"ready": True})

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]


def health_app(beats: Heartbeats, database: Database, schema: Schema) -> Starlette:
    """Return the HTTP application of a worker: only these endpoints."""
    return Starlette(routes=health_routes(beats, database, schema))
