"""The application factory: every service's HTTP is made here, so that all keep the same rules."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
from fastapi import FastAPI

from libs.common.auth.tokens import RemoteKeys, TokenVerifier
from libs.common.http.auth import Authenticated
from libs.common.http.contract import check_contract, describe
from libs.common.http.edge import Edge
from libs.common.http.errors import handle_errors
from libs.common.http.forms import FORM_LIMITS
from libs.common.http.guard import guarded
from libs.common.http.health import health_routes
from libs.common.telemetry import start_tracing, stop_tracing
from libs.common.version import __version__

if TYPE_CHECKING:
    from libs.common.service import Service


def create_app(service: "Service", verifier: TokenVerifier | None = None) -> FastAPI:
    """Make a service's HTTP application; without a verifier, tokens are verified as the settings say.

    Routes find `database`, `clock` and what `service.state` holds in `request.app.state`. Routes outside the
    contract (pages, probes) say `include_in_schema=False`. Raises ContractError when an operation breaks it.
    """
    settings = service.settings
    client: httpx.AsyncClient | None = None
    if verifier is None:
        client = httpx.AsyncClient()
        keys = RemoteKeys(settings.jwks_url, client)
        verifier = TokenVerifier(settings.issuer, settings.audience, keys, service.clock)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        beating = asyncio.create_task(service.beats.keep("event-loop"))
        try:
            yield
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
            if client is not None:
                await client.aclose()
            await asyncio.to_thread(stop_tracing)

    provider = start_tracing(service.name, settings.otel_endpoint)
    app = FastAPI(
        title=service.title,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        form_limits={**FORM_LIMITS},
        telemetry={
            "tracing": provider is not None,
            "tracer_provider": provider,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.database = service.database
    app.state.clock = service.clock
    app.state.verifier = verifier
    for name, value in service.state.items():
        setattr(app.state, name, value)
    # Taken as they are: an included router is matched twice for each request.
    routes = [route for router in service.routers for route in router.routes]
    app.router.routes.extend(guarded(routes, lambda call: call if isinstance(call, Authenticated) else None))
    app.router.routes.extend(health_routes(service.beats, service.database, service.migrations))
    handle_errors(app)
    app.add_middleware(Edge, service=service.name)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(title=app.title, version=app.version, routes=app.routes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
    check_contract(app.routes, app.openapi())
    return app
