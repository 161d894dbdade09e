"""The console at work: each role does its part of a case on the pages, by keyboard, and is told what is wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, Page, StorageState, expect

from tests.e2e.city import City, faults, take_picture
from tests.e2e.conftest import sign_in
from tests.e2e.test_console_reach import tab_to
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLERK = "东昌府区供水窗口"
HEAD = "东昌府区供水审批"
HALL = "东昌府区办事大厅"
DISTRICT = "东昌府区主管部门"
AGENT = "东昌府区供水帮办"
MUNICIPAL = "东昌府区市政审批"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(city: City, chromium: Browser) -> StorageState:
    """Sign in once as a utility's clerk."""
    return await sign_in(city, chromium, CLERK)


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


async def fill_in(page: Page, form: Locator, fields: dict[str, str]) -> None:
    """Fill in a form by keyboard and send it."""
    for label, value in fields.items():
        control = form.get_by_label(label, exact=True)
        if await control.evaluate("(each) => each.tagName") == "SELECT":
            await choose(page, control, value)
        else:
            if not await control.evaluate("(each) => each === document.activeElement"):
                await tab_to(page, control)
            await page.keyboard.press("ControlOrMeta+a")
            await page.keyboard.type(value)
    await tab_to(page, form.get_by_role("button"))
    await page.keyboard.press("Enter")


async def begin(page: Page, title: str) -> Locator:
    """Open an action on a case's page by keyboard; return its form."""
    await tab_to(page, page.locator("summary", has_text=title).first)
    await page.keyboard.press("Enter")
    return page.get_by_role("form", name=title, exact=True)


async def do(page: Page, title: str, **fields: str) -> None:
    """Do something to the case whose page is open; who works by keyboard goes on from what it says."""
    await fill_in(page, await begin(page, title), fields)
    await expect(page.get_by_text(f"已办理：{title}")).to_be_focused()


async def open_case(page: Page, case: Any) -> None:
    await page.goto(f"/cases/{case['id']}")


async def working(city: City, when: str) -> Any:
    """Return a case of 120 m whose survey runs."""
    case = await city.submit(when)
    return await city.move(case, when, "stages/SURVEY_DESIGN/start")


async def test_a_clerk_takes_a_case_from_submission_to_its_end_by_keyboard(page: Page, city: City) -> None:
    city.at("2022-10-10 09:00")
    await tab_to(page, page.get_by_role("link", name="报装件"))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="报装件", exact=True).wait_for()
    await tab_to(page, page.get_by_role("link", name="新建报装件"))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="新建报装件").wait_for()
    form = page.get_by_role("form", name="提交申请")
    application = {
        "专营单位": "东昌府区供水专营单位",
        "渠道": "办事大厅",
        "用户编号（用户底数中的编号）": "C-1",
        "用户类别": "企业用户",
        "地块区划（12位）": "nowhere",
        "申报外线长度（米，可不填）": "0",
    }
    await fill_in(page, form, application)
    site = form.get_by_label("地块区划（12位）")
    await expect(site).to_be_focused()
    await expect(site).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#e-submit-site_division")).to_contain_text("须符合格式")
    await expect(form.get_by_label("渠道")).to_have_value("HALL")
    assert await faults(page) == []
    await take_picture(page, "case-new")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("371502001000")
    await page.keyboard.press("Enter")
    await expect(page.locator(".state")).to_contain_text("已提交")

    await do(page, "受理")
    # No timer is due before 11:00 that would change the case behind the page.
    for when, title, fields in (
        ("09:10", "开始环节", {"环节": "勘查设计"}),
        ("09:20", "登记外线长度", {"类别": "设计", "长度（米）": "0"}),
        ("09:30", "完成环节", {"环节": "勘查设计", "时间（不填即现在）": "2022-10-10 09:25"}),
        ("09:40", "开始环节", {"环节": "签订合同"}),
        ("09:50", "完成环节", {"环节": "签订合同"}),
        ("10:00", "开始环节", {"环节": "验收通水"}),
        ("10:10", "登记通水通气通热", {}),
    ):
        city.at(f"2022-10-10 {when}")
        await do(page, title, **fields)
    await expect(page.locator(".state")).to_contain_text("已通，待确认")
    # For the user, by what the user signed: else it is said beside the field.
    form = await begin(page, "登记用户确认开通")
    await fill_in(page, form, {})
    await expect(page.locator("#e-confirm-document_ref")).to_contain_text("代用户办理须注明用户签字的文件")
    await fill_in(page, form, {"用户签字文件编号": "QR-1"})
    await expect(page.get_by_text("已办理：登记用户确认开通")).to_be_focused()
    await expect(page.locator(".state")).to_contain_text("已办结")
    await expect(page.get_by_text("没有待办事项")).to_be_visible()
    await expect(page.get_by_role("region", name="代用户办理（代录）")).to_contain_text("QR-1")
    # Who is rated does not rate.
    await expect(page.locator("summary", has_text="评价")).to_have_count(0)


