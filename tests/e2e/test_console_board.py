"""The board in a browser, over real services: it moves by itself, and each figure leads to its cases."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.city import City

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIVE = "实时更新中"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(city: City) -> Any:
    """Return a closed case with an overlap, a gap and a pause."""
    return await city.whole_case()


async def open_cases(page: Page) -> int:
    """Return the number of open cases on the board."""
    return int((await page.locator(".band dd").first.inner_text()).replace(",", ""))


async def test_the_board_moves_by_itself_and_its_chart_with_it(page: Page, city: City, closed: Any) -> None:
    await expect(page.locator("#connection")).to_have_text(LIVE)
    await expect(page.locator("#m-2022-10 td").first).to_have_text("1")
    before = await open_cases(page)
    await page.evaluate("window.stayed = true")
    case = await city.submit("2022-10-18 09:00")
    await expect(page.locator(".band dd").first).to_have_text(str(before + 1))
    case = await city.move(case, "2022-10-18 09:30", "stages/SURVEY_DESIGN/start")
    case = await city.move(case, "2022-10-18 10:00", "lengths", {"kind": "DESIGNED", "length_m": "12.0"})
    await city.move(case, "2022-10-18 15:00", "stages/SURVEY_DESIGN/completion")
    await expect(page.locator("#s-SURVEY_DESIGN-WATER td").nth(1)).to_have_text("2")
    assert await page.evaluate("window.stayed")

    await page.locator("#chart").scroll_into_view_if_needed()
    await expect(page.locator("#chart canvas")).to_be_visible()
    drawn = """echarts.getInstanceByDom(document.getElementById("chart")).getOption().series
        .find((each) => each.name === "供水 90分位数").data[1]"""
    shown = await page.locator("#s-SURVEY_DESIGN-WATER td").last.inner_text()
    await page.wait_for_function(f"{drawn} === {shown}")


async def test_a_lost_connection_is_said_and_made_good(page: Page, city: City) -> None:
    await expect(page.locator("#connection")).to_have_text(LIVE)
    before = await open_cases(page)
    await page.evaluate("window.stayed = true")
    await city.stop_metrics()
    await expect(page.locator("#connection")).to_contain_text("暂时无法更新", timeout=15_000)
    await city.submit("2022-10-19 09:00")
    await city.start_metrics()
    await expect(page.locator("#connection")).to_have_text(LIVE, timeout=30_000)
    await expect(page.locator(".band dd").first).to_have_text(str(before + 1))
    assert await page.evaluate("window.stayed")


async def test_the_period_narrows_what_has_ended(page: Page, closed: Any) -> None:
    await page.goto("/")
    await expect(page.locator("#m-2022-10")).to_be_visible()
    await page.get_by_label("办结统计区间").select_option("last-year")
    await page.get_by_role("button", name="更新").click()
    await expect(page).to_have_url(re.compile(r"/\?period=last-year$"))
    await expect(page.locator("#m-2022-10")).to_have_count(0)


async def test_a_figure_leads_to_its_cases_and_a_case_to_its_events(page: Page, city: City) -> None:
    case = await city.submit("2022-10-18 11:00", district="371522", utility="G-371522", supply="GAS")
    await expect(page.locator("#u-G-371522")).to_be_visible()
    await page.locator("#u-G-371522 a").first.click()
    await page.get_by_role("heading", name="在办", exact=True).wait_for()
    await expect(page.locator("#total")).to_have_text("1")
    await expect(page.locator(".state")).to_contain_text("莘县")
    await page.get_by_role("link", name=case["number"]).click()
    await page.get_by_role("link", name="办理记录").click()
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(4)
    await expect(rows.first).to_contain_text("2022-10-18 11:00")
    await expect(rows.first).to_contain_text("申报长度 120.0 米")
    await expect(rows.last).to_contain_text(
        re.compile("受理.*应办结 2022-.* 17:30（规定时限，规则版本 2022-49）")
    )
    await expect(page.get_by_text("已不保存")).to_have_count(0)


FIGURES = """() => [...document.querySelectorAll("#figures td.n, #figures .band dd:not(.sub)")].map((each) => ({
    text: each.textContent.trim(), link: each.querySelector("a")?.getAttribute("href") }))"""
LINKS = """() => [...document.querySelectorAll("#figures a[href^='/figures/cases']")].map(
    (each) => [each.textContent.trim(), each.getAttribute("href")])"""
UNDEFINED = """() => [...document.querySelectorAll(`#figures .band dt, #figures .acts tbody th,
    #figures table:not(.heat, .acts) thead th.n`)]
    .filter((each) => !each.querySelector("a[href^='/definitions#']")).map((each) => each.innerText)"""
DEFINED = """() => [...new Set([...document.querySelectorAll("a[href^='/definitions#']")].map(
    (each) => each.getAttribute("href").split("#")[1]))]"""


async def test_each_figure_of_the_board_is_the_number_of_its_cases(
    page: Page, city: City, closed: Any
) -> None:
    await city.short_case("2022-10-19")
    await city.submit("2022-10-19 17:00", district="371525", utility="W-371525")
    city.at("2022-11-01 09:00")
    await expect(page.locator("#m-2022-10 td").first).to_have_text("2")
    checked, differing = await links_and_their_cases(page)
    assert differing == []
    assert checked >= {
        *("open", "overdue", "closed", "cases.limit", "limit_on_time", "overlap_saved_minutes"),
        *("gap_cases", "stages"),
    }


async def links_and_their_cases(page: Page) -> tuple[set[str], list[str]]:
    """Follow each link of a board that nothing moves meanwhile; return the measures, and the links that differ."""
    while True:
        await page.goto("/")
        reach = await page.locator(".reach").inner_text()
        for each in await page.evaluate(FIGURES):
            assert each["link"] or each["text"] in ("0", "0.0", "—"), each
        checked, differing = set(), []
        for text, href in await page.evaluate(LINKS):
            answer = await (await page.request.get(href)).text()
            query = parse_qs(urlsplit(href).query)
            checked.add(query["code"][0])
            if not is_said(text, query, answer):
                differing.append(f"{text}: {href}")
        await page.goto("/")
        if await page.locator(".reach").inner_text() == reach:
            return checked, differing


def is_said(text: str, query: dict[str, list[str]], answer: str) -> bool:
    """Whether the cases behind a figure add up to it; of a quantile, whether its case is marked."""
    said = {
        name: found[1]
        for name in ("total", "rate", "saved")
        if (found := re.search(rf'<b id="{name}">([^<]*)</b>', answer))
    }
    if "quantile" in query:
        name = {"elapsed_p50": "中位数", "elapsed_p90": "90分位数"}[query["quantile"][0]]
        return f'<span class="tag">{name}</span>' in answer
    if query["code"][0] == "overlap_saved_minutes":
        return text == said["saved"]
    return text == said["rate" if text.endswith("%") else "total"]


async def test_each_figure_of_the_board_has_its_definition(page: Page, closed: Any) -> None:
    await page.goto("/")
    assert await page.evaluate(UNDEFINED) == []
    used = await page.evaluate(DEFINED)
    assert len(used) > 10
    await page.locator("dt a", has_text="已超时").click()
    await page.get_by_role("heading", name="指标口径").wait_for()
    await expect(page.locator("tr:target")).to_contain_text("应办结时间（末日营业结束）已过的在办件")
    await expect(page.get_by_text("考核口径 自然日（末日遇休息日顺延）")).to_be_visible()
    for code in used:
        assert await page.locator(f'[id="{code}"]').count() == 1, code


async def test_two_open_boards_say_the_same_after_a_burst(page: Page, city: City) -> None:
    other = await page.context.new_page()
    await other.goto("/?period=all")
    for each in (page, other):
        await expect(each.locator("#connection")).to_have_text(LIVE)
    before = await open_cases(page)
    city.at("2022-10-21 09:00")
    cases = [await city.submit("2022-10-21 09:00") for _ in range(20)]
    await asyncio.gather(
        *(city.move(each, "2022-10-21 09:00", "stages/SURVEY_DESIGN/start") for each in cases)
    )
    for each in (page, other):
        await expect(each.locator(".band dd").first).to_have_text(str(before + 20))
        await expect(each.locator("#a-SURVEY_DESIGN td").first).to_have_text(re.compile(r"^2\d$"))
    fresh = await page.context.new_page()
    await fresh.goto("/")
    expected = await fresh.locator("#figures").inner_text()
    for each in (page, other):
        await expect(each.locator("#figures")).to_have_text(expected, use_inner_text=True)
    await fresh.close()
    await other.close()
