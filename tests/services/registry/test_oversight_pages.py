"""Pages of reveals and their oversight: shown once, confirmed by a second person, read by the auditor."""

from contextlib import AbstractAsyncContextManager

from libs.common.auth.callers import Caller, ScopeKind
from tests.services.registry.samples import mobile, new_account, person, resident_id
from tests.services.registry.test_accounts import ADDRESS, opened
from tests.support.page_forms import Visitor, visiting
from tests.support.service import Running


def visits(registry: Running, caller: Caller) -> AbstractAsyncContextManager[Visitor]:
    return visiting("registry", registry.app, caller, registry.token(caller), registry.clock)


async def revealed(visitor: Visitor, path: str, **entered: str) -> str:
    form = (await visitor.forms(path))["查看完整内容"]
    return (await visitor.send(form, **entered))[1]


async def test_a_clerk_has_particulars_shown_once(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    async with visits(registry, registry.caller()) as visitor:
        path = f"/customers/{shown['customer_id']}"
        page = await revealed(visitor, path, purpose="CONTACT", fields="mobile")
        assert mobile(5_000_001) in page
        assert resident_id(1) not in page
        assert mobile(5_000_001) not in await visitor.open(path)
        account = await revealed(visitor, f"/accounts/{shown['id']}", purpose="SERVICE", fields="address")
        assert ADDRESS in account
        form = (await visitor.forms(path))["查看完整内容"]
        refused = await visitor.refused(form, purpose="CONTACT", fields="identifier")
        assert "为“联系用户”不能查看证件号码的完整内容" in refused


async def test_an_exception_is_confirmed_on_its_page(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    first = registry.caller("supervisor", ScopeKind.DISTRICT, "371502", "supervisor-1")
    async with visits(registry, first) as visitor:
        page = await revealed(
            visitor,
            f"/customers/{shown['customer_id']}",
            purpose="EMERGENCY",
            fields="identifier",
            reason="东关街爆管",
        )
        assert resident_id(1) in page
        assert "本次为应急访问" in page
        assert "确认应急访问" not in await visitor.forms("/break-glass")
    second = registry.caller("supervisor", ScopeKind.DISTRICT, "371502", "supervisor-2")
    async with visits(registry, second) as visitor:
        form = (await visitor.forms("/break-glass"))["确认应急访问"]
        assert "请填写意见" in await visitor.refused(form)
        form = (await visitor.forms("/break-glass"))["确认应急访问"]
        _, page = await visitor.send(form, confirmed="true")
        assert "已确认（supervisor-2）" in page
        assert "没有待确认的应急访问" in page


async def test_the_auditor_reads_the_record_and_a_clerk_has_no_entry(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    clerk = registry.caller()
    async with visits(registry, clerk) as visitor:
        await revealed(visitor, f"/customers/{shown['customer_id']}", purpose="CONTACT", fields="mobile")
        assert 'href="/audit"' not in await visitor.open("/accounts")
    async with visits(registry, registry.caller("auditor")) as visitor:
        page = await visitor.open("/audit?action=REVEAL&day_from=2022-07-04")
        assert "联系用户" in page
        assert shown["customer_id"] in page
        assert "没有符合条件的记录" in await visitor.open("/audit?actor=nobody")
