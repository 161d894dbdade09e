"""Requests on accounts over HTTP, on both engines: eligibility, both sides, the act, and what the account becomes."""

from typing import Any

import pytest

from libs.common.auth.callers import Caller, Role, Scope, ScopeKind
from tests.services.registry.request_samples import citizen, opened, submitted
from tests.services.registry.samples import mobile, person
from tests.support.service import Client, Running, when

ADDRESS = "聊城市东昌府区古楼街道东关街12号"


async def names(registry: Running, path: str) -> list[str]:
    """The names of a request's events."""
    return [name for name, _ in await registry.events(path.rpartition("/")[2])]


async def heat_account(registry: Running) -> dict[str, Any]:
    """An account at the heat utility."""
    return await opened(registry, utility="H-371502")


async def test_a_citizen_asks_whether_heat_can_be_stopped_and_the_same_rule_refuses_the_request(
    registry: Running,
) -> None:
    account = await heat_account(registry)
    owner = citizen(registry, account["customer_id"])
    path = f"/accounts/{account['id']}"
    told = (await owner.get(f"{path}/eligibility", kind="SUSPENSION")).body
    assert (told["eligible"], told["code"], told["workdays"], told["materials"]) == (True, None, 3, [])
    registry.clock.instant = when("2022-10-17 09:00")
    told = (await owner.get(f"{path}/eligibility", kind="SUSPENSION")).body
    assert (told["eligible"], told["code"]) == (False, "heat-closing-passed")
    every = (await owner.get(f"{path}/eligibilities")).body["items"]
    assert [each["kind"] for each in every] == [
        "SUSPENSION",
        "RESUMPTION",
        "TRANSFER",
        "CLOSURE",
        "CHANGE",
    ]
    for each in every:
        assert each == (await owner.get(f"{path}/eligibility", kind=each["kind"])).body
    assert "10月15日" in told["rule"]
    assert told["remedy"]
    refused = await owner.post(f"{path}/requests", {"kind": "SUSPENSION"}, 409)
    assert refused.code == "heat-closing-passed"
    assert (await owner.get("/requests")).body["items"] == []
    stranger = citizen(registry, "0190b5d2-0000-7000-8000-000000000001")
    await stranger.get(f"{path}/eligibility", 404, kind="SUSPENSION")
    await stranger.get(f"{path}/eligibilities", 404)
    await stranger.post(f"{path}/requests", {"kind": "SUSPENSION"}, 404)


async def test_a_supply_is_stopped_and_started_at_the_customers_request(registry: Running) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"])
    shown = (await owner.get(path)).body
    assert (shown["number"], shown["channel"], shown["state"]) == (
        "YW-W-371502-20220704-0001",
        "ISHANDONG",
        "SUBMITTED",
    )
    assert shown["due_at"] == "2022-07-07T09:30:00Z"
    assert shown["agreements"][0]["by_document"] is False
    # To the owner all is whole; to the utility it is masked.
    assert (shown["customer_name"], shown["account_address"]) == ("王某某", ADDRESS)
    masked = (await clerk.get(path)).body
    assert (masked["customer_name"], masked["account_number"]) == ("王**", "****")
    second = await owner.post(f"/accounts/{account['id']}/requests", {"kind": "CLOSURE"}, 409)
    assert second.code == "request-open"
    await clerk.command(path, "acceptance")
    assert (await clerk.get(f"/accounts/{account['id']}")).body["state"] == "ACTIVE"
    registry.clock.instant = when("2022-07-05 15:00")
    act = {"at": "2022-07-05T10:00:00+08:00", "reading": 318}
    done = (await clerk.command(path, "completion", act)).body
    assert (done["state"], done["reading"], done["entry"], done["on_time"]) == ("DONE", 318, "IN_TIME", True)
    assert (done["acted_at"], done["recorded_at"]) == ("2022-07-05T02:00:00Z", "2022-07-05T07:00:00Z")
    stopped = (await owner.get(f"/accounts/{account['id']}")).body
    assert (stopped["state"], stopped["state_since"]) == ("SUSPENDED", "2022-07-05T02:00:00Z")
    assert await names(registry, path) == [
        "request_submitted",
        "request_received",
        "request_accepted",
        "request_done",
    ]
    again = await submitted(owner, account["id"], "RESUMPTION")
    await clerk.command(again, "acceptance")
    missing = await clerk.command(again, "completion", {}, 409)
    assert (missing.code, missing.body["errors"][0]["field"]) == ("reading-missing", "reading")
    await clerk.command(again, "completion", {"reading": 318})
    assert (await owner.get(f"/accounts/{account['id']}")).body["state"] == "ACTIVE"
    assert [name for name, _ in await registry.events(account["id"])] == [
        "account_opened",
        "account_suspended",
        "account_resumed",
    ]
    # My business: everything, the newest first.
    mine = (await owner.get("/requests")).body
    assert [item["kind"] for item in mine["items"]] == ["RESUMPTION", "SUSPENSION"]
    assert (await owner.get("/requests", query={"open": "true"})).body["items"] == []


