"""Authorisations over HTTP, on both engines: who acts for whom, on what, until when, and what is written of it."""

import pytest

from tests.services.registry.request_samples import hand_in, submitted
from tests.services.registry.samples import new_account, person
from tests.services.registry.standing_samples import authorisation, granted, pair, payloads, someone
from tests.support.service import Running, when


async def test_an_agent_sees_and_makes_what_is_authorised_and_all_says_who_did_it_for_whom(
    registry: Running,
) -> None:
    holder, agent = await pair(registry)
    account = f"/accounts/{holder.account['id']}"
    await agent.client.get(account, 404)
    path = await granted(holder)
    shown = (await agent.client.get(path)).body
    assert (shown["kind"], shown["in_force"], shown["matter_names"]) == ("AGENT", True, "复用、报停")
    assert (shown["customer_name"], shown["agent_name"], shown["document_ref"]) == ("王**", "王**", None)
    # Masked, as to staff; whole to the holder alone.
    seen = (await agent.client.get(account)).body
    assert (seen["number"], seen["address"], seen["customer_name"]) == (
        "****",
        "东昌府区古楼街道****",
        "王**",
    )
    listed = (await agent.client.get("/accounts", customer_id=holder.id)).body["items"]
    assert [each["id"] for each in listed] == [holder.account["id"]]
    # Without a word about whom it acts for, its own.
    assert [each["id"] for each in (await agent.client.get("/accounts")).body["items"]] == [
        agent.account["id"]
    ]
    assert (await agent.client.get(f"{account}/eligibility", kind="SUSPENSION")).body["eligible"]
    request = await submitted(agent.client, holder.account["id"])
    (first, *_) = await payloads(registry, request.rpartition("/")[2])
    assert (first["actor"], first["on_behalf_of"], first["in_stead"], first["authorisation_id"]) == (
        "citizen-2",
        holder.id,
        True,
        shown["id"],
    )
    (event, _) = (await holder.client.get(f"{request}/events")).body["items"]
    assert (event["in_stead"], event["on_behalf_of"]) == (True, holder.id)
    detail = (await agent.client.get(request)).body
    assert (detail["customer_name"], detail["account_address"]) == ("王**", "东昌府区古楼街道****")
    assert (await holder.client.get(request)).body["customer_name"] == "王某某"
    mine = (await agent.client.get("/requests", customer_id=holder.id)).body["items"]
    assert f"/requests/{mine[0]['id']}" == request
    offered = (await agent.client.get(f"{request}/actions")).body["items"]
    assert "withdrawRequest" in [action["operation_id"] for action in offered]
    withdrawn = (await agent.client.command(request, "withdrawal")).body
    assert withdrawn["state"] == "WITHDRAWN"
    last = (await payloads(registry, request.rpartition("/")[2]))[-1]
    assert (last["actor"], last["on_behalf_of"], last["authorisation_id"]) == (
        "citizen-2",
        holder.id,
        shown["id"],
    )
    assert [name for name, _ in await registry.events(shown["id"])] == ["authorisation_granted"]


async def test_what_is_not_authorised_is_refused_and_what_is_not_seen_is_not_there(registry: Running) -> None:
    holder, agent = await pair(registry)
    other = await someone(registry, 3)
    await granted(holder)
    path = f"/accounts/{holder.account['id']}/requests"
    assert (await agent.client.post(path, {"kind": "CLOSURE"}, 409)).code == "matter-not-authorised"
    own = await submitted(holder.client, holder.account["id"], "CLOSURE")
    await agent.client.get(own)
    assert (await agent.client.command(own, "withdrawal", None, 409)).code == "matter-not-authorised"
    await agent.client.get(f"/accounts/{other.account['id']}", 404)
    await agent.client.post(f"/accounts/{other.account['id']}/requests", {"kind": "SUSPENSION"}, 404)
    # Nothing of the customer's own is the agent's: neither particulars nor rights, nor another authorisation.
    await agent.client.get(f"/customers/{holder.id}", 404)
    await agent.client.post(f"/customers/{holder.id}/copy", None, 404)
    await other.client.get(f"/accounts/{holder.account['id']}", 404)
    own_only = authorisation(3, account_ids=[holder.account["id"]])
    refused = await agent.client.post("/authorisations", own_only, 422)
    assert refused.body["errors"][0]["field"] == "account_ids"


async def test_an_agent_of_one_account_does_nothing_on_another(registry: Running) -> None:
    holder, agent = await pair(registry)
    clerk = registry.client()
    more = {"customer_id": holder.id, "number": "0100"}
    body = {name: value for name, value in new_account(person(1)).items() if name != "customer"} | more
    second = (await clerk.post("/accounts", body, 201)).body["id"]
    await granted(holder, account_ids=[holder.account["id"]])
    await agent.client.get(f"/accounts/{holder.account['id']}")
    await agent.client.get(f"/accounts/{second}", 404)
    await agent.client.post(f"/accounts/{second}/requests", {"kind": "SUSPENSION"}, 404)
    listed = (await agent.client.get("/accounts", customer_id=holder.id)).body
    assert ([each["id"] for each in listed["items"]], listed["total"]) == ([holder.account["id"]], 1)
    request = await submitted(holder.client, second)
    await agent.client.get(request, 404)
    await agent.client.post(f"{request}/withdrawal", None, 404, version='"1"')
    assert (await agent.client.get("/requests", customer_id=holder.id)).body["items"] == []