async def test_several_services_are_applied_for_on_one_form(
    page: Page, city: City, chromium: Browser
) -> None:
    city.at("2022-10-11 09:00")
    answer = await page.goto("/joint-applications/new")
    assert answer is not None
    assert answer.status == 403
    async with page_of(city, chromium, HALL) as hall:
        await hall.goto("/cases")
        await tab_to(hall, hall.get_by_role("link", name="联合报装"))
        await hall.keyboard.press("Enter")
        await hall.get_by_role("heading", name="联合报装").wait_for()
        form = hall.get_by_role("form", name="提交联合申请")
        water = form.get_by_role("group", name="东昌府区供水专营单位")
        gas = form.get_by_role("group", name="东昌府区供气专营单位")
        await tab_to(hall, water.get_by_label("申请", exact=True))
        await hall.keyboard.press("Space")
        await tab_to(hall, water.get_by_label("申报外线长度（米，可不填）"))
        await hall.keyboard.type("long")
        application = {
            "渠道": "办事大厅",
            "用户编号（用户底数中的编号）": "C-2",
            "用户类别": "企业用户",
            "地块区划（12位）": "371502001000",
        }
        await fill_in(hall, form, application)
        length = water.get_by_label("申报外线长度（米，可不填）")
        await expect(length).to_be_focused()
        await expect(water.locator(".fault")).to_contain_text("请以米为单位填写")
        await expect(water.get_by_label("申请", exact=True)).to_be_checked()
        assert await faults(hall) == []
        await take_picture(hall, "joint-new")
        await hall.keyboard.press("ControlOrMeta+a")
        await hall.keyboard.type("120")
        await hall.keyboard.press("Enter")
        # One service alone is no joint application.
        services = form.get_by_role("group", name="申请的服务（至少两项）")
        await expect(services).to_be_focused()
        await expect(hall.locator("#e-submit-joint-services")).to_contain_text("至少")
        await expect(length).to_have_value("120")
        await tab_to(hall, gas.get_by_label("申请", exact=True))
        await hall.keyboard.press("Space")
        await gas.get_by_label("申报外线长度（米，可不填）").fill("80.5")
        await tab_to(hall, form.get_by_label("材料齐全，当场受理"))
        await hall.keyboard.press("Space")
        await hall.keyboard.press("Enter")
        await expect(hall.get_by_text("已办理：提交联合申请")).to_be_focused()
        cases = hall.get_by_role("region", name="联合报装各件")
        await expect(cases.locator("tbody tr")).to_have_count(2)
        for name in ("东昌府区供水专营单位", "东昌府区供气专营单位"):
            link = cases.get_by_role("row", name=name).get_by_role("link")
            address = await link.get_attribute("href")
            assert address is not None
            case = await city.read({"id": address.rpartition("/")[2]})
            await city.move(case, "2022-10-11 10:00", "stages/SURVEY_DESIGN/start")
        await hall.reload()
        form = await begin(hall, "并联报件")
        land = form.get_by_role("group", name="临时占用城市绿地")
        await choose(hall, land.get_by_label("办理方式"), "审批")
        await fill_in(hall, form, {"施工开始": "2022-10-24", "施工结束": "2022-10-28"})
        await expect(hall.get_by_text("已办理：并联报件")).to_be_focused()
        # Filed once for both.
        await expect(hall.get_by_role("region", name="并联审批").locator("tbody tr")).to_have_count(1)
        assert await faults(hall) == []
        await take_picture(hall, "joint")


