"""The console for whoever comes to it: by keyboard alone, on paper, and with fifty thousand cases."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from sqlalchemy import func, insert, select

from libs.common.encryption.records import row_of, select_records, stored, text_of
from services.hookup.storage.cases import CASES
from tests.e2e.acting import follow, tab_to
from tests.e2e.city import City, take_picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A4 landscape within its margins, in CSS pixels.
PAPER_WIDTH = 1047
MANY = 50_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(city: City) -> Any:
    """Return a closed case, beside an open one."""
    case = await city.whole_case()
    await city.submit("2022-10-18 09:00")
    return case


async def test_from_the_board_to_an_event_by_keyboard_alone(page: Page, closed: Any) -> None:
    await expect(page.locator("#m-2022-10 td").first).to_have_text("1")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await tab_to(page, page.locator("#m-2022-10 a").first)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="办结", exact=True).wait_for()
    await tab_to(page, page.get_by_role("link", name=closed["number"]))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name=closed["number"]).wait_for()
    await tab_to(page, page.get_by_role("link", name="办理记录"))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="办理记录").wait_for()
    # What scrolls sideways is a stop too, so that arrows can move it.
    await tab_to(page, page.get_by_role("region", name="办理记录"))
    await page.keyboard.press("ArrowRight")


async def test_a_case_is_found_by_its_number_by_keyboard_alone(page: Page, closed: Any) -> None:
    await follow(page, "报装件")
    await page.get_by_role("heading", name="报装件", exact=True).wait_for()
    await tab_to(page, page.locator("summary", has_text="筛选"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("业务"))
    await page.keyboard.press("ArrowDown")
    await tab_to(page, page.get_by_label("受理编号（全部或一部分）"))
    await page.keyboard.type("no-such-number")
    # Escape empties a search field.
    await page.keyboard.press("Escape")
    await page.keyboard.type(closed["number"].lower())
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("supply=WATER.*number=w-371502"))
    await expect(page.locator("table.cases tbody th")).to_have_text([closed["number"]])


async def test_the_import_form_and_signing_out_are_in_reach(page: Page, closed: Any) -> None:
    await page.goto("/imports")
    await tab_to(page, page.get_by_role("button", name="退出"))
    await tab_to(page, page.locator("#file"))
    radio = page.get_by_label("全部合格才导入")
    await tab_to(page, radio)
    await page.keyboard.press("ArrowDown")
    await expect(radio).not_to_be_checked()
    await tab_to(page, page.get_by_role("button", name="上传并检查"))


@pytest.mark.parametrize(
    ("name", "path", "sheets"),
    [
        ("board", "/", 5),
        ("cases", "/cases", 1),
        ("case", "/cases/{id}", 4),
        ("events", "/cases/{id}/events", 3),
        ("behind", "/figures/cases?code=closed", 1),
        ("definitions", "/definitions", 5),
        ("imports", "/imports", 1),
    ],
)
async def test_a_page_goes_onto_paper_whole(
    page: Page, closed: Any, name: str, path: str, sheets: int
) -> None:
    await page.goto(path.format(**closed))
    if name == "board":
        # The chart comes when it is looked at.
        await page.locator("#chart").scroll_into_view_if_needed()
        await expect(page.locator("#chart canvas")).to_be_visible()
    printed = await page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= sheets
    await page.set_viewport_size({"width": PAPER_WIDTH, "height": 720})
    await page.emulate_media(media="print")
    cut = """(width) => [...document.querySelectorAll("main *")].filter((each) =>
        each.getBoundingClientRect().right > width + 1).map((each) => each.outerHTML.slice(0, 120))"""
    assert await page.evaluate(cut, PAPER_WIDTH) == []
    for gone in (".top nav", ".find", ".filters", ".upload", "#connection"):
        assert not await page.locator(gone).is_visible()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def many(city: City, closed: Any) -> int:
    """Put fifty thousand copies of a case beside it, a minute apart; return the number of all cases."""
    database = city.laptop.services["hookup"].database
    cases = CASES.table
    async with database.unit_of_work(city.clock.now()) as work:
        others = [column for column in cases.c if column is not cases.c.record]
        statement = select_records(cases, *others).where(cases.c.number == closed["number"])
        row = dict((await work.connection.execute(statement)).mappings().one())
        record = json.loads(text_of(cases, row, database.records))
        copies = []
        for number in range(1, MANY + 1):
            own = {"id": str(UUID(int=number)), "number": f"COPY-{number}"}
            sealed = stored(cases, row_of(cases, own), record | own, database.records)
            submitted = row["submitted_at"] - timedelta(minutes=number)
            copies.append(row | own | {"submitted_at": submitted, "record": sealed})
        await work.connection.execute(insert(cases), copies)
        return int((await work.connection.execute(select(func.count()).select_from(cases))).scalar_one())


async def test_who_comes_back_to_a_list_goes_on_where_they_left_it(page: Page, many: int) -> None:
    links = page.locator("table.cases tbody th a")
    for path in ("/cases", "/cases?district=371502&order=number"):
        await page.goto(path)
        await page.get_by_role("link", name="加载更多").click()
        await expect(links).to_have_count(100)
        left = links.nth(90)
        number = await left.text_content()
        await left.focus()
        top = await page.evaluate("scrollY")
        assert top > 0
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/cases/*-*")
        await page.go_back()
        await expect(links).to_have_count(100)
        await expect(left).to_be_focused()
        assert (await left.text_content(), await page.evaluate("scrollY")) == (number, top)
    # Who comes by a link begins at the top.
    await page.goto("/cases")
    await expect(links).to_have_count(50)
    assert await page.evaluate("scrollY") == 0


async def test_fifty_thousand_cases_come_a_page_at_a_time(page: Page, many: int) -> None:
    assert many > MANY
    await page.goto("/cases?state=CLOSED")
    rows = page.locator("table.cases tbody th")
    await expect(rows).to_have_count(50)
    for pages in range(2, 11):
        await page.get_by_role("link", name="加载更多").click()
        await expect(rows).to_have_count(50 * pages)
        # The link is gone; whoever works by keyboard goes on at the first of the new rows.
        await expect(rows.nth(50 * (pages - 1)).locator("a")).to_be_focused()
    assert len(set(await rows.all_inner_texts())) == 500
    # The page does not grow without end: what follows is a fresh one.
    await page.get_by_role("link", name="下一页").click()
    await expect(rows).to_have_count(50)
    await expect(rows.first).to_have_text("COPY-500")
    await take_picture(page, "many")
