"""The console looks ahead and back: chances of running cases, and past cases under other rules."""

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from libs.common.changes import Addition
from services.hookup.storage.cases import CASES
from tests.e2e.acting import follow, tab_to
from tests.e2e.city import City, faults, take_picture
from tests.services.hookup.past import closed_case
from tests.support.hookup import RULES

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(city: City) -> Any:
    """Return a running case of 42 m, beside one whose length is not known; forty like it closed in May."""
    async with city.laptop.services["hookup"].database.unit_of_work(city.clock.now()) as work:
        past = [closed_case(works_days=4 if n % 4 else 9) for n in range(40)]
        await CASES.add(work, (Addition(each, RULES) for each in past))
    case = await city.submit("2022-10-17 09:00", declared_length_m="42.0")
    await city.submit("2022-10-17 09:05", declared_length_m=None)
    return case


async def test_running_cases_are_shown_with_their_chances(page: Page, city: City, running: Any) -> None:
    city.at("2022-10-17 10:00")
    await follow(page, "按时预测", "报装")
    await page.get_by_role("heading", name="按时预测").wait_for()
    row = page.get_by_role("row", name=running["number"])
    # Thirty of forty would make it: (30 + 1) of (40 + 2).
    await expect(row).to_contain_text("74%")
    await expect(row).to_contain_text("本单位同类件40件")
    await expect(row.locator("svg.bar .fill")).to_have_attribute("width", "74")
    await expect(page.get_by_role("row", name="长度待定")).to_contain_text("外线长度待定，时限未定")
    assert await faults(page) == []
    await take_picture(page, "forecast")

    await page.get_by_label("外线长度").select_option("200米以内")
    await tab_to(page, page.get_by_role("button", name="查询"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("没有符合条件的在办件")).to_be_visible()
    await page.get_by_role("link", name="清除").click()
    city.at("2022-10-24 17:31")
    # What is overdue is no forecast any more, but stands among all that run.
    await page.reload()
    await expect(row).to_have_count(0)
    await page.get_by_role("link", name="全部在办件").click()
    await expect(row).to_contain_text("已超时")
    assert await faults(page) == []
    city.at("2022-10-17 10:00")
    await row.get_by_role("link").click()
    await page.get_by_role("heading", name=running["number"]).wait_for()
    limits = page.locator("section").filter(has=page.get_by_role("heading", name="时限"))
    await expect(limits).to_contain_text("按时可能性：74%（本单位同类件40件，在同一环节停留不短于此件）")
    assert await faults(page) == []


async def test_water_connections_are_counted_as_b_ready_does(page: Page, running: Any) -> None:
    await follow(page, "获得用水", "报装")
    await page.get_by_role("heading", name="获得用水用时").wait_for()
    assert await faults(page) == []
    first, last = page.get_by_label("申请月份（如 2022-09），从"), page.get_by_label("到", exact=True)
    await first.fill("2022-5")
    await last.fill("2022-05")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.locator("#e-first_month")).to_contain_text("月份应为“年-月”")
    assert await faults(page) == []
    await first.fill("2022-05")
    await page.keyboard.press("Enter")
    # Thirty connections took 6 days and ten took 11 as the calendar counts them: 7.25 on average.
    total = page.get_by_role("region", name="各单位用时").get_by_role("row", name="合计")
    await expect(total.locator("td")).to_have_text(["40", "0", "7.3", "6.0"])
    assert await faults(page) == []
    await take_picture(page, "b-ready")
    async with page.expect_download() as found:
        await page.get_by_role("link", name="下载逐件用时").click()
    download = await found.value
    assert download.suggested_filename == "获得用水用时-2022-05.csv"
    assert len((await download.path()).read_text().splitlines()) == 41


async def test_past_cases_are_judged_by_other_rules(page: Page, running: Any) -> None:
    await follow(page, "规则推演", "规则")
    await page.get_by_role("heading", name="规则推演").wait_for()
    assert await faults(page) == []
    first, last = page.get_by_label("办结月份（如 2022-09），从"), page.get_by_label("到", exact=True)
    await first.fill("六月")
    await last.fill("2022-05")
    compare = page.get_by_role("button", name="推演")
    await tab_to(page, compare)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.locator("#e-first_month")).to_contain_text("月份应为“年-月”")
    await expect(first).to_have_value("六月")
    await expect(first).to_have_attribute("aria-describedby", "e-first_month")
    await first.fill("2022-06")
    await compare.click()
    await expect(page.locator("#e-last_month")).to_contain_text("起止月份应先后相接")
    await expect(last).to_have_attribute("aria-describedby", "e-last_month")
    assert await faults(page) == []

    await first.fill("2022-05")
    await tab_to(page, page.get_by_label("天的读法"))
    await page.get_by_label("天的读法").select_option("自然日（不顺延）")
    await tab_to(page, page.get_by_label("签订合同"))
    await page.keyboard.press("Space")
    await page.keyboard.press("Space")
    await tab_to(page, compare)
    await page.keyboard.press("Enter")
    # What was asked for stays in the form; who works by keyboard goes on from the answer.
    await expect(page.get_by_role("heading", name="各单位差异")).to_be_focused()
    await expect(page.get_by_label("天的读法")).to_have_value("calendar_strict")
    await expect(page.get_by_role("status")).to_contain_text("30 件由按时变为超时")
    table = page.get_by_role("region", name="各单位差异")
    await expect(table.get_by_role("row", name="东昌府区供水专营单位")).to_contain_text("75.00%")
    await expect(page.get_by_role("region", name="结论改变的件").locator("tbody tr")).to_have_count(30)
    assert await faults(page) == []
    await take_picture(page, "what-if")

    await page.get_by_label("外线施工").check()
    await compare.click()
    await expect(page.get_by_role("status")).to_contain_text("10 件由超时变为按时")
    await expect(page.get_by_label("外线施工")).to_be_checked()


@pytest.mark.parametrize("path", ["/forecast", "/what-if", "/b-ready"])
async def test_the_pages_go_onto_paper(page: Page, running: Any, path: str) -> None:
    await page.goto(path)
    await page.set_viewport_size({"width": 1047, "height": 720})
    await page.emulate_media(media="print")
    assert not await page.locator(".filters, .upload").is_visible()
    cut = """(width) => [...document.querySelectorAll("main *")].filter((each) =>
        each.getBoundingClientRect().right > width + 1).map((each) => each.outerHTML.slice(0, 120))"""
    assert await page.evaluate(cut, 1047) == []
