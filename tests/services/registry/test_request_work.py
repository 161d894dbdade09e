"""Work lists of requests, the clock, contacts, and how the staff work together, over HTTP on both engines."""

from datetime import date, timedelta
from typing import Any

from libs.common.auth.callers import ScopeKind
from libs.common.calendars.days import set_days
from libs.common.calendars.workdays import Day, DayKind
from tests.services.registry.request_samples import citizen, opened, submitted
from tests.services.registry.samples import person
from tests.support.service import Client, Running, when

LIST = "/request-work-list"


async def listed(client: Client, whose: str = "clerk", **filters: Any) -> list[dict[str, Any]]:
    """The rows of a work list."""
    return list((await client.get(LIST, query={"whose": whose, **filters})).body["items"])


async def counted(client: Client) -> dict[str, tuple[int, int, int]]:
    """By list: all, overdue, due soon."""
    items = (await client.get(f"{LIST}/counts")).body["items"]
    return {item["whose"]: (item["total"], item["overdue"], item["due_soon"]) for item in items}


async def test_a_desk_goes_on_after_a_request(registry: Running) -> None:
    clerk, ids = registry.client(), []
    for serial in (1, 2, 3):
        account = await opened(registry, serial)
        path = await submitted(citizen(registry, account["customer_id"]), account["id"])
        ids.append(path.rpartition("/")[2])
        registry.clock.instant += timedelta(hours=1)
    assert [row["id"] for row in await listed(clerk)] == ids
    assert [row["id"] for row in await listed(clerk, after=ids[0])] == ids[1:]
    await clerk.command(f"/requests/{ids[0]}", "acceptance")
    assert [row["id"] for row in await listed(clerk, after=ids[1])] == [ids[2], ids[0]]


async def test_a_request_is_on_the_list_of_whose_turn_it_is_with_its_light(registry: Running) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"], "CLOSURE")
    (row,) = await listed(clerk)
    assert ([work["kind"] for work in row["work"]], row["light"]) == (["ACCEPT"], "GREEN")
    assert row["work_due_at"] == "2022-07-05T09:30:00Z"
    assert await counted(clerk) == {"clerk": (1, 0, 0), "approver": (0, 0, 0), "applicant": (0, 0, 0)}
    registry.clock.instant = when("2022-07-05 10:00")
    (row,) = await listed(clerk)
    assert row["light"] == "YELLOW"
    registry.clock.instant = when("2022-07-06 09:00")
    (row,) = await listed(clerk)
    assert (row["light"], row["remaining_minutes"] < 0) == ("RED", True)
    assert len(await listed(clerk, overdue="true")) == 1
    assert await listed(clerk, overdue="false") == []
    await clerk.command(path, "acceptance")
    assert await listed(clerk) == []
    approver = registry.client("approver")
    (row,) = await listed(approver, "approver")
    assert [work["kind"] for work in row["work"]] == ["APPROVE"]
    assert await listed(approver, "approver", task="COMPLETE") == []
    assert len(await listed(approver, "approver", task="APPROVE", kind="CLOSURE")) == 1
    (due,) = [
        action["due"]
        for action in (await approver.get(f"{path}/actions")).body["items"]
        if action["operation_id"] == "approveRequest"
    ]
    assert (due["name"], due["whose"]) == ("审批", "approver")
    # Another utility's clerk sees none of it, and neither does another district.
    assert await listed(registry.client("clerk", ScopeKind.UTILITY, "W-371503")) == []
    assert await listed(registry.client("supervisor", ScopeKind.DISTRICT, "371503"), "approver") == []
    assert len(await listed(registry.client("supervisor", ScopeKind.DISTRICT, "371502"), "approver")) == 1


async def test_its_time_passes_once_whoever_comes_first(registry: Running) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"])
    request_id = path.rpartition("/")[2]
    assert set(await registry.timers(request_id)) == {"REQUEST_OVERDUE"}
    registry.clock.instant = when("2022-07-07 17:30")
    assert await registry.fire_timers() == 0
    registry.clock.instant = when("2022-07-07 18:00")
    assert await registry.fire_timers() == 1
    assert await registry.timers(request_id) == {}
    shown = (await clerk.get(path)).body
    assert (shown["overdue"], shown["on_time"]) == (True, None)
    await clerk.command(path, "acceptance")
    backdated = {"at": "2022-07-07T10:00:00+08:00", "reading": 5}
    done = (await clerk.command(path, "completion", backdated)).body
    assert (done["on_time"], done["overdue"]) == (False, True)
    names = [name for name, _ in await registry.events(request_id)]
    assert names.count("request_overdue") == 1


async def test_a_party_urges_asks_and_rates_and_the_clerk_answers(registry: Running) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"])
    await owner.command(path, "urges")
    assert (await owner.command(path, "urges", None, 409)).code == "urged-already"
    await owner.command(path, "questions", {"text": "何时上门？"})
    shown = (await clerk.get(path)).body
    assert {work["kind"] for work in shown["work"]} == {"ACCEPT", "ANSWER_URGE", "ANSWER_QUESTION"}
    await clerk.command(path, f"urges/{shown['urges'][0]['id']}/answer", {"answer": "今天下午上门。"})
    await clerk.command(path, f"questions/{shown['questions'][0]['id']}/answer", {"answer": "下午三点。"})
    assert (await owner.command(path, "rating", {"score": 5}, 409)).code == "not-in-this-state"
    await clerk.command(path, "acceptance")
    await clerk.command(path, "completion", {"reading": 1})
    assert (await owner.command(path, "rating", {"score": 5})).body["rating"] == 5
    # Neither the rated utility nor a hall rates.
    await clerk.command(path, "rating", {"score": 5}, 403)
    answered = [row["event"] for row in (await owner.get(f"{path}/events")).body["items"]]
    assert answered[2:6] == ["urged", "question_asked", "urge_answered", "question_answered"]


