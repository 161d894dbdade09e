"""Pages of ratings: lists, desks, one rating, integrity, and the page behind a link without a session."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import httpx
import pytest

from libs.common.auth.callers import Caller, ScopeKind
from services.console.bootstrap import build
from tests.services.grievances.ratings.arriving import city, invited, names, owner
from tests.services.grievances.ratings.test_links import link_of
from tests.support.page_forms import Visitor, _OneService, forms_of, visiting
from tests.support.pages import PAGE, settings
from tests.support.service import Running


def visits(grievances: Running, caller: Caller) -> AbstractAsyncContextManager[Visitor]:
    return visiting("grievances", grievances.app, caller, grievances.token(caller), grievances.clock)


async def test_the_desk_calls_back_and_the_unit_rectifies_and_appeals(grievances: Running) -> None:
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 1, "reason": "没有人来，13800138000"})
    desk = grievances.caller("window", ScopeKind.DISTRICT, "371502", "u-hall")
    async with visits(grievances, desk) as visitor:
        work = await visitor.open("/rating-work")
        assert path in work
        assert "非常不满意" in work
        page = await visitor.open(path)
        assert "没有人来，******" in page
        form = (await visitor.forms(path))["登记评价回访"]
        _, page = await visitor.send(form, reached="true", genuine="true", note="等候时间长")
        assert "本人评价：等候时间长" in page
        assert ">u-hall" not in page
        assert "东昌府区工作人员" in page
        assert "差评回访" in await visitor.open(f"{path}/events")
    clerk = grievances.caller("clerk", ScopeKind.UTILITY, "W-371502", "u-clerk")
    async with visits(grievances, clerk) as visitor:
        _, page = await visitor.send((await visitor.forms(path))["登记整改"], text="已上门检修")
        assert "已上门检修" in page
        appeal = (await visitor.forms(path))["申诉"]
        _, page = await visitor.send(appeal, ground="MISTAKEN", reason="评价的是另一件")
        assert "待县（市、区）审核" in page
    for caller in (
        grievances.caller("supervisor", ScopeKind.DISTRICT, "371502", "u-district"),
        grievances.caller("supervisor", ScopeKind.CITY, "", "u-city"),
    ):
        async with visits(grievances, caller) as visitor:
            form = (await visitor.forms(path))["审核申诉"]
            _, page = await visitor.send(form, granted="true", note="与回访一致")
            assert "与回访一致" in page
    assert "不计入统计" in page


async def test_lists_and_integrity_show_what_is_suspect(grievances: Running) -> None:
    grievances.set_clock("2022-07-04 08:00:20")
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 5})
    grievances.set_clock("2022-07-04 12:00")
    await grievances.fire_timers()
    async with visits(grievances, grievances.caller("supervisor", ScopeKind.CITY, "", "u-city")) as visitor:
        assert "存疑" in await visitor.open("/ratings?suspect=true&grade=5&service=REQUEST")
        assert "没有符合条件的" in await visitor.open("/ratings?signal=DENIED")
        page = await visitor.open("/rating-integrity")
        assert "办结后数秒内评价" in page
        assert "用户业务：报停" in page
        assert "2022-LC" in page
        assert "办结后数秒内评价" in await visitor.open(path)


async def test_the_board_shows_the_ratings_that_were_given_last(grievances: Running) -> None:
    first, second, third = [await invited(grievances, number) for number in (1, 2, 3)]
    for path, grade in ((second, 1), (first, 5)):
        await owner(grievances).command(path, "grade", {"grade": grade})
        grievances.set_clock(grievances.clock.now() + timedelta(minutes=1))
    listed = (await city(grievances).get("/ratings", order="rated")).body["items"]
    assert [f"/ratings/{item['id']}" for item in listed] == [first, second]
    sibling = grievances.caller("clerk", ScopeKind.UTILITY, "G-371502", "u-gas")
    async with visits(grievances, sibling) as visitor:
        assert "没有评价" in await visitor.open("/latest-ratings")
    async with visits(grievances, grievances.caller("supervisor", ScopeKind.CITY, "", "u-city")) as visitor:
        latest = await visitor.open("/latest-ratings")
        assert latest.index(first) < latest.index(second)
        assert third not in latest
        assert third in await visitor.open("/ratings")
        assert third not in await visitor.open("/ratings?order=rated")


@pytest.fixture
def console(grievances: Running) -> httpx.ASGITransport:
    """The console over the service, for somebody without a session."""
    return httpx.ASGITransport(
        build(settings(), grievances.clock, transport=_OneService("grievances", grievances.app))
    )


async def test_the_page_behind_a_link_needs_neither_session_nor_scripts(
    grievances: Running, console: httpx.ASGITransport
) -> None:
    path = await invited(grievances)
    address = (await link_of(grievances, path)).replace("/rating-links/", "/r/")
    async with (
        console.app.router.lifespan_context(console.app),  # type: ignore[attr-defined]  # of the console
        httpx.AsyncClient(transport=console, base_url=PAGE) as phone,
    ):
        assert (await phone.head(address)).status_code == 200
        for _ in range(3):
            shown = await phone.get(address)
            assert shown.status_code == 200
        assert await names(grievances, path) == ["rating_invited", "rating_link_made"]
        assert "script-src 'self'" in shown.headers["content-security-policy"]
        assert shown.headers["cache-control"] == "no-store"
        assert "set-cookie" not in shown.headers
        for word in ("用户业务：报停", "非常满意", "非常不满意", "2022-07-04 办结"):
            assert word in shown.text
        form = forms_of(shown.text)["服务评价"]
        assert form.action == address
        # Nothing chosen: what was written stays.
        missing = await phone.post(address, data={"key": form.values["key"], "reason": "很快"})
        assert missing.status_code == 422
        assert "请选择一个评价" in missing.text
        assert "很快" in missing.text
        entered = {"key": form.values["key"], "grade": "2", "reason": "没有通知"}
        for _ in range(2):
            done = await phone.post(address, data=entered)
            assert (done.status_code, done.headers["location"]) == (303, address)
        assert "已收到您的评价" in (await phone.get(address)).text
        again = await phone.post(address, data={"grade": "5"})
        assert again.status_code == 409
        wrong = await phone.get(f"/r/{'x' * 43}")
        assert wrong.status_code == 404
        assert "评价链接无效" in wrong.text
    shown_to_staff = (await city(grievances).get(path)).body
    assert [grade["grade"] for grade in shown_to_staff["grades"]] == [2]
    assert (await names(grievances, path)).count("rating_given") == 1
