"""What probes and prometheus ask of the console."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.http.health import Heartbeats
from libs.common.telemetry import REGISTRY
from libs.pages.upstreams import Upstream

log = structlog.get_logger(__name__)
PROBE_SECONDS = 2.0


def health_routes(
    beats: Heartbeats, upstreams: Mapping[str, Upstream], database: Database, migrations: Migrations
) -> Sequence[Route]:
    """Return `/livez`, `/readyz` and `/metrics`.

    The console is ready while any of its services answers: with one of them down, the other's pages work and its own
    say what is wrong; with none it has nothing to show. Without its database it knows nobody. The body says which
    answer.
    """

    async def livez(_request: Request) -> Response:
        stale = beats.stale()
        return JSONResponse({"stale": stale}, 503 if stale else 200)

    async def knows_users() -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await migrations.check(database)
        except Exception as error:  # whatever it is, nobody can sign in
            log.warning("sessions_unavailable", error=repr(error))
            return False
        return True

    async def readyz(_request: Request) -> Response:
        knows, *answers = await asyncio.gather(knows_users(), *(api.answers() for api in upstreams.values()))
        ready = knows and any(answers)
        body = {"ready": ready, "sessions": knows, "upstreams": dict(zip(upstreams, answers, strict=True))}
        return JSONResponse(body, 200 if ready else 503)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