async def test_what_is_wrong_stands_beside_its_field(page: Page, city: City) -> None:
    case = await working(city, "2022-10-12 09:00")
    await open_case(page, case)
    form = await begin(page, "登记外线长度")
    await fill_in(page, form, {"类别": "竣工", "长度（米）": "十二"})
    length = form.get_by_label("长度（米）")
    await expect(length).to_be_focused()
    await expect(length).to_have_value("十二")
    await expect(length).to_have_attribute(
        "aria-describedby", "e-change-length-length_m n-change-length-length_m"
    )
    await expect(page.locator("#e-change-length-length_m")).to_contain_text("请以米为单位填写")
    await expect(form.get_by_label("类别")).to_have_value("AS_BUILT")
    assert await faults(page) == []
    await take_picture(page, "case-error")
    # A time that is none is not sent at all; a rule that names nothing of the form is said above it.
    await page.set_viewport_size({"width": 1280, "height": 900})
    await open_case(page, case)
    form = await begin(page, "登记通水通气通热")
    at = form.get_by_label("时间（不填即现在）")
    await fill_in(page, form, {"时间（不填即现在）": "今天九点"})
    await expect(at).to_be_focused()
    await expect(at).to_have_value("今天九点")
    await expect(page.locator("#e-meter-live-at")).to_contain_text("时间不正确")
    await open_case(page, case)
    await fill_in(page, await begin(page, "登记通水通气通热"), {})
    await expect(page.locator("main [role=alert]")).to_be_focused()
    await expect(page.locator("main [role=alert]")).to_contain_text("尚未开始验收开通")


async def test_what_somebody_else_changed_is_said(page: Page, city: City) -> None:
    case = await working(city, "2022-10-12 11:00")
    await open_case(page, case)
    form = await begin(page, "登记外线长度")
    await city.move(case, "2022-10-12 11:30", "stages/CONTRACT/start")
    await fill_in(page, form, {"类别": "设计", "长度（米）": "88.5"})
    alert = page.locator("main [role=alert]")
    await expect(alert).to_be_focused()
    await expect(alert).to_contain_text("已被他人修改")
    await expect(form.get_by_label("长度（米）")).to_have_value("88.5")
    assert await faults(page) == []
    await tab_to(page, alert.get_by_role("link", name="重新载入"))
    await page.keyboard.press("Enter")
    await expect(alert).to_have_count(0)
    await do(page, "登记外线长度", **{"类别": "设计", "长度（米）": "88.5"})


async def test_a_forged_post_changes_nothing(page: Page, city: City) -> None:
    case = await working(city, "2022-10-12 14:00")
    await open_case(page, case)
    token = await page.locator("form.act input[name=csrf]").first.get_attribute("value")
    path = f"/cases/{case['id']}/actions/withdraw"
    fields: dict[str, str | float | bool] = {"key": case["id"], "version": str(case["version"])}
    for csrf, origin in (("guessed", city.laptop.url("console")), (token or "", "http://elsewhere")):
        answer = await page.request.post(
            path, form={**fields, "csrf": csrf}, headers={"Origin": origin}, max_redirects=0
        )
        assert answer.status == 403
    await page.reload()
    await expect(page.locator(".state")).to_contain_text("办理中")


