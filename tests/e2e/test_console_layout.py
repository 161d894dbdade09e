"""A utility imports a ledger in its own words: proposed, corrected, saved, and remembered."""

from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, StorageState, expect

from tests.e2e.acting import tab_to
from tests.e2e.city import City, faults, take_picture
from tests.e2e.conftest import sign_in
from tests.libs.workbooks.event_logs.logs import LOG
from tests.libs.workbooks.event_logs.logs import file as log_file
from tests.services.hookup.ledger.test_own_layout import HEADINGS, own_book

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE = "报装全流程台账（Excel 或 CSV 文件）"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(city: City, chromium: Browser) -> StorageState:
    """Sign in once as a utility's clerk."""
    return await sign_in(city, chromium, "东昌府区供水窗口")


async def choose(page: Page, file: Path) -> None:
    """Choose a file and have its columns looked at."""
    await page.goto("/imports")
    await page.get_by_label(FILE).set_input_files(file)
    await page.get_by_role("button", name="核对列名和取值").click()
    await page.get_by_role("heading", name="列名和取值的对应").wait_for()


async def test_a_ledger_in_own_words_is_mapped_once_and_remembered(
    page: Page, city: City, tmp_path: Path
) -> None:
    file = tmp_path / "own.xlsx"
    file.write_bytes(own_book()[1])
    city.at("2023-01-05 09:00")
    await choose(page, file)
    await expect(page.get_by_text("还没有对应的必需字段")).to_be_visible()
    assert await page.get_by_text("某某户主").count() == 0

    save = page.get_by_role("button", name="保存并导入")
    await save.click()
    await expect(page.get_by_role("alert")).to_contain_text("没有保存")
    for field, written in HEADINGS.items():
        await page.get_by_label(written, exact=True).select_option(field)
    await page.get_by_label("户主", exact=True).select_option("受理编号")
    await save.click()
    beside = page.locator(".mapped", has=page.get_by_label("户主", exact=True))
    await expect(beside.locator(".fault")).to_contain_text("“受理编号”已对应到“流水”")
    assert await faults(page) == []
    await take_picture(page, "layout")

    await page.get_by_label("户主", exact=True).select_option("用户名称")
    await page.get_by_role("button", name="再次核对").click()
    # What was pressed is gone; who works by keyboard goes on from the table's beginning.
    await expect(page.get_by_role("heading", name="列名和取值的对应")).to_be_focused()
    await tab_to(page, page.get_by_label("“大户”即"))
    await page.get_by_label("“大户”即").select_option("企业用户")
    await page.get_by_label("“手机”即").select_option("爱山东APP")
    await tab_to(page, save)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/imports/*-*")
    await expect(page.get_by_role("status")).to_contain_text("已完成", timeout=30_000)
    await expect(page.locator(".band div", has_text="已导入").locator("dd")).to_have_text("3")

    await choose(page, file)
    await expect(page.get_by_text("第 1 版")).to_be_visible()
    await expect(page.get_by_label("“大户”即")).to_have_value("ENT")
    assert await faults(page) == []


async def test_a_layout_is_offered_to_utilities_only(city: City, chromium: Browser) -> None:
    state = await sign_in(city, chromium, "市局督导")
    context = await chromium.new_context(base_url=city.laptop.url("console"), storage_state=state)
    page = await context.new_page()
    await page.goto("/imports")
    await expect(page.get_by_role("button", name="上传并检查")).to_be_visible()
    await expect(page.get_by_role("button", name="核对列名和取值")).to_have_count(0)
    await context.close()


async def test_a_log_is_reported_and_its_activities_are_mapped(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_bytes(log_file(LOG))
    await page.goto("/imports")
    await page.get_by_role("link", name="用时统计").click()
    await page.get_by_label("日志，一行一个环节事件").set_input_files(file)
    await page.get_by_role("button", name="计算用时").click()
    await expect(page.get_by_role("status")).to_contain_text(f"{len(LOG):,} 个事件")
    await expect(page.get_by_text("未对应到环节的活动：6")).to_be_visible()
    assert await faults(page) == []
    await take_picture(page, "log")

    again = page.get_by_role("button", name="重新计算")
    await page.get_by_label("勘查", exact=True).select_option("勘查设计")
    await page.get_by_label("完成时间", exact=True).select_option("没有这一列")
    await again.click()
    await expect(page.get_by_role("alert")).to_contain_text("没有计算")
    await expect(page.locator("#e-end")).to_contain_text("必填")
    assert await faults(page) == []
    await page.get_by_label("完成时间", exact=True).select_option("完成时刻")
    await tab_to(page, again)
    await page.keyboard.press("Enter")
    stages = page.get_by_role("region", name="各环节用时")
    await expect(stages.locator("tbody th")).to_have_text(["勘查设计"])
