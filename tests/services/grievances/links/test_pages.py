"""The page behind a link to the call-back, and what the desk sees of the messages."""

import httpx
import pytest

from libs.common.auth.callers import ScopeKind
from services.console.bootstrap import build
from tests.services.grievances.links.sent import link_to
from tests.services.grievances.people import city, replied
from tests.support.page_forms import _OneService, forms_of, visiting
from tests.support.pages import PAGE, settings
from tests.support.service import Running

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


async def test_the_page_behind_a_link_needs_neither_session_nor_scripts(grievances: Running) -> None:
    path = await replied(grievances)
    address = (await link_to(grievances, path)).replace("/call-links/", "/c/")
    console = build(settings(), grievances.clock, transport=_OneService("grievances", grievances.app))
    async with (
        console.router.lifespan_context(console),
        httpx.AsyncClient(transport=httpx.ASGITransport(console), base_url=PAGE) as phone,
    ):
        assert (await phone.head(address)).status_code == 200
        shown = await phone.get(address)
        assert shown.headers["cache-control"] == "no-store"
        assert "set-cookie" not in shown.headers
        for word in ("投诉", "2022-07-04 答复", "提交后不能更改"):
            assert word in shown.text
        form = forms_of(shown.text)["诉求回访"]
        assert form.action == address
        entered = {"key": form.values["key"], "contacted": "true", "solved": "false", "reason": "还没有水"}
        missing = await phone.post(address, data=entered)
        assert missing.status_code == 422
        assert "请选择满意程度" in missing.text
        assert "还没有水" in missing.text
        # What the rules refuse is said beside the form, too.
        refused = await phone.post(address, data=entered | {"grade": "1", "reason": "请打13800138000"})
        assert refused.status_code == 409
        assert "本次回访已经结束" not in refused.text
        for _ in range(2):
            done = await phone.post(address, data=entered | {"grade": "1", "key": "again"})
            assert (done.status_code, done.headers["location"]) == (303, address)
        assert "已收到您的回答" in (await phone.get(address)).text
        wrong = await phone.get(f"/c/{'x' * 43}")
        assert (wrong.status_code, "回访链接无效" in wrong.text) == (404, True)
    (call,) = (await city(grievances).get(path)).body["cycles"][0]["calls"]
    assert (call["grade"], call["reason"]) == (1, "还没有水")


async def test_the_desk_sends_a_link_and_sees_the_message(grievances: Running) -> None:
    path = await replied(grievances)
    caller = grievances.caller("window", ScopeKind.DISTRICT, "371502", "u-hall")
    token = grievances.token(caller)
    async with visiting("grievances", grievances.app, caller, token, grievances.clock) as visitor:
        await visitor.send((await visitor.forms(path))["发送回访链接"])
        page = await visitor.open("/link-messages")
        assert path in page
        assert "待发送" in page
        assert "13800138000" not in page