async def test_an_authorisation_holds_within_its_days_whether_or_not_a_worker_comes(
    registry: Running,
) -> None:
    holder, agent = await pair(registry)
    account = f"/accounts/{holder.account['id']}"
    path = await granted(holder, first="2022-07-06", last="2022-07-08")
    await agent.client.get(account, 404)
    registry.clock.instant = when("2022-07-06 00:00")
    await agent.client.get(account)
    request = await submitted(agent.client, holder.account["id"])
    registry.clock.instant = when("2022-07-09 00:00")
    await agent.client.get(account, 404)
    await agent.client.get(request, 404)
    await agent.client.post(f"{account}/requests", {"kind": "RESUMPTION"}, 404)
    await agent.client.post(f"{request}/withdrawal", None, 404, version='"1"')
    assert (await agent.client.get(path)).body["in_force"] is False
    await registry.fire_timers()
    shown = (await agent.client.get(path)).body
    assert (shown["state"], shown["end_reason"], shown["ended_at"]) == (
        "ENDED",
        "EXPIRED",
        "2022-07-08T16:00:00Z",
    )
    # What was made while it held goes on.
    assert (await holder.client.get(request)).body["state"] == "SUBMITTED"


@pytest.mark.parametrize(("who", "reason"), [("holder", "REVOKED"), ("agent", "RESIGNED")])
async def test_either_side_ends_it_at_once_in_the_middle_of_a_request(
    registry: Running, who: str, reason: str
) -> None:
    holder, agent = await pair(registry)
    path = await granted(holder)
    request = await submitted(agent.client, holder.account["id"])
    version = (await agent.client.get(request)).etag
    by = holder if who == "holder" else agent
    ended = (await by.client.command(path, "revocation")).body
    assert (ended["state"], ended["end_reason"], ended["in_force"]) == ("ENDED", reason, False)
    await agent.client.post(f"{request}/withdrawal", None, 404, version=version)
    await agent.client.post(f"{request}/urges", None, 404, version=version)
    await agent.client.get(request, 404)
    await agent.client.get(f"/accounts/{holder.account['id']}", 404)
    assert (await holder.client.get(request)).body["state"] == "SUBMITTED"
    stranger = await someone(registry, 3)
    await stranger.client.post(f"{path}/revocation", None, 404, version='"1"')


async def test_nobody_signs_a_transfer_for_both_sides(registry: Running) -> None:
    holder, agent = await pair(registry)
    receiver, deputy = await someone(registry, 3), await someone(registry, 4)
    given = await granted(holder, matters=["TRANSFER"])
    account = f"/accounts/{holder.account['id']}/requests"
    # Not to the agent itself.
    to_self = await agent.client.post(account, {"kind": "TRANSFER", "receiver": person(2)}, 409)
    assert to_self.code == "one-person-both-sides"
    # Nor as the agent of both sides.
    await receiver.client.post("/authorisations", authorisation(2, matters=["TRANSFER"]), 201)
    request = await submitted(agent.client, holder.account["id"], "TRANSFER", receiver=person(3))
    await hand_in(agent.client, request)
    both = await agent.client.command(request, "agreement", None, 409)
    assert both.code == "not-the-receiver"
    # Not even when it is the agent of the other side alone.
    await holder.client.command(given, "revocation")
    both = await agent.client.command(request, "agreement", None, 409)
    assert both.code == "one-person-both-sides"
    assert (await receiver.client.get(request)).body["missing_agreements"] == ["RECEIVER"]
    # The receiver's other agent may.
    await receiver.client.post("/authorisations", authorisation(4, matters=["TRANSFER"]), 201)
    agreed = (await deputy.client.command(request, "agreement")).body
    assert agreed["missing_agreements"] == []
    last = next(each for each in await payloads(registry, request.rpartition("/")[2]) if "party" in each)
    assert (last["actor"], last["on_behalf_of"]) == ("citizen-4", receiver.id)


async def test_who_has_the_account_agrees_for_nobody_else(registry: Running) -> None:
    holder, _ = await pair(registry)
    receiver = await someone(registry, 3)
    # The holder is the receiver's agent, and signed as the holder.
    await receiver.client.post("/authorisations", authorisation(1, matters=["TRANSFER"]), 201)
    request = await submitted(holder.client, holder.account["id"], "TRANSFER", receiver=person(3))
    await hand_in(holder.client, request)
    assert (await holder.client.command(request, "agreement", None, 409)).code == "not-the-receiver"
