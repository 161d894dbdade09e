"""Users of the console at work in their browsers, by keyboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from tests.e2e.city import City
from tests.e2e.conftest import sign_in

CLERK = "东昌府区供水窗口"
HEAD = "东昌府区供水审批"
HALL = "东昌府区办事大厅"
DISTRICT = "东昌府区主管部门"
AGENT = "东昌府区供水帮办"
MUNICIPAL = "东昌府区市政审批"
SCAN: FilePayload = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}

MOST_TABS = 200
# What has the focus, unless its outline shows where it is.
_UNSEEN = """() => {
  const each = document.activeElement;
  const style = getComputedStyle(each);
  const box = each.getBoundingClientRect();
  // The picker of a date is in its input, and shown by the browser itself.
  if (each.matches("input[type^=date]:not(:focus)")) return null;
  const seen = each.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return seen && box.width > 0 && box.left >= 0 ? null : each.outerHTML.slice(0, 160);
}"""
_IS_BODY = "document.activeElement === document.body"
_IS_FIRST = "document.activeElement.matches('a.skip')"
_IS_OPEN = "(each) => each.open"
_HAS_FOCUS = "(each) => each === document.activeElement"


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus; on the way, each stop shows that it is one."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate(_IS_BODY):
            # Behind the last stop of a page the browser's own bar has its turn, then comes the first.
            await page.keyboard.press("Tab")
            assert await page.evaluate(_IS_FIRST), "the focus was lost"
        unseen = await page.evaluate(_UNSEEN)
        assert unseen is None, unseen
        if await wanted.evaluate(_HAS_FOCUS):
            return
    pytest.fail(f"{wanted} is out of reach")


async def follow(page: Page, entry: str, menu: str = "") -> None:
    """Follow an entry of the navigation by keyboard, in its menu where it is in one."""
    navigation = page.get_by_role("navigation", name="主导航")
    if menu:
        await tab_to(page, navigation.locator("summary", has_text=menu))
        await page.keyboard.press("Enter")
    await tab_to(page, navigation.get_by_role("link", name=entry))
    await page.keyboard.press("Enter")


@asynccontextmanager
async def page_of(city: City, chromium: Browser, name: str, **begins: str) -> AsyncIterator[Page]:
    """Open a window of somebody else."""
    state = await sign_in(city, chromium, name, **begins)
    context = await chromium.new_context(
        base_url=city.laptop.url("console"), storage_state=state, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(15_000)
    yield await context.new_page()
    await context.close()


async def choose(page: Page, choice: Locator, wanted: str) -> None:
    """Choose by arrows: what has the focus goes down until it says what is wanted."""
    await tab_to(page, choice)
    for _ in range(30):
        if wanted in await choice.evaluate("(each) => each.selectedOptions[0].text"):
            return
        await page.keyboard.press("ArrowDown")
    pytest.fail(f"{wanted} is not offered")


async def uncover(page: Page, control: Locator) -> None:
    """Open by keyboard what an input is folded away in."""
    folded = control.locator("xpath=ancestor::details")
    for place in range(await folded.count()):
        part = folded.nth(place)
        if await part.evaluate(_IS_OPEN):
            continue
        await tab_to(page, part.locator(":scope > summary"))
        # The next part of a form opens by itself when the one before is left.
        if not await part.evaluate(_IS_OPEN):
            await page.keyboard.press("Enter")


async def fill_in(page: Page, form: Locator, fields: dict[str, str]) -> None:
    """Fill in a form by keyboard and send it."""
    for label, value in fields.items():
        await enter(page, form, label, value)
    await tab_to(page, form.locator("button:not([type=button])"))
    await page.keyboard.press("Enter")


async def enter(page: Page, form: Locator, label: str, value: str) -> None:
    """Fill in one input; what has one value only is not asked for, and says it."""
    control = form.get_by_label(label, exact=True)
    if not await control.count():
        await expect(form).to_contain_text(f"{label}：{value}")
        return
    await uncover(page, control)
    kind = await control.evaluate("(each) => each.tagName === 'SELECT' ? 'select' : each.type")
    if kind == "select":
        await choose(page, control, value)
        return
    if not await control.evaluate(_HAS_FOCUS):
        await tab_to(page, control)
    if kind in ("date", "datetime-local"):
        # How it is typed is the browser's, by its language.
        await control.fill(value)
        return
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type(value)


async def begin(page: Page, title: str) -> Locator:
    """Go to an action on a case's page by keyboard, and open it unless it stands first; return its form."""
    form = page.get_by_role("form", name=title, exact=True)
    if not await form.count():
        await tab_to(page, page.locator("summary").get_by_text(title, exact=True))
        await page.keyboard.press("Enter")
    return form


async def do(page: Page, title: str, **fields: str) -> None:
    """Do something to the case whose page is open; who works by keyboard goes on from what it says."""
    await fill_in(page, await begin(page, title), fields)
    await is_done(page, title)


async def is_done(page: Page, title: str) -> None:
    """Wait until the page says that something was done."""
    await expect(page.get_by_text(f"已办理：{title}")).to_be_focused()


async def hand_in(page: Page, title: str, file: FilePayload = SCAN, **fields: str) -> None:
    """Hand in a file with the form of an action."""
    form = await begin(page, title)
    for label, value in fields.items():
        await enter(page, form, label, value)
    await form.get_by_label("文件").set_input_files(file)
    await tab_to(page, form.get_by_role("button", name=title))
    await page.keyboard.press("Enter")


async def open_case(page: Page, case: Any) -> None:
    """Open the page of a case."""
    await page.goto(f"/cases/{case['id']}")


async def working(city: City, when: str) -> Any:
    """Return a case of 120 m whose survey runs."""
    case = await city.submit(when)
    return await city.move(case, when, "stages/SURVEY_DESIGN/start")
