"""The people who tell grievances and work on them over HTTP, and what each does."""

from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox
from services.grievances.storage.tables import AUDIT
from tests.support.service import Client, Running

OWNER, OTHER = "01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002"
HELPER, NEIGHBOUR = "W-371503", "G-371502"
GOOD: dict[str, Any] = {"reached": True, "contacted": True, "solved": True, "grade": 4}
BAD: dict[str, Any] = GOOD | {"solved": False, "grade": 1, "reason": "仍然没有水"}
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
NO_WATER: dict[str, Any] = {
    "kind": "COMPLAINT",
    "category": "SUPPLY-NONE",
    "supply": "WATER",
    "district": "371502",
    "site": "371502001000",
    "words": "小区昨天起停水，请打我电话 13800138000，详见 http://example.com/a",
    "name": "李女士",
    "phone": "13800138000",
}


def desk(grievances: Running) -> Client:
    """Return the hall of the district."""
    return grievances.client("window", ScopeKind.DISTRICT, "371502", subject="u-desk")


def clerk(grievances: Running) -> Client:
    """Return a clerk of the utility."""
    return grievances.client("clerk", ScopeKind.UTILITY, "W-371502", subject="u-clerk")


def district(grievances: Running) -> Client:
    """Return who supervises in the district."""
    return grievances.client("supervisor", ScopeKind.DISTRICT, "371502", subject="u-district")


async def told(grievances: Running, **other: Any) -> str:
    """Tell a grievance at the hall; return its path."""
    answer = await desk(grievances).post("/grievances", NO_WATER | other, status=201)
    return f"/grievances/{answer.body['id']}"


async def replied(grievances: Running, **other: Any) -> str:
    """Let a grievance be worked on until it was replied to."""
    path = await told(grievances, **other)
    unit = clerk(grievances)
    await desk(grievances).command(path, "dispatch", {"utility": "W-371502"})
    await work_on(unit, path)
    return path


async def work_on(unit: Client, path: str) -> None:
    """Do what a unit does, from the signature to the reply."""
    await unit.command(path, "signature")
    await unit.command(path, "contact", {"way": "PHONE"})
    await unit.command(path, "verification", {"finding": "二次供水设备停机", "reasonable": True})
    await unit.command(path, "reply", {"measures": ["REPAIRED"], "text": "设备已修好，供水已恢复。"})


def city(grievances: Running, role: str = "supervisor") -> Client:
    """Return who supervises in the city."""
    return grievances.client(role, ScopeKind.CITY, "", subject="u-city")


def citizen(grievances: Running, customer: str = OWNER) -> Client:
    """Return the citizen who is a customer."""
    return grievances.client(
        "citizen", ScopeKind.CITIZEN, customer.upper(), subject=f"citizen-{customer[-1]}"
    )


def utility(grievances: Running, code: str, role: str = "clerk") -> Client:
    """Return somebody of a utility."""
    return grievances.client(role, ScopeKind.UTILITY, code, subject=f"u-{code}-{role}")


OWN_WORDS: dict[str, Any] = {name: value for name, value in NO_WATER.items() if name not in ("name", "phone")}


async def told_by(grievances: Running, customer: str = OWNER, **other: Any) -> str:
    """Let a citizen tell a grievance; return its path."""
    answer = await citizen(grievances, customer).post("/grievances", OWN_WORDS | other, status=201)
    return f"/grievances/{answer.body['id']}"


async def send(grievances: Running, path: str, *helpers: str, utility: str = "W-371502") -> None:
    """Send a grievance to its utility."""
    await desk(grievances).command(path, "dispatch", {"utility": utility, "helpers": list(helpers)})


async def upload(
    client: Client, path: str, content: bytes = JPEG, status: int = 200, kind: str = "PHOTO"
) -> dict[str, Any]:
    """Hand in a photo or another file; return the answer."""
    seen = await client.get(path)
    response = await client.http.post(
        f"/v1{path}/files/{kind}",
        files={"file": ("a.jpg", content)},
        headers={"Idempotency-Key": str(uuid4()), "If-Match": seen.etag},
    )
    assert response.status_code == status, response.text
    return dict(response.json())


async def payloads(grievances: Running, path: str) -> list[dict[str, Any]]:
    """Return what was published of a grievance, in order."""
    key = path.rpartition("/")[2]
    statement = (
        select(outbox.c.type, outbox.c.payload).where(outbox.c.key == key).order_by(outbox.c.aggregate_seq)
    )
    async with grievances.service.database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return [{"event": row.type.split(".")[-2], **msgspec.json.decode(row.payload)} for row in rows]


async def entries(grievances: Running) -> list[dict[str, Any]]:
    """Return the audit record, the oldest first."""
    statement = select(AUDIT.entry).order_by(AUDIT.entry.c.recorded_at, AUDIT.entry.c.id)
    async with grievances.service.database.reading() as connection:
        return [dict(row) for row in (await connection.execute(statement)).mappings()]
