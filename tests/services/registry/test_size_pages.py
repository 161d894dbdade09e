"""Sizes of enterprises: on the customer's page with what they rest on, and the list of those to classify."""

from datetime import timedelta

from tests.services.registry.samples import credit_code, new_account, organisation, person
from tests.services.registry.test_accounts import opened
from tests.support.page_forms import visiting
from tests.support.service import Running

FIGURES = {"industry": "RETAIL", "employees": "8", "revenue_fen": "900000", "as_of": "2022-07-01"}


async def test_a_customers_page_has_the_size_its_figures_row_and_history(registry: Running) -> None:
    shown = await opened(registry, new_account(organisation()))
    path, clerk = f"/customers/{shown['customer_id']}", registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        assert "没有认定规模" in await visitor.open(path)
        _, page = await visitor.send((await visitor.forms(path))["认定企业规模"], **FIGURES)
        assert "零售业的下限为从业人员（人）：大型 300、中型 50、小型 10 以上；营业收入（万元）：" in page
        assert "各项须同时达到，由从业人员（人）、营业收入定为微型" in page
        assert "900,000.00 元" in page
        assert "2011-300" in page
        again = FIGURES | {"employees": "20", "revenue_fen": "5000000"}
        _, page = await visitor.send((await visitor.forms(path))["认定企业规模"], **again)
        assert "历次认定 2 次" in page
        history = await visitor.open(f"{path}/events")
        assert "原规模 微型" in history
        assert "规模 小型" in history


async def test_the_list_has_who_lacks_figures_and_then_the_oldest_first(registry: Running) -> None:
    clerk = registry.client()
    names = []
    for serial in (1, 2, 3):
        registry.clock.instant += timedelta(minutes=1)
        shown = await opened(registry, new_account(organisation(serial), f"000{serial}"))
        names.append(f"示例第{serial}商贸有限公司")
        if serial < 3:
            day = {1: "2022-07-02", 2: "2022-07-01"}[serial]
            figures = {"industry": "OTHER", "employees": 8 * serial, "as_of": day}
            await clerk.command(f"/customers/{shown['customer_id']}", "size", figures)
    # Persons, sole traders and public bodies need no size.
    await opened(registry, new_account(person(), "0004"))
    trader = organisation(5, identifier=credit_code(5, "92"))
    await opened(registry, new_account(trader, "0005"))

    async def listed(**query: str) -> list[str]:
        return [item["name"] for item in (await clerk.get("/enterprises", query=query)).body["items"]]

    assert await listed() == names[::-1]
    assert await listed(sized="false") == [names[2]]
    assert await listed(sized="true") == [names[1], names[0]]
    assert await listed(size="SMALL") == [names[1]]
    assert await listed(utility="G-371502") == []
    (first,) = (await clerk.get("/enterprises", sized="true", limit=1)).body["items"]
    assert first["industry_name"]
    page = (await clerk.get("/enterprises", sized="true", limit=1)).body
    rest = (await clerk.get("/enterprises", sized="true", limit=1, cursor=page["next"])).body["items"]
    assert [item["name"] for item in rest] == [names[0]]
    caller = registry.caller()
    async with visiting("registry", registry.app, caller, registry.token(caller), registry.clock) as visitor:
        shown_page = await visitor.open("/enterprise-sizes")
        assert names[2] in shown_page
        assert "未认定" in shown_page
        assert names[1] not in await visitor.open("/enterprise-sizes?sized=false")
        assert names[1] in await visitor.open("/enterprise-sizes?sized=true")