async def test_an_approver_decides_what_a_clerk_asks_for(page: Page, city: City, chromium: Browser) -> None:
    case = await working(city, "2022-10-13 09:00")
    await open_case(page, case)
    form = await begin(page, "上传依据材料")
    order: FilePayload = {"name": "stop.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    await form.get_by_label("文件").set_input_files(order)
    await tab_to(page, form.get_by_role("button", name="上传依据材料"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("已办理：上传依据材料")).to_be_focused()
    await do(page, "申请暂停", 原因="应急停工", 依据="依据材料")
    await expect(page.get_by_role("link", name="依据材料").first).to_be_visible()
    await expect(page.locator("summary", has_text="同意暂停")).to_have_count(0)
    async with page_of(city, chromium, HEAD) as head:
        await head.goto("/work")
        await expect(head.locator(".tabs [aria-current]")).to_have_text("审批")
        row = head.get_by_role("row", name=case["number"])
        await expect(row).to_contain_text("审批暂停")
        assert await faults(head) == []
        await take_picture(head, "work")
        await row.get_by_role("link").click()
        await do(head, "同意暂停", 暂停申请="应急停工")
        await expect(head.locator(".state")).to_contain_text("已暂停")
    await page.reload()
    await do(page, "恢复办理", 暂停="应急停工")
    await expect(page.locator(".state")).to_contain_text("办理中")


async def test_a_gap_is_shown_to_who_comes_next(page: Page, city: City) -> None:
    case = await city.submit("2022-10-14 09:00")
    await page.goto("/work")
    row = page.get_by_role("row", name=case["number"]).filter(has_text="开始下一环节")
    await expect(row).to_contain_text("空档风险")
    city.at("2022-10-20 09:00")
    await page.reload()
    await expect(row).to_contain_text("已逾期")
    assert await faults(page) == []
    await tab_to(page, page.locator(".tabs a", has_text="等待用户"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="等待用户待办")).to_be_visible()
    assert await faults(page) == []


async def test_an_authority_decides_what_is_filed(page: Page, city: City, chromium: Browser) -> None:
    case = await working(city, "2022-10-20 10:00")
    await open_case(page, case)
    form = await begin(page, "并联报件")
    road = form.get_by_role("group", name="挖掘城市道路")
    await choose(page, road.get_by_label("办理方式"), "审批")
    land = form.get_by_role("group", name="临时占用城市绿地")
    await choose(page, land.get_by_label("办理方式"), "告知承诺")
    traffic = form.get_by_role("group", name="交通安全保障")
    await choose(page, traffic.get_by_label("办理方式"), "备案")
    for label, day in (("施工开始", "2022-10-24"), ("施工结束", "2022-10-28")):
        await tab_to(page, form.get_by_label(label))
        await page.keyboard.type(day)
    await tab_to(page, form.get_by_role("button", name="并联报件"))
    await page.keyboard.press("Enter")
    await expect(traffic.locator(".fault")).to_contain_text("交通安全保障选备案须引用依据")
    await expect(traffic.get_by_label("无需审批的依据")).to_be_focused()
    await page.keyboard.type("济南市优化营商环境条例第十五条")
    await tab_to(page, form.get_by_role("button", name="并联报件"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("已办理：并联报件")).to_be_focused()
    table = page.get_by_role("region", name="并联审批")
    await expect(table.locator("tbody tr")).to_have_count(4)
    await expect(table).to_contain_text("异议期至 2022-10-24 17:30")
    form = await begin(page, "上传报审图件")
    await choose(page, form.get_by_label("图件", exact=True), "工程设计方案")
    drawing: FilePayload = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    await form.get_by_label("文件").set_input_files(drawing)
    await form.get_by_role("button", name="上传报审图件").click()
    await expect(page.get_by_text("已办理：上传报审图件")).to_be_focused()
    await do(page, "签署告知承诺", 事项="临时占用城市绿地", 文书编号="CN-1")
    await expect(table).to_contain_text("已承诺并准予")

    async with page_of(city, chromium, MUNICIPAL, begins_at="审批事项") as office:
        await office.goto("/permits")
        assert await office.locator(".top nav a").all_inner_texts() == ["审批事项", "承诺失信"]
        row = office.get_by_role("row", name=case["number"])
        await expect(row).to_contain_text("作出审批决定")
        await expect(row).to_contain_text("371502001000")
        assert await faults(office) == []
        await take_picture(office, "permits")
        await row.get_by_role("link").click()
        form = office.get_by_role("form", name="作出决定")
        await expect(office.locator("dl.facts")).to_contain_text("2022-10-24 至 2022-10-28")
        async with office.expect_download() as found:
            await office.get_by_role("link", name="工程设计方案").click()
        assert (await (await found.value).path()).read_bytes() == drawing["buffer"]
        item = office.url
        await fill_in(office, form, {"决定": "不予", "文书编号": "聊市政许〔2022〕48号"})
        await expect(office.locator("#e-decide-reason")).to_contain_text("应当说明理由")
        assert await faults(office) == []
        await take_picture(office, "permit")
        await office.goto(item)
        await fill_in(office, form, {"决定": "准予", "文书编号": "x" * 81})
        await expect(office.locator("#e-decide-document_ref")).to_contain_text("编号应为1至80个字")
        await expect(form.get_by_label("决定", exact=True)).to_have_value("GRANTED")
        assert await faults(office) == []
        await fill_in(office, form, {"文书编号": "聊市政许〔2022〕49号"})
        await expect(office.get_by_text("已办理：作出决定")).to_be_focused()
        await expect(form).to_have_count(0)
        await office.goto("/commitment-bars")
        await expect(office.get_by_text("没有失信记录")).to_be_visible()
        assert await faults(office) == []
        answer = await office.goto(f"/cases/{case['id']}")
        assert answer is not None
        assert answer.status == 403
    await page.reload()
    await expect(table).to_contain_text("准予")
    await expect(table).to_contain_text("聊市政许〔2022〕49号")


async def test_charges_are_quoted_answered_and_compared(page: Page, city: City) -> None:
    case = await working(city, "2022-10-21 09:00")
    await open_case(page, case)
    form = await begin(page, "报价")
    inside = form.get_by_role("group", name="红线内供水管线安装")
    assert await form.locator("input:checked").count() == 0
    await tab_to(page, inside.get_by_label("数量"))
    await page.keyboard.type("many")
    await page.keyboard.press("Enter")
    await expect(inside.get_by_label("数量")).to_be_focused()
    await expect(inside.locator(".fault")).to_contain_text("请按计价单位填写")
    assert await faults(page) == []
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("2.5")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("已办理：报价")).to_be_focused()
    table = page.get_by_role("region", name="收费", exact=True)
    await expect(table.locator("tbody tr")).to_contain_text("待答复")
    signed = {"项目": "红线内供水管线安装", "用户签字文件编号": "QZ-1"}
    await do(page, "代用户同意报价项目", **signed)
    await expect(table.locator("tbody tr")).to_contain_text("同意")
    form = await begin(page, "登记结算")
    amount = form.get_by_role("group", name="红线内供水管线安装").get_by_label("金额（元）")
    await tab_to(page, amount)
    await page.keyboard.type("1.234")
    await page.keyboard.press("Enter")
    await expect(form.locator(".fault")).to_contain_text("请以元填写，最多两位小数")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("500.5")
    await page.keyboard.press("Enter")
    compared = page.get_by_role("region", name="结算与报价比对")
    await expect(compared).to_contain_text("38.00")
    await expect(compared).to_contain_text("有差额")
    await expect(page.locator("summary", has_text="登记结算")).to_have_count(0)
    assert await faults(page) == []
    await take_picture(page, "case-quote")


async def test_agents_are_set_assigned_and_answer(page: Page, city: City, chromium: Browser) -> None:
    async with page_of(city, chromium, HEAD) as head:
        await head.goto("/agents")
        form = head.get_by_role("form", name="保存帮办人员")
        await fill_in(head, form, {"帮办人员账号，每行一个": "没有 这样的账号"})
        await expect(head.locator("#e-save-agents")).to_be_visible()
        assert await faults(head) == []
        await take_picture(head, "agents")
        await fill_in(head, form, {"帮办人员账号，每行一个": "u-W-371502-agent"})
        await expect(head.get_by_text("已办理：保存帮办人员")).to_be_focused()
    case = await working(city, "2022-10-24 09:00")
    assert case["agent"]["agent"] == "u-W-371502-agent"
    await open_case(page, case)
    await do(page, "登记用户授权代办", 文书编号="AUTH-1")
    # Never the utility's to enter: it would ask itself.
    await expect(page.locator("summary", has_text="登记用户咨询")).to_have_count(0)
    async with page_of(city, chromium, HALL) as hall:
        await open_case(hall, case)
        await do(hall, "登记用户咨询", 问题="管线能否沿北墙敷设？")
    async with page_of(city, chromium, AGENT) as agent:
        await agent.goto("/work")
        await expect(agent.locator(".tabs [aria-current]")).to_have_text("帮办")
        await agent.get_by_role("row", name=case["number"]).get_by_role("link").click()
        await expect(agent.locator("summary", has_text="受理")).to_have_count(0)
        await do(agent, "答复咨询", 问题="管线能否沿北墙敷设？", 答复="可以")
        await expect(agent.get_by_role("region", name="催办与咨询")).to_contain_text("可以")


async def test_a_material_is_handed_in_and_fetched(page: Page, city: City) -> None:
    case = await working(city, "2022-10-25 09:00")
    await open_case(page, case)
    form = await begin(page, "上传材料")
    kind = form.get_by_label("材料", exact=True)
    await choose(page, kind, "用地或房产证明")
    scan: FilePayload = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    await form.get_by_label("文件").set_input_files({**scan, "buffer": b"MZ"})
    await form.get_by_role("button", name="上传材料").click()
    await expect(page.locator("main [role=alert]")).to_contain_text("“上传材料”没有办理")
    await expect(kind).to_have_value("PREMISES_PROOF")
    await form.get_by_label("文件").set_input_files(scan)
    await form.get_by_role("button", name="上传材料").click()
    await expect(page.get_by_text("已办理：上传材料")).to_be_focused()
    link = page.get_by_role("region", name="申请材料").get_by_role("link", name="用地或房产证明")
    async with page.expect_download() as found:
        await link.click()
    download = await found.value
    assert download.suggested_filename == f"{case['number']}-用地或房产证明.pdf"
    assert (await download.path()).read_bytes() == scan["buffer"]


async def test_what_is_entered_after_the_breach_waits_for_the_district(
    page: Page, city: City, chromium: Browser
) -> None:
    case = await city.submit("2022-10-31 14:00", declared_length_m="0")
    for when, verb in (
        ("14:10", "stages/SURVEY_DESIGN/start"),
        ("14:20", "stages/SURVEY_DESIGN/completion"),
        ("14:30", "stages/CONTRACT/start"),
        ("14:40", "stages/CONTRACT/completion"),
    ):
        case = await city.move(case, f"2022-10-31 {when}", verb)
    case = await city.move(case, "2022-11-03 10:00", "stages/TURN_ON/start")
    # Due on Thursday, 17:30: water ran at four, and the clerk enters it on Friday.
    city.at("2022-11-04 09:00")
    await until("the breach is announced", partial(city.is_moved, case))
    case = await city.attach(await city.read(case))
    await open_case(page, case)
    form = await begin(page, "登记通水通气通热")
    await fill_in(page, form, {"时间（不填即现在）": "2022-11-03 16:00"})
    reason = form.get_by_label("补录原因")
    await expect(reason).to_be_focused()
    await expect(page.locator("#e-meter-live-late_entry-reason")).to_contain_text("请先上传依据材料")
    assert await faults(page) == []
    await fill_in(page, form, {"补录原因": "现场记录次日才交回", "补录证据": "依据材料"})
    await expect(page.get_by_text("已办理：登记通水通气通热")).to_be_focused()
    await expect(page.get_by_text("超时原因")).to_be_visible()
    async with page_of(city, chromium, DISTRICT) as district:
        await district.goto("/work")
        await expect(district.locator(".tabs [aria-current]")).to_have_text("督导")
        row = district.get_by_role("row", name=case["number"])
        await expect(row).to_contain_text("审批补录")
        await row.get_by_role("link").click()
        await expect(district.get_by_role("region", name="补录审批")).to_contain_text("现场记录次日才交回")
        assert await faults(district) == []
        await take_picture(district, "case-late-entry")
        await do(district, "同意补录", 补录="登记通水通气通热")
        await expect(district.locator(".state")).to_contain_text("已通，待确认")
        await expect(district.get_by_role("region", name="时间线数据表")).to_contain_text("审批补录")
        assert await faults(district) == []
