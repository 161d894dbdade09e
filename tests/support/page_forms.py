"""Forms of pages as a browser has them, and a browser of one real service's pages."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
from fastapi import FastAPI

from libs.common.auth.callers import Caller
from libs.common.clock import ManualClock
from services.console.bootstrap import build
from tests.support.pages import PAGE, Upstreams, cookie_of, session, settings


@dataclass
class PageForm:
    """A form: its name, where it is sent, and what its inputs hold."""

    title: str
    action: str
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Collects the forms that are posted, but for that of signing out."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post" and given.get("action") != "/signout":
            self._open = PageForm(given.get("aria-label", ""), given["action"])
            self.forms.append(self._open)
        elif tag == "input" and self._open is not None and given.get("type") != "checkbox":
            self._open.values[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_of(page: str) -> Mapping[str, PageForm]:
    """Return the forms of a page's text by their names."""
    parser = _Forms()
    parser.feed(page)
    return {form.title: form for form in parser.forms}


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in at the console."""

    client: httpx.AsyncClient

    async def open(self, path: str) -> str:
        """Open a page; return its text."""
        response = await self.client.get(path)
        assert response.status_code == 200, response.text
        return response.text

    async def forms(self, path: str) -> Mapping[str, PageForm]:
        """Return the forms of a page by their names."""
        return forms_of(await self.open(path))

    async def send(self, form: PageForm, **entered: str) -> tuple[str, str]:
        """Send a form with what is entered; return the path that it leads to, and that page's text."""
        response = await self.client.post(
            form.action, data={**form.values, **entered}, headers={"Origin": PAGE}, follow_redirects=True
        )
        assert response.status_code == 200, response.text
        return response.url.path, response.text

    async def refused(self, form: PageForm, **entered: str) -> str:
        """Send a form with something that cannot be; return the text of its page as it comes back."""
        response = await self.client.post(
            form.action, data={**form.values, **entered}, headers={"Origin": PAGE}
        )
        assert response.status_code in (409, 422), response.text
        return response.text


class _OneService(Upstreams):
    """Leads to the application of one service; the others are not there."""

    def __init__(self, name: str, app: FastAPI) -> None:
        self._name, self._app = name, httpx.ASGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != self._name:
            raise httpx.ConnectError("not there")
        return await self._app.handle_async_request(request)


@asynccontextmanager
async def visiting(
    name: str, app: FastAPI, caller: Caller, token: str, clock: ManualClock
) -> AsyncIterator[Visitor]:
    """Serve the console over one service; give somebody who has signed in."""
    console = build(settings(), clock, transport=_OneService(name, app))
    signed_in = session(
        scope_kind=caller.scope.kind,
        scope_code=caller.scope.code,
        roles=caller.roles,
        subject=caller.subject,
        access_token=token,
        expires=int(clock.now().timestamp()) + 3600,
    )
    async with (
        console.router.lifespan_context(console),
        httpx.AsyncClient(transport=httpx.ASGITransport(console), base_url=PAGE) as client,
    ):
        client.cookies.set(*cookie_of(signed_in, clock), domain="127.0.0.1")
        yield Visitor(client)
