"""The composition root of the console: an application with a database of its sessions and without a bus.

It finds the pages of every service (`services.<name>.pages`), mounts them, and shares what they all need: sign-in,
session, frame, navigation and search.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
from fastapi import FastAPI

from libs.common.clock import Clock, SystemClock
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.http.client import CONNECTION_LIMITS
from libs.common.http.guard import guarded
from libs.common.http.head import HeadAsGet
from libs.common.http.health import Heartbeats
from libs.common.http.middleware import Edge
from libs.common.tls import web_verifying
from libs.pages.addresses import check_addresses
from libs.pages.declaration import ServicePages
from libs.pages.rendering import compile_all, environment
from libs.pages.sessions import Cookies, Seal
from libs.pages.site import FORM_LIMITS, Mounted, Site, from_own_page, own_origin
from libs.pages.upstreams import Upstream
from services.console.http import search, signin
from services.console.http.assets import Assets
from services.console.http.edge import CompressedPages, Pages, handle_errors
from services.console.http.forms import FormsAtOnce
from services.console.http.health import health_routes
from services.console.oidc import Issuer
from services.console.sessions import KeptSessions
from services.console.settings import Settings, pages_by_service

LAPTOP_PORT: Final = 0
HERE = Path(__file__).parent
MIGRATIONS = HERE / "storage" / "migrations"
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
            base_url=base,
            verify=web_verifying(),
            timeout=TIMEOUT,
            limits=CONNECTION_LIMITS,
            transport=transport,
        )

    identity = client()
    declared = pages_by_service()
    assets = Assets(
        {"": HERE / "static"} | {name: pages.static for name, pages in declared.items() if pages.static}
    )
    # Every page has it, and the set-up fetches it: without it no page can be drawn, so the console does not start.
    assets.address("vendor/htmx.min.js")
    clients = {name: client(settings.url_of(name)) for name in declared}

    def mounted(name: str, pages: ServicePages) -> Mounted:
        api = Upstream(pages.title, clients[name])
        templates = environment(pages.templates, HERE / "templates", follows_files=settings.follows_templates)
        templates.filters.update(pages.filters)
        templates.globals.update(pages.shared)
        templates.globals["asset"] = assets.address
        return Mounted(pages, api, templates, pages.start and pages.start(api, clock))

    database = Database(settings.database_url)
    migrations = Migrations(MIGRATIONS)
    issuer = Issuer(settings, identity, clock)
    seal = Seal(settings.session_secret.get_secret_value())
    cookies = Cookies(seal, clock, is_secure=settings.is_secure)
    sessions = KeptSessions(database, issuer, seal, cookies, clock, settings)
    own = environment(HERE / "templates", follows_files=settings.follows_templates)
    own.globals["asset"] = assets.address
    site = Site(
        origin=settings.public_url,
        cookies=cookies,
        sessions=sessions,
        clock=clock,
        services={name: mounted(name, pages) for name, pages in declared.items()},
        templates=own,
    )
    beats = Heartbeats()

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if not settings.follows_templates:
            for templates in (own, *(service.templates for service in site.services.values())):
                compile_all(templates)
        beating = asyncio.create_task(beats.keep("event-loop"))
        try:
            # A file on a laptop is this process's alone; on a server `migrate` is a job of its own.
            await (migrations.upgrade if database.is_sqlite else migrations.check)(database)
            yield
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
            for service in site.services.values():
                if service.running is not None:
                    await service.running.close()
            for used in (identity, *clients.values()):
                await used.aclose()
            await database.close()

    app = FastAPI(
        title="报装监管平台",
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        form_limits=FORM_LIMITS,
        telemetry={"tracing": False},
    )
    app.state.site = site
    app.state.issuer = issuer
    app.state.sessions = sessions
    by_owner = {"console": [*signin.router.routes, *search.router.routes]} | {
        name: [route for router in pages.routers for route in router.routes]
        for name, pages in declared.items()
    }
    check_addresses(by_owner)
    routes = [route for owned in by_owner.values() for route in owned]
    # Every route with a gate takes a form in.
    forms = FormsAtOnce()
    app.router.routes.extend(guarded(routes, {from_own_page: own_origin}.get, lambda _route: forms.admit))
    apis = {name: service.api for name, service in site.services.items()}
    app.router.routes.extend(health_routes(beats, apis, database, migrations))
    app.router.routes.append(assets.route())
    handle_errors(app)
    # Pages only: what services give and files are passed on as they come, static files are compressed once.
    app.add_middleware(CompressedPages, minimum_size=1_000)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Pages)
    app.add_middleware(Edge, service="console")
    return app
