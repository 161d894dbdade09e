"""The pages of rounds and symposia: planned, drawn, asked from customer to customer, and what came of it."""

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.grievances.people import desk, district
from tests.services.grievances.rounds.people import running
from tests.services.grievances.rounds.test_rounds import ANSWERS, FINDING, homes
from tests.services.grievances.test_pages import at_desk, at_unit, visit
from tests.support.page_forms import Visitor
from tests.support.service import Running

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


async def next_page(visitor: Visitor, path: str) -> str:
    """Return the page of who is asked next."""
    return (await visitor.client.get(f"{path}/next", follow_redirects=True)).text


async def test_a_round_is_planned_drawn_and_asked(grievances: Running) -> None:
    await homes(grievances)
    async with visit(grievances, "supervisor", ScopeKind.DISTRICT, "371502", "u-district") as holder:
        assert "制定方案" in await holder.open("/rounds")
        form = (await holder.forms("/rounds/new"))["制定方案"]
        path, page = await holder.send(
            form,
            **{
                "title": "第三季度供水回访",
                "purpose": "CALLS",
                "starts_on": "2022-07-04",
                "ends_on": "2022-07-15",
                "number": "6",
                "stratified_by": "CATEGORY",
                "allocation": "PROPORTIONAL",
                "questions.0.text": "您对供水服务是否满意？",
                "questions.0.kind": "GRADE",
                "questions.1.text": "怎样缴费？",
                "questions.1.kind": "CHOICE",
                "questions.1.options": "营业厅\n手机",
            },
        )
        assert "待抽样" in page
        assert "营业厅、手机" in page
        _, page = await holder.send((await holder.forms(path))["抽取样本"])
        assert "居民用户" in page
        assert "进行中" in page
    async with at_desk(grievances) as hall:
        page = await next_page(hall, path)
        assert "您对供水服务是否满意？" in page
        assert "在用户底数中查看" in page
        (first, *_) = (await desk(grievances).get("/round-interviews")).body["items"]
        one = f"/round-interviews/{first['id']}"
        _, page = await hall.send((await hall.forms(one))["登记结果"], result="REACHED", q1="5", q2="2")
        assert "5分" in page
        assert "手机" in page
        found = (await hall.forms(one))["登记发现的诉求"]
        _, page = await hall.send(found, **{**FINDING, "reporter": "NAMED"})
        assert "诉求 1" in page
        assert "主管部门回访人员" in page
        page = await hall.open(path)
        assert "平均分 5.00" in page
        (grievance_id,) = (await desk(grievances).get(one)).body["grievances"]
        assert "回访记录" in await hall.open(f"/grievances/{grievance_id}")


async def test_the_desk_goes_from_one_to_the_next_until_nobody_waits(grievances: Running) -> None:
    await homes(grievances, 4)
    path = await running(grievances, district(grievances), number=2, stratified_by=[])
    async with at_desk(grievances) as hall:
        for _ in range(2):
            item = (await desk(grievances).get(f"{path}/next-interview")).body["item"]
            assert f"第{item['position']}户" in await next_page(hall, path)
            await desk(grievances).command(f"/round-interviews/{item['id']}", "result", ANSWERS)
        assert "没有待您回访的用户" in await next_page(hall, path)


async def test_a_symposium_is_minuted_and_its_findings_become_grievances(grievances: Running) -> None:
    async with visit(grievances, "supervisor", ScopeKind.DISTRICT, "371502", "u-district") as holder:
        form = (await holder.forms("/symposia/new"))["登记座谈会"]
        path, _ = await holder.send(
            form,
            title="企业用气座谈会",
            held_at="2022-07-01T14:30",
            place="政务中心",
            invited="30",
            attended="24",
        )
        await holder.send((await holder.forms(path))["填写纪要"], minutes="反映水压不足。")
        await holder.send((await holder.forms(path))["记录问题"], text="水压不足")
        told = {**FINDING, "supply": "WATER", "district": "371502", "reporter": "ANONYMOUS"}
        _, page = await holder.send((await holder.forms(path))["转为诉求"], **told)
        assert "已转为诉求" in page
        assert "企业用气座谈会" in await holder.open("/symposia")


async def test_a_utility_has_no_way_to_them(grievances: Running) -> None:
    async with at_unit(grievances) as unit:
        assert 'href="/rounds"' not in await unit.open("/grievances")
        assert (await unit.client.get("/rounds")).status_code == 403
