"""A clerk at work on the pages of a case, by keyboard, who is told what is wrong."""

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, StorageState, expect

from tests.e2e.acting import CLERK, SCAN, begin, choose, do, fill_in, is_done, open_case, tab_to, working
from tests.e2e.city import City, faults, take_picture
from tests.e2e.conftest import sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(city: City, chromium: Browser) -> StorageState:
    """Sign in once as a utility's clerk."""
    return await sign_in(city, chromium, CLERK)


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
        "用户编号": "C-1",
        "用户类别": "企业用户",
        "用户地块所在街道、镇": "nowhere",
        "申报外线长度（米）": "0",
    }
    await fill_in(page, form, application)
    site = form.get_by_label("用户地块所在街道、镇")
    await expect(site).to_be_focused()
    await expect(site).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#e-submitHookup-site_division")).to_contain_text("请输入名称从列表中选择")
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
        ("09:20", "登记或更正外线长度", {"类别": "设计", "长度（米）": "0"}),
        ("09:30", "完成环节", {"环节": "勘查设计", "时间": "2022-10-10 09:25"}),
        ("09:40", "开始环节", {"环节": "签订合同"}),
        ("09:50", "完成环节", {"环节": "签订合同"}),
        ("10:00", "开始环节", {"环节": "验收通水"}),
        ("10:10", "登记通水通气通热", {}),
    ):
        city.at(f"2022-10-10 {when}")
        await do(page, title, **fields)
    await expect(page.locator(".state")).to_contain_text("已通，待确认")
    # For the user, by what the user signed: else it is said beside the field.
    form = await begin(page, "用户确认开通")
    await fill_in(page, form, {})
    await expect(page.locator("#e-confirmHookup-document_ref")).to_contain_text(
        "代用户办理须注明用户签字的文件"
    )
    await fill_in(page, form, {"用户签字文件编号": "QR-1"})
    await is_done(page, "用户确认开通")
    await expect(page.locator(".state")).to_contain_text("已办结")
    await expect(page.get_by_text("没有待办事项")).to_be_visible()
    await expect(page.get_by_role("region", name="代用户办理（代录）")).to_contain_text("QR-1")
    # Who is rated does not rate.
    await expect(page.locator("summary", has_text="评价")).to_have_count(0)


async def test_what_is_wrong_stands_beside_its_field(page: Page, city: City) -> None:
    case = await working(city, "2022-10-12 09:00")
    await open_case(page, case)
    form = await begin(page, "登记或更正外线长度")
    await fill_in(page, form, {"类别": "竣工", "长度（米）": "十二"})
    length = form.get_by_label("长度（米）")
    await expect(length).to_be_focused()
    await expect(length).to_have_value("十二")
    await expect(length).to_have_attribute(
        "aria-describedby", "e-changeLength-length_m n-changeLength-length_m"
    )
    await expect(page.locator("#e-changeLength-length_m")).to_contain_text("请以米为单位填写")
    await expect(form.get_by_label("类别")).to_have_value("AS_BUILT")
    assert await faults(page) == []
    await take_picture(page, "case-error")
    # What was folded away is opened where something is said of it; what no input is named for is said above.
    await page.set_viewport_size({"width": 1280, "height": 900})
    await open_case(page, case)
    form = await begin(page, "完成环节")
    at = form.get_by_label("时间")
    await fill_in(page, form, {"时间": "2022-12-31T09:00"})
    await expect(at).to_be_focused()
    await expect(at).to_have_value("2022-12-31T09:00")
    await expect(page.locator("#e-completeStage-at")).to_contain_text("时间不能晚于现在")
    await open_case(page, case)
    await fill_in(page, await begin(page, "登记通水通气通热"), {})
    await expect(page.locator("main [role=alert]")).to_be_focused()
    await expect(page.locator("main [role=alert]")).to_contain_text("尚未开始验收开通")


