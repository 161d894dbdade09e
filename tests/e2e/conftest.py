"""Real services in this process, and a browser that looks at them."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Response, StorageState, async_playwright

from libs.common import worker
from libs.common.clock import SHANGHAI, ManualClock
from services.dev import compose, running, serving
from tests.e2e.city import City
from tests.support.running_city import ports_in_a_row

CHROMIUM = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Serve all services over SQLite on ports of their own."""
    folder = tmp_path_factory.mktemp("city")
    clock = ManualClock(datetime(2022, 9, 26, 8, 0, tzinfo=SHANGHAI))
    laptop = compose(folder, ports_in_a_row(folder), clock)
    services = laptop.services.values()
    for service in services:
        await service.migrate()
    moving = [worker.run(await service.worker_loops(), service.beats) for service in services]
    async with AsyncExitStack() as stack:
        for service in services:
            stack.push_async_callback(service.close)
        # The figures are served apart, so that a test can stop them.
        others = {name: app for name, app in laptop.apps.items() if name != "metrics"}
        await stack.enter_async_context(serving(replace(laptop, apps=others)))
        await stack.enter_async_context(running(*moving))
        api = await stack.enter_async_context(httpx.AsyncClient(base_url=laptop.url("hookup"), timeout=30))
        found = City(laptop, clock, api)
        stack.push_async_callback(found.stop_metrics)
        await found.start_metrics()
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Start a browser."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(city: City, chromium: Browser) -> StorageState:
    """Sign in once as the city's supervisor."""
    return await sign_in(city, chromium, "市局督导")


async def sign_in(city: City, chromium: Browser, name: str, *, begins_at: str | None = None) -> StorageState:
    """Sign in through the issuer; return the cookies. `begins_at` is the heading of the page that is then shown."""
    context = await chromium.new_context(base_url=city.laptop.url("console"))
    page = await context.new_page()
    await page.goto("/")
    await page.get_by_role("link", name="统一身份认证登录").click()
    await page.get_by_label(name).check()
    await page.get_by_label("口令").fill(city.laptop.issuer.password_file.read_text())
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("navigation", name="主导航").wait_for()
    if begins_at is not None:
        await page.get_by_role("heading", name=begins_at).wait_for()
    state = await context.storage_state()
    await context.close()
    return state


@pytest_asyncio.fixture(loop_scope="module")
async def page(city: City, chromium: Browser, session: StorageState) -> AsyncIterator[Page]:
    """Open the board; nothing may be said on the browser's console, and no asset may be missing."""
    context = await chromium.new_context(
        base_url=city.laptop.url("console"),
        storage_state=session,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1280, "height": 900},
    )
    context.set_default_timeout(15_000)
    page = await context.new_page()
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # An answer of 404 or 503 is some tests' intention; a missing asset is heard below.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            said.append(message.text)

    def hear_answer(answer: Response) -> None:
        if "/static/" in answer.url and answer.status >= 400:
            said.append(answer.url)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", hear_answer)
    await page.goto("/")
    yield page
    await context.close()
    assert said == []
