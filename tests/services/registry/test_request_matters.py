"""A customer's requests among the customer's matters and messages, as the registry's own events tell them."""

from sqlalchemy import select

from libs.common.bus import Partition, Received
from libs.common.database.tables import outbox
from libs.common.inbox import Inbox
from tests.services.registry.request_samples import citizen, opened, submitted
from tests.support.service import Running


async def come_back(registry: Running) -> None:
    """Bring the registry's own events to effect, as a worker does."""
    async with registry.service.database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.seq))).all()
    events = []
    for row in rows:
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(row.event_id),
            "ce_source": "/sqn/registry",
            "ce_type": row.type,
            "ce_time": row.created_at.isoformat(),
            "ce_aggregateseq": str(row.aggregate_seq),
            "content-type": "application/json",
        }
        payload = row.payload if isinstance(row.payload, bytes) else row.payload.encode()
        events.append(
            Received(
                partition=Partition(row.topic, 0),
                offset=row.seq,
                key=row.key,
                value=payload,
                headers=tuple((name, value.encode()) for name, value in headers.items()),
            )
        )
    subscription = next(each for each in registry.service.subscriptions if each.name == "own_requests")
    await Inbox(registry.service.database, registry.clock, subscription).apply(events)


async def test_a_request_is_a_matter_of_its_customer_with_what_was_told_of_it(registry: Running) -> None:
    account, other = await opened(registry), await opened(registry, 2)
    owner, clerk = citizen(registry, account["customer_id"]), registry.client()
    path = await submitted(owner, account["id"])
    await clerk.command(path, "acceptance")
    await clerk.command(path, "completion", {"reading": 1})
    withdrawn = await submitted(owner, account["id"], "RESUMPTION")
    await owner.command(withdrawn, "withdrawal")
    await come_back(registry)
    matters = (await owner.get("/matters")).body["items"]
    assert {(row["kind_name"], row["state"], row["service"]) for row in matters} == {
        ("报停", "DONE", "registry"),
        ("复用", "WITHDRAWN", "registry"),
    }
    (done,) = [row for row in matters if row["state"] == "DONE"]
    assert f"/requests/{done['thing']}" == path
    texts = [row["text"] for row in (await owner.get("/messages")).body["items"]]
    assert texts == [
        "您的申请已撤回",
        "已收到您的申请",
        "您的申请已办结，请评价",
        "您的申请已受理",
        "已收到您的申请",
    ]
    stranger = citizen(registry, other["customer_id"], "citizen-2")
    assert (await stranger.get("/matters")).body["items"] == []
