"""The pages of grievances as citizens, the desk, the utility and who supervises have them."""

import re
from contextlib import AbstractAsyncContextManager

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.grievances.people import OWNER, clerk, send, told, told_by, work_on
from tests.support.page_forms import Visitor, visiting
from tests.support.service import Running

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
RAW = ("u-desk", "u-clerk", "u-district", "citizen-")


def raw_accounts(page: str) -> list[str]:
    """Return which accounts stand on a page but for the word that is shown when one points at a name."""
    return [raw for raw in RAW if raw in re.sub(r' title="[^"]*"', "", page)]


def visit(
    grievances: Running, role: str, scope: ScopeKind, code: str, subject: str
) -> AbstractAsyncContextManager[Visitor]:
    """Visit the pages as a caller."""
    caller = grievances.caller(role, scope, code, subject)
    return visiting("grievances", grievances.app, caller, grievances.token(caller), grievances.clock)


def at_desk(grievances: Running) -> AbstractAsyncContextManager[Visitor]:
    """Visit the pages as the hall of the district."""
    return visit(grievances, "window", ScopeKind.DISTRICT, "371502", "u-desk")


def at_unit(grievances: Running) -> AbstractAsyncContextManager[Visitor]:
    """Visit the pages as a clerk of the utility."""
    return visit(grievances, "clerk", ScopeKind.UTILITY, "W-371502", "u-clerk")


def as_citizen(grievances: Running) -> AbstractAsyncContextManager[Visitor]:
    """Visit the pages as who tells grievances."""
    return visit(grievances, "citizen", ScopeKind.CITIZEN, OWNER.upper(), f"citizen-{OWNER[-1]}")


async def test_the_desk_takes_one_in_sends_it_and_calls_back(grievances: Running) -> None:
    async with at_desk(grievances) as desk:
        page = await desk.open("/grievances/new")
        assert "诉求内容" in page
        form = (await desk.forms("/grievances/new"))["登记诉求"]
        told_now = {
            "kind": "COMPLAINT",
            "category": "SUPPLY-NONE",
            "supply": "WATER",
            "words": "停水了，回电 13800138000",
            "district": "371502",
            "site": "371502001000",
            "reporter": "NAMED",
            "name": "李女士",
            "phone": "13800138000",
            "source": "HALL",
        }
        refused = await desk.refused(form, **told_now | {"phone": "一三八"})
        assert "联系电话" in refused
        path, page = await desk.send(form, **told_now)
        assert "已办理：登记诉求" in page
        assert "停水了，回电 ******" in page
        assert "13800138000" not in page
        work = await desk.open("/grievance-work?whose=screener")
        assert "受理派单" in work
        _, page = await desk.send((await desk.forms(path))["派单"], utility="W-371502")
        assert "已派单" in page
        await work_on(clerk(grievances), path)
        assert "回访" in await desk.open("/grievance-work?whose=caller")
        page = await desk.open(path)
        assert raw_accounts(page) == []
        answers = {"reached": "true", "contacted": "true", "solved": "true", "grade": "5"}
        _, page = await desk.send((await desk.forms(path))["登记回访"], **answers)
        assert "已办结" in page
        assert "回访满意" in page
        events = await desk.open(f"{path}/events")
        assert raw_accounts(events) == []


async def test_the_unit_finds_what_is_due_and_sees_no_form_of_the_desk(grievances: Running) -> None:
    path = await told(grievances)
    await send(grievances, path)
    async with at_unit(grievances) as unit:
        assert "签收" in await unit.open("/grievance-work")
        forms = await unit.forms(path)
        assert "签收" in forms
        assert not {"派单", "登记回访", "撤回诉求"} & set(forms)
        await unit.send(forms["签收"])
        _, page = await unit.send((await unit.forms(path))["登记联系诉求人"], way="PHONE")
        assert "联系诉求人" in page
        listed = await unit.open("/grievances")
        assert "已签收" in listed
        assert "李女士" not in listed
        assert raw_accounts(page + listed) == []


async def test_a_citizen_tells_one_and_follows_it(grievances: Running) -> None:
    async with as_citizen(grievances) as owner:
        form = (await owner.forms("/grievances/new"))["登记诉求"]
        assert "source" not in form.values
        told_now = {
            "kind": "HELP",
            "category": "SUPPLY-NONE",
            "supply": "WATER",
            "words": "停水了，回电 13800138000",
            "district": "371502",
            "reporter": "CONFIDENTIAL",
        }
        path, page = await owner.send(form, **told_now)
        assert "停水了，回电 13800138000" in page
        await send(grievances, path)
        await clerk(grievances).command(path, "notes", {"text": "内部备注一条"})
        await work_on(clerk(grievances), path)
        page = await owner.open(path)
        assert "设备已修好，供水已恢复。" in page
        events = await owner.open(f"{path}/events")
        assert [raw for raw in (*RAW[:3], "内部备注", "二次供水设备停机") if raw in page + events] == []
        answers = {"contacted": "true", "solved": "true", "grade": "5"}
        _, page = await owner.send((await owner.forms(path))["填写回访"], **answers)
        assert "已办结" in page
    async with at_unit(grievances) as unit:
        page = await unit.open(path) + await unit.open(f"{path}/events")
        assert [secret for secret in ("citizen-", OWNER, "13800138000") if secret in page] == []


async def test_a_list_is_narrowed_and_a_stranger_s_page_is_not_there(grievances: Running) -> None:
    path = await told_by(grievances)
    async with at_desk(grievances) as desk:
        assert "SQ-371502-20220704-0001" in await desk.open("/grievances?state=NEW")
        assert "SQ-371502-20220704-0001" not in await desk.open("/grievances?state=CLOSED")
    async with at_unit(grievances) as unit:
        response = await unit.client.get(path)
        assert response.status_code == 404
