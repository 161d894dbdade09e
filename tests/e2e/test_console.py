"""The console in a browser, over real services: what officials see, by mouse and by keyboard."""

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.city import City, faults, take_picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIVE = "实时更新中"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(city: City) -> Any:
    """Return a closed case with an overlap, a gap and a pause."""
    return await city.whole_case()


async def test_the_list_is_filtered_and_continued_by_keyboard_alone(page: Page, city: City) -> None:
    for minute in range(52):
        await city.submit(f"2022-10-20 09:{minute:02d}", district="371581", utility="H-371581", supply="HEAT")
    await page.goto("/cases")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    await page.locator("summary", has_text="筛选").focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("业务").focus()
    await page.keyboard.press("End")
    await page.get_by_role("button", name="查询").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**supply=HEAT**")
    rows = page.locator("table.cases tbody th")
    await expect(rows).to_have_count(50)
    await page.get_by_role("link", name="加载更多").focus()
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(52)
    await expect(page.get_by_role("link", name="加载更多")).to_have_count(0)
    assert len(set(await rows.all_inner_texts())) == 52


async def test_an_overdue_case_is_marked_by_a_word(page: Page, city: City) -> None:
    case = await city.submit("2022-10-10 09:00", district="371526", utility="W-371526")
    city.at("2022-11-20 09:00")
    await page.goto("/cases?overdue=true&utility=W-371526")
    row = page.locator("tr.is-late")
    await expect(row).to_contain_text(case["number"])
    await expect(row).to_contain_text("已超时")


async def test_a_case_shows_where_its_time_went(page: Page, closed: Any) -> None:
    await page.goto(f"/cases/{closed['id']}")
    drawing = page.get_by_role("img", name=f"{closed['number']}的时间线")
    await expect(drawing.locator("text").filter(has_text=re.compile("^(暂停|空档)$"))).to_have_count(2)
    assert await drawing.locator("rect.overlap").count() == 4
    assert await drawing.locator("rect.stage").count() == 6
    assert await drawing.locator("rect.rest").count() >= 2
    await expect(drawing.locator("text.promised")).to_have_text(re.compile(r"^承诺 10-\d\d 17:30$"))
    await expect(page.locator(".sum").first).to_contain_text("核对相符")
    await expect(page.locator("tr.judged")).to_contain_text("考核口径")
    await expect(page.get_by_role("cell", name="空档", exact=True)).to_have_count(1)
    await expect(page.locator("#h-length ~ .scroll")).to_contain_text("132.5")


async def test_a_case_that_is_not_there_is_an_error_page(page: Page) -> None:
    answer = await page.goto("/cases/01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11")
    assert answer is not None
    assert answer.status == 404
    await expect(page.get_by_text("追踪编号")).to_be_visible()


async def test_the_ledger_goes_out_and_comes_in_again(page: Page, tmp_path: Path, closed: Any) -> None:
    await page.goto("/cases?utility=W-371502")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="下载报装全流程台账").click()
    ledger = tmp_path / "ledger.xlsx"
    await (await waiting.value).save_as(ledger)

    # The same cases under numbers of the utility's own are other cases.
    replace_in_cells(ledger, r"-(\d{8})-(\d{4})$", r"_\1_\2")
    await upload(page, ledger, "全部合格才导入")
    await expect(page.get_by_role("status")).to_contain_text("已完成", timeout=30_000)
    loaded = int(await page.locator(".band div", has_text="已导入").locator("dd").inner_text())
    assert loaded >= 1
    await page.goto("/cases?utility=W-371502&state=CLOSED")
    await expect(page.get_by_role("link", name=re.compile(r"_20220926_0001$"))).to_be_visible()

    replace_in_cells(ledger, "^企业用户$", "外星用户")
    await upload(page, ledger, "全部合格才导入")
    await expect(page.get_by_role("status")).to_contain_text("未导入", timeout=30_000)
    report = page.get_by_role("region", name="不合格行")
    await expect(report.locator("tbody tr").first).to_contain_text("用户类别")
    assert await faults(page) == []
    await take_picture(page, "import")


def replace_in_cells(file: Path, pattern: str, replacement: str) -> None:
    """Replace in every cell of a workbook that holds text."""
    book = openpyxl.load_workbook(file)
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = re.sub(pattern, replacement, cell.value)
    book.save(file)


async def upload(page: Page, file: Path, mode: str) -> None:
    """Upload a workbook on the import page."""
    await page.goto("/imports")
    await page.get_by_label("报装全流程台账（Excel 或 CSV 文件）").set_input_files(file)
    await page.get_by_label(mode).check()
    await page.get_by_role("button", name="上传并检查").click()
    await page.wait_for_url(re.compile(r"/imports/[0-9a-f-]{36}$"))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("board", "/"),
        ("cases", "/cases"),
        ("due", "/cases?order=due"),
        ("imports", "/imports"),
        ("behind", "/figures/cases?code=closed"),
        ("definitions", "/definitions"),
        ("missing", "/nowhere"),
    ],
)
async def test_a_page_is_accessible_and_fits(page: Page, closed: Any, name: str, path: str) -> None:
    await page.goto(path)
    if name == "board":
        await expect(page.locator("#connection")).to_have_text(LIVE)
    assert await faults(page) == []
    await take_picture(page, name)


async def test_the_case_page_is_accessible_and_fits(page: Page, closed: Any) -> None:
    for name, path in (("case", ""), ("events", "/events")):
        await page.goto(f"/cases/{closed['id']}{path}")
        assert await faults(page) == []
        await take_picture(page, name)


async def test_signing_out_forgets_the_session(page: Page) -> None:
    await page.get_by_role("button", name="退出").click()
    await page.get_by_role("heading", name="已退出").wait_for()
    assert await faults(page) == []
    await page.goto("/cases")
    await expect(page).to_have_url(re.compile(r"/signin\?next=%2Fcases$"))
