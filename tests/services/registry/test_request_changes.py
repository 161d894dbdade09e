"""Changes over HTTP, on both engines: sealed until they are written, and nothing personal in the open."""

from sqlalchemy import select

from libs.common.database.tables import idempotency, outbox
from services.registry.storage.tables import account_request, request_particulars
from tests.services.registry.request_samples import citizen, opened, submitted
from tests.services.registry.samples import mobile, person, resident_id
from tests.support.service import Running

ADDRESS = "聊城市东昌府区古楼街道东关街12号"
NEW_ADDRESS = "聊城市东昌府区古楼街道东关街13号"


async def test_a_change_is_written_when_it_is_done_and_its_texts_are_sealed_until_then(
    registry: Running,
) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    change = {"mobile": mobile(77), "address": NEW_ADDRESS, "use": "COMMERCIAL", "name": "王某某"}
    path = await submitted(owner, account["id"], "CHANGE", change=change)
    shown = (await owner.get(path)).body
    # What does not differ is not asked for.
    assert shown["proposed"] == ["use", "address", "mobile"]
    assert shown["wished"] == {"address": NEW_ADDRESS, "mobile": mobile(77)}
    masked = (await clerk.get(path)).body["wished"]
    assert masked == {"address": "东昌府区古楼街道****", "mobile": "138****0077"}
    customer = f"/customers/{account['customer_id']}"
    assert (await owner.get(customer)).body["mobile"] == mobile(5_000_001)
    await clerk.command(path, "acceptance")
    await clerk.command(path, "completion", {})
    assert (await owner.get(customer)).body["mobile"] == mobile(77)
    assert (await owner.get(customer)).body["identifier"] == resident_id(1)
    written = (await owner.get(f"/accounts/{account['id']}")).body
    assert (written["address"], written["use"], written["number"]) == (NEW_ADDRESS, "COMMERCIAL", "0001")
    async with registry.service.database.reading() as connection:
        assert (await connection.execute(select(request_particulars))).all() == []


async def test_a_change_to_what_is_there_is_refused_and_one_that_was_made_meanwhile_ends_well(
    registry: Running,
) -> None:
    account = await opened(registry)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    same = {"kind": "CHANGE", "change": {"mobile": mobile(5_000_001), "use": "RESIDENTIAL"}}
    refused = await owner.post(f"/accounts/{account['id']}/requests", same, 409)
    assert refused.code == "nothing-changed"
    path = await submitted(owner, account["id"], "CHANGE", change={"use": "OFFICE"})
    meanwhile = {
        "use": "OFFICE",
        "price_class": "NON_RESIDENT",
        "number": "0001",
        "address": ADDRESS,
        "reason": "CORRECTION",
    }
    await clerk.command(f"/accounts/{account['id']}", "description", meanwhile)
    await clerk.command(path, "acceptance")
    assert (await clerk.command(path, "completion", {})).body["state"] == "DONE"


async def test_a_change_elsewhere_is_refused_at_once(registry: Running) -> None:
    account = await opened(registry)
    owner = citizen(registry, account["customer_id"])
    body = {"kind": "CHANGE", "change": {"address": "茌平区振兴街道1号"}}
    refused = await owner.post(f"/accounts/{account['id']}/requests", body, 409)
    assert refused.code == "address-elsewhere"


async def test_nothing_personal_of_a_request_stands_in_the_open(registry: Running) -> None:
    account = await opened(registry)
    path = await submitted(
        citizen(registry, account["customer_id"]), account["id"], "TRANSFER", receiver=person(2)
    )
    owner = citizen(registry, account["customer_id"])
    await owner.get(path)
    await owner.command(path, "withdrawal")
    await submitted(owner, account["id"], "CHANGE", change={"mobile": mobile(77), "address": NEW_ADDRESS})
    secrets = [resident_id(1), resident_id(2), mobile(77), mobile(5_000_002), "王某某", "东关街"]
    async with registry.service.database.reading() as connection:
        for table in (outbox, idempotency, account_request, request_particulars):
            rows = (await connection.execute(select(table))).mappings().all()
            assert rows
            texts = [
                value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                for row in rows
                for value in row.values()
            ]
            assert not [text for text in texts if any(secret in text for secret in secrets)]
