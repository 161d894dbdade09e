"""Who of the staff did something stands on the registry's pages by name, or by unit and role: never by account."""

import re
from contextlib import AbstractAsyncContextManager

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.registry.alike import REASON
from tests.services.registry.exports.asking import write
from tests.services.registry.samples import new_account, organisation, person
from tests.services.registry.test_accounts import opened
from tests.services.registry.test_duplicate_pages import alike
from tests.services.registry.test_size_pages import FIGURES
from tests.support.page_forms import Visitor, visiting
from tests.support.service import Running

WATER, HALL = (ScopeKind.UTILITY, "W-371502"), (ScopeKind.DISTRICT, "371502")
NAMED = {"subject": "u-W-371502-named", "name": "经办一"}


@pytest.fixture
async def listed(registry: Running) -> Running:
    """The registry with a list of staff of one utility, with one person."""
    await registry.client("approver").put("/utilities/W-371502/staff", {"staff": [NAMED]}, version='"0"')
    return registry


def visit(
    registry: Running, subject: str, role: str, place: tuple[ScopeKind, str] = WATER
) -> AbstractAsyncContextManager[Visitor]:
    caller = registry.caller(role, *place, subject)
    return visiting("registry", registry.app, caller, registry.token(caller), registry.clock)


def seen(page: str) -> str:
    """Return what is seen of the main part of a page, without what only points at it."""
    (main,) = re.findall(r"<main.*?</main>", page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", main)


async def test_a_pair_names_who_proposed_confirmed_and_judged(listed: Running) -> None:
    keeps, _, path = await alike(listed)
    async with visit(listed, "u-371502-first", "supervisor", HALL) as first:
        proposed = (await first.forms(path))["提出合并"]
        _, page = await first.send(proposed, survivor_id=keeps, **REASON)
        assert "提出合并工作人员：" in seen(page).replace("\n", "")
        assert "u-371502-first" not in seen(page)
        # Who has to know the account finds it.
        assert 'title="账号 u-371502-first"' in page
    async with visit(listed, "u-371502-second", "supervisor", HALL) as second:
        _, page = await second.send((await second.forms(path))["确认合并"])
        assert "u-371502" not in seen(page)
        _, page = await second.send((await second.forms(path))["撤销合并"], reason="核实为两人")
        assert "认定不是同一用户工作人员，" in seen(page).replace("\n", "")
        assert "u-371502" not in seen(page)
        events = seen(await second.open(f"{path}/events"))
        assert "东昌府区" in events
        assert "u-371502" not in events


@pytest.mark.parametrize(("subject", "shown"), [(NAMED["subject"], "经办一（"), ("u-W-other", "工作人员")])
async def test_a_request_by_a_right_names_who_answered(listed: Running, subject: str, shown: str) -> None:
    account = await opened(listed, new_account(person()))
    body = {"kind": "EXPLAIN", "document_ref": "Q-1", "detail": "要求说明分类依据"}
    window = listed.client("window", *HALL)
    case = (await window.post(f"/customers/{account['customer_id']}/rights-cases", body, 201)).body
    path = f"/rights-cases/{case['id']}"
    answering = listed.client("window", *HALL, subject)
    await answering.command(path, "answer", {"text": "已当面说明"})
    async with visit(listed, subject, "window", HALL) as visitor:
        page = seen(await visitor.open(path))
        assert shown in page
        assert subject not in page
    # A citizen is shown no persons of the staff.
    owner = listed.client("citizen", ScopeKind.CITIZEN, account["customer_id"].upper())
    own = (await owner.get(path)).body
    assert (own["finisher"], own["finished_by"]) == (None, None)


@pytest.mark.parametrize("subject", [NAMED["subject"], "u-W-other"])
async def test_an_export_and_its_list_name_who_asked(listed: Running, subject: str) -> None:
    await opened(listed, new_account(organisation()))
    async with visit(listed, subject, "clerk") as visitor:
        form = (await visitor.forms("/account-exports/new"))["导出"]
        path, asked = await visitor.send(form, purpose="SERVICE", confirmed="true")
        await write(listed)
        named = "经办一（" if subject == NAMED["subject"] else "工作人员"
        for page in (asked, await visitor.open(path), await visitor.open("/account-exports")):
            assert named in seen(page)
            assert subject not in seen(page)


async def test_sizes_name_who_classified(listed: Running) -> None:
    account = await opened(listed, new_account(organisation()))
    async with visit(listed, NAMED["subject"], "clerk") as visitor:
        path = f"/customers/{account['customer_id']}"
        _, page = await visitor.send((await visitor.forms(path))["认定企业规模"], **FIGURES)
        assert "经办一（" in seen(page)
        assert NAMED["subject"] not in seen(page)
    # Another utility's staff are named by unit and role.
    await opened(listed, new_account(organisation(), number="2"), "G-371502")
    async with visit(listed, "u-G", "clerk", (ScopeKind.UTILITY, "G-371502")) as visitor:
        page = seen(await visitor.open(path))
        assert "经办一" not in page
        assert "东昌府区供水" in page
        assert NAMED["subject"] not in page
