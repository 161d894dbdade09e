"""The application factory of every service's HTTP API."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from libs.common.auth.tokens import TokenVerifier, verifier_of
from libs.common.http.auth import caller_of, gate_of
from libs.common.http.contract import check_contract, describe
from libs.common.http.errors import handle_errors
from libs.common.http.forms import FORM_LIMITS
from libs.common.http.guard import Admission, Count, guarded
from libs.common.http.head import HeadAsGet
from libs.common.http.health import health_routes
from libs.common.http.middleware import Edge
from libs.common.http.queries import parameters_of
from libs.common.http.quotas import POLICY, Quotas
from libs.common.http.route_table import RouteTable
from libs.common.http.security_headers import security_headers
from libs.common.policy import PolicyVersion, read_policies
from libs.common.telemetry import start_tracing, stop_tracing
from libs.common.tls import web_verifying
from libs.common.version import __version__

if TYPE_CHECKING:
    from libs.common.service import Service


def create_app(service: "Service", verifier: TokenVerifier | None = None) -> FastAPI:
    """Create a service's HTTP application; by default tokens are verified as the settings say.

    Routes find `database`, `clock`, `audit` and what `service.state` holds in `request.app.state`. Routes outside the
    contract (pages, probes) say `include_in_schema=False`. Raises ContractError when an operation breaks it.
    """
    settings = service.settings
    client: httpx.AsyncClient | None = None
    if verifier is None:
        client = httpx.AsyncClient(verify=web_verifying())
        verifier = verifier_of(settings, client, service.clock)

    quotas = Quotas(
        service.database,
        service.clock,
        _shipped(service.policies.path) if service.policies else (),
        shared=service.shared_buckets,
    )

    def admission_of(route: APIRoute) -> Admission:
        operation = route.operation_id or ""
        return lambda request: quotas.admit(caller_of(request), operation, request.method)

    def count_of(route: APIRoute) -> Count:
        operation = route.operation_id or ""
        return lambda request: quotas.admit_shared(caller_of(request), operation, request.method)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(running) for running in (service.beats.keep("event-loop"), quotas.keep())
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if client is not None:
                await client.aclose()
            await asyncio.to_thread(stop_tracing)

    provider = start_tracing(service.name, settings.otel_endpoint)
    app = FastAPI(
        title=service.title,
        version=__version__,
        lifespan=lifespan,
        docs_url="/docs" if settings.docs else None,
        redoc_url=None,
        redirect_slashes=False,
        form_limits=FORM_LIMITS,
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
    app.state.quotas = quotas
    app.state.audit = service.audit
    for name, value in service.state.items():
        setattr(app.state, name, value)
    # Added directly: the routes of an included router would be matched twice per request.
    routes = [route for router in service.routers for route in router.routes]
    app.router.routes.extend(guarded(routes, gate_of, admission_of, count_of))
    app.router.routes.extend(health_routes(service.beats, service.database, service.migrations))
    app.router.middleware_stack = RouteTable(app.router)
    handle_errors(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Edge, service=service.name, headers=security_headers(settings.public_url))

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(
                title=app.title, version=app.version, routes=app.routes, settings=settings
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
    check_contract(app.routes, app.openapi())
    app.state.parameters = parameters_of(app.openapi())
    return app


@cache
def _shipped(policies: Path) -> Sequence[PolicyVersion]:
    """Return the quota versions that a service ships."""
    return [version for version in read_policies(policies) if version.policy == POLICY]
