"""What an authorisation may say, who records and ends it, and what a hall does on its pages."""

from typing import Any

import pytest

from libs.common.auth.callers import Assurance, ScopeKind
from tests.services.registry.request_samples import hand_in, submitted
from tests.services.registry.samples import mobile, person
from tests.services.registry.standing_samples import (
    HALL,
    at_level,
    authorisation,
    granted,
    pair,
    payloads,
    someone,
)
from tests.support.page_forms import visiting
from tests.support.pages import PAGE
from tests.support.service import Running


async def test_the_hall_records_a_guardian_by_the_document_and_ends_it(registry: Running) -> None:
    ward, guardian = await pair(registry)
    body = authorisation(2, kind="GUARDIAN", customer_id=ward.id)
    hall = registry.client("window")
    missing = await hall.post("/authorisations", body, 409)
    assert missing.code == "stead-document-missing"
    made = (await hall.post("/authorisations", {**body, **HALL}, 201)).body
    assert (made["kind"], made["by_document"], made["channel"]) == ("GUARDIAN", True, "HALL")
    path = f"/authorisations/{made['id']}"
    assert (await hall.get(path)).body["document_ref"] == HALL["document_ref"]
    (event,) = await payloads(registry, made["id"])
    assert (event["on_behalf_of"], event["in_stead"], event["actor"]) == (ward.id, True, "window-1")
    await submitted(guardian.client, ward.account["id"])
    assert (await hall.command(path, "revocation", None, 409)).code == "stead-document-missing"
    ended = (await hall.command(path, "revocation", {"document_ref": "撤销单2022-7"})).body
    assert ended["end_reason"] == "REVOKED"
    await guardian.client.get(f"/accounts/{ward.account['id']}", 404)
    # The customer alone makes no guardian.
    refused = await ward.client.post("/authorisations", authorisation(2, kind="GUARDIAN"), 409)
    assert refused.code == "guardian-without-document"


async def test_a_hall_records_for_the_customers_of_its_place_alone(registry: Running) -> None:
    holder, _ = await pair(registry)
    elsewhere = registry.client("window", ScopeKind.DISTRICT, "371503")
    body = authorisation(2, customer_id=holder.id) | HALL
    await elsewhere.post("/authorisations", body, 404)
    path = await granted(holder)
    await elsewhere.get(path, 404)
    assert (await elsewhere.get("/authorisations")).body["items"] == []
    here = registry.client("clerk")
    assert [
        each["id"] for each in (await here.get("/authorisations", customer_id=holder.id)).body["items"]
    ] == [path.rpartition("/")[2]]
    await here.post("/authorisations", body, 403)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"last": "2022-07-03"}, "authorisation-over"),
        ({"first": "2022-08-02", "last": "2022-08-01"}, "authorisation-over"),
        ({"last": "2025-07-31"}, "authorisation-too-long"),
        ({"agent": {name: person(1)[name] for name in ("kind", "name", "identifier")}}, "agent-is-customer"),
        ({"agent": {**authorisation(2)["agent"], "name": "李某"}}, "agent-unconfirmed"),
    ],
)
async def test_what_an_authorisation_may_say(registry: Running, more: dict[str, Any], code: str) -> None:
    holder, _ = await pair(registry)
    refused = await holder.client.post("/authorisations", authorisation(2, **more), 409)
    assert refused.code == code


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"customer_id": "0190b5d2-0000-7000-8000-000000000001"}, "customer_id"),
        ({"document_ref": "委托书2022-7"}, "document_ref"),
        ({"agent": {"kind": "PERSON", "name": "王某某"}}, "agent.identifier"),
        ({"account_ids": ["0190b5d2-0000-7000-8000-000000000001"]}, "account_ids"),
    ],
)
async def test_what_a_citizen_does_not_say(registry: Running, more: dict[str, Any], field: str) -> None:
    holder, _ = await pair(registry)
    refused = await holder.client.post("/authorisations", authorisation(2, **more), 422)
    assert refused.body["errors"][0]["field"] == field


async def test_it_is_granted_under_the_real_name_alone(registry: Running) -> None:
    holder, agent = await pair(registry)
    low = at_level(registry, holder.id, Assurance.MOBILE)
    assert (await low.post("/authorisations", authorisation(2), 401)).code == "assurance-insufficient"
    path = await granted(holder)
    # An agent needs what the holder would need.
    low_agent = at_level(registry, agent.id, Assurance.ACCOUNT)
    await low_agent.get(f"/accounts/{holder.account['id']}", 401)
    # To end it is open to who can sign in.
    await low.command(path, "revocation")


