"""The copy that a customer gets has all that is kept: requests, and what was kept under merged records, too."""

from tests.services.registry.alike import merged
from tests.services.registry.alike import opened as opened_alike
from tests.services.registry.request_samples import citizen, hand_in, submitted
from tests.services.registry.samples import mobile, new_account, person
from tests.services.registry.test_accounts import opened
from tests.support.service import Running


async def test_the_copy_has_the_requests_of_the_customer_as_the_party_that_it_is(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    owner = citizen(registry, shown["customer_id"])
    path = await submitted(owner, shown["id"], "CHANGE", change={"name": "王某"})
    (request,) = (await owner.post(f"/customers/{shown['customer_id']}/copy")).body["requests"]
    assert (request["kind_name"], request["state_name"], request["party_name"]) == (
        "信息变更",
        "已提交",
        "现用户",
    )
    assert request["wished"] == {"name": "王某"}
    await owner.command(path, "withdrawal")
    to = await submitted(owner, shown["id"], "TRANSFER", receiver=person(2))
    await hand_in(owner, to)
    copied = (await owner.post(f"/customers/{shown['customer_id']}/copy")).body["requests"]
    assert [(item["kind_name"], len(item["materials"]), item["wished"]) for item in copied] == [
        ("过户", 1, {}),
        ("信息变更", 0, {}),
    ]
    receiver = (await owner.get(to)).body["receiver_id"]
    (received,) = (await citizen(registry, receiver).post(f"/customers/{receiver}/copy")).body["requests"]
    # What the other party handed in is not its own.
    assert (received["party_name"], received["materials"]) == ("受让人", [])


async def test_the_copy_has_what_was_kept_under_merged_records(registry: Running) -> None:
    keeps = await opened_alike(registry, "0001")
    goes = await opened_alike(registry, "0002", "G-371502", mobile=mobile(8))
    (account,) = (await citizen(registry, goes).get("/accounts")).body["items"]
    path = await submitted(citizen(registry, goes), account["id"])
    await citizen(registry, goes).command(path, "withdrawal")
    body = {"purpose": "CONTACT", "fields": ["mobile"]}
    version = (await citizen(registry, goes).get("/privacy-notice")).body["version"]
    await citizen(registry, goes).post(f"/customers/{goes}/consents", {"notice_version": version})
    await registry.client("clerk", code="G-371502", scope=registry.caller().scope.kind).post(
        f"/customers/{goes}/reveal", body
    )
    before = (await citizen(registry, keeps).post(f"/customers/{keeps}/copy")).body
    assert (before["merged"], before["requests"], before["consents"]) == ([], [], [])
    await merged(registry, keeps, goes)
    copy = (await citizen(registry, keeps).post(f"/customers/{keeps}/copy")).body
    (record,) = copy["merged"]
    assert (record["id"], record["texts"]["mobile"]) == (goes, mobile(8))
    assert [request["kind_name"] for request in copy["requests"]] == ["报停"]
    assert [consent["notice_version"] for consent in copy["consents"]] == [version]
    assert "查看明文" in [given["action_name"] for given in copy["disclosures"]["items"]]
    assert len(copy["accounts"]) == 2
