"""What the registry makes of hookup's events: an account opens by itself, and the customer sees its matters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.bus import Partition, Received
from libs.common.inbox import Inbox
from services.registry.storage.tables import account, customer
from tests.services.registry.samples import new_account, person
from tests.services.registry.test_accounts import opened
from tests.support.service import Running

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
CASE = "0c29091f-252b-586d-8af9-e9da2dd76cb8"


def event(name: str, seq: int, case: str = CASE, **data: Any) -> Received:
    """A hookup event as it is promised, with other data, as it comes from the bus."""
    example = msgspec.json.decode((EXAMPLES / f"cn.liaocheng.sqn.hookup.{name}.v1.json").read_bytes())
    payload = example["data"] | {"case_id": case} | data
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{name}-{case}-{seq}",
        "ce_source": "/sqn/hookup",
        "ce_type": example["type"],
        "ce_time": example["time"],
        "ce_aggregateseq": str(seq),
        "content-type": "application/json",
    }
    return Received(
        partition=Partition("sqn.hookup.events", 0),
        offset=seq,
        key=case,
        value=msgspec.json.encode(payload),
        headers=tuple((name, value.encode()) for name, value in headers.items()),
    )


async def arrives(registry: Running, *events: Received) -> None:
    """Bring events to effect as a worker does; none may be kept as a dead letter."""
    subscription = next(each for each in registry.service.subscriptions if each.name == "hookup")
    await Inbox(registry.service.database, registry.clock, subscription).apply(list(events))


async def rows(registry: Running, table: Any) -> Sequence[Any]:
    """The rows of a table."""
    async with registry.service.database.reading() as connection:
        return (await connection.execute(select(table))).mappings().all()


async def test_an_account_opens_when_the_meter_is_live_once_and_the_owner_sees_the_matter(
    registry: Running,
) -> None:
    known = await opened(registry, new_account(person()))
    owner = known["customer_id"].upper()
    ref = {"customer_id": known["customer_id"], "customer_category": "RES", "site_division": "371502001000"}
    await arrives(
        registry,
        event("case_submitted", 1, **ref),
        event("case_accepted", 2),
        event("meter_live", 3, **ref),
        event("meter_live", 4, **ref),
    )
    citizen = registry.client("citizen", ScopeKind.CITIZEN, owner)
    accounts = (await citizen.get("/accounts")).body["items"]
    (from_hookup,) = [row for row in accounts if row["origin"] == "HOOKUP"]
    assert (from_hookup["street"], from_hookup["category"], from_hookup["complete"]) == (
        "371502001",
        "RES",
        False,
    )
    (matter,) = (await citizen.get("/matters")).body["items"]
    assert (matter["state"], matter["last_text"]) == ("OPEN", "已通水、通气或通热，请确认")
    messages = (await citizen.get("/messages")).body
    assert [item["text"] for item in messages["items"]][-2:] == ["报装申请已受理", "已收到报装申请"]
    assert messages["unseen"] == 4
    last = messages["items"][1]["id"]
    assert (await citizen.post("/messages/seen", {"up_to": last})).body["unseen"] == 1
    # It never goes back.
    assert (await citizen.post("/messages/seen", {"up_to": 0})).body["unseen"] == 1
    other = registry.client("citizen", ScopeKind.CITIZEN, CASE.upper())
    assert (await other.get("/messages")).body["items"] == (await other.get("/matters")).body["items"] == []


async def test_what_a_ledger_says_and_what_names_no_customer_opens_nothing(registry: Running) -> None:
    await arrives(
        registry,
        event("case_submitted", 1),
        event("meter_live", 2, customer_id=CASE, entry="LEDGER"),
        event("case_closed", 3),
    )
    assert await rows(registry, account) == []
    assert await rows(registry, customer) == []
