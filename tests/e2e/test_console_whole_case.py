"""A clerk's whole case on the pages, from the application to the rating, without a break: few loads, few touches."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, StorageState, expect

from libs.development.machines import CUSTOMER
from tests.e2e.city import City, faults
from tests.e2e.conftest import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_LOADS = 12
MOST_INTERACTIONS = 30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(city: City, chromium: Browser) -> StorageState:
    """Sign in once as a utility's clerk."""
    return await sign_in(city, chromium, "东昌府区供水窗口")


@dataclass
class Hand:
    """Somebody at a page: counts what is touched, and which pages are loaded."""

    page: Page
    loads: list[str] = field(default_factory=list)
    interactions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.loads.append(f"{request.method} {request.url}")

    async def enter(self, label: str, value: str) -> None:
        """Fill in an input, tick it, or choose from a list; a line of a form goes before a stroke."""
        line, _, name = label.rpartition("/")
        place = self.page.get_by_role("group", name=line) if line else self.page.locator("main")
        control = place.locator("input, select").and_(place.get_by_label(name, exact=False)).first
        if await control.get_attribute("type") == "checkbox":
            await control.check()
        elif await control.evaluate("(input) => input.tagName") == "SELECT":
            await control.select_option(label=value)
        else:
            await control.fill(value)
        self.interactions.append(f"{label}: {value}")

    async def press(self, title: str) -> None:
        """Press the button of a form, and see that it was done."""
        await self.page.get_by_role("button", name=title, exact=True).first.click()
        self.interactions.append(title)
        await expect(self.page.get_by_text(f"已办理：{title}")).to_be_focused()

    async def next(self, title: str, **fields: str) -> None:
        """Do what stands first on the page."""
        step = self.page.locator("section.next")
        await expect(step.get_by_role("heading")).to_have_text(f"下一步：{title}")
        for label, value in fields.items():
            await self.enter(label, value)
        await step.get_by_role("button", name=title, exact=True).click()
        self.interactions.append(title)
        await expect(self.page.get_by_text(f"已办理：{title}")).to_be_focused()


@asynccontextmanager
async def citizen(city: City, chromium: Browser) -> AsyncIterator[Page]:
    """Open a window of the user."""
    state = await sign_in(city, chromium, "示例用户", begins_at="我的办件")
    context = await chromium.new_context(base_url=city.laptop.url("console"), storage_state=state)
    context.set_default_timeout(15_000)
    yield await context.new_page()
    await context.close()


async def test_a_whole_case_takes_few_loads_and_few_touches(
    page: Page, city: City, chromium: Browser
) -> None:
    hand = Hand(page)
    city.at("2022-10-10 09:00")
    await page.goto("/cases/new")
    await hand.enter("用户编号", CUSTOMER.upper())
    await hand.enter("用户类别", "企业用户")
    await hand.enter("用户地块所在街道、镇", "北城街道")
    await hand.enter("申报外线长度", "42")
    await hand.enter("材料齐全，当场受理", "选")
    await hand.press("提交申请")
    for moment, title, fields in (
        ("09:10", "开始环节", {}),
        ("09:20", "登记或更正外线长度", {"长度（米）": "42.0"}),
        ("09:30", "完成环节", {}),
        ("09:40", "开始环节", {}),
        ("09:50", "完成环节", {}),
        ("10:00", "开始环节", {}),
        ("10:10", "并联报件", {"挖掘城市道路/办理方式": "审批"}),
    ):
        city.at(f"2022-10-10 {moment}")
        await hand.next(title, **fields)
    # The authority decides at its own desk.
    case_id = page.url.rpartition("/")[2]
    case = await city.read({"id": case_id})
    city.at("2022-10-10 14:00")
    await city.decide(case)
    await page.reload()
    for moment, title, fields in (
        ("14:20", "开始环节", {}),
        ("14:30", "登记开挖", {"城市道路": "选"}),
        ("14:40", "登记或更正外线长度", {"长度（米）": "42.0"}),
        ("15:00", "完成环节", {}),
        ("15:10", "开始环节", {}),
        ("15:20", "登记通水通气通热", {}),
        ("15:30", "用户确认开通", {"用户签字文件编号": "QZ-318"}),
    ):
        city.at(f"2022-10-10 {moment}")
        await hand.next(title, **fields)
    await expect(page.locator(".state").first).to_contain_text("已办结")
    assert await faults(page) == []
    # Only the user rates.
    async with citizen(city, chromium) as window:
        user = Hand(window)
        await window.goto(f"/cases/{case_id}")
        await window.locator("summary", has_text="评价").click()
        user.interactions.append("评价")
        await user.enter("评价", "非常满意")
        await user.press("评价")
    loads, interactions = hand.loads + user.loads, hand.interactions + user.interactions
    assert len(loads) <= MOST_LOADS, loads
    assert len(interactions) <= MOST_INTERACTIONS, interactions
