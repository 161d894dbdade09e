"""Each role does its part of a case on the pages, by keyboard."""

from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, StorageState, expect

from tests.e2e.acting import (
    AGENT,
    CLERK,
    DISTRICT,
    HALL,
    HEAD,
    MUNICIPAL,
    SCAN,
    begin,
    choose,
    do,
    enter,
    fill_in,
    hand_in,
    is_done,
    open_case,
    page_of,
    tab_to,
    working,
)
from tests.e2e.city import City, faults, take_picture
from tests.e2e.conftest import sign_in
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(city: City, chromium: Browser) -> StorageState:
    """Sign in once as a utility's clerk."""
    return await sign_in(city, chromium, CLERK)


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
        for label, value in (
            ("用户编号", "C-2"),
            ("用户类别", "企业用户"),
            ("用户地块所在街道、镇", "古楼街道"),
        ):
            await enter(hall, form, label, value)
        await tab_to(hall, water.get_by_label("选择", exact=True))
        await hall.keyboard.press("Space")
        await enter(hall, water, "申报外线长度（米）", "long")
        await fill_in(hall, form, {"渠道": "办事大厅"})
        length = water.get_by_label("申报外线长度（米）")
        await expect(length).to_be_focused()
        await expect(water.locator(".fault")).to_contain_text("请以米为单位填写")
        await expect(water.get_by_label("选择", exact=True)).to_be_checked()
        assert await faults(hall) == []
        await take_picture(hall, "joint-new")
        await hall.keyboard.press("ControlOrMeta+a")
        await hall.keyboard.type("120")
        await hall.keyboard.press("Enter")
        # One service alone is no joint application.
        services = form.get_by_role("group", name="申请的服务")
        await expect(services).to_be_focused()
        await expect(hall.locator("#e-submitJointApplication-services")).to_contain_text("至少")
        await expect(length).to_have_value("120")
        await tab_to(hall, gas.get_by_label("选择", exact=True))
        await hall.keyboard.press("Space")
        await gas.get_by_label("申报外线长度（米）").fill("80.5")
        await tab_to(hall, form.get_by_label("材料齐全，当场受理"))
        await hall.keyboard.press("Space")
        await hall.keyboard.press("Enter")
        await is_done(hall, "提交联合申请")
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
        await is_done(hall, "并联报件")
        # Filed once for both.
        await expect(hall.get_by_role("region", name="并联审批").locator("tbody tr")).to_have_count(1)
        assert await faults(hall) == []
        await take_picture(hall, "joint")


