"""The audit record as the auditor has it: filtered, in pages, and that it was read is on record."""

from datetime import timedelta

import pytest

from tests.services.registry.samples import new_account, person
from tests.services.registry.test_accounts import opened
from tests.services.registry.test_reveals import entries
from tests.support.service import Running

CONTACT = {"purpose": "CONTACT", "fields": ["mobile"]}


async def test_the_auditor_finds_who_looked_at_whom_and_is_on_record(registry: Running) -> None:
    first = await opened(registry, new_account(person(1)))
    second = await opened(registry, new_account(person(2), "0002"))
    for shown, purpose in ((first, "CONTACT"), (second, "SERVICE")):
        await registry.client(subject="clerk-7").post(
            f"/customers/{shown['customer_id']}/reveal", CONTACT | {"purpose": purpose}
        )
        registry.clock.instant += timedelta(days=1)
    auditor = registry.client("auditor")
    (row,) = (await auditor.get("/audit-entries", subject=first["customer_id"], action="REVEAL")).body[
        "items"
    ]
    assert (row["actor"], row["roles"], row["purpose_name"], row["field_names"], row["action_name"]) == (
        "clerk-7",
        "经办",
        "联系用户",
        "手机号",
        "查看明文",
    )
    read = (await entries(registry))[-1]
    assert (read["action"], read["purpose"], read["subject"], read["fields"]) == (
        "READ",
        "AUDIT",
        first["customer_id"],
        ["action", "subject"],
    )
    for query, count in (
        ({"actor": "clerk-7"}, 2),
        ({"actor": "clerk-8"}, 0),
        ({"purpose": "SERVICE"}, 1),
        ({"day_to": "2022-07-04", "actor": "clerk-7"}, 1),
        ({"actor": "clerk-7", "day_from": "2022-07-05"}, 1),
    ):
        assert len((await auditor.get("/audit-entries", query=query)).body["items"]) == count, query
    page = (await auditor.get("/audit-entries", limit="1", actor="clerk-7")).body
    rest = (await auditor.get("/audit-entries", limit="1", actor="clerk-7", cursor=page["next"])).body
    assert [row["purpose"] for row in (*page["items"], *rest["items"])] == ["SERVICE", "CONTACT"]


@pytest.mark.parametrize("role", ["administrator", "supervisor", "clerk", "citizen"])
async def test_nobody_else_reads_it(registry: Running, role: str) -> None:
    await registry.client(role).get("/audit-entries", 403)


async def test_the_auditor_sees_no_customer(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    await registry.client("auditor").get(f"/customers/{shown['customer_id']}", 403)
