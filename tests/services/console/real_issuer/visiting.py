"""A console at the real provider, and what its users do there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from libs.common.clock import ManualClock
from libs.common.http.cursors import Page
from libs.workbooks.http.models import ImportSummary
from services.console.bootstrap import build
from services.console.storage.tables import session as table
from tests.support.oidc import AtProvider, OidcProvider
from tests.support.pages import PAGE, Browser, Upstreams, database, of_model, settings

NO_IMPORTS = Page[ImportSummary](items=[])


@asynccontextmanager
async def browser_at(app: FastAPI, upstreams: Upstreams, clock: ManualClock) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PAGE) as client:
        yield Browser(client, upstreams, clock)


@asynccontextmanager
async def console(provider: OidcProvider, clock: ManualClock, **changes: str) -> AsyncIterator[Browser]:
    async with httpx.AsyncHTTPTransport() as transport:
        upstreams = Upstreams(transport, lambda _request: of_model(NO_IMPORTS))
        app = build(settings(issuer=provider.url, **changes), clock, transport=upstreams)
        async with app.router.lifespan_context(app), browser_at(app, upstreams, clock) as browser:
            yield browser


def changed(url: str, **changes: str | None) -> str:
    """Return an address with other values in its query; None takes one out."""
    parts = urlsplit(url)
    query = dict[str, str | None](parse_qsl(parts.query)) | changes
    return parts._replace(query=urlencode({k: v for k, v in query.items() if v is not None})).geturl()


async def begin(browser: Browser) -> str:
    """Return where the console sends a browser that signs in."""
    return (await browser.get("/signin/start", params={"next": "/imports"})).headers["location"]


async def sign_in(browser: Browser, person: AtProvider) -> httpx.Response:
    return await browser.get(await person.go(await begin(browser)))


async def is_signed_in(browser: Browser) -> bool:
    page = await browser.get("/imports")
    assert page.status_code in (200, 303)
    return page.status_code == 200


def why_ended() -> str | None:
    """Return why the newest session ended."""
    with database().connect() as connection:
        return connection.scalar(select(table.c.reason).order_by(table.c.started_at.desc()).limit(1))
