"""Requests by a right that wait for their answer: taken, due, done only when carried out, refused with a ground."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from libs.common.clock import SHANGHAI
from services.registry.domain.rights_cases import RightsPolicy, due_of
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.retention import purge_expired
from tests.services.registry import alike
from tests.services.registry.request_samples import citizen
from tests.services.registry.samples import mobile, new_account, organisation, person
from tests.services.registry.test_accounts import opened
from tests.support.page_forms import visiting
from tests.support.service import Client, Running, when

SIGNED = {"document_ref": "OBJ-2022-000318"}


def hall(registry: Running) -> Client:
    return registry.client("window", ScopeKind.DISTRICT, "371502")


async def asked(registry: Running, kind: str = "COPY") -> tuple[dict[str, Any], str]:
    """Open an account and take a request by a right; return the account, and the path of the request."""
    shown = await opened(registry, new_account(person()))
    body = {"kind": kind, "detail": "来信提出", **SIGNED}
    made = await registry.client().post(f"/customers/{shown['customer_id']}/rights-cases", body, 201)
    return shown, f"/rights-cases/{made.body['id']}"


@pytest.mark.parametrize(("days", "due"), [(30, "2022-08-03 23:59"), (15, "2022-07-19 23:59")])
def test_the_time_runs_to_the_end_of_the_last_day(days: int, due: str) -> None:
    for hour in (0, 9, 23):
        at = datetime(2022, 7, 4, hour, 30, tzinfo=SHANGHAI)
        assert due_of(at, RightsPolicy(days=days)) == when(due)


async def test_a_copy_is_answered_when_the_file_was_made(registry: Running) -> None:
    shown, path = await asked(registry)
    counter = hall(registry)
    case = (await counter.get(path)).body
    assert (case["state"], case["due_at"], case["customer_name"]) == ("OPEN", "2022-08-03T15:59:00Z", "王**")
    early = await counter.command(path, "answer", {"text": "文件已交付"}, 409)
    assert early.code == "not-carried-out"
    await counter.post(f"/customers/{shown['customer_id']}/copy", SIGNED)
    done = (await counter.command(path, "answer", {"text": "文件已交付"})).body
    assert (done["state"], done["answer"], done["overdue"], done["work"]) == ("DONE", "文件已交付", False, [])
    again = await counter.command(path, "refusal", {"ground": "REPEATED", "text": "已交付"}, 409)
    assert again.code == "not-in-this-state"
    names = [name for name, _ in await registry.events(path.rpartition("/")[2])]
    assert names == ["rights_case_opened", "rights_case_done"]
    # Its owner has it in the copy, and reads it.
    owner = citizen(registry, shown["customer_id"])
    assert (await owner.get(path)).body["answer"] == "文件已交付"
    (copied,) = (await owner.post(f"/customers/{shown['customer_id']}/copy")).body["rights_cases"]
    assert copied["state_name"] == "已办理"


@pytest.mark.parametrize("kind", ["CORRECT", "RESTRICT", "ERASE", "EXPLAIN"])
async def test_what_is_asked_for_is_carried_out_first_but_an_explanation(
    registry: Running, kind: str
) -> None:
    shown, path = await asked(registry, kind)
    counter, customer = hall(registry), f"/customers/{shown['customer_id']}"
    told = {"text": "已办理"}
    if kind != "EXPLAIN":
        assert (await counter.command(path, "answer", told, 409)).code == "not-carried-out"
    if kind == "CORRECT":
        texts = {"name": "王某某", "mobile": mobile(7), "reason": "CORRECTION"}
        await counter.command(customer, "correction", texts)
    elif kind == "RESTRICT":
        await counter.command(customer, "restriction", SIGNED)
    if kind == "ERASE":
        assert (await counter.command(customer, "erasure", SIGNED, 422)).code == "accounts-open"
        refused = {"ground": "RETAINED", "text": "户尚在用，请先销户"}
        assert (await counter.command(path, "refusal", refused)).body["ground_name"].startswith("户未销")
    else:
        assert (await counter.command(path, "answer", told)).body["state"] == "DONE"


async def test_it_is_seen_by_scope_and_answered_by_the_counter_alone(registry: Running) -> None:
    shown, path = await asked(registry)
    refused = {"ground": "NOT_VERIFIED", "text": "未能核实身份"}
    for role in ("clerk", "supervisor"):
        client = registry.client(role)
        seen = await client.get(path)
        assert (await client.post(f"{path}/refusal", refused, 403, version=seen.etag)).code == "forbidden"
    await registry.client("clerk", ScopeKind.UTILITY, "G-371502").get(path, 404)
    await citizen(registry, "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11").get(path, 404)
    personal = {"kind": "COPY", "detail": f"电话{mobile(1)}", **SIGNED}
    cases = f"/customers/{shown['customer_id']}/rights-cases"
    assert (await hall(registry).post(cases, personal, 409)).code == "personal-data-in-text"
    assert (await registry.client().command(path, "withdrawal", {"text": "来电撤回"})).body["state"] == (
        "WITHDRAWN"
    )


async def test_each_utility_and_citizen_lists_the_requests_of_its_own_customers(registry: Running) -> None:
    ids = {}
    for serial, code in ((1, "W-371502"), (2, "G-371502"), (3, "W-371503")):
        address = {"W-371503": "茌平区振兴街道1号"}.get(code, "聊城市东昌府区古楼街道东关街12号")
        shown = await opened(registry, new_account(person(serial), f"000{serial}", address=address), code)
        body = {"kind": "COPY", "detail": "来信提出", **SIGNED}
        clerk = registry.client("clerk", ScopeKind.UTILITY, code)
        path = f"/customers/{shown['customer_id']}/rights-cases"
        ids[code] = (await clerk.post(path, body, 201)).body["id"]
        own = (await citizen(registry, shown["customer_id"]).get("/rights-cases")).body["items"]
        assert [item["id"] for item in own] == [ids[code]]

    async def seen(client: Client, path: str = "/rights-cases") -> set[str]:
        return {item["id"] for item in (await client.get(path)).body["items"]}

    for code, case_id in ids.items():
        clerk = registry.client("clerk", ScopeKind.UTILITY, code)
        for path in ("/rights-cases", "/rights-work-list"):
            assert await seen(clerk, path) == {case_id}
    assert await seen(hall(registry)) == {ids["W-371502"], ids["G-371502"]}
    assert await seen(registry.client("supervisor")) == set(ids.values())


async def test_a_request_goes_with_its_customer_into_a_merge(registry: Running) -> None:
    keeps = await alike.opened(registry, "0001")
    goes = await alike.opened(registry, "0002", "G-371502")
    body = {"kind": "EXPLAIN", "detail": "来信提出", **SIGNED}
    case = (await hall(registry).post(f"/customers/{goes}/rights-cases", body, 201)).body["id"]
    water = registry.client()
    await water.get(f"/rights-cases/{case}", 404)
    await alike.merged(registry, keeps, goes)
    assert (await water.get(f"/rights-cases/{case}")).body["customer_id"] == goes


async def test_the_work_list_has_what_is_open_the_most_urgent_first_with_its_counts(
    registry: Running,
) -> None:
    _, first = await asked(registry)
    registry.clock.instant += timedelta(days=20)
    other = await opened(registry, new_account(organisation(), "0002"))
    body = {"kind": "EXPLAIN", "detail": "来电询问类别", **SIGNED}
    second = (await hall(registry).post(f"/customers/{other['customer_id']}/rights-cases", body, 201)).body
    registry.clock.instant += timedelta(days=11)
    counter = hall(registry)
    items = (await counter.get("/rights-work-list")).body["items"]
    assert [item["id"] for item in items] == [first.rpartition("/")[2], second["id"]]
    assert [item["work"][0]["light"] for item in items] == ["RED", "GREEN"]
    (count,) = (await counter.get("/rights-work-list/counts")).body["items"]
    assert (count["total"], count["overdue"]) == (2, 1)
    (late,) = (await counter.get("/rights-work-list", overdue="true")).body["items"]
    assert late["id"] == items[0]["id"]
    (after,) = (await counter.get("/rights-work-list", after=late["id"])).body["items"]
    assert after["id"] == second["id"]
    registry.clock.instant += timedelta(days=6)
    assert (await hall(registry).get(f"/rights-cases/{second['id']}")).body["work"][0]["light"] == "YELLOW"


async def test_the_desk_takes_gives_the_file_and_answers(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    customer = f"/customers/{shown['customer_id']}"
    caller = registry.caller("window", ScopeKind.DISTRICT, "371502")
    async with visiting("registry", registry.app, caller, registry.token(caller), registry.clock) as visitor:
        taking = (await visitor.forms(customer))["登记个人信息权利请求"]
        assert "请求内容" in await visitor.refused(taking, kind="COPY", document_ref="OBJ-1", detail="")
        path, page = await visitor.send(taking, kind="COPY", document_ref="OBJ-1", detail="来信要求复制")
        assert "待答复" in page
        assert "2022-08-03 23:59" in page
        work = await visitor.open("/rights-work")
        assert "待答复 <b>1</b>" in work
        assert "个工作日" in work
        refused = await visitor.refused((await visitor.forms(path))["办结并答复用户"], text="已交付")
        assert "还没有为用户生成文件" in refused
        form = (await visitor.forms(path))["生成给用户的文件"]
        assert "须有用户签字的文件" in await visitor.refused(form)
        _, file = await visitor.send(form, document_ref="OBJ-1")
        assert mobile(5_000_001) in file
        _, page = await visitor.send((await visitor.forms(path))["办结并答复用户"], text="已当面交付")
        assert "已当面交付" in page
        assert "没有待办" in await visitor.open("/rights-work")
        page = await visitor.open(customer)
        assert "查阅、复制和转移" in page
        assert path in page
        assert "版本 2022-1，未同意" in page
        assert "按时 是" in await visitor.open(f"{path}/events")


async def test_that_one_is_overdue_is_told_once_whoever_comes_first(registry: Running) -> None:
    _, first = await asked(registry)
    first_id = first.rpartition("/")[2]
    other = await opened(registry, new_account(organisation(), "0002"))
    body = {"kind": "EXPLAIN", "detail": "来电询问类别", **SIGNED}
    second = (await hall(registry).post(f"/customers/{other['customer_id']}/rights-cases", body, 201)).body
    third = (await hall(registry).post(f"/customers/{other['customer_id']}/rights-cases", body, 201)).body
    due = when("2022-08-03 23:59")
    assert await registry.timers(first_id) == {"RIGHTS_CASE_OVERDUE": due}
    # One is answered in time, and waits for nothing more.
    await hall(registry).command(f"/rights-cases/{third['id']}", "answer", {"text": "已说明"})
    assert await registry.timers(third["id"]) == {}
    registry.set_clock("2022-08-03 23:58")
    await registry.fire_timers()
    assert [name for name, _ in await registry.events(first_id)] == ["rights_case_opened"]
    registry.set_clock("2022-08-04 09:00")
    # A late answer before any worker tells it, too, and a worker that comes after does not again.
    await hall(registry).command(f"/rights-cases/{second['id']}", "answer", {"text": "已说明"})
    for _ in range(2):
        await asyncio.gather(*(registry.runner().step() for _ in range(2)))
    assert [name for name, _ in await registry.events(first_id)] == [
        "rights_case_opened",
        "rights_case_overdue",
    ]
    names = ["rights_case_opened", "rights_case_overdue", "rights_case_done"]
    assert [name for name, _ in await registry.events(second["id"])] == names
    assert (await registry.events(first_id))[1][1] == due
    assert [name for name, _ in await registry.events(third["id"])] == names[::2]
    refused = {"ground": "NOT_VERIFIED", "text": "未能核实身份"}
    await hall(registry).command(first, "refusal", refused)
    await registry.fire_timers()
    assert [name for name, _ in await registry.events(first_id)][2:] == ["rights_case_refused"]


@pytest.mark.parametrize(("days", "left"), [(1094, 2), (1096, 1)])
async def test_an_answered_one_is_purged_after_the_time_of_the_policy(
    registry: Running, days: int, left: int
) -> None:
    shown, path = await asked(registry, "EXPLAIN")
    counter = hall(registry)
    await counter.command(path, "answer", {"text": "已说明"})
    body = {"kind": "EXPLAIN", "detail": "再次询问", **SIGNED}
    waiting = await counter.post(f"/customers/{shown['customer_id']}/rights-cases", body, 201)
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    registry.clock.instant += timedelta(days=days)
    await purge_expired(registry.service.database, rulebook, registry.clock.now())
    items = (await hall(registry).get("/rights-cases")).body["items"]
    assert len(items) == left
    assert waiting.body["id"] in {item["id"] for item in items}


async def test_a_citizen_sees_the_own_waiting_case_and_can_add_nothing(registry: Running) -> None:
    shown, path = await asked(registry)
    owner = citizen(registry, shown["customer_id"])
    (case,) = (await owner.get("/rights-cases")).body["items"]
    assert (case["state_name"], case["due_at"], case["finished_by"]) == (
        "待答复",
        "2022-08-03T15:59:00Z",
        None,
    )
    assert (await owner.get(f"{path}/actions")).body["items"] == []
    body = {"kind": "COPY", "detail": "本人提出", **SIGNED}
    await owner.post(f"/customers/{shown['customer_id']}/rights-cases", body, 403)
    etag = (await owner.get(path)).etag
    for verb, given in (
        ("answer", {"text": "已办理"}),
        ("refusal", {"ground": "REPEATED", "text": "重复"}),
        ("withdrawal", {"text": "撤回"}),
    ):
        await owner.post(f"{path}/{verb}", given, 403, version=etag)
    (taken,) = (await owner.get(f"{path}/events")).body["items"]
    assert (taken["event"], taken["actor"], taken["person"]) == ("rights_case_opened", None, None)
    assert taken["unit"]["code"] == "utility:W-371502"
    caller = registry.caller("citizen", ScopeKind.CITIZEN, shown["customer_id"].upper())
    async with visiting("registry", registry.app, caller, registry.token(caller), registry.clock) as visitor:
        assert 'href="/rights-cases"' in await visitor.open("/accounts")
        assert path in await visitor.open("/rights-cases")
        page = await visitor.open(path)
        assert "待答复" in page
        assert "2022-08-03 23:59" in page
        assert "clerk-1" not in await visitor.open(f"{path}/events")
        assert set(await visitor.forms(path)) <= {"退出"}
