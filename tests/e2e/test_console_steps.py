"""A form in parts: the first unfinished one is open, a finished one closes with what was entered."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, StorageState, expect

from tests.e2e.acting import CLERK
from tests.e2e.city import City, faults, take_picture
from tests.e2e.conftest import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARTS = ["受理", "用户", "地点", "核对"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(city: City, chromium: Browser) -> StorageState:
    """Sign in once as a utility's clerk."""
    return await sign_in(city, chromium, CLERK)


def form_of(page: Page) -> Locator:
    return page.get_by_role("form", name="提交申请")


def parts_of(page: Page) -> Locator:
    return form_of(page).locator("details")


async def are_open(page: Page, *titles: str) -> None:
    """Wait until these parts are open and no other."""
    for title in PARTS:
        part = parts_of(page).filter(has=page.locator("summary", has_text=title))
        await expect(part).to_have_js_property("open", title in titles)


async def test_parts_are_filled_in_one_after_another(page: Page, city: City) -> None:
    city.at("2022-10-10 09:00")
    await page.goto("/cases/new")
    # What the sign-in says is finished.
    await are_open(page, "用户")
    await expect(parts_of(page).first.locator("summary")).to_have_text("受理：东昌府区供水专营单位，办事大厅")
    await form_of(page).get_by_label("用户编号").fill("C-9")
    await are_open(page, "用户")
    await form_of(page).get_by_label("用户类别").select_option("企业用户")
    await are_open(page, "用户", "地点")
    await form_of(page).get_by_label("用户地块所在街道、镇").fill("nowhere")
    await are_open(page, "地点")
    await expect(parts_of(page).nth(1).locator("summary")).to_have_text("用户：C-9，企业用户")
    assert await faults(page) == []
    await form_of(page).get_by_label("用户编号").locator("xpath=ancestor::details/summary").click()
    await form_of(page).get_by_label("用户编号").fill("")
    # What the browser misses is seen.
    await page.get_by_role("button", name="提交申请").click()
    await expect(form_of(page).get_by_label("用户编号")).to_be_focused()
    await form_of(page).get_by_label("用户编号").fill("C-9")
    await page.get_by_role("button", name="提交申请").click()
    # What was refused is open.
    await expect(form_of(page).get_by_label("用户地块所在街道、镇")).to_be_focused()
    await expect(page.locator("#e-submitHookup-site_division")).to_be_visible()
    await expect(form_of(page).get_by_label("用户编号")).to_be_hidden()
    await take_picture(page, "steps")


async def test_without_scripts_all_parts_are_open(
    city: City, chromium: Browser, session: StorageState
) -> None:
    context = await chromium.new_context(
        base_url=city.laptop.url("console"), storage_state=session, java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto("/cases/new")
    for label in ("渠道", "用户编号", "用户地块所在街道、镇", "已核对，不是重复申请"):
        await expect(form_of(page).get_by_label(label)).to_be_visible()
    await context.close()
