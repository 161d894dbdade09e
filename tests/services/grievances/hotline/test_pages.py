"""The pages of the hotline: a parked order resolved, a refused message sent again, what a grievance shows of it."""

import httpx

from libs.common.auth.callers import ScopeKind
from tests.services.grievances.hotline.lists import of_first_city
from tests.services.grievances.hotline.orders import city, desk, push, taken
from tests.services.grievances.hotline.test_messages import sender, serving
from tests.support.page_forms import visiting
from tests.support.pages import PAGE
from tests.support.service import Running


async def test_the_desk_resolves_a_parked_order(grievances: Running) -> None:
    parked = await push(grievances, kind="表扬")
    caller = grievances.caller("window", ScopeKind.DISTRICT, "371502")
    token = grievances.token(caller)
    async with visiting("grievances", grievances.app, caller, token, grievances.clock) as visitor:
        assert 'href="/hotline-orders"' in await visitor.open("/grievances")
        listed = await visitor.open("/hotline-orders?state=PARKED")
        assert "诉求种类不明" in listed
        path = f"/hotline-orders/{parked['id']}"
        page = await visitor.open(path)
        assert "小区昨天起停水，请打我电话 ******" in page
        assert "13800138000" not in page
        form = (await visitor.forms(path))["核对后接收"]
        values = form.values | {"kind": "COMPLAINT"}
        answer = await visitor.client.post(form.action, data=values, headers={"Origin": PAGE})
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        assert "查看诉求" in await visitor.open(path)
        assert "核对热线工单" in await visitor.open(f"{path}/events")


async def test_a_refused_message_is_sent_again_from_the_list(grievances: Running) -> None:
    path = await taken(grievances, status="督办")
    await desk(grievances).command(path, "refusal", {"reason": "NOT_OURS", "note": "属于物业管理事项"})
    async with serving((422, b""), (202, b"")) as hotline:
        worker = sender(grievances, hotline.url)
        await worker.step()
        caller = grievances.caller("window", ScopeKind.DISTRICT, "371502")
        token = grievances.token(caller)
        async with visiting("grievances", grievances.app, caller, token, grievances.clock) as visitor:
            page = await visitor.open("/hotline-messages?state=REFUSED")
            assert "HTTP 422" in page
            assert "重新发送 DH20220704000123（超职责）" in page
            assert "热线未接收" in await visitor.open(path)
            (message,) = (await city(grievances).get("/hotline-messages")).body["items"]
            csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
            answer = await visitor.client.post(
                f"/hotline-messages/{message['id']}/sending", data={"csrf": csrf}, headers={"Origin": PAGE}
            )
            assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        assert await worker.step() == 1


async def test_the_desk_reads_a_list_in(grievances: Running) -> None:
    caller = grievances.caller("supervisor", ScopeKind.CITY, "")
    token = grievances.token(caller)
    async with visiting("grievances", grievances.app, caller, token, grievances.clock) as visitor:
        form = (await visitor.forms("/hotline-order-imports"))[""]
        answer = await visitor.client.post(
            form.action,
            data=form.values | {"mode": "good"},
            files={"file": ("工单.xlsx", of_first_city())},
            headers={"Origin": PAGE},
        )
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        assert "工单.xlsx" in await visitor.open("/hotline-order-imports")
