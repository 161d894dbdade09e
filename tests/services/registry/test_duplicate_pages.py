"""The desk of duplicates: two side by side, found to be two, merged by two persons, undone, refusals in words."""

from contextlib import AbstractAsyncContextManager
from uuid import uuid4

import pytest
from sqlalchemy import insert

from libs.common.auth.callers import ScopeKind
from services.registry.events.pairs import PAIR_EVENTS, PairEvent
from services.registry.pages.duplicates import SHOWN
from services.registry.storage.tables import login
from tests.services.registry.alike import REASON, found, opened
from tests.services.registry.request_samples import citizen, submitted
from tests.services.registry.samples import mobile, person
from tests.support.page_forms import Visitor, visiting
from tests.support.service import Running

HALL = (ScopeKind.DISTRICT, "371502")


def visit(
    registry: Running, role: str, scope: ScopeKind | None = None, code: str = "", subject: str = ""
) -> AbstractAsyncContextManager[Visitor]:
    caller = registry.caller(role, scope, code, subject)
    return visiting("registry", registry.app, caller, registry.token(caller), registry.clock)


async def alike(registry: Running) -> tuple[str, str, str]:
    """Open two customers who agree in all but the phone; return both, and the path of the pair."""
    first = await opened(registry, "0001")
    second = await opened(registry, "0002", "G-371502", landline="0635-8220000", mobile=mobile(8))
    (pair,) = await found(registry)
    return first, second, f"/duplicates/{pair['id']}"


async def test_two_are_compared_side_by_side_with_what_agrees_and_the_score_in_words(
    registry: Running,
) -> None:
    first, second, path = await alike(registry)
    owner = citizen(registry, second)
    (account,) = (await owner.get("/accounts")).body["items"]
    await submitted(owner, account["id"])
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        row = {"id": str(uuid4()), "subject": second, "provider": "WECHAT", "realm": "app"}
        await uow.connection.execute(insert(login), row | {"linked_at": uow.now, "user_id_index": "1"})
    async with visit(registry, "window", *HALL) as visitor:
        work = await visitor.open("/duplicate-work")
        assert "待核实 <b>1</b>" in work
        assert f'href="{path}?whose=review"' in work
        page = await visitor.open(f"{path}?whose=review")
        assert '<tr class="agrees"><th scope="row">名称' in page
        assert '<tr class="differs"><th scope="row">电话' in page
        assert '<tr><th scope="row">证件号码' in page
        assert "名称相同、权重 25，电话不同、权重 20，地址相同、权重 15" in page
        assert "达到 65% 的提示核实" in page
        assert "138****0008" in page
        assert mobile(8) not in page
        assert "微信公众号，2022-07-04 09:00 起" in page
        assert "YW-G-371502" in page
        assert page.count("没有登录身份") == 1
        assert f'href="/customers/{first}"' in page
    async with visit(registry, "clerk", ScopeKind.UTILITY, "W-371521") as elsewhere:
        assert "没有待办" in await elsewhere.open("/duplicate-work")


async def test_it_is_dismissed_with_a_reason_that_is_remembered(registry: Running) -> None:
    _, _, path = await alike(registry)
    async with visit(registry, "window", *HALL) as visitor:
        forms = await visitor.forms(path)
        refused = await visitor.refused(forms["认定不是重复"], reason=f"电话{mobile(8)}不同")
        assert "内容中不能有" in refused
        _, page = await visitor.send((await visitor.forms(path))["认定不是重复"], reason="父子二人，各有一户")
        assert "父子二人，各有一户" in page
        assert "没有待办" in await visitor.open("/duplicate-work")
        assert path in await visitor.open("/duplicates?state=DISTINCT&utility=G-371502")
        assert path not in await visitor.open("/duplicates?state=OPEN")
        assert path not in await visitor.open("/duplicates?state=DISTINCT&utility=H-371502")
        history = await visitor.open(f"{path}/events")
        assert "认定不是重复" in history
        assert "相似程度 67%" in history


