"""Transfers over HTTP, on both engines: both sides, their papers, and the account under the receiver's key."""

from typing import Any

from sqlalchemy import select

from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account_particulars, match_key
from tests.services.registry.request_samples import PDF, citizen, hand_in, opened, submitted
from tests.services.registry.samples import new_account, organisation, person
from tests.support.service import Running

ADDRESS = "聊城市东昌府区古楼街道东关街12号"


def rulebook_of(registry: Running) -> RuleBook:
    """The rule book of the running service."""
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    return rulebook


async def transfer(registry: Running, account: dict[str, Any], receiver: dict[str, object]) -> str:
    """A transfer that waits for its receiver's agreement, with its material."""
    owner = citizen(registry, account["customer_id"])
    path = await submitted(owner, account["id"], "TRANSFER", receiver=receiver)
    await hand_in(owner, path)
    return path


async def test_a_transfer_needs_both_tokens_and_seals_the_account_under_the_receivers_key(
    registry: Running,
) -> None:
    account = await opened(registry)
    path = await transfer(registry, account, organisation())
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    waiting = (await owner.get(path)).body
    assert (waiting["missing_agreements"], waiting["due_at"]) == (["RECEIVER"], None)
    assert (await clerk.command(path, "acceptance", None, 409)).code == "request-incomplete"
    assert (await owner.command(path, "agreement", None, 409)).code == "not-the-receiver"
    offered = (await owner.get(f"{path}/actions")).body["items"]
    assert "agreeToTransfer" not in [action["operation_id"] for action in offered]
    receiver = citizen(registry, waiting["receiver_id"], "citizen-2")
    # The receiver sees the request, and of the other party what anybody may see.
    seen = (await receiver.get(path)).body
    assert (seen["customer_name"], seen["account_number"], seen["account_address"]) == ("王**", None, None)
    await receiver.get(f"/accounts/{account['id']}", 404)
    agreed = (await receiver.command(path, "agreement")).body
    assert (agreed["missing_agreements"], agreed["due_at"]) == ([], "2022-07-07T09:30:00Z")
    await clerk.command(path, "acceptance")
    early = await clerk.command(path, "completion", {"reading": 12}, 409)
    assert early.code == "approval-missing"
    approver = registry.client("approver")
    owed = await approver.command(path, "approval", {"settled": False}, 409)
    assert owed.code == "arrears-unsettled"
    await approver.command(path, "approval", {"settled": True})
    await clerk.command(path, "completion", {"reading": 12})

    # The account is the receiver's: its category and texts with it; to the former customer it is gone.
    now = (await receiver.get(f"/accounts/{account['id']}")).body
    assert (now["category"], now["number"], now["address"]) == ("ENT", "0001", ADDRESS)
    assert now["customer_id"] == waiting["receiver_id"]
    await owner.get(f"/accounts/{account['id']}", 404)
    after = (await owner.get(path)).body
    assert (after["state"], after["account_number"], after["account_address"]) == ("DONE", None, None)
    sealer = rulebook_of(registry).sealer
    async with registry.service.database.reading() as connection:
        (row,) = (await connection.execute(select(account_particulars))).mappings().all()
        assert row["subject"] == waiting["receiver_id"]
        keys = list((await connection.execute(select(match_key.c.customer_id))).scalars())
    # By the address the receiver is compared from now on: with it 5 keys, without it 3.
    assert (keys.count(waiting["receiver_id"]), keys.count(account["customer_id"])) == (5, 3)
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        await sealer.erase(uow, account["customer_id"], [])
    assert (await receiver.get(f"/accounts/{account['id']}")).body["address"] == ADDRESS
    transferred = (await receiver.get(f"/accounts/{account['id']}/events")).body["items"][-1]
    assert transferred["event"] == "account_transferred"
    assert transferred["particulars"]["request_id"] == path.rpartition("/")[2]


