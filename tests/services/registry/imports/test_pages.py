"""The pages of a utility's ledger of accounts: handed in, its progress and what is wrong with it."""

import httpx

from libs.common.auth.callers import ScopeKind
from tests.services.registry.imports.ledgers import enterprise, file_of, home, work
from tests.support.page_forms import visiting
from tests.support.pages import PAGE
from tests.support.service import Running


async def test_a_clerk_hands_a_ledger_in_and_sees_what_is_wrong(registry: Running) -> None:
    clerk = registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        assert 'href="/account-imports"' in await visitor.open("/accounts")
        form = (await visitor.forms("/account-imports"))[""]
        values = form.values | {"mode": "good"}
        file = ("用户清册.csv", file_of([enterprise(), home(手机号="1")]))
        answer = await visitor.client.post(
            form.action, data=values, files={"file": file}, headers={"Origin": PAGE}
        )
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        path = answer.headers["location"]
        await work(registry)
        page = await visitor.open(path)
        assert "已完成" in page
        assert "手机号为11位数字" in page
        assert "用户清册.csv" in await visitor.open("/account-imports")
        report = await visitor.client.get(f"{path}/report.xlsx")
        assert report.content.startswith(b"PK")


async def test_a_file_in_other_words_is_looked_through_before_it_is_read_in(registry: Running) -> None:
    clerk = registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        form = (await visitor.forms("/account-imports"))[""]
        file = ("用户清册.csv", file_of([enterprise(用途="民用")]))
        answer = await visitor.client.post(
            form.action, data=form.values | {"mode": "good"}, files={"file": file}, headers={"Origin": PAGE}
        )
        assert "“民用”即" in answer.text
        assert 'formaction="/account-imports/own"' in answer.text


async def test_who_keeps_no_accounts_has_no_entry(registry: Running) -> None:
    caller = registry.caller("agent", ScopeKind.UTILITY, "W-371502")
    async with visiting("registry", registry.app, caller, registry.token(caller), registry.clock) as visitor:
        assert 'href="/account-imports"' not in await visitor.open("/accounts")
