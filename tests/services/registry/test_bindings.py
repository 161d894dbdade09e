"""Bindings over HTTP, on both engines: what a proof tells, how it is counted, what is shown, and how one ends."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from libs.common.auth.callers import Assurance
from services.registry.storage.tables import AUDIT, STANDING
from tests.services.registry.request_samples import hand_in, submitted
from tests.services.registry.samples import mobile, new_account, organisation, person
from tests.services.registry.standing_samples import Someone, at_level, claim, limited, pair, someone
from tests.support.service import Client, Running, when

WRONG = {"phone": mobile(999)}
# No such account, and one with another phone, another name.
FAILING = {
    "no such account": claim(9, number="9999"),
    "another phone": claim(1, proof=WRONG),
    "another name": claim(1, proof={"name": "李"}),
}


async def failed(registry: Running) -> dict[tuple[str, str], int]:
    """How many proofs failed, by whom they are counted."""
    t = STANDING.attempt
    async with registry.service.database.reading() as connection:
        return {(row.whose, row.code): row.failed for row in await connection.execute(select(t))}


async def entries(registry: Running, purpose: str) -> list[tuple[Any, ...]]:
    """What is on the audit record for a purpose: action, subject, reason of a refusal."""
    c = AUDIT.entry.c
    statement = select(c.action, c.subject, c.slug).where(c.purpose == purpose).order_by(c.id)
    async with registry.service.database.reading() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


async def test_a_bound_account_is_shown_masked_and_nothing_is_done_by_it(registry: Running) -> None:
    holder, binder = await pair(registry)
    bound = await binder.client.post("/bindings", claim(1), 201)
    path = f"/bindings/{bound.body['id']}"
    assert bound.response.headers["location"] == f"/v1{path}"
    shown = (await binder.client.get(path)).body
    assert (shown["own"], shown["proof"], shown["channel"], shown["bound_by"]) == (
        True,
        "HOLDER",
        "ISHANDONG",
        None,
    )
    assert shown["account"] == {
        "number": "****",
        "address": "东昌府区古楼街道****",
        "state": "ACTIVE",
        "state_name": "在用",
        "state_since": shown["account"]["state_since"],
    }
    # Of the holder nothing: neither who it is nor what is known.
    for datum in (holder.id, "王", mobile(5_000_001)):
        assert datum not in str(shown)
    assert [name for name, _ in await registry.events(bound.body["id"])] == ["account_bound"]
    assert await entries(registry, "BIND_ACCOUNT") == [("GRANT", holder.id, None)]
    account = f"/accounts/{holder.account['id']}"
    await binder.client.get(account, 404)
    for kind in ("SUSPENSION", "TRANSFER", "CLOSURE", "CHANGE"):
        await binder.client.get(f"{account}/eligibility", 404, kind=kind)
        await binder.client.post(f"{account}/requests", {"kind": kind}, 404)
    assert holder.account["id"] not in str((await binder.client.get("/accounts")).body)


async def test_who_bound_it_and_the_holder_end_a_binding_and_nobody_else(registry: Running) -> None:
    holder, binder = await pair(registry)
    stranger = await someone(registry, 3)
    first = (await binder.client.post("/bindings", claim(1), 201)).body
    path = f"/bindings/{first['id']}"
    await stranger.client.get(path, 404)
    await stranger.client.post(f"{path}/unbinding", None, 404, version='"1"')
    ended = (await binder.client.command(path, "unbinding")).body
    assert (ended["state"], ended["end_reason"]) == ("ENDED", "UNBOUND")
    assert (await binder.client.get(path)).body["account"] is None
    again = await binder.client.command(path, "unbinding", None, 409)
    assert again.code == "not-in-this-state"
    second = (await binder.client.post("/bindings", claim(1), 201)).body
    assert second["id"] != first["id"]
    (seen,) = (await holder.client.get("/bindings", own="false", query={"open": "true"})).body["items"]
    assert (seen["id"], seen["own"], seen["bound_by"]) == (second["id"], False, "王**")
    assert binder.id not in str(seen)
    ended = (await holder.client.command(f"/bindings/{second['id']}", "unbinding")).body
    assert ended["end_reason"] == "HOLDER"
    assert [entry[0] for entry in await entries(registry, "UNBIND_ACCOUNT")] == ["REVOKE", "REVOKE"]
    assert [name for name, _ in await registry.events(second["id"])] == ["account_bound", "account_unbound"]


async def test_who_tries_numbers_learns_nothing(registry: Running) -> None:
    holder, binder = await pair(registry)
    for each in (holder, binder):
        # Their data keys are at hand, as while the service works.
        await each.client.get(f"/customers/{each.id}")
    told, statements = [], []
    for body in FAILING.values():
        async with registry.counting() as found:
            answer = (await binder.client.post("/bindings", body, 422)).body
        statements.append(len(found))
        told.append({name: value for name, value in answer.items() if name != "trace_id"})
    assert told[0]["code"] == "binding-not-proved"
    assert told[1:] == told[:1] * 2
    assert len(set(statements)) == 1, statements
    assert await entries(registry, "BIND_ACCOUNT") == [("GRANT", None, "binding-not-proved")] * 3


@pytest.mark.parametrize("body", FAILING.values(), ids=FAILING)
async def test_failures_on_an_account_are_counted_whether_or_not_there_is_one(
    registry: Running, body: dict[str, Any]
) -> None:
    await pair(registry)
    others = [await someone(registry, serial) for serial in range(11, 17)]
    for each in others[:5]:
        await each.client.post("/bindings", body, 422)
    answer = await others[5].client.post("/bindings", body, 429)
    assert answer.code == "binding-attempts-used"
    # As it is written does not matter.
    spelled = {**body, "number": f" {body['number']} "}
    await others[5].client.post("/bindings", spelled, 429)
    # Who knows the account has to wait as well, until the next day.
    await others[5].client.post("/bindings", {**claim(1), "number": body["number"]}, 429)
    registry.clock.instant = when("2022-07-05 00:00")
    await others[5].client.post("/bindings", claim(1), 201)


async def test_failures_of_a_citizen_are_counted_over_all_accounts(registry: Running) -> None:
    _, binder = await pair(registry)
    for number in range(5):
        await binder.client.post("/bindings", claim(9, number=f"777{number}"), 422)
    answer = await binder.client.post("/bindings", claim(1), 429)
    assert int(answer.response.headers["retry-after"]) > 0
    other = await someone(registry, 3)
    await other.client.post("/bindings", claim(1), 201)


async def test_attempts_at_once_do_not_slip_under_the_limit(registry: Running) -> None:
    _, binder = await pair(registry)
    wrong = claim(1, proof=WRONG)
    answers = await asyncio.gather(
        *(
            binder.client.http.post("/v1/bindings", json=wrong, headers={"Idempotency-Key": f"k-{number}"})
            for number in range(9)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [422] * 5 + [429] * 4
    assert set((await failed(registry)).values()) == {5}


async def test_a_proof_that_holds_is_not_counted_and_counts_nobody_out(registry: Running) -> None:
    holder, binder = await pair(registry)
    await binder.client.post("/bindings", claim(1, proof=WRONG), 422)
    bound = (await binder.client.post("/bindings", claim(1), 201)).body
    assert set((await failed(registry)).values()) == {1}
    again = await binder.client.post("/bindings", claim(1), 409)
    assert again.code == "account-bound"
    own = await holder.client.post("/bindings", claim(1), 409)
    assert own.code == "account-own"
    assert set((await failed(registry)).values()) == {1}
    await binder.client.command(f"/bindings/{bound['id']}", "unbinding")


async def test_a_repetition_counts_once_and_is_answered_alike(registry: Running) -> None:
    _, binder = await pair(registry)
    wrong = claim(1, proof=WRONG)
    answers = [(await binder.client.post("/bindings", wrong, 422, key="wrong")).body for _ in range(3)]
    assert answers[1:] == answers[:1] * 2
    assert set((await failed(registry)).values()) == {1}
    first, second = [await binder.client.post("/bindings", claim(1), 201, key="right") for _ in range(2)]
    assert first.body == second.body
    assert len((await binder.client.get("/bindings")).body["items"]) == 1


async def test_bindings_at_once_are_one(registry: Running) -> None:
    _, binder = await pair(registry)
    answers = await asyncio.gather(
        *(
            binder.client.http.post("/v1/bindings", json=claim(1), headers={"Idempotency-Key": f"k-{number}"})
            for number in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_who_proved_too_little_at_sign_in_binds_nothing(registry: Running) -> None:
    _, binder = await pair(registry)
    low = at_level(registry, binder.id, Assurance.MOBILE)
    answer = await low.post("/bindings", claim(1), 401)
    assert answer.code == "assurance-insufficient"
    assert await failed(registry) == {}
    assert await entries(registry, "BIND_ACCOUNT") == [("GRANT", None, "assurance-insufficient")]
    bound = (await binder.client.post("/bindings", claim(1), 201)).body
    await low.command(f"/bindings/{bound['id']}", "unbinding", None, 401)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (claim(1, utility="W-999999"), "utility"),
        (claim(1, number="?"), "number"),
        (claim(1, number="****0001"), "number"),
        (claim(1, proof={"phone": "1"}), "proof.phone"),
        (claim(1, proof={"name": "*"}), "proof.name"),
    ],
)
async def test_what_cannot_be_right_is_named_and_not_counted(
    registry: Running, body: dict[str, Any], field: str
) -> None:
    _, binder = await pair(registry)
    answer = await binder.client.post("/bindings", body, 422)
    assert answer.body["errors"][0]["field"] == field
    assert await failed(registry) == {}


async def test_an_organisations_account_is_proved_by_its_name(registry: Running) -> None:
    _, binder = await pair(registry)
    clerk = registry.client()
    await clerk.post("/accounts", new_account(organisation(7), number="7007"), 201)
    name = str(organisation(7)["name"])
    short = claim(7, number="7007", proof={"name": name[:2], "phone": mobile(7)})
    await binder.client.post("/bindings", short, 422)
    await binder.client.post(
        "/bindings", claim(7, number="7007", proof={"name": name, "phone": mobile(7)}), 201
    )


async def test_what_is_only_stored_or_closed_is_not_bound(registry: Running) -> None:
    holder, binder = await pair(registry)
    await holder.client.command(f"/customers/{holder.id}", "restriction")
    assert (await binder.client.post("/bindings", claim(1), 422)).code == "binding-not-proved"
    await holder.client.command(f"/customers/{holder.id}", "restriction-end")
    await closed(registry, holder)
    assert (await binder.client.post("/bindings", claim(1), 422)).code == "binding-not-proved"


async def closed(registry: Running, holder: Someone) -> None:
    """Close the account of somebody."""
    path = await submitted(holder.client, holder.account["id"], "CLOSURE")
    await finished(registry, path)


async def finished(registry: Running, path: str) -> None:
    """Let the utility do what a transfer or a closure asks for."""
    clerk = registry.client()
    await clerk.command(path, "acceptance")
    await registry.client("approver").command(path, "approval", {"settled": True})
    await clerk.command(path, "completion", {"reading": 40})


async def test_a_binding_ends_with_the_account(registry: Running) -> None:
    holder, binder = await pair(registry)
    bound = (await binder.client.post("/bindings", claim(1), 201)).body
    await closed(registry, holder)
    ended = (await binder.client.get(f"/bindings/{bound['id']}")).body
    assert (ended["end_reason"], ended["account"]) == ("CLOSED", None)


async def test_a_transfer_ends_every_binding_of_the_former_holders_time(registry: Running) -> None:
    holder, binder = await pair(registry)
    receiver, other = await someone(registry, 3), await someone(registry, 4)
    # The receiver had bound it too.
    bound = [(await each.client.post("/bindings", claim(1), 201)).body["id"] for each in (binder, receiver)]
    path = await submitted(holder.client, holder.account["id"], "TRANSFER", receiver=person(3))
    await hand_in(holder.client, path)
    await receiver.client.command(path, "agreement")
    await finished(registry, path)
    for each, binding in zip((binder, receiver), bound, strict=True):
        shown = (await each.client.get(f"/bindings/{binding}")).body
        assert (shown["end_reason"], shown["account"]) == ("TRANSFERRED", None)
        assert [name for name, _ in await registry.events(binding)] == ["account_bound", "account_unbound"]
    # The former holder sees none of them any more; what was known of that one proves nothing now.
    assert (await holder.client.get("/bindings")).body["items"] == []
    await other.client.post("/bindings", claim(1), 422)
    await other.client.post("/bindings", claim(1, proof={"phone": mobile(5_000_003)}), 201)


async def test_a_citizen_and_an_account_have_so_many_bindings_at_most(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, binder = await pair(registry)
    third = await someone(registry, 3)
    limited(registry, monkeypatch, bindings_of_citizen=1)
    await binder.client.post("/bindings", claim(1), 201)
    assert (await binder.client.post("/bindings", claim(3), 409)).code == "bindings-of-citizen-used"
    limited(registry, monkeypatch, bindings_of_account=1)
    assert (await third.client.post("/bindings", claim(1), 409)).code == "bindings-of-account-used"


async def test_a_stranger_of_the_registry_binds_nothing(registry: Running) -> None:
    await pair(registry)
    nobody: Client = registry.client("citizen")
    await nobody.post("/bindings", claim(1), 404)
    assert await failed(registry) == {}