async def test_an_approver_decides_what_a_clerk_asks_for(page: Page, city: City, chromium: Browser) -> None:
    case = await working(city, "2022-10-13 09:00")
    await open_case(page, case)
    await hand_in(page, "上传依据材料")
    await is_done(page, "上传依据材料")
    await do(page, "申请暂停", 原因="应急停工", 依据="依据材料")
    await expect(page.get_by_role("link", name="依据材料").first).to_be_visible()
    await expect(page.locator("summary", has_text="同意暂停")).to_have_count(0)
    async with page_of(city, chromium, HEAD) as head:
        await head.goto("/work")
        await expect(head.locator(".tabs [aria-current]")).to_contain_text("审批")
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
        await enter(page, form, label, day)
    await tab_to(page, form.get_by_role("button", name="并联报件"))
    await page.keyboard.press("Enter")
    await expect(traffic.locator(".fault")).to_contain_text("交通安全保障选备案须引用依据")
    await expect(traffic.get_by_label("无需审批的依据")).to_be_focused()
    await page.keyboard.type("济南市优化营商环境条例第十五条")
    await tab_to(page, form.get_by_role("button", name="并联报件"))
    await page.keyboard.press("Enter")
    await is_done(page, "并联报件")
    table = page.get_by_role("region", name="并联审批")
    await expect(table.locator("tbody tr")).to_have_count(4)
    await expect(table).to_contain_text("异议期至 2022-10-24 17:30")
    await hand_in(page, "上传报审图件", 图件="工程设计方案")
    await is_done(page, "上传报审图件")
    await do(page, "签署告知承诺", 审批事项="临时占用城市绿地", 文书编号="CN-1")
    await expect(table).to_contain_text("已承诺并准予")

    async with page_of(city, chromium, MUNICIPAL, begins_at="审批事项") as office:
        await office.goto("/permits")
        assert await office.locator(".top nav a").all_inner_texts() == ["审批事项", "承诺失信"]
        row = office.get_by_role("row", name=case["number"])
        await expect(row).to_contain_text("作出审批决定")
        await expect(row).to_contain_text("古楼街道")
        assert await faults(office) == []
        await take_picture(office, "permits")
        await row.get_by_role("link").click()
        form = office.get_by_role("form", name="作出审批决定")
        await expect(office.locator("dl.facts")).to_contain_text("2022-10-24 至 2022-10-28")
        async with office.expect_download() as found:
            await office.get_by_role("link", name="工程设计方案").click()
        assert (await (await found.value).path()).read_bytes() == SCAN["buffer"]
        item = office.url
        await fill_in(office, form, {"决定": "不予", "文书编号": "聊市政许〔2022〕48号"})
        await expect(office.locator("#e-decidePermit-reason")).to_contain_text("应当说明理由")
        assert await faults(office) == []
        await take_picture(office, "permit")
        await office.goto(item)
        await fill_in(office, form, {"决定": "准予", "文书编号": "13812345678"})
        await expect(office.locator("#e-decidePermit-document_ref")).to_contain_text("手机号")
        await expect(form.get_by_label("决定", exact=True)).to_have_value("GRANTED")
        assert await faults(office) == []
        await fill_in(office, form, {"文书编号": "聊市政许〔2022〕49号"})
        await is_done(office, "作出审批决定")
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


async def test_agents_are_set_assigned_and_answer(page: Page, city: City, chromium: Browser) -> None:
    async with page_of(city, chromium, HEAD) as head:
        await head.goto("/staff")
        form = head.get_by_role("form", name="保存人员名单")
        await fill_in(head, form, {"人员": "没有 这样的账号"})
        await expect(head.locator("#e-saveStaff-staff")).to_be_visible()
        assert await faults(head) == []
        await take_picture(head, "staff")
        await fill_in(head, form, {"人员": "u-W-371502-agent 供水帮办 帮办"})
        await is_done(head, "保存人员名单")
    case = await working(city, "2022-10-24 09:00")
    assert case["agent"]["agent"] == "u-W-371502-agent"
    await open_case(page, case)
    await do(page, "用户授权代办", 授权委托书编号="AUTH-1")
    # Never the utility's to enter: it would ask itself.
    await expect(page.locator("summary", has_text="技术咨询")).to_have_count(0)
    async with page_of(city, chromium, HALL) as hall:
        await open_case(hall, case)
        await do(hall, "技术咨询", 问题="管线能否沿北墙敷设？")
    async with page_of(city, chromium, AGENT) as agent:
        await agent.goto("/work")
        await expect(agent.locator(".tabs [aria-current]")).to_contain_text("帮办")
        await agent.get_by_role("row", name=case["number"]).get_by_role("link").click()
        await expect(agent.locator("summary", has_text="受理")).to_have_count(0)
        await do(agent, "答复技术咨询", 问题="管线能否沿北墙敷设？", 答复="可以")
        await expect(agent.get_by_role("region", name="催办与咨询")).to_contain_text("可以")


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
    await fill_in(page, form, {"时间": "2022-11-03 16:00"})
    reason = form.get_by_label("补录原因")
    await expect(reason).to_be_focused()
    await expect(page.locator("#e-reportMeterLive-late_entry-reason")).to_contain_text("请先上传依据材料")
    assert await faults(page) == []
    await fill_in(page, form, {"补录原因": "现场记录次日才交回", "补录证据": "依据材料"})
    await is_done(page, "登记通水通气通热")
    await expect(page.get_by_text("超时原因")).to_be_visible()
    async with page_of(city, chromium, DISTRICT) as district:
        await district.goto("/work")
        await expect(district.locator(".tabs [aria-current]")).to_contain_text("督导")
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
