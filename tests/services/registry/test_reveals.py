"""Particulars shown whole for a purpose: only those asked for, on record, within the rule or confirmed afterwards."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import idempotency
from services.registry.storage.tables import AUDIT, OVERSIGHT, account_particulars, customer_particulars
from tests.services.registry.samples import mobile, new_account, organisation, person, resident_id
from tests.services.registry.test_accounts import ADDRESS, opened
from tests.support.service import Answered, Client, Running


async def entries(registry: Running) -> list[dict[str, Any]]:
    """The audit record, the oldest first."""
    statement = select(AUDIT.entry).order_by(AUDIT.entry.c.recorded_at, AUDIT.entry.c.id)
    async with registry.service.database.reading() as connection:
        return [dict(row) for row in (await connection.execute(statement)).mappings()]


def texts_of(answer: dict[str, Any]) -> dict[str, str | None]:
    return {item["field"]: item["text"] for item in answer["items"]}


async def test_only_what_is_asked_for_is_shown_and_it_is_on_record(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    path = f"/customers/{shown['customer_id']}/reveal"
    clerk = registry.client()
    answer = await clerk.post(path, {"purpose": "CONTACT", "fields": ["mobile", "mobile"]})
    assert texts_of(answer.body) == {"mobile": mobile(5_000_001)}
    assert answer.body["confirmed_by"] is None
    assert answer.response.headers["cache-control"] == "no-store"
    address = await clerk.post(
        f"/accounts/{shown['id']}/reveal", {"purpose": "SERVICE", "fields": ["address"]}
    )
    assert texts_of(address.body) == {"address": ADDRESS}
    first, second = await entries(registry)
    assert (first["action"], first["purpose"], first["fields"], first["result"]) == (
        "REVEAL",
        "CONTACT",
        ["mobile"],
        "OK",
    )
    assert first["subject"] == second["subject"] == shown["customer_id"]
    assert (first["actor"], first["unit"]) == ("clerk-1", "utility:W-371502")
    async with registry.service.database.reading() as connection:
        kept = (await connection.execute(select(idempotency.c.body))).scalars().all()
    assert not any(mobile(5_000_001).encode() in bytes(body) for body in kept)


async def test_a_repetition_of_a_reveal_is_a_reveal_again(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    path, body = f"/customers/{shown['customer_id']}/reveal", {"purpose": "CONTACT", "fields": ["mobile"]}
    for _ in range(2):
        await registry.client().post(path, body, key="the-same")
    assert len(await entries(registry)) == 2


@pytest.mark.parametrize(
    ("role", "body", "status", "code"),
    [
        ("clerk", {"purpose": "CONTACT", "fields": ["identifier"]}, 409, "beyond-purpose"),
        ("supervisor", {"purpose": "CONTACT", "fields": ["mobile"], "reason": "爆管"}, 409, "emergency-only"),
        ("supervisor", {"purpose": "EMERGENCY", "fields": ["identifier"]}, 409, "reason-missing"),
        ("clerk", {"purpose": "GOSSIP", "fields": ["mobile"]}, 422, "invalid"),
        ("clerk", {"purpose": "CONTACT", "fields": []}, 422, "invalid"),
        ("clerk", {"purpose": "CONTACT", "fields": ["address"]}, 422, "invalid"),
        (
            "supervisor",
            {"purpose": "EMERGENCY", "fields": ["mobile"], "reason": "联系13800000001"},
            422,
            "invalid",
        ),
        ("agent", {"purpose": "CONTACT", "fields": ["mobile"]}, 403, "forbidden"),
        ("administrator", {"purpose": "EMERGENCY", "fields": ["mobile"], "reason": "爆管"}, 403, "forbidden"),
    ],
)
async def test_what_the_rule_does_not_give_is_refused(
    registry: Running, role: str, body: dict[str, Any], status: int, code: str
) -> None:
    shown = await opened(registry, new_account(person()))
    answer = await registry.client(role).post(f"/customers/{shown['customer_id']}/reveal", body, status)
    assert answer.code == code
    recorded = [(entry["result"], entry["slug"]) for entry in await entries(registry)]
    assert recorded == ([("REFUSED", code)] if status == 409 else [])


async def test_a_stranger_to_the_account_sees_nothing_and_the_attempt_is_on_record(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    other = registry.client("clerk", ScopeKind.UTILITY, "G-371502")
    await other.post(f"/accounts/{shown['id']}/reveal", {"purpose": "SERVICE", "fields": ["address"]}, 404)
    (entry,) = await entries(registry)
    assert (entry["result"], entry["slug"], entry["subject"]) == (
        "REFUSED",
        "not-found",
        shown["customer_id"],
    )


async def test_an_exception_waits_for_a_second_person_until_it_is_overdue(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    body = {"purpose": "EMERGENCY", "fields": ["identifier"], "reason": "东关街爆管，需核实住户"}
    first = registry.client("supervisor", ScopeKind.DISTRICT, "371502", "supervisor-1")
    answer = (await first.post(f"/customers/{shown['customer_id']}/reveal", body)).body
    assert texts_of(answer) == {"identifier": resident_id(1)}
    assert [entry["action"] for entry in await entries(registry)] == ["BREAK_GLASS"]
    (act,) = (await first.get("/break-glass", overdue="false")).body["items"]
    assert (act["state"], act["due_at"], act["field_names"]) == ("OPEN", answer["confirmed_by"], "证件号码")
    decision = f"/break-glass/{act['id']}/decision"
    assert (await first.post(decision, {"confirmed": True}, 409)).code == "second-person"
    elsewhere = registry.client("supervisor", ScopeKind.DISTRICT, "371503")
    await elsewhere.post(decision, {"confirmed": True}, 404)
    assert (await elsewhere.get("/break-glass")).body["items"] == []
    registry.clock.instant += timedelta(hours=25)
    (late,) = (await registry.client("auditor").get("/break-glass", overdue="true")).body["items"]
    assert late["overdue"] is True
    second = registry.client("supervisor", ScopeKind.DISTRICT, "371502", "supervisor-2")
    assert (await second.post(decision, {"confirmed": False}, 409)).code == "opinion-missing"
    decided = (await second.post(decision, {"confirmed": False, "opinion": "不必查看证件"})).body
    assert (decided["state"], decided["overdue"], decided["decided_by"]) == (
        "CONTESTED",
        False,
        "supervisor-2",
    )
    again = await registry.client("administrator").post(decision, {"confirmed": True}, 409)
    assert again.code == "already-decided"
    assert (await second.get("/break-glass", overdue="true")).body["items"] == []


async def test_more_reveals_than_is_in_order_raise_one_alarm_and_are_not_refused(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    clerk, path = registry.client(), f"/customers/{shown['customer_id']}/reveal"
    body = {"purpose": "CONTACT", "fields": ["mobile"]}
    auditor = registry.client("auditor")
    for _ in range(60):
        await clerk.post(path, body)
    assert (await auditor.get("/reveal-alarms")).body["items"] == []
    for _ in range(3):
        await clerk.post(path, body)
    (alarm,) = (await auditor.get("/reveal-alarms")).body["items"]
    assert (alarm["actor"], alarm["period"], alarm["count"], alarm["most"]) == ("clerk-1", "HOUR", 61, 60)
    await clerk.get("/reveal-alarms", 403)


async def test_a_search_is_on_record_with_whom_it_found(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    clerk = registry.client()
    await clerk.post("/customer-search", {"phone": mobile(5_000_001)})
    await clerk.post("/customer-search", {"phone": mobile(1)})
    found, nobody = await entries(registry)
    assert (found["action"], found["subject"], found["fields"]) == ("SEARCH", shown["customer_id"], ["phone"])
    assert nobody["subject"] is None


# -- what is masked cannot be written back

_NAMES = st.text(st.sampled_from("王李张欧阳明华建国"), min_size=1, max_size=5)
_CONTACTS = st.none() | _NAMES


async def sent(clerk: Client, body: dict[str, Any]) -> Answered:
    """Open an account, whatever is answered."""
    headers = {"Idempotency-Key": str(uuid4())}
    return Answered(await clerk.http.post("/v1/accounts", json=body, headers=headers))


async def written_back(
    clerk: Client, thing: str, command: str, names: list[str], more: dict[str, Any]
) -> str:
    """Send a thing's particulars back as it shows them; return the slug of the refusal."""
    seen = (await clerk.get(thing)).body
    body = {name: seen[name] for name in names if seen[name] is not None} | more
    return (await clerk.command(thing, command, body, 422)).code


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_what_is_shown_masked_is_refused_when_it_is_written_back(
    registry: Running, data: st.DataObject
) -> None:
    registry.lift_quotas()
    serial = data.draw(st.integers(1, 999))
    described = data.draw(st.sampled_from([person, organisation]))
    more = {"contact": data.draw(_CONTACTS), "landline": data.draw(st.sampled_from([None, "0635-8220000"]))}
    name = {"name": data.draw(_NAMES)} if described is person else {}
    identifier = {"identifier": data.draw(st.just(None) if serial % 2 else st.just(resident_id(serial)))}
    customer = described(serial, **name, **more, **(identifier if described is person else {}))
    number = f"N{data.draw(st.integers(1, 10**9))}"
    clerk = registry.client()
    made = await sent(clerk, new_account(customer, number))
    if made.response.status_code != 201:
        # The number or the identifier was drawn before.
        assert made.code in ("account-number-taken", "name-differs")
        return
    account = (await clerk.get(f"/accounts/{made.body['id']}")).body
    before = await _stored(registry)
    of_customer = ["name", "identifier", "mobile", "landline", "contact"]
    reason = {"reason": "CORRECTION"}
    thing = f"/customers/{account['customer_id']}"
    assert await written_back(clerk, thing, "correction", of_customer, reason) == "masked-value"
    of_account = {"use": account["use"], "price_class": account["price_class"], **reason}
    thing = f"/accounts/{account['id']}"
    assert (
        await written_back(clerk, thing, "description", ["number", "address"], of_account) == "masked-value"
    )
    assert await _stored(registry) == before


async def _stored(registry: Running) -> list[Any]:
    async with registry.service.database.reading() as connection:
        return [
            sorted(map(str, (await connection.execute(select(table))).all()))
            for table in (customer_particulars, account_particulars, OVERSIGHT.break_glass)
        ]
