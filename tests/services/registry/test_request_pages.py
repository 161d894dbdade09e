"""The pages of requests as citizens, clerks, the hall and approvers have them."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from libs.casework.http.history import EventView
from libs.common.auth.callers import ScopeKind
from services.registry.events.requests import REQUEST_EVENTS, RequestEvent
from services.registry.pages.request_history import HISTORY, LEFT_OUT, SHOWN
from tests.contracts.committed import TYPES, example
from tests.services.registry.request_samples import PDF, citizen, hand_in, opened, submitted
from tests.services.registry.samples import mobile, person
from tests.support.page_forms import Visitor, visiting
from tests.support.service import Running, when

EVENT = {
    "seq": 1,
    "name": "",
    "at": when("2022-07-04 09:00"),
    "recorded_at": None,
    "actor": None,
    "on_behalf_of": None,
    "in_stead": False,
}
REQUEST_TYPES = [
    type_
    for type_ in TYPES
    if ".registry." in type_ and type_.split(".")[-2] in {event.event for event in REQUEST_EVENTS}
]


def visit(
    registry: Running, role: str = "clerk", scope: ScopeKind | None = None, code: str = ""
) -> AbstractAsyncContextManager[Visitor]:
    """Visit the pages as a caller, by default the utility's clerk."""
    caller = registry.caller(role, scope, code)
    return visiting("registry", registry.app, caller, registry.token(caller), registry.clock)


def as_owner(registry: Running, account: dict[str, Any]) -> AbstractAsyncContextManager[Visitor]:
    """Visit the pages as the citizen who has an account."""
    return visit(registry, "citizen", ScopeKind.CITIZEN, account["customer_id"].upper())


async def test_a_citizen_asks_for_a_stop_and_the_clerk_finds_it_due_and_does_it(registry: Running) -> None:
    account = await opened(registry)
    async with as_owner(registry, account) as owner:
        page = await owner.open(f"/accounts/{account['id']}")
        assert "复用：该户在用，不能复用" in page
        assert f'href="/accounts/{account["id"]}/requests/RESUMPTION"' not in page
        form = (await owner.forms(f"/accounts/{account['id']}/requests/SUSPENSION"))["提交报停申请"]
        assert "document_ref" not in form.values
        path, page = await owner.send(form)
        assert "已办理：提交报停申请" in page
        assert "王某某" in page
        assert "我的业务" in page
        # An account has one open request: each kind says which, and the number leads nowhere else.
        page = await owner.open(f"/accounts/{account['id']}")
        assert page.count("已有未办结的申请") == 4
        assert 'href="/search?q=YW-W-371502-20220704-0001"' in page
    async with visit(registry) as clerk:
        work = await clerk.open("/request-work")
        assert "报停 · 受理" in work
        assert "没有待办" in await clerk.open("/request-work?whose=clerk&task=COMPLETE")
        assert "报停 · 受理" in await clerk.open("/request-work?whose=clerk&task=ACCEPT&kind=SUSPENSION")
        page = await clerk.open(f"{path}?whose=clerk")
        assert "下一步：受理" in page
        assert "王某某" not in page
        await clerk.send((await clerk.forms(path))["受理"])
        _, page = await clerk.send((await clerk.forms(path))["办结"], reading="12", confirmed="true")
        assert "已办结" in page
        assert "按时" in page
        assert "报停" in await clerk.open(f"/accounts/{account['id']}")
        events = await clerk.open(f"{path}/events")
        assert "应办结 2022-07-07 17:30" in events
        assert "按时 是" in events


async def test_the_clerk_submits_in_the_users_stead_with_the_signed_document(registry: Running) -> None:
    account = await opened(registry)
    async with visit(registry) as clerk:
        form = (await clerk.forms(f"/accounts/{account['id']}/requests/CHANGE"))["提交信息变更申请"]
        values = {"change.mobile": mobile(2)}
        assert "代用户办理须注明用户签字的文件" in await clerk.refused(form, **values)
        path, page = await clerk.send(form, **values, document_ref="DOC-1")
        assert "手机号" in page
        assert mobile(2) not in page
        assert "凭签字文件" in page
        assert "申请变更 手机号" in await clerk.open(f"{path}/events")
        customer = await clerk.open(f"/customers/{account['customer_id']}")
        assert path in customer
        assert "信息变更" in customer


async def test_a_kind_that_cannot_be_asked_for_has_no_form_but_its_reason(registry: Running) -> None:
    account = await opened(registry, utility="H-371502")
    path = f"/accounts/{account['id']}/requests/SUSPENSION"
    async with as_owner(registry, account) as owner:
        assert "提交报停申请" in await owner.forms(path)
        registry.clock.instant = when("2022-10-17 09:00")
    async with as_owner(registry, account) as owner:
        assert "本供热期的停用申请已于10月15日截止" in await owner.open(path)
        assert "提交报停申请" not in await owner.forms(path)


async def test_who_cannot_ask_is_offered_nothing(registry: Running) -> None:
    account = await opened(registry)
    async with visit(registry, "approver") as approver:
        assert "申请办理" not in await approver.open(f"/accounts/{account['id']}")
    async with visit(registry, "window", ScopeKind.DISTRICT, "371502") as hall:
        assert "申请办理" in await hall.open(f"/accounts/{account['id']}")
        form = (await hall.forms(f"/accounts/{account['id']}/requests/SUSPENSION"))["提交报停申请"]
        _, page = await hall.send(form, document_ref="DOC-1")
        assert "办事大厅" in page