async def test_what_somebody_else_changed_is_said(page: Page, city: City) -> None:
    case = await working(city, "2022-10-12 11:00")
    await open_case(page, case)
    form = await begin(page, "登记或更正外线长度")
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
    await do(page, "登记或更正外线长度", **{"类别": "设计", "长度（米）": "88.5"})


async def test_a_forged_post_changes_nothing(page: Page, city: City) -> None:
    case = await working(city, "2022-10-12 14:00")
    await open_case(page, case)
    token = await page.locator("form.act input[name=csrf]").first.get_attribute("value")
    path = f"/cases/{case['id']}/actions/withdrawHookup"
    fields: dict[str, str | float | bool] = {"key": case["id"], "if-match": str(case["version"])}
    for csrf, origin in (("guessed", city.laptop.url("console")), (token or "", "http://elsewhere")):
        answer = await page.request.post(
            path, form={**fields, "csrf": csrf}, headers={"Origin": origin}, max_redirects=0
        )
        assert answer.status == 403
    await page.reload()
    await expect(page.locator(".state")).to_contain_text("办理中")


async def test_a_gap_is_shown_to_who_comes_next(page: Page, city: City) -> None:
    case = await city.submit("2022-10-14 09:00")
    await page.goto("/work")
    row = page.get_by_role("row", name=case["number"]).filter(has_text="开始下一环节")
    # A hand-over is a risk once half of its time is used.
    await expect(row).to_contain_text("剩 1 个工作日")
    await expect(row).not_to_contain_text("空档风险")
    city.at("2022-10-17 11:00")
    await page.reload()
    await expect(row).to_contain_text("空档风险")
    city.at("2022-10-20 09:00")
    await page.reload()
    await expect(row).to_contain_text("已逾期")
    assert await faults(page) == []
    await tab_to(page, page.locator(".tabs a", has_text="等待用户"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="等待用户待办")).to_be_visible()
    assert await faults(page) == []


async def test_charges_are_quoted_answered_and_compared(page: Page, city: City) -> None:
    case = await working(city, "2022-10-21 09:00")
    await open_case(page, case)
    form = await begin(page, "按收费目录报价")
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
    await is_done(page, "按收费目录报价")
    table = page.get_by_role("region", name="收费", exact=True)
    await expect(table.locator("tbody tr")).to_contain_text("待答复")
    form = await begin(page, "逐项答复报价")
    line = form.get_by_role("group", name="红线内供水管线安装")
    await choose(page, line.get_by_label("用户答复"), "同意")
    await fill_in(page, form, {"用户签字文件编号": "QZ-1"})
    await is_done(page, "逐项答复报价")
    await expect(table.locator("tbody tr")).to_contain_text("同意")
    form = await begin(page, "登记结算并与报价比对")
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
    await expect(page.locator("summary", has_text="登记结算并与报价比对")).to_have_count(0)
    assert await faults(page) == []
    await take_picture(page, "case-quote")


async def test_a_material_is_handed_in_and_fetched(page: Page, city: City) -> None:
    case = await working(city, "2022-10-25 09:00")
    await open_case(page, case)
    form = await begin(page, "提交申请材料")
    kind = form.get_by_label("材料", exact=True)
    await choose(page, kind, "用地或房产证明")
    await form.get_by_label("文件").set_input_files({**SCAN, "buffer": b"MZ"})
    await form.get_by_role("button", name="提交申请材料").click()
    await expect(page.locator("main [role=alert]")).to_contain_text("“提交申请材料”没有办理")
    await expect(kind).to_have_value("PREMISES_PROOF")
    await form.get_by_label("文件").set_input_files(SCAN)
    await form.get_by_role("button", name="提交申请材料").click()
    await is_done(page, "提交申请材料")
    link = page.get_by_role("region", name="申请材料").get_by_role("link", name="用地或房产证明")
    async with page.expect_download() as found:
        await link.click()
    download = await found.value
    assert download.suggested_filename == f"{case['number']}-用地或房产证明.pdf"
    assert (await download.path()).read_bytes() == SCAN["buffer"]
