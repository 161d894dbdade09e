"""A link gives out one file, under its name, until it expires."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey

from libs.common.clock import ManualClock
from libs.common.http.errors import handle_errors
from libs.common.objects import Files, Links, ObjectStore, Scan, open_store
from libs.common.objects.links import LONGEST_TOKEN
from libs.common.objects.routes import router

KEY = "hookup/case-1/file-1"
SECRET = "k" * 32
TEN_MINUTES = timedelta(minutes=10)
NOW = datetime(2022, 7, 4, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> ObjectStore:
    store = open_store(f"file://{tmp_path}/objects")
    await store.put(KEY, BytesIO(b"<html>"), most=100)
    return store


@pytest.fixture
def links(store: ObjectStore, clock: ManualClock) -> Links:
    return Links(store, SECRET, clock)


@pytest_asyncio.fixture
async def browser(links: Links, store: ObjectStore) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(routes=router.routes)
    app.state.files = Files(store, Scan(None), links, 100)
    handle_errors(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://files") as client:
        yield client


def token_of(links: Links, key: str = KEY) -> str:
    return links.make(key, file_name="规划许可.pdf", media_type="application/pdf", valid=TEN_MINUTES).token


async def answer(browser: httpx.AsyncClient, token: str) -> tuple[int, str]:
    response = await browser.get(f"/v1/files/{token}")
    return response.status_code, response.json()["code"]


async def test_a_link_gives_the_file_as_an_attachment(links: Links, browser: httpx.AsyncClient) -> None:
    response = await browser.get(f"/v1/files/{token_of(links)}")
    assert (response.status_code, response.content) == (200, b"<html>")
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-length"] == "6"
    assert (
        response.headers["content-disposition"]
        == "attachment; filename*=UTF-8''%E8%A7%84%E5%88%92%E8%AE%B8%E5%8F%AF.pdf"
    )
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "private, no-store"


async def test_a_link_expires_at_its_instant(
    links: Links, clock: ManualClock, browser: httpx.AsyncClient
) -> None:
    link = links.make(KEY, file_name="图.pdf", media_type="application/pdf", valid=TEN_MINUTES)
    assert link.expires_at == NOW + TEN_MINUTES
    clock.instant = link.expires_at - timedelta(seconds=1)
    assert (await browser.get(f"/v1/files/{link.token}")).status_code == 200
    clock.instant = link.expires_at
    assert await answer(browser, link.token) == (410, "link-expired")


async def test_a_token_altered_anywhere_leads_nowhere(links: Links, browser: httpx.AsyncClient) -> None:
    token = token_of(links)
    for at in range(0, len(token), 7):
        altered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert await answer(browser, altered) == (404, "not-found")


CLAIMS = {"sub": KEY, "name": "x.pdf", "type": "application/pdf", "exp": 2**33}


async def test_a_token_that_we_did_not_sign_leads_nowhere(
    store: ObjectStore, browser: httpx.AsyncClient
) -> None:
    forged = jwt.encode({"alg": "HS256"}, CLAIMS, OctKey.import_key("another key, of 32 characters ..."))
    otherwise = jwt.encode({"alg": "HS512"}, CLAIMS, OctKey.import_key(SECRET * 2), algorithms=["HS512"])
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJob29rdXAvY2FzZS0xL2ZpbGUtMSJ9."
    other_process = Links(store, None, ManualClock(NOW))
    nested = base64.urlsafe_b64encode(b"[" * 1_500).rstrip(b"=").decode() + ".e30.AAAA"
    rubbish = ("x", "a.b.c", "...", "中文", "%00", nested)
    for token in (forged, otherwise, unsigned, token_of(other_process), *rubbish):
        assert await answer(browser, token) == (404, "not-found")


async def test_an_endless_token_is_refused_unread(browser: httpx.AsyncClient) -> None:
    assert await answer(browser, "x" * (LONGEST_TOKEN + 1)) == (422, "invalid")


async def test_a_link_to_a_file_that_is_gone_says_so(
    links: Links, store: ObjectStore, browser: httpx.AsyncClient
) -> None:
    token = token_of(links)
    await store.delete(KEY)
    assert await answer(browser, token) == (404, "not-found")
