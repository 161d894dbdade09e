"""What probes and prometheus ask of the console."""

import asyncio
from collections.abc import Mapping, Sequence

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.http.health import Heartbeats
from libs.common.telemetry import REGISTRY
from libs.pages.upstreams import Upstream


def health_routes(beats: Heartbeats, upstreams: Mapping[str, Upstream]) -> Sequence[Route]:
    """Return `/livez`, `/readyz` and `/metrics`.

    The console is ready while any of its services answers: with one of them down, the other's pages work and its own
    say what is wrong; with none it has nothing to show. The body says which answer.
    """

    async def livez(_request: Request) -> Response:
        stale = beats.stale()
        return JSONResponse({"stale": stale}, 503 if stale else 200)

    async def readyz(_request: Request) -> Response:
        answers = await asyncio.gather(*(api.answers() for api in upstreams.values()))
        ready = any(answers)
        body = {"ready": ready, "upstreams": dict(zip(upstreams, answers, strict=True))}
        return JSONResponse(body, 200 if ready else 503)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
