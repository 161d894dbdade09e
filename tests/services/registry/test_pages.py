"""The registry's pages as a clerk has them: an account opened, found, corrected, and a customer's whole story."""

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.registry.samples import credit_code, mobile, new_account, organisation, person
from tests.services.registry.test_accounts import opened
from tests.support.page_forms import visiting
from tests.support.service import Running


async def test_a_clerk_opens_an_account_and_finds_its_customer(registry: Running) -> None:
    clerk = registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        opening = (await visitor.forms("/accounts/new"))["立户"]
        values = {
            "customer.kind": "ORGANISATION",
            "customer.name": "示例第1商贸有限公司",
            "customer.identifier": credit_code(1),
            "customer.mobile": mobile(1),
            "use": "COMMERCIAL",
            "price_class": "NON_RESIDENT",
            "number": "W-0001",
            "address": "东昌府区古楼街道东关街12号",
        }
        path, page = await visitor.send(opening, **values)
        assert "已办理：立户" in page
        assert "****0001" in page
        assert "东关街" not in page
        assert path in await visitor.open("/accounts?category=ENT")
        assert "没有符合条件的户" in await visitor.open("/accounts?category=RES")
        looking = (await visitor.forms("/customers"))["查找"]
        _, found = await visitor.send(looking, phone=mobile(1))
        assert "示例第1商贸有限公司" in found
        assert mobile(1) not in found
        history = await visitor.open(f"{path}/events")
        assert "来源 窗口登记" in history


async def test_a_customers_page_has_its_accounts_and_says_which_service_does_not_answer(
    registry: Running,
) -> None:
    shown = await opened(registry, new_account(organisation()))
    clerk = registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        path = f"/customers/{shown['customer_id']}"
        page = await visitor.open(path)
        assert f"/accounts/{shown['id']}" in page
        assert "报装服务：" in page
        correcting = (await visitor.forms(path))["变更用户信息"]
        refused = await visitor.refused(
            correcting, name="示例第1商贸有限公司", mobile="138****0001", reason="CORRECTION"
        )
        assert "内容为脱敏后的值，不能写回" in refused


@pytest.mark.parametrize(("role", "sees"), [("clerk", True), ("agent", False)])
async def test_who_may_not_look_for_customers_has_no_entry(registry: Running, role: str, sees: bool) -> None:
    caller = registry.caller(role, ScopeKind.UTILITY, "W-371502")
    async with visiting("registry", registry.app, caller, registry.token(caller), registry.clock) as visitor:
        assert ('href="/customers"' in await visitor.open("/accounts")) is sees


async def test_a_citizen_sees_the_own_accounts_whole(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    citizen = registry.caller("citizen", ScopeKind.CITIZEN, shown["customer_id"].upper())
    async with visiting(
        "registry", registry.app, citizen, registry.token(citizen), registry.clock
    ) as visitor:
        assert "古楼街道东关街12号" in await visitor.open(f"/accounts/{shown['id']}")