async def test_a_sign_in_of_the_middle_level_stops_a_supply_and_gives_no_account_away(
    registry: Running,
) -> None:
    holder, _ = await pair(registry)
    middle = at_level(registry, holder.id, Assurance.MOBILE)
    path = f"/accounts/{holder.account['id']}/requests"
    for kind in ({"kind": "TRANSFER", "receiver": person(2)}, {"kind": "CLOSURE"}):
        assert (await middle.post(path, kind, 401)).code == "assurance-insufficient"
    request = await submitted(middle, holder.account["id"])
    shown = (await middle.get(request)).body
    assert (shown["customer_name"], shown["account_number"]) == ("王**", "****")


async def test_staff_of_a_hall_record_and_end_one_on_its_pages(registry: Running) -> None:
    holder, _ = await pair(registry)
    window = registry.caller("window", ScopeKind.DISTRICT, "371502")
    async with visiting("registry", registry.app, window, registry.token(window), registry.clock) as visitor:
        opening = (await visitor.forms("/authorisations/new"))["登记代办授权"]
        values = {
            "kind": "AGENT",
            "customer_id": holder.id,
            "agent.kind": "PERSON",
            "agent.name": str(person(2)["name"]),
            "agent.identifier": str(person(2)["identifier"]),
            "matters": "SUSPENSION",
            "last": "2022-07-31",
        }
        refused = await visitor.refused(opening, **values)
        assert "用户签字文件" in refused
        path, page = await visitor.send(opening, **values, document_ref="委托书2022-7")
        assert "已办理：登记代办授权" in page
        assert "王**代王**" in page
        assert path in await visitor.open("/authorisations?state=GRANTED")
        ending = (await visitor.forms(path))["终止代办授权"]
        _, page = await visitor.send(ending, document_ref="撤销单2022-7", confirmed="true")
        assert "委托人一方撤销" in page
        assert "原因 委托人一方撤销" in await visitor.open(f"{path}/events")


async def test_the_hall_picks_for_whom_by_what_is_exactly_on_record(registry: Running) -> None:
    holder, _ = await pair(registry)
    window = registry.caller("window", ScopeKind.DISTRICT, "371502")
    async with visiting("registry", registry.app, window, registry.token(window), registry.clock) as visitor:
        assert 'href="/authorisations/customer"' in await visitor.open("/authorisations/new")
        looking = (await visitor.forms("/authorisations/customer"))["查找委托人"]
        assert set(looking.values) >= {"csrf", "key"}
        chosen = f"/authorisations/new?customer_id={holder.id}"
        whole = person(1)
        for texts in (
            {"identifier": str(whole["identifier"])},
            {"phone": str(whole["mobile"])},
            {"number": "0001"},
        ):
            looking = (await visitor.forms("/authorisations/customer"))["查找委托人"]
            _, found = await visitor.send(looking, **texts)
            assert f'href="{chosen}"' in found
            assert not [
                text for text in (whole["identifier"], whole["mobile"], whole["name"]) if str(text) in found
            ]
        # A part of what is on record finds nobody, and neither does what nobody has.
        for text in (str(whole["mobile"])[:-1], mobile(999)):
            looking = (await visitor.forms("/authorisations/customer"))["查找委托人"]
            response = await visitor.client.post(
                looking.action, data={**looking.values, "phone": text}, headers={"Origin": PAGE}
            )
            assert chosen not in response.text
        looking = (await visitor.forms("/authorisations/customer"))["查找委托人"]
        assert "须填且只填一项" in await visitor.refused(looking, phone=mobile(1), number="0001")
        opening = (await visitor.forms(chosen))["登记代办授权"]
        assert opening.values["customer_id"] == holder.id
        # Nothing but for whom is filled in by an address.
        other = (await visitor.forms(f"{chosen}&document_ref=X-1"))["登记代办授权"]
        assert not other.values.get("document_ref")
        assert f'href="{chosen}"' in await visitor.open(f"/customers/{holder.id}")
    clerk = registry.caller()
    async with visiting("registry", registry.app, clerk, registry.token(clerk), registry.clock) as visitor:
        assert "/authorisations/new" not in await visitor.open(f"/customers/{holder.id}")


async def test_after_a_transfer_the_agent_of_the_former_holder_sees_nothing(registry: Running) -> None:
    holder, agent = await pair(registry)
    receiver = await someone(registry, 3)
    await granted(holder)
    request = await submitted(holder.client, holder.account["id"], "TRANSFER", receiver=person(3))
    await hand_in(holder.client, request)
    await receiver.client.command(request, "agreement")
    clerk = registry.client()
    await clerk.command(request, "acceptance")
    await registry.client("approver").command(request, "approval", {"settled": True})
    await clerk.command(request, "completion", {"reading": 1})
    await agent.client.get(f"/accounts/{holder.account['id']}", 404)
