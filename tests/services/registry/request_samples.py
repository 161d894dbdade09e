"""What the tests of requests share: rules that ship, an account, and requests in the middle of their steps."""

from datetime import UTC, datetime, time
from typing import Any

from libs.common.aggregate import Actor
from libs.common.auth.callers import ScopeKind
from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from libs.common.places import Supply
from services.registry.domain.accounts import Account, Site
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.requests.policy import MaterialFile
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import MaterialKind, RequestChannel, RequestKind
from services.registry.domain.rules import Rules
from services.registry.storage.request_policy import REQUEST_POLICY
from tests.services.registry.samples import CATEGORIES, MASKS, SIZES, new_account, person, shipped
from tests.support.service import Client, Running

PDF = ("deed.pdf", b"%PDF-1.7\n%%EOF\n")
POLICY = shipped(REQUEST_POLICY)
RULES = Rules(
    CATEGORIES,
    SIZES,
    MASKS,
    POLICY,
    BusinessCalendar(WorkCalendar({}, (2022,)), time(17, 30)),
    {"W-371502": {"clerk-1": "经办一", "clerk-2": "经办二"}},
)


def at(day: int, hour: int = 9, minute: int = 0, month: int = 7) -> datetime:
    """An instant of 2022 by Shanghai's clock; 4 July is a Monday."""
    return datetime(2022, month, day, hour - 8, minute, tzinfo=UTC)


def account(supply: Supply = Supply.WATER) -> Account:
    """An account of a person at home."""
    return Account(
        "account-1",
        "customer-1",
        "W-371502",
        supply,
        Site("371502"),
        UseType.RESIDENTIAL,
        "PERSON",
        PriceClass.RESIDENT,
        at(1),
    )


def request(
    kind: RequestKind = RequestKind.SUSPENSION,
    supply: Supply = Supply.WATER,
    submitted_at: datetime | None = None,
) -> Request:
    """A request as a citizen submits it on Monday, 09:00."""
    item = Request(
        id="request-1",
        number="YW-W-371502-20220704-0001",
        kind=kind,
        account_id="account-1",
        customer_id="customer-1",
        utility="W-371502",
        district="371502",
        supply=supply,
        channel=RequestChannel.ISHANDONG,
        submitted_at=submitted_at or at(4),
        receiver_id="customer-2" if kind is RequestKind.TRANSFER else None,
    )
    item.actor = Actor(item.submitted_at, "citizen-1", unit="citizen")
    item.submit(RULES)
    return item


def proof(uploaded_at: datetime) -> MaterialFile:
    """The file that a transfer needs."""
    return MaterialFile(
        "file-1", MaterialKind.PREMISES_PROOF, "key", "application/pdf", 9, "00", uploaded_at, "citizen-2"
    )


async def opened(
    registry: Running, serial: int = 1, utility: str = "W-371502", **more: object
) -> dict[str, Any]:
    """Open a person's account at a utility; return it as the clerk sees it."""
    clerk = registry.client("clerk", ScopeKind.UTILITY, utility)
    body = new_account(person(serial), number=f"{serial:04d}", **more)
    made = (await clerk.post("/accounts", body, 201)).body
    return dict((await clerk.get(f"/accounts/{made['id']}")).body)


def citizen(registry: Running, customer_id: str, subject: str = "citizen-1") -> Client:
    """A client with a customer's own token."""
    return registry.client("citizen", ScopeKind.CITIZEN, customer_id.upper(), subject)


async def submitted(client: Client, account_id: str, kind: str = "SUSPENSION", **more: object) -> str:
    """Submit a request; return its path."""
    made = await client.post(f"/accounts/{account_id}/requests", {"kind": kind, **more}, 201)
    return f"/requests/{made.body['id']}"


async def hand_in(client: Client, path: str, status: int = 200) -> dict[str, Any]:
    """Hand in the proof that a transfer needs."""
    seen = await client.get(path)
    response = await client.http.post(
        f"/v1{path}/materials/PREMISES_PROOF",
        files={"file": PDF},
        headers={"Idempotency-Key": f"file-{path}", "If-Match": seen.etag},
    )
    assert response.status_code == status, response.text
    return dict(response.json())