async def test_both_parties_of_a_transfer_and_the_approver_see_what_they_may(registry: Running) -> None:
    account = await opened(registry)
    async with as_owner(registry, account) as owner:
        form = (await owner.forms(f"/accounts/{account['id']}/requests/TRANSFER"))["提交过户申请"]
        receiver = {f"receiver.{name}": str(value) for name, value in person(2).items()}
        without = {name: value for name, value in receiver.items() if name != "receiver.identifier"}
        assert "受让人的证件号码必填" in await owner.refused(form, **without)
        path, page = await owner.send(form, **receiver)
        assert "尚缺：受让人同意、房屋权属或使用证明" in page
    await hand_in(citizen(registry, account["customer_id"]), path)
    shown = (await registry.client().get(path)).body
    file = f"{path}/materials/{shown['materials'][0]['id']}"
    async with as_owner(registry, account) as owner:
        assert f'href="{file}"' in await owner.open(path)
        assert (await owner.client.get(file)).content == PDF[1]
    async with visit(registry, "citizen", ScopeKind.CITIZEN, shown["receiver_id"].upper()) as other:
        page = await other.open(path)
        assert f"/accounts/{account['id']}" not in page
        assert file not in page
        await other.send((await other.forms(path))["受让人同意过户"])
    async with visit(registry) as clerk:
        await clerk.send((await clerk.forms(path))["受理"])
        assert file in await clerk.open(path)
    async with visit(registry, "approver") as approver:
        assert "过户 · 审批" in await approver.open("/request-work")
        await approver.send((await approver.forms(path))["审批"], settled="true")
    async with visit(registry, "supervisor", ScopeKind.DISTRICT, "371502") as supervisor:
        assert f'href="{file}"' not in await supervisor.open(path)


async def test_the_list_is_narrowed_by_kind_state_place_and_what_is_late_or_ones_own(
    registry: Running,
) -> None:
    first, second = await opened(registry), await opened(registry, 2)
    stop = await submitted(citizen(registry, first["customer_id"]), first["id"])
    close = await submitted(citizen(registry, second["customer_id"]), second["id"], "CLOSURE")
    async with visit(registry) as clerk:
        await clerk.send((await clerk.forms(stop))["受理"])
        taking = next(form for name, form in (await clerk.forms(stop)).items() if "承办" in name)
        await clerk.send(taking)
    registry.clock.instant = when("2022-07-08 09:00")
    async with visit(registry) as clerk:
        listed = {
            query: {path for path in (stop, close) if path in await clerk.open(f"/requests?{query}")}
            for query in (
                "kind=CLOSURE",
                "state=ACCEPTED",
                "district=371502",
                "district=371503",
                "open=true&mine=true",
                "overdue=true",
                "overdue=false",
                "open=false",
                "mine=false",
            )
        }
        found = await clerk.open("/search?q=YW-W-371502-20220704-0002")
        assert (close in found, stop in found) == (True, False)
        assert listed == {
            "kind=CLOSURE": {close},
            "state=ACCEPTED": {stop},
            "district=371502": {stop, close},
            "district=371503": set(),
            "open=true&mine=true": {stop},
            "overdue=true": {stop},
            "overdue=false": {close},
            "open=false": set(),
            "mine=false": {close},
        }
        assert "已超时" in await clerk.open(stop)
        assert f"/requests/{close.rpartition('/')[2]}" not in await clerk.open(f"/accounts/{first['id']}")


async def test_a_note_that_mentions_a_colleague_is_among_the_updates(registry: Running) -> None:
    account = await opened(registry)
    path = await submitted(citizen(registry, account["customer_id"]), account["id"])
    async with visit(registry) as clerk:
        watching = next(form for name, form in (await clerk.forms(path)).items() if "关注" in name)
        await clerk.send(watching)
    async with visit(registry, "approver") as approver:
        noting = next(form for name, form in (await approver.forms(path)).items() if "备注" in name)
        _, page = await approver.send(noting, text="已电话联系")
        assert "已电话联系" in page
    async with visit(registry) as clerk:
        updates = await clerk.open("/request-updates")
        assert "YW-W-371502-20220704-0001" in updates
        assert path in updates
    async with as_owner(registry, account) as owner:
        assert "已电话联系" not in await owner.open(path)


def test_every_particular_of_every_event_is_shown_or_left_out_on_purpose() -> None:
    fields = {name for event in REQUEST_EVENTS for name in event.model_fields} - set(
        RequestEvent.model_fields
    )
    assert fields == LEFT_OUT | SHOWN.keys()
    assert not LEFT_OUT & SHOWN.keys()


@pytest.mark.parametrize("event", REQUEST_TYPES)
def test_every_example_is_told_in_words(event: str) -> None:
    name, facts = event.split(".")[-2], example(event)["data"]
    shown = {key: value for key, value in facts.items() if key in SHOWN}
    view = EventView.model_validate(EVENT | {"event": name, "particulars": shown})
    for _, text in HISTORY.particulars(view):
        assert "_" not in text
        assert "None" not in text
        assert "T0" not in text
