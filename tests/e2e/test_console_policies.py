"""Two people of the city bring a version of a policy into force and settle a year, by keyboard."""

import pytest
from playwright.async_api import Browser, Page, expect

from libs.common.changes import Addition
from services.hookup.storage.cases import CASES
from tests.e2e.acting import follow, page_of, tab_to
from tests.e2e.city import City, faults, take_picture
from tests.services.hookup.past import closed_case
from tests.support.hookup import RULES

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEAD = "市局审核"


async def test_a_version_is_drafted_by_one_and_approved_by_another(
    page: Page, city: City, chromium: Browser
) -> None:
    async with city.laptop.services["hookup"].database.unit_of_work(city.clock.now()) as work:
        past = [closed_case(works_days=days) for days in (1, 4, 4, 9)]
        await CASES.add(work, (Addition(each, RULES) for each in past))
    await follow(page, "规则版本", "规则")
    await page.get_by_role("heading", name="规则版本", exact=True).wait_for()
    assert await faults(page) == []
    await take_picture(page, "policies")
    section = page.locator("section").filter(has=page.get_by_role("heading", name="报装时限规则"))
    await tab_to(page, section.get_by_role("link", name="起草新版本"))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="起草报装时限规则").wait_for()
    assert await faults(page) == []
    await take_picture(page, "policy-new")
    for label, text in (
        ("版本号", "2022-99"),
        ("依据文件", "聊城管字〔2022〕99号"),
        ("生效日", "2022-11-01"),
        ("时限（天） · 供水 · 50米以内", "0"),
    ):
        await page.get_by_label(label, exact=True).fill(text)
    await tab_to(page, page.get_by_role("button", name="提交草案"))
    await page.keyboard.press("Enter")
    days = page.get_by_label("时限（天） · 供水 · 50米以内", exact=True)
    await expect(days).to_be_focused()
    await expect(page.get_by_role("alert")).to_contain_text("有 1 处需要改正")
    assert await faults(page) == []
    await days.fill("4")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="报装时限规则 2022-99").wait_for()
    row = page.get_by_role("row", name="时限（天） · 供水 · 50米以内")
    await expect(row.locator("td")).to_have_text(["5", "4"])
    await expect(page.get_by_role("button", name="批准")).to_have_count(0)
    assert await faults(page) == []
    address = page.url

    async with page_of(city, chromium, HEAD) as other:
        await other.goto(address)
        await other.get_by_label("办结月份（如 2022-09），从").fill("2022-05")
        await other.get_by_label("到", exact=True).fill("2022-05")
        await other.keyboard.press("Enter")
        await expect(other.get_by_role("status")).to_contain_text("2 件由按时变为超时")
        assert await faults(other) == []
        await take_picture(other, "policy-draft")
        await tab_to(other, other.get_by_role("button", name="批准"))
        await other.keyboard.press("Enter")
        await expect(other.get_by_role("status")).to_have_text("已办理：批准")
        await other.get_by_role("link", name="2022-99").click()
        await other.get_by_role("heading", name="与上一版本 2022-49 的差异").wait_for()
        assert await faults(other) == []


async def test_a_year_is_settled_by_its_notice(page: Page, city: City, chromium: Browser) -> None:
    await follow(page, "工作日历", "规则")
    await page.get_by_role("heading", name="工作日历").wait_for()
    await expect(page.get_by_text("2004—2026 年")).to_be_visible()
    assert await faults(page) == []
    await take_picture(page, "calendar")
    form = page.get_by_role("form", name="提交年度通知")
    await form.get_by_label("年份").fill("2027")
    await form.get_by_label("依据文件").fill("国办发明电〔2026〕8号")
    spring = form.get_by_role("group", name="春节")
    await spring.get_by_label("放假自").fill("2027-02-05")
    await spring.get_by_label("至", exact=True).fill("2027-02-11")
    await spring.get_by_label("调休上班日").fill("2027-02-14 2027-02-20")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("已办理：提交年度通知")
    await expect(page.get_by_text("由您提出，须由另一位市级管理员批准")).to_be_visible()
    assert await faults(page) == []
    async with page_of(city, chromium, HEAD) as other:
        await other.goto("/calendar")
        await tab_to(other, other.get_by_role("button", name="批准"))
        await other.keyboard.press("Enter")
        await expect(other.get_by_text("2004—2027 年")).to_be_visible()
        assert await faults(other) == []