async def test_the_staff_work_together_and_a_party_sees_none_of_it(registry: Running) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"])
    unknown = await clerk.command(path, "assignment", {"assignee": "clerk-2"}, 409)
    assert unknown.code == "assignee-unknown"
    approver = registry.client("approver")
    staff = {"staff": [{"subject": "clerk-1", "name": "经办一"}, {"subject": "clerk-2", "name": "经办二"}]}
    await approver.put("/utilities/W-371502/staff", staff, version='"0"')
    await approver.put("/utilities/W-371502/staff", staff, 412, version='"0"')
    await registry.client("approver", ScopeKind.UTILITY, "W-371503").put(
        "/utilities/W-371502/staff", staff, 404, version='"1"'
    )
    assigned = (await clerk.command(path, "assignment", {"assignee": "clerk-2"})).body
    assert assigned["assignment"]["assignee"]["name"] == "经办二"
    note = {"text": "请下午带表具。", "mentions": ["clerk-2"]}
    await clerk.command(path, "notes", note)
    colleague = registry.client("clerk", ScopeKind.UTILITY, "W-371502", "clerk-2")
    assert len(await listed(colleague, mine="true")) == 1
    assert await listed(clerk, mine="true") == []
    (written,) = (await colleague.get(f"{path}/notes")).body["items"]
    assert (written["text"], written["written_by"]["name"]) == (note["text"], "经办一")
    # Whom a note mentions has the changes from then on among the updates.
    await clerk.command(path, "acceptance")
    updates = (await colleague.get("/updates")).body
    assert [row["event"] for row in updates["items"]] == ["request_accepted", "note_written"]
    assert (updates["unread"], updates["items"][0]["person"]["name"]) == (2, "经办一")
    read = await colleague.post("/updates/read", {"up_to": updates["items"][0]["position"]})
    assert read.body["unread"] == 0
    shown = (await owner.get(f"{path}/events")).body["items"]
    assert [row["event"] for row in shown] == ["request_submitted", "request_received", "request_accepted"]
    assert {(row["actor"], row["person"] is None) for row in shown} == {("citizen-1", True), (None, True)}
    assert (await owner.get(path)).body["assignment"] is None
    await owner.get(f"{path}/notes", 403)


async def test_what_a_caller_may_do_is_offered_with_what_the_policy_lists(registry: Running) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"], "TRANSFER", receiver=person(2))

    async def offered(client: Client) -> dict[str, dict[str, Any]]:
        items = (await client.get(f"{path}/actions")).body["items"]
        return {item["operation_id"]: item for item in items}

    mine = await offered(owner)
    assert {"withdrawRequest", "urgeRequest", "askQuestion", "uploadRequestMaterial"} <= set(mine)
    assert "agreeToTransfer" not in mine
    theirs = await offered(clerk)
    # What lacks an agreement is not accepted yet.
    assert "acceptRequest" not in theirs
    assert "agreeToTransfer" in theirs
    (reasons,) = [field for field in theirs["refuseRequest"]["fields"] if field["name"] == "reason"]
    assert "ARREARS" in [choice["value"] for choice in reasons["choices"]]
    refused = (await clerk.command(path, "refusal", {"reason": "AGREEMENT_MISSING"})).body
    assert (refused["state"], refused["refusal_name"]) == ("REFUSED", "受让人不同意或未表示同意")


async def test_an_amended_calendar_moves_the_time_of_open_requests_and_their_timers(
    registry: Running,
) -> None:
    account, other = await opened(registry), await opened(registry, 2)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"])
    ended = await submitted(citizen(registry, other["customer_id"], "citizen-2"), other["id"])
    await citizen(registry, other["customer_id"], "citizen-2").command(ended, "withdrawal")
    changed = registry.service.calendar_changed
    assert changed is not None
    days = [Day(date(2022, 7, 6), False, DayKind.LOCAL, "市定休息")]
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        await set_days(uow, days, "聊政办发〔2022〕1号", 2, None)
        await changed(uow, 2, days)
    # Every process knows the calendar by then.
    assert await registry.fire_timers() == 0
    registry.clock.advance(timedelta(minutes=1))
    assert await registry.fire_timers() == 1
    assert (await clerk.get(path)).body["due_at"] == "2022-07-08T09:30:00Z"
    timers = await registry.timers(path.rpartition("/")[2])
    assert timers == {"REQUEST_OVERDUE": when("2022-07-08 17:30:01")}
    last = (await owner.get(f"{path}/events")).body["items"][-1]
    assert (last["event"], last["actor"]) == ("deadlines_moved", None)
    assert last["changes"] == [{"name": "应办结时间", "old": "2022-07-07 17:30", "new": "2022-07-08 17:30"}]
    assert [name for name, _ in await registry.events(ended.rpartition("/")[2])][-1] == "request_withdrawn"