async def test_the_receiver_is_found_by_the_identifier_and_citizens_are_not_told_who_is_on_record(
    registry: Running,
) -> None:
    account, other = await opened(registry), await opened(registry, 2, "G-371502")
    owner = citizen(registry, account["customer_id"])
    wrong = person(2, name="李某")
    path = f"/accounts/{account['id']}/requests"
    refused = await owner.post(path, {"kind": "TRANSFER", "receiver": wrong}, 409)
    assert refused.code == "receiver-unconfirmed"
    staff = {"kind": "TRANSFER", "receiver": wrong, "document_ref": "D-1"}
    told = await registry.client().post(path, staff, 409)
    assert (told.code, told.body["errors"][0]["field"]) == ("name-differs", "receiver.name")
    own = {"kind": "TRANSFER", "receiver": person(1)}
    assert (await owner.post(path, own, 409)).code == "same-customer"
    made = (await owner.post(path, {"kind": "TRANSFER", "receiver": person(2)}, 201)).body
    assert made["receiver_id"] == other["customer_id"]


async def test_staff_record_the_receivers_document_and_a_party_withdraws(registry: Running) -> None:
    account = await opened(registry)
    path = await transfer(registry, account, person(2))
    clerk = registry.client()
    assert (await clerk.command(path, "agreement", {}, 409)).code == "stead-document-missing"
    agreed = (await clerk.command(path, "agreement", {"document_ref": "过户协议2022-1"})).body
    assert [row["by_document"] for row in agreed["agreements"]] == [False, True]
    (event,) = [
        row for row in (await clerk.get(f"{path}/events")).body["items"] if row["event"] == "request_agreed"
    ]
    assert event["on_behalf_of"] == agreed["receiver_id"]
    receiver = citizen(registry, agreed["receiver_id"], "citizen-2")
    await receiver.command(path, "withdrawal")
    assert (await receiver.get(path)).body["state"] == "WITHDRAWN"
    # The account is free for another request.
    await submitted(citizen(registry, account["customer_id"]), account["id"])


async def test_a_paper_is_for_who_works_on_it_and_for_the_party_that_handed_it_in(registry: Running) -> None:
    account = await opened(registry)
    path = await transfer(registry, account, person(2))
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    shown = (await owner.get(path)).body
    (file,) = shown["materials"]
    link = f"{path}/materials/{file['id']}/link"
    for client in (owner, clerk):
        url = (await client.post(link)).body["url"]
        assert (await registry.app_get(url)).content == PDF[1]
    receiver = citizen(registry, shown["receiver_id"], "citizen-2")
    await receiver.post(link, status=404)
    # Of a suspension nothing is asked for, so nothing is taken.
    other = await opened(registry, 3)
    mine = citizen(registry, other["customer_id"], "citizen-3")
    suspension = await submitted(mine, other["id"])
    refused = await hand_in(mine, suspension, 409)
    assert refused["code"] == "material-not-listed"


async def test_an_account_that_changed_hands_is_not_changed_for_its_former_customer(
    registry: Running,
) -> None:
    """A request that is open when somebody else gets the account cannot be done."""
    account, other = await opened(registry), await opened(registry, 2)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"])
    await clerk.command(path, "acceptance")
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        item = await ACCOUNTS.load(uow, account["id"])
        rules = rulebook_of(registry).rules
        item.transfer(other["customer_id"], "PERSON", None, None, uow.now, path.rpartition("/")[2], rules)
        ACCOUNTS.save(uow, item, {}, rules)
    refused = await clerk.command(path, "completion", {"reading": 1}, 409)
    assert refused.code == "customer-changed"
    assert (await clerk.get(path)).body["state"] == "ACCEPTED"


async def test_a_business_with_the_same_code_is_one_receiver(registry: Running) -> None:
    account = await opened(registry)
    clerk = registry.client()
    known = (await clerk.post("/accounts", new_account(organisation(), "0009"), 201)).body
    owner = citizen(registry, account["customer_id"])
    path = await submitted(owner, account["id"], "TRANSFER", receiver=organisation())
    assert (await owner.get(path)).body["receiver_id"] == known["customer_id"]
