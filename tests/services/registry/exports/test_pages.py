"""Exports on the pages: asked for from the list, followed, taken; the auditor sees all."""

from libs.common.auth.callers import ScopeKind
from tests.services.registry.exports.asking import exported, write
from tests.services.registry.samples import new_account, organisation, person
from tests.services.registry.test_accounts import opened
from tests.support.page_forms import visiting
from tests.support.service import Running


async def test_a_clerk_exports_the_list_as_it_is_narrowed(registry: Running) -> None:
    await opened(registry, new_account(person()))
    await opened(registry, new_account(organisation(), "W-000002"))
    clerk = registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        asking = "/account-exports/new?category=ENT"
        assert f'href="{asking}"' in await visitor.open("/accounts?category=ENT")
        page = await visitor.open(asking)
        assert "共 1 户" in page
        assert "类别：企业用户" in page
        form = (await visitor.forms(asking))["导出"]
        # Without the confirmation nothing is asked for.
        await visitor.refused(form, purpose="SERVICE")
        form = (await visitor.forms(asking))["导出"]
        path, page = await visitor.send(form, purpose="SERVICE", confirmed="true")
        assert "排队中" in page
        assert "file.xlsx" not in page
        form = (await visitor.forms(asking))["导出"]
        refused = await visitor.refused(form, purpose="SERVICE", confirmed="true")
        assert "请等上一个导出完成后再提出" in refused
        await write(registry)
        page = await visitor.open(path)
        assert "可下载" in page
        assert "0 次，最多 3 次" in page
        file = await visitor.client.get(f"{path}/file.xlsx")
        assert file.content.startswith(b"PK")
        assert "1 次，最多 3 次" in await visitor.open(path)
        assert path in await visitor.open("/account-exports?mine=true")


async def test_the_auditor_sees_all_exports_and_others_have_no_button(registry: Running) -> None:
    await opened(registry, new_account(person()))
    export = await exported(registry)
    auditor = registry.caller("auditor")
    async with visiting(
        "registry", registry.app, auditor, registry.token(auditor), registry.clock
    ) as visitor:
        assert export["number"] in await visitor.open("/audit")
        assert export["number"] in await visitor.open("/account-exports")
        page = await visitor.open(f"/account-exports/{export['id']}")
        assert 'title="账号 clerk-1"' in page
        assert "file.xlsx" not in page
    agent = registry.caller("agent", ScopeKind.UTILITY, "W-371502")
    async with visiting("registry", registry.app, agent, registry.token(agent), registry.clock) as visitor:
        assert "/account-exports" not in await visitor.open("/accounts")