async def test_one_proposes_another_confirms_and_a_merge_is_undone(registry: Running) -> None:
    keeps, _, path = await alike(registry)
    async with visit(registry, "supervisor", *HALL, "s-1") as first:
        proposed = (await first.forms(path))["提出合并"]
        _, page = await first.send(proposed, survivor_id=keeps, **REASON)
        assert "合并待确认" in page
        assert "工作人员</span>：" in page
        assert "确认合并" not in await first.forms(path)
        assert "提出合并的人不能自行确认" in await first.open(f"{path}/withheld")
    async with visit(registry, "supervisor", *HALL, "s-2") as second:
        work = await second.open("/duplicate-work?whose=confirm")
        assert "合并待确认 <b>1</b>" in work
        page = await second.open(f"{path}?whose=confirm")
        assert "下一步：确认合并" in page
        assert "保留</span>" in page
        _, page = await second.send((await second.forms(path))["确认合并"])
        assert "已合并" in page
        _, page = await second.send((await second.forms(path))["撤销合并"], reason="核实为两人")
        assert "核实为两人" in page
        assert "不是重复" in page


async def test_a_proposal_is_sent_back_and_who_both_sign_in_are_not_merged(registry: Running) -> None:
    keeps, goes, path = await alike(registry)
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        for name in (keeps, goes):
            row = {"id": str(uuid4()), "subject": name, "provider": "WECHAT", "realm": "app"}
            await uow.connection.execute(insert(login), row | {"linked_at": uow.now, "user_id_index": name})
    async with visit(registry, "window", *HALL) as visitor:
        refused = await visitor.refused((await visitor.forms(path))["提出合并"], survivor_id=keeps, **REASON)
        assert "两个用户都有登录身份，不能合并" in refused
        assert "由本人解除其中一个登录身份" in refused
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        await uow.connection.execute(login.delete())
    async with visit(registry, "window", *HALL) as visitor:
        await visitor.send((await visitor.forms(path))["提出合并"], survivor_id=keeps, **REASON)
        _, page = await visitor.send((await visitor.forms(path))["退回合并"], reason="保留的用户有误")
        assert "待核实" in page


async def test_the_desk_leads_on_from_a_pair_also_when_that_was_decided(registry: Running) -> None:
    for serial in (1, 2, 3):
        alike_ones = person(serial, identifier=None)
        await opened(registry, f"1{serial}", described=alike_ones, mobile=mobile(serial))
        await opened(registry, f"2{serial}", described=alike_ones, mobile=mobile(serial))
    clerk = registry.client()
    pairs = [pair["id"] for pair in await found(registry, clerk, state="OPEN")]
    listed = (await clerk.get("/duplicate-work-list")).body["items"]
    assert [pair["id"] for pair in listed] == pairs
    await clerk.command(f"/duplicates/{pairs[0]}", "dismissal", REASON)
    for after, following in ((pairs[0], pairs[1]), (pairs[1], pairs[2])):
        (first, *_) = (await clerk.get("/duplicate-work-list", after=after)).body["items"]
        assert first["id"] == following
    async with visit(registry, "clerk") as visitor:
        answer = await visitor.client.get(f"/duplicate-work/next?whose=review&after={pairs[0]}")
        assert answer.headers["location"] == f"/duplicates/{pairs[1]}?whose=review"


async def test_of_a_side_elsewhere_nothing_is_shown_and_nothing_offered(registry: Running) -> None:
    await opened(registry, "0001")
    await opened(registry, "0002", "W-371503")
    (pair,) = await found(registry, registry.client())
    async with visit(registry, "clerk") as visitor:
        page = await visitor.open(f"/duplicates/{pair['id']}")
        assert "另一用户不在您的管辖范围内" in page
        assert "信息对照" not in page
        assert not {"认定不是重复", "提出合并"} & set(await visitor.forms(f"/duplicates/{pair['id']}"))


@pytest.mark.parametrize(("role", "sees"), [("clerk", True), ("agent", False)])
async def test_who_may_not_look_at_pairs_has_no_entry(registry: Running, role: str, sees: bool) -> None:
    async with visit(registry, role, ScopeKind.UTILITY, "W-371502") as visitor:
        assert ('href="/duplicate-work"' in await visitor.open("/accounts")) is sees


def test_every_particular_of_a_pair_is_shown_or_left_out_on_purpose() -> None:
    told = {name for event in PAIR_EVENTS for name in event.model_fields}
    hidden = {*PairEvent.model_fields, "features", "survivor_id"}
    assert told - hidden == set(SHOWN)
