"""Events of the services that are rated, as they come from the bus, and what becomes of them."""

from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.bus import Partition, Received
from libs.common.database.tables import outbox
from libs.common.inbox import Inbox
from services.grievances.domain.ratings.values import Ending, RatedService
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.ratings.take import Ended, invite
from tests.support.service import Client, Json, Running

EXAMPLES = Path(__file__).parents[4] / "contracts" / "examples"
OWNER = "01911111-0000-7000-8000-000000000001"
DONE = "2022-07-04T00:00:00Z"


def thing(number: int) -> str:
    """Return the id of a case or request."""
    return f"01900000-0000-7000-8000-{number:012d}"


def event(service: str, name: str, number: int, seq: int, **data: Any) -> Received:
    """Return an event of a case or request as it is promised, with other data."""
    example = msgspec.json.decode((EXAMPLES / f"cn.liaocheng.sqn.{service}.{name}.v1.json").read_bytes())
    key = thing(number)
    ids = {"case_id": key} if service == "hookup" else {"request_id": key, "customer_id": OWNER}
    kind = {"supply": "WATER"} if service == "hookup" else {"request_kind": "SUSPENSION"}
    payload = example["data"] | ids | kind | {"recorded_at": DONE} | data
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{name}-{key}-{seq}",
        "ce_source": f"/sqn/{service}",
        "ce_type": example["type"],
        "ce_time": example["time"],
        "ce_aggregateseq": str(seq),
        "content-type": "application/json",
    }
    return Received(
        partition=Partition(f"sqn.{service}.events", 0),
        offset=seq,
        key=key,
        value=msgspec.json.encode(payload),
        headers=tuple((name, value.encode()) for name, value in headers.items()),
    )


async def arrives(grievances: Running, subscription: str, *events: Received) -> None:
    """Bring events to effect as a worker does."""
    found = next(each for each in grievances.service.subscriptions if each.name == subscription)
    await Inbox(grievances.service.database, grievances.clock, found).apply(list(events))


async def own_events_arrive(grievances: Running, subscription: str = "rated_grievances") -> None:
    """Let the service hear of all that it published so far; what it heard before has no effect again."""
    async with grievances.service.database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.seq))).all()
    received = [
        Received(
            partition=Partition(row.topic, 0),
            offset=row.seq,
            key=row.key,
            value=row.payload,
            headers=(
                ("ce_specversion", b"1.0"),
                ("ce_id", str(row.event_id).encode()),
                ("ce_type", row.type.encode()),
                ("ce_time", row.created_at.isoformat().encode()),
                ("ce_aggregateseq", str(row.aggregate_seq).encode()),
            ),
        )
        for row in rows
    ]
    await arrives(grievances, subscription, *received)


async def invited(grievances: Running, number: int = 1, **data: Any) -> str:
    """Let a request of a customer end; return the path of its rating."""
    await arrives(grievances, "rated_requests", event("registry", "request_done", number, 1, **data))
    return await path_of(grievances, thing(number))


async def path_of(grievances: Running, thing_id: str) -> str:
    """Return the path of the last rating of a thing."""
    items = (await city(grievances).get("/ratings", thing_id=thing_id)).body["items"]
    return f"/ratings/{max(items, key=lambda item: int(item['cycle']))['id']}"


async def payloads(grievances: Running, path: str) -> list[tuple[str, Json]]:
    """Return what was published of a rating: names and data."""
    async with grievances.service.database.reading() as connection:
        rows = await connection.execute(
            select(outbox).where(outbox.c.key == path.rpartition("/")[2]).order_by(outbox.c.aggregate_seq)
        )
        return [(row.type.split(".")[-2], msgspec.json.decode(row.payload)) for row in rows]


async def names(grievances: Running, path: str) -> list[str]:
    """Return the names of what was published of a rating."""
    return [name for name, _ in await payloads(grievances, path)]


def owner(grievances: Running) -> Client:
    """Return the customer of the requests."""
    return grievances.client("citizen", ScopeKind.CITIZEN, OWNER.upper(), subject="u-owner")


def hall(grievances: Running, subject: str = "u-hall") -> Client:
    """Return somebody of the district's hall."""
    return grievances.client("window", ScopeKind.DISTRICT, "371502", subject=subject)


def clerk(grievances: Running) -> Client:
    """Return a clerk of the rated utility."""
    return grievances.client("clerk", ScopeKind.UTILITY, "W-371502", subject="u-clerk")


def district(grievances: Running, subject: str = "u-district") -> Client:
    """Return who supervises in the district."""
    return grievances.client("supervisor", ScopeKind.DISTRICT, "371502", subject=subject)


def city(grievances: Running, subject: str = "u-city") -> Client:
    """Return who supervises for the city."""
    return grievances.client("supervisor", ScopeKind.CITY, subject=subject)


async def rated_in(grievances: Running, number: int, utility: str, district: str, customer: str) -> str:
    """Let a customer rate a request in a place, with a reason; return the rating's id."""
    clock, service = grievances.clock, grievances.service
    ended = Ended(
        RatedService.REQUEST,
        thing(number),
        f"YW-{utility}-20220704-{number:04d}",
        1,
        Ending.DONE,
        "SUSPENSION",
        district,
        utility,
        None,
        clock.now(),
        customer,
    )
    async with service.database.unit_of_work(clock.now()) as uow:
        rulebook = service.state["rulebook"]
        assert isinstance(rulebook, RuleBook)
        await rulebook.refresh()
        await invite(uow, rulebook, [ended])
    citizen = grievances.client("citizen", ScopeKind.CITIZEN, customer.upper())
    await citizen.command(f"/ratings/{ended.rating_id}", "grade", {"grade": 1, "reason": "没有人来"})
    return ended.rating_id
