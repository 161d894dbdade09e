"""What ends bindings and authorisations beside their own sides: a merge, an erasure; and what is kept of them."""

from datetime import timedelta

from sqlalchemy import select

from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import STANDING
from services.registry.usecases.retention import purge_expired
from tests.services.registry import alike
from tests.services.registry.request_samples import citizen
from tests.services.registry.samples import mobile
from tests.services.registry.standing_samples import authorisation, claim, someone
from tests.support.service import Running

DOCUMENT = {"document_ref": "委托书2022-7"}
KNOWN = {"phone": mobile(5_000_001)}


async def test_a_merge_ends_the_own_binding_of_who_stays_and_what_the_merged_one_authorised(
    registry: Running,
) -> None:
    registry.lift_quotas()
    keeps, goes = await alike.opened(registry, "0001"), await alike.opened(registry, "0002", "G-371502")
    owner, other = citizen(registry, keeps), await someone(registry, 2)
    agent = await someone(registry, 3)
    hall = registry.client("window")
    wanted = claim(1, number="A0002", utility="G-371502", proof=KNOWN)
    own = (await owner.post("/bindings", wanted, 201)).body["id"]
    stays = (await other.client.post("/bindings", wanted, 201)).body["id"]
    given = (await hall.post("/authorisations", authorisation(3, customer_id=goes, **DOCUMENT), 201)).body
    await alike.merged(registry, keeps, goes)
    assert (await owner.get(f"/bindings/{own}")).body["end_reason"] == "OWNED"
    assert (await other.client.get(f"/bindings/{stays}")).body["state"] == "BOUND"
    ended = (await agent.client.get(f"/authorisations/{given['id']}")).body
    assert (ended["end_reason"], ended["in_force"]) == ("MERGED", False)
    assert (await agent.client.get("/accounts", customer_id=goes)).body["items"] == []
    # The account's new holder sees who bound it, and ends it.
    ended = (await owner.command(f"/bindings/{stays}", "unbinding")).body
    assert ended["end_reason"] == "HOLDER"


async def test_an_erasure_ends_what_the_customer_bound_gave_and_had(registry: Running) -> None:
    registry.lift_quotas()
    holder, leaving, third = [await someone(registry, serial) for serial in (1, 2, 3)]
    bound = (await leaving.client.post("/bindings", claim(1), 201)).body["id"]
    had = (await holder.client.post("/authorisations", authorisation(2, last="2025-07-01"), 201)).body["id"]
    gave = (await leaving.client.post("/authorisations", authorisation(3, last="2025-07-01"), 201)).body["id"]
    copied = (await leaving.client.post(f"/customers/{leaving.id}/copy")).body
    assert [each["utility"] for each in copied["bindings"]] == ["W-371502"]
    assert sorted(each["acts"] for each in copied["authorisations"]) == [False, True]
    request = f"/accounts/{leaving.account['id']}/requests"
    closing = (await leaving.client.post(request, {"kind": "CLOSURE"}, 201)).body["id"]
    clerk = registry.client()
    await clerk.command(f"/requests/{closing}", "acceptance")
    await registry.client("approver").command(f"/requests/{closing}", "approval", {"settled": True})
    await clerk.command(f"/requests/{closing}", "completion", {"reading": 1})
    # Until then both have expired, whether or not a worker has come.
    registry.clock.instant += timedelta(days=1096)
    await citizen(registry, leaving.id).command(f"/customers/{leaving.id}", "erasure")
    for path in (had, gave):
        side = holder if path == had else third
        shown = (await citizen(registry, side.id).get(f"/authorisations/{path}")).body
        assert shown["end_reason"] == "EXPIRED"
    (shown,) = (await citizen(registry, holder.id).get("/bindings", own="false")).body["items"]
    assert (shown["id"], shown["end_reason"]) == (bound, "ERASED")


async def test_failed_proofs_are_counted_on_their_day_and_not_kept(registry: Running) -> None:
    registry.lift_quotas()
    await someone(registry, 1)
    binder = await someone(registry, 2)
    await binder.client.post("/bindings", claim(1, proof={"phone": mobile(9)}), 422)
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)

    async def left() -> int:
        await purge_expired(registry.service.database, rulebook, registry.clock.now())
        async with registry.service.database.reading() as connection:
            return len((await connection.execute(select(STANDING.attempt))).all())

    assert await left() == 2
    registry.clock.instant += timedelta(days=1)
    assert await left() == 2
    registry.clock.instant += timedelta(days=1)
    assert await left() == 0
