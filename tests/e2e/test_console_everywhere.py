"""Every page of the navigation, as each kind of user: accessible, and no wider than its window."""

from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.e2e.acting import page_of
from tests.e2e.city import City, faults, fits
from tests.support.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

WIDTHS = (1280, 390)
PEOPLE = {
    "市局督导": "实时看板",
    "市局审核": "实时看板",
    "东昌府区主管部门": "实时看板",
    "东昌府区办事大厅": "实时看板",
    "东昌府区供水窗口": "实时看板",
    "东昌府区供水审批": "实时看板",
    "东昌府区供水帮办": "实时看板",
    "东昌府区市政审批": "审批事项",
    "用户C-000318": "我的办件",
}
# Pages that no menu leads to.
MORE = {
    "东昌府区供水窗口": ("/cases/new", "/search?q=供水", "/forecast/all", "/work?whose=applicant"),
    "东昌府区办事大厅": ("/joint-applications/new?district=371502", "/search?q=没有"),
}
# The names of tables that are wider than the place they have.
CUT = """[...document.querySelectorAll(".scroll")]
    .filter((region) => region.scrollWidth > region.clientWidth + 1)
    .map((region) => region.ariaLabel || region.getAttribute("aria-labelledby"))"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cases(city: City) -> Any:
    """Return a closed case; others run, and one is overdue."""
    closed = await city.whole_case()
    await city.submit("2022-10-18 09:00")
    city.at("2022-11-20 09:00")
    return closed


@pytest.mark.parametrize("name", PEOPLE)
async def test_every_page_of_a_user_is_accessible_and_fits(
    city: City, chromium: Browser, cases: Any, name: str
) -> None:
    wrong: list[str] = []
    async with page_of(city, chromium, name, begins_at=PEOPLE[name]) as page:
        paths = await _navigation(page)
        assert paths, await page.content()
        own = [] if name.endswith("市政审批") else [f"/cases/{cases['id']}", f"/cases/{cases['id']}/events"]
        for path in (*paths, *MORE.get(name, ()), *(own if name != "用户C-000318" else [])):
            wrong += [f"{path}: {fault}" for fault in await _faults(page, path)]
    assert wrong == []


async def test_pages_are_light(city: City, chromium: Browser, cases: Any) -> None:
    async with page_of(city, chromium, "市局督导", begins_at="实时看板") as page:
        paths = await _navigation(page)
        network = await page.context.new_cdp_session(page)
        transferred: list[float] = []
        network.on("Network.loadingFinished", lambda event: transferred.append(event["encodedDataLength"]))
        await network.send("Network.enable")
        await network.send("Network.clearBrowserCache")
        too_heavy = {}
        # The board with an empty cache, then every page with what it has in common with the others in the cache.
        for path, most_bytes in (("/", 250_000), *((path, 60_000) for path in paths if path != "/")):
            transferred.clear()
            await page.goto(path, wait_until="load")
            assert transferred
            if (weight := sum(transferred)) >= most_bytes:
                too_heavy[path] = weight
    assert too_heavy == {}


async def _navigation(page: Page) -> list[str]:
    await page.goto("/search")
    links = await page.locator("nav[aria-label=主导航] a").all()
    return [await link.get_attribute("href") or "" for link in links]


async def _faults(page: Page, path: str) -> list[str]:
    answer = await page.goto(path)
    assert answer is not None
    found = [] if answer.status == 200 else [f"status {answer.status}"]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        await until(f"{path} fits into {width} pixels", partial(fits, page, width))
        found += [f"{width}: {fault}" for fault in await faults(page)]
        if width == max(WIDTHS):
            found += [f"{width}: columns are cut in “{name}”" for name in await page.evaluate(CUT)]
    return found
