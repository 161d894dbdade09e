"""The composition root of the console: an application without a database and without a bus."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import httpx
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from libs.common.clock import Clock, SystemClock
from libs.common.http.client import CONNECTION_LIMITS
from libs.common.http.guard import guarded
from libs.common.http.head import HeadAsGet
from libs.common.http.health import Heartbeats
from libs.common.http.middleware import Edge
from services.console.feed import Feed
from services.console.http import (
    b_ready,
    behind,
    board,
    calendar,
    case,
    cases,
    forecast,
    imports,
    joint,
    layouts,
    logs,
    permits,
    policies,
    signin,
    what_if,
    work,
)
from services.console.http.edge import Pages, handle_errors
from services.console.http.health import health_routes
from services.console.http.parts import FORM_LIMITS, Parts, from_own_page, own_origin
from services.console.oidc import Issuer
from services.console.sessions import Cookies
from services.console.settings import Settings
from services.console.show import STATIC, environment
from services.console.upstreams import Upstream

LAPTOP_PORT: Final = 0
# Only reading may take long: a ledger of a year is written while it is sent, and a stream is silent for 15 seconds.
TIMEOUT = httpx.Timeout(5.0, read=60.0)


def build(
    settings: Settings,
    clock: Clock | None = None,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> FastAPI:
    """Compose the console from its settings; tests may give another transport to issuer and services.

    Sessions go by `clock`; what pages call now is what the services answered by.
    """
    clock = clock or SystemClock()

    def client(base: str = "") -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=base, timeout=TIMEOUT, limits=CONNECTION_LIMITS, transport=transport
        )

    identity, hookup, metrics = client(), client(settings.hookup_url), client(settings.metrics_url)
    figures = Upstream("指标服务", metrics)
    parts = Parts(
        settings=settings,
        clock=clock,
        cookies=Cookies(settings, clock),
        issuer=Issuer(settings, identity, clock),
        hookup=Upstream("报装服务", hookup),
        metrics=figures,
        feed=Feed(figures, clock),
        templates=environment(),
    )
    beats = Heartbeats()

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        beating = asyncio.create_task(beats.keep("event-loop"))
        try:
            yield
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
            await parts.feed.close()
            for each in (identity, hookup, metrics):
                await each.aclose()

    app = FastAPI(
        title="报装监管平台",
        lifespan=lifespan,
        openapi_url=None,
        form_limits=FORM_LIMITS,
        telemetry={"tracing": False},
    )
    app.state.parts = parts
    # The log's address goes before that of an import's number.
    pages = (
        board,
        behind,
        cases,
        case,
        joint,
        work,
        permits,
        forecast,
        what_if,
        policies,
        calendar,
        b_ready,
        logs,
        imports,
        layouts,
        signin,
    )
    routes = [route for page in pages for route in page.router.routes]
    app.router.routes.extend(guarded(routes, {from_own_page: own_origin}.get))
    app.router.routes.extend(health_routes(beats, {"hookup": parts.hookup, "metrics": parts.metrics}))
    app.router.routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    handle_errors(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Pages)
    app.add_middleware(Edge, service="console")
    return app
