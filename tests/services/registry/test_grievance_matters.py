"""A customer's grievances among the customer's matters and messages, as their service's events tell them."""

from typing import Any
from uuid import UUID

from libs.common.inbox import Inbox
from services.grievances.domain.values import codes, kinds
from services.grievances.events.published import base, handling
from services.registry.events.grievances import GRIEVANCE_KIND_NAMES
from tests.services.metrics.lives import received
from tests.services.registry.request_samples import citizen, opened
from tests.support.service import Running

KEY = str(UUID(int=77, version=4))


async def test_a_grievance_is_a_matter_from_the_day_that_it_is_told(registry: Running) -> None:
    account = await opened(registry)
    now = registry.clock.now()
    common: dict[str, Any] = {
        "grievance_id": KEY,
        "grievance_number": "SQ-371502-20220704-0001",
        "kind": kinds.GrievanceKind.COMPLAINT,
        "source": kinds.Source.ISHANDONG,
        "category": "SUPPLY-NONE",
        "category_version": "2022-1",
        "supply": None,
        "district": "371502",
        "utility": None,
        "customer_id": account["customer_id"],
        "received_at": now,
        "occurred_at": now,
        "recorded_at": now,
    }
    told = handling.GrievanceReceived(
        **common,
        reporter=kinds.ReporterKind.NAMED,
        reply_by=now,
        screen_by=now,
        policy_version="2022-49",
    )
    cycle = {"cycle": 1, "cycle_reason": codes.CycleReason.FIRST}
    sent = handling.GrievanceDispatched(
        **common | {"utility": "W-371502"},
        **cycle,
        helpers=[],
        sign_by=now,
        reach_by=now,
        arrive_by=None,
        reply_by=now,
        limit="REPLY",
    )
    await take_in(registry, told)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    (matter,) = (await owner.get("/matters")).body["items"]
    assert (matter["kind_name"], matter["state"], matter["utility_name"]) == ("投诉", "OPEN", "")
    assert (await clerk.get("/matters")).body["items"] == []
    await take_in(registry, sent, seq=2)
    (matter,) = (await clerk.get("/matters")).body["items"]
    assert (matter["utility"], matter["last_text"]) == ("W-371502", "您的诉求已交承办单位办理")
    texts = [row["text"] for row in (await owner.get("/messages")).body["items"]]
    assert texts[:2] == ["您的诉求已交承办单位办理", "已收到您的诉求"]


async def take_in(registry: Running, event: base.GrievanceEvent, seq: int = 1) -> None:
    """Bring an event of the grievances service to effect."""
    subscription = next(each for each in registry.service.subscriptions if each.name == "grievances")
    await Inbox(registry.service.database, registry.clock, subscription).apply(
        [received(event, KEY, seq, seq)]
    )


def test_the_names_are_those_of_the_contract() -> None:
    assert {str(kind): name for kind, name in kinds.KIND_NAMES.items()} == GRIEVANCE_KIND_NAMES
