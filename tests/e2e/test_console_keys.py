"""Single keys lead through the console, and can be turned off for good."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, StorageState, expect

from tests.e2e.city import City
from tests.e2e.conftest import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(city: City, chromium: Browser) -> StorageState:
    """Sign in once as a supervisor of the city."""
    return await sign_in(city, chromium, "市局督导")


async def test_single_keys_are_turned_off_and_on(page: Page) -> None:
    search = page.get_by_role("searchbox", name="搜索编号、用户编号、单位、区划")
    switch = page.get_by_role("button", name="单键快捷键")
    await page.goto("/fees")
    await page.keyboard.press("/")
    await expect(search).to_be_focused()
    await switch.click()
    await expect(switch).to_have_attribute("aria-pressed", "false")
    await page.goto("/materials")
    await page.keyboard.press("/")
    await expect(search).not_to_be_focused()
    await switch.click()
    await page.locator("h1").click()
    await page.keyboard.press("/")
    await expect(search).to_be_focused()


async def test_escape_closes_a_menu_and_gives_the_focus_back(page: Page) -> None:
    await page.goto("/fees")
    menu = page.locator("details[name=menu] summary").first
    await menu.click()
    await page.keyboard.press("Escape")
    await expect(page.locator("details[name=menu][open]")).to_have_count(0)
    await expect(menu).to_be_focused()
