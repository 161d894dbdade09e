"""What is told of bindings and authorisations: to the holder of an account, on the audit record, in the figures."""

import pytest
from sqlalchemy import select

from libs.common.database.tables import outbox
from tests.services.registry import alike
from tests.services.registry.request_samples import citizen
from tests.services.registry.samples import mobile
from tests.services.registry.standing_samples import HALL, authorisation, claim, granted, pair, someone
from tests.services.registry.test_bindings import FAILING, entries
from tests.support.service import Running


async def test_the_holder_is_told_when_somebody_binds_the_account(registry: Running) -> None:
    holder, binder = await pair(registry)
    assert (await holder.client.get("/messages")).body["unseen"] == 0
    # A proof that failed is told to nobody.
    await binder.client.post("/bindings", FAILING["another name"], 422)
    assert (await holder.client.get("/messages")).body["items"] == []
    bound = (await binder.client.post("/bindings", claim(1), 201)).body
    told = (await holder.client.get("/messages")).body
    (message,) = told["items"]
    assert (message["thing"], message["seen"], told["unseen"]) == (bound["id"], False, 1)
    assert message["text"].startswith("有人绑定了您的户号")
    # Of who bound it, nothing.
    assert binder.id not in str(told).lower()
    assert (await binder.client.get("/messages")).body["items"] == []
    seen = await holder.client.post("/messages/seen", {"up_to": message["id"]})
    assert seen.body["unseen"] == 0
    assert (await holder.client.get("/messages")).body["items"][0]["seen"] is True
    # One is told for each.
    await holder.client.command(f"/bindings/{bound['id']}", "unbinding")
    await binder.client.post("/bindings", claim(1), 201)
    assert (await holder.client.get("/messages")).body["unseen"] == 1


@pytest.mark.parametrize("known", FAILING)
async def test_a_failed_proof_is_an_event_that_tells_nobody(registry: Running, known: str) -> None:
    holder, binder = await pair(registry)
    await binder.client.post("/bindings", FAILING[known], 422)
    statement = select(outbox).where(outbox.c.type.like("%binding_refused%"))
    async with registry.service.database.reading() as connection:
        (row,) = (await connection.execute(statement)).all()
    payload = bytes(row.payload).decode().lower()
    assert '"utility":"w-371502"' in payload
    for datum in (holder.id, binder.id, holder.account["id"], "citizen-2", FAILING[known]["number"]):
        assert datum not in payload


@pytest.mark.parametrize("who", ["holder", "agent", "hall"])
async def test_the_end_of_an_authorisation_is_on_the_audit_record(registry: Running, who: str) -> None:
    holder, agent = await pair(registry)
    path = await granted(holder)
    client, body = {
        "holder": (holder.client, None),
        "agent": (agent.client, None),
        "hall": (registry.client("window"), HALL),
    }[who]
    await client.command(path, "revocation", body)
    assert await entries(registry, "AUTHORISE") == [("GRANT", holder.id, None), ("REVOKE", holder.id, None)]
    # What was refused changed nothing and stands nowhere.
    await client.command(path, "revocation", body, 409)
    assert len(await entries(registry, "AUTHORISE")) == 2
    assert (await holder.client.post("/authorisations", authorisation(2), 201)).body["id"] not in path


async def test_what_the_holder_was_told_follows_the_account_through_a_merge_and_back(
    registry: Running,
) -> None:
    registry.lift_quotas()
    keeps, goes = await alike.opened(registry, "0001"), await alike.opened(registry, "0002", "G-371502")
    binder = await someone(registry, 3)
    known = {"utility": "G-371502", "number": "A0002", "proof": {"name": "王", "phone": mobile(5_000_001)}}
    await binder.client.post("/bindings", known, 201)

    async def unseen() -> list[int]:
        of = [citizen(registry, customer_id) for customer_id in (keeps, goes)]
        return [(await client.get("/messages")).body["unseen"] for client in of]

    assert await unseen() == [0, 1]
    pair_id = await alike.merged(registry, keeps, goes)
    assert await unseen() == [1, 0]
    await registry.client("supervisor").command(f"/duplicates/{pair_id}", "merge-reversal", alike.REASON)
    assert await unseen() == [0, 1]
