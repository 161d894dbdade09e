"""Processes of one console over one database, and browsers of its users."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import httpx
from sqlalchemy import Row, select

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.http.cursors import Page
from libs.workbooks.http.models import ImportSummary
from services.console.bootstrap import build
from services.console.storage.tables import session as table
from tests.services.console.test_signin import at_issuer, begin
from tests.support.pages import PAGE, Browser, Upstreams, of_model, settings

OFFICIAL = Caller("u-city", frozenset({"supervisor"}), Scope(ScopeKind.CITY), "市局督导")


class Replicas:
    """Processes of one console, and its users' browsers."""

    def __init__(
        self, database: Database, issuer: LocalIssuer, clock: ManualClock, stack: AsyncExitStack
    ) -> None:
        self.database = database
        self.issuer = issuer
        self.clock = clock
        self._stack = stack

    async def start(self, **changes: Any) -> Browser:
        """Start a replica; return a browser that reaches it."""
        upstreams = Upstreams(
            httpx.ASGITransport(app=self.issuer.app()),
            lambda _request: of_model(Page[ImportSummary](items=[])),
        )
        app = build(settings(database_url=self.database.url, **changes), self.clock, transport=upstreams)
        await self._stack.enter_async_context(app.router.lifespan_context(app))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PAGE)
        return Browser(await self._stack.enter_async_context(client), upstreams, self.clock)

    async def signed_in(self, **changes: Any) -> Browser:
        """Start a replica; return a browser that has signed in."""
        browser = await self.start(**changes)
        await sign_in(browser, self.issuer)
        return browser

    async def beside(self, browser: Browser) -> Browser:
        """Return another browser at the same replica."""
        client = httpx.AsyncClient(transport=browser.client._transport, base_url=PAGE)
        return Browser(await self._stack.enter_async_context(client), browser.upstreams, self.clock)

    async def copy(self, browser: Browser, **changes: Any) -> Browser:
        """Start a replica; return a browser of somebody who has copied the cookie of another."""
        other = await self.start(**changes)
        other.client.cookies.update(browser.client.cookies)
        return other

    async def rows(self) -> Sequence[Row[Any]]:
        """Return what is kept, in the order of their starts."""
        async with self.database.reading() as connection:
            return (await connection.execute(select(table).order_by(table.c.started_at, table.c.id))).all()


async def sign_in(browser: Browser, issuer: LocalIssuer) -> None:
    assert (await browser.get(await at_issuer(issuer, await begin(browser)))).status_code == 303


async def is_in(browser: Browser, headers: dict[str, str] | None = None) -> bool:
    """Tell whether a page shows itself."""
    return (await browser.get("/imports", headers=headers or {})).status_code == 200


async def sign_out(browser: Browser) -> None:
    page = (await browser.get("/imports")).text
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    assert (await browser.post("/signout", data={"csrf": token})).status_code == 303
