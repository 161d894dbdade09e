"""A customer's rights in the own data: a copy, who had it, why it is classed so; restricted, erased, purged."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from libs.common.audit.sealing import Sealing
from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.matching import set_survivor
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import (
    account_particulars,
    customer_particulars,
    data_key,
    former_particulars,
    matter,
    message,
)
from services.registry.usecases.retention import purge_expired
from tests.services.registry.request_samples import citizen
from tests.services.registry.samples import mobile, new_account, organisation, person, resident_id
from tests.services.registry.test_accounts import ADDRESS, opened
from tests.services.registry.test_reveals import entries
from tests.support.service import Client, Running

SIGNED = {"document_ref": "OBJ-2022-000318"}


async def close(registry: Running, account_id: str) -> None:
    """End an account, as a request does."""
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        item = await ACCOUNTS.load(uow, account_id)
        ACCOUNTS.apply(uow, item, rulebook.rules, lambda each, _rules: each.close(uow.now, str(uuid4())))


def window(registry: Running) -> Client:
    return registry.client("window", ScopeKind.DISTRICT, "371502")


async def rights(client: Client, path: str) -> list[tuple[str, bool, str | None]]:
    items = (await client.get(f"{path}/rights")).body["items"]
    return [(item["kind"], item["granted"], item["refusal"]) for item in items]


async def test_the_customer_gets_all_that_is_kept_as_a_file(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    path = f"/customers/{shown['customer_id']}"
    texts = {name: value for name, value in person().items() if name != "kind"}
    await registry.client().command(
        path, "correction", texts | {"mobile": mobile(7), "reason": "APPLICATION"}
    )
    await registry.client().post(f"{path}/reveal", {"purpose": "CONTACT", "fields": ["mobile"]})
    owner = citizen(registry, shown["customer_id"])
    answer = await owner.post(f"{path}/copy")
    assert answer.response.headers["content-disposition"].startswith("attachment")
    copy = answer.body
    assert (copy["customer"]["identifier"], copy["customer"]["mobile"]) == (resident_id(1), mobile(7))
    assert [account["address"] for account in copy["accounts"]] == [ADDRESS]
    assert [former["texts"]["mobile"] for former in copy["former"]] == [mobile(5_000_001)]
    (given,) = copy["disclosures"]["items"]
    assert (given["unit"], given["field_names"]) == ("utility:W-371502", "手机号")
    assert copy["disclosures"]["subscribers"]
    assert await rights(owner, path) == [("COPY", True, None)]
    assert (await entries(registry))[-1]["action"] == "EXPORT"
    (_, before) = (await owner.get(f"{path}/disclosures")).body["items"]
    assert before["action_name"] == "查看明文"


async def test_staff_copy_by_a_signed_document_only_and_a_utility_never(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    path = f"/customers/{shown['customer_id']}/copy"
    assert (await window(registry).post(path, {}, 409)).code == "document-missing"
    assert (await window(registry).post(path, SIGNED)).body["customer"]["identifier"] == resident_id(1)
    await registry.client().post(path, SIGNED, 403)
    other = await opened(registry, new_account(person(2), "0002"))
    await citizen(registry, other["customer_id"]).post(path, None, 404)


async def test_who_is_restricted_is_only_stored(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    path, clerk = f"/customers/{shown['customer_id']}", registry.client()
    owner = citizen(registry, shown["customer_id"])
    assert (await owner.command(path, "restriction")).body["state"] == "RESTRICTED"
    assert (await clerk.post("/customer-search", {"phone": mobile(5_000_001)})).body["items"] == []
    contact = {"purpose": "CONTACT", "fields": ["mobile"]}
    assert (await clerk.post(f"{path}/reveal", contact, 409)).code == "not-shown"
    service = {"purpose": "SERVICE", "fields": ["number"]}
    assert (await clerk.post(f"/accounts/{shown['id']}/reveal", service, 409)).code == "not-shown"
    texts = {name: value for name, value in person().items() if name != "kind"}
    corrected = await clerk.command(path, "correction", texts | {"reason": "CORRECTION"}, 409)
    assert corrected.code == "not-in-this-state"
    described = {"use": "OTHER", "price_class": "NON_RESIDENT", "reason": "CORRECTION"}
    refused = await clerk.command(f"/accounts/{shown['id']}", "description", described, 409)
    assert refused.code == "customer-restricted"
    # Its owner still gets a copy, and has it lifted; the hall does so by a signed document only.
    await owner.post(f"{path}/copy")
    assert (await window(registry).command(path, "restriction-end", {}, 409)).code == "document-missing"
    assert (await window(registry).command(path, "restriction-end", SIGNED)).body["state"] == "ACTIVE"
    await clerk.post(f"{path}/reveal", contact)
    assert await rights(owner, path) == [("LIFT", True, None), ("COPY", True, None), ("RESTRICT", True, None)]
    names = [name for name, _ in await registry.events(shown["customer_id"])]
    assert names == ["customer_opened", "customer_restricted", "customer_restriction_lifted"]


async def test_an_erasure_is_refused_while_something_holds_the_data_and_then_nothing_opens_again(
    registry: Running,
) -> None:
    shown = await opened(registry, new_account(person()))
    path, owner = f"/customers/{shown['customer_id']}", citizen(registry, shown["customer_id"])
    assert (await owner.command(path, "erasure", status=422)).code == "accounts-open"
    await close(registry, shown["id"])
    retained = await owner.command(path, "erasure", status=422)
    assert (retained.code, retained.body["detail"]) == ("retained", "销户后须保存至2025年7月3日")
    registry.clock.instant += timedelta(days=1096)
    owner = citizen(registry, shown["customer_id"])
    assert (await owner.command(path, "erasure")).body["state"] == "ERASED"
    copy = await owner.post(f"{path}/copy", None, 409)
    assert copy.code == "customer-erased"
    assert await rights(owner, path) == [
        ("ERASE", True, None),
        ("ERASE", False, "retained"),
        ("ERASE", False, "accounts-open"),
    ]
    async with registry.service.database.reading() as connection:
        for table in (customer_particulars, account_particulars, former_particulars):
            rows = (await connection.execute(select(table))).mappings().all()
            assert not any(isinstance(value, bytes) for row in rows for value in row.values())
        assert (await connection.execute(select(data_key.c.wrapped))).scalars().all() == [None]
        assert resident_id(1) not in str((await connection.execute(select(outbox))).all())
    assert (await entries(registry))[-1]["action"] == "ERASE"
    # Its note outside the database is what a restored backup is erased by.
    audit = registry.service.audit
    assert audit is not None
    await Sealing(registry.service.database, registry.clock, audit).step()
    assert await audit.external.erased() == [shown["customer_id"]]
    found = await registry.client().post("/customer-search", {"phone": mobile(5_000_001)})
    assert found.body["items"] == []


async def test_why_it_is_classed_so_is_said_with_the_rule(registry: Running) -> None:
    shown = await opened(registry, new_account(organisation()))
    path = f"/customers/{shown['customer_id']}"
    figures = {"industry": "RETAIL", "employees": 8, "revenue_fen": 90_000_000, "as_of": "2022-07-01"}
    await registry.client().command(path, "size", figures)
    said = (await citizen(registry, shown["customer_id"]).get(f"{path}/explanation")).body
    (category,) = said["categories"]
    assert (category["category_name"], category["subject_name"], category["policy_version"]) == (
        "企业用户",
        "企业",
        "2022-49",
    )
    assert category["rule"].startswith("市场主体登记管理条例")
    assert (said["size"]["industry"], said["size"]["employees"], said["size"]["policy_version"]) == (
        "RETAIL",
        8,
        "2011-300",
    )


@pytest.mark.parametrize(("days", "left"), [(729, 1), (731, 0)])
async def test_what_is_kept_no_longer_is_purged(registry: Running, days: int, left: int) -> None:
    shown = await opened(registry, new_account(person()))
    path = f"/customers/{shown['customer_id']}"
    texts = {name: value for name, value in person().items() if name != "kind"}
    await registry.client().command(
        path, "correction", texts | {"mobile": mobile(7), "reason": "APPLICATION"}
    )
    owner, now = shown["customer_id"].upper(), registry.clock.now()
    thing = str(uuid4())
    told: dict[str, Any] = {"owner": owner, "service": "hookup", "thing": thing, "at": now}
    row: dict[str, Any] = {
        "service": "hookup",
        "thing": thing,
        "owner": owner,
        "number": "BZ-2022-000318",
        "kind": "WATER",
        "utility": "W-371502",
        "district": "371502",
        "state": "OPEN",
        "last_event": "case_accepted",
        "opened_at": now,
        "updated_at": now,
        "finished_at": None,
    }
    ended = row | {"thing": str(uuid4()), "state": "DONE", "finished_at": now - timedelta(days=1095)}
    async with registry.service.database.unit_of_work(now) as uow:
        await uow.connection.execute(insert(matter), [row, ended])
        await uow.connection.execute(insert(message).values(**told, event="case_accepted"))
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    registry.clock.instant += timedelta(days=days)
    purged = await purge_expired(registry.service.database, rulebook, registry.clock.now())
    assert purged == 3 * (1 - left)
    async with registry.service.database.reading() as connection:
        counts = [
            len((await connection.execute(select(table))).all())
            for table in (former_particulars, message, matter, customer_particulars)
        ]
    assert counts == [left, left, 1 + left, 1]


async def test_the_notice_of_today_is_accepted_and_withdrawn(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    path, owner = f"/customers/{shown['customer_id']}/consents", citizen(registry, shown["customer_id"])
    version = (await owner.get("/privacy-notice")).body["version"]
    outdated = await owner.post(path, {"notice_version": "2000-1"}, 409)
    assert outdated.code == "notice-outdated"
    for _ in range(2):
        accepted = (await owner.post(path, {"notice_version": version})).body
    (consent,) = accepted["items"]
    assert (consent["notice_version"], consent["channel"], accepted["current_accepted"]) == (
        version,
        "ISHANDONG",
        True,
    )
    withdrawn = (await owner.post(f"{path}/withdrawal")).body
    assert withdrawn["current_accepted"] is False
    assert withdrawn["items"][0]["withdrawn_at"] is not None
    assert (await owner.post(f"{path}/withdrawal", None, 409)).code == "no-consent"
    hall = window(registry)
    assert (await hall.post(path, {"notice_version": version}, 409)).code == "document-missing"
    await hall.post(path, {"notice_version": version, **SIGNED})
    listed = (await hall.get(path)).body
    assert [(item["channel"], item["document_ref"]) for item in listed["items"]] == [
        ("WINDOW", "OBJ-2022-000318"),
        ("ISHANDONG", None),
    ]
    assert listed["current_accepted"] is True


async def test_an_erasure_takes_along_who_was_merged_into_the_customer(registry: Running) -> None:
    first, second, other = [
        await opened(registry, new_account(person(number), f"000{number}")) for number in (1, 2, 3)
    ]
    await close(registry, first["id"])
    registry.clock.instant += timedelta(days=1096)
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        await set_survivor(uow, second["customer_id"], first["customer_id"])
    await citizen(registry, first["customer_id"]).command(f"/customers/{first['customer_id']}", "erasure")
    async with registry.service.database.reading() as connection:
        left = await connection.scalars(select(data_key.c.subject).where(data_key.c.wrapped.is_not(None)))
        assert list(left) == [other["customer_id"]]
    erased = [entry["subject"] for entry in await entries(registry) if entry["action"] == "ERASE"]
    assert sorted(erased) == sorted([first["customer_id"], second["customer_id"]])