async def test_staff_submit_by_the_document_that_the_user_signed(registry: Running) -> None:
    account = await opened(registry)
    for role in ("clerk", "window"):
        client = registry.client(role)
        missing = await client.post(f"/accounts/{account['id']}/requests", {"kind": "SUSPENSION"}, 409)
        assert (missing.code, missing.body["errors"][0]["field"]) == (
            "stead-document-missing",
            "document_ref",
        )
        path = await submitted(client, account["id"], document_ref="报停协议2022-7")
        shown = (await client.get(path)).body
        assert shown["channel"] == ("HALL" if role == "window" else "COUNTER")
        assert shown["agreements"][0]["by_document"] is True
        (event, _) = (await client.get(f"{path}/events")).body["items"]
        assert (event["in_stead"], event["on_behalf_of"]) == (True, account["customer_id"])
        no_document = await client.command(path, "withdrawal", None, 409)
        assert no_document.code == "stead-document-missing"
        await client.command(path, "withdrawal", {"document_ref": "撤回单2022-7"})
    citizen_without_app = registry.keep(
        Client(
            registry.app,
            registry.token(
                Caller(
                    "citizen-9",
                    frozenset({Role.CITIZEN}),
                    Scope(ScopeKind.CITIZEN, account["customer_id"].upper()),
                )
            ),
        )
    )
    refused = await citizen_without_app.post(
        f"/accounts/{account['id']}/requests", {"kind": "SUSPENSION"}, 409
    )
    assert refused.code == "channel-not-proved"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "TRANSFER"}, "receiver"),
        ({"kind": "SUSPENSION", "receiver": person(2)}, "receiver"),
        ({"kind": "TRANSFER", "receiver": person(2, identifier=None)}, "receiver.identifier"),
        ({"kind": "TRANSFER", "receiver": person(2, mobile="1")}, "receiver.mobile"),
        ({"kind": "CHANGE"}, "change"),
        ({"kind": "SUSPENSION", "change": {"mobile": mobile(9)}}, "change"),
        ({"kind": "CHANGE", "change": {"mobile": "138****0001"}}, "change.mobile"),
        ({"kind": "CHANGE", "change": {"address": "?"}}, "change.address"),
    ],
)
async def test_what_a_kind_needs_and_takes_is_named_by_its_field(
    registry: Running, body: dict[str, Any], field: str
) -> None:
    account = await opened(registry)
    owner = citizen(registry, account["customer_id"])
    answer = await owner.post(f"/accounts/{account['id']}/requests", body, 422)
    assert answer.body["errors"][0]["field"] == field
    assert (await owner.get("/requests")).body["items"] == []


async def test_an_account_is_closed_after_somebody_confirmed_that_nothing_is_owed(registry: Running) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"], "CLOSURE")
    await clerk.command(path, "acceptance")
    same_person = registry.client("approver", ScopeKind.UTILITY, "W-371502", "clerk-1")
    own = await same_person.command(path, "approval", {"settled": True}, 409)
    assert own.code == "approver-is-asker"
    await registry.client("approver").command(path, "approval", {"settled": True})
    await clerk.command(path, "completion", {"reading": 40})
    assert (await owner.get(f"/accounts/{account['id']}")).body["state"] == "CLOSED"
    refused = (await owner.get(f"/accounts/{account['id']}/eligibility", kind="CHANGE")).body
    assert refused["code"] == "account-state"
