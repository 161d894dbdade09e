"""Accounts of the registry as its events tell of them, and rounds among them over HTTP."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from libs.common.bus import Received
from libs.common.inbox import Inbox
from libs.common.places import Supply, load_places
from services.grievances.events.registry_accounts import registry_accounts
from services.registry.domain.accounts import AccountState, Origin
from services.registry.domain.categories import Category, PriceClass
from services.registry.events.published import AccountEvent, AccountOpened
from tests.services.metrics.lives import received
from tests.support.service import Client, Running

OPENED = datetime(2022, 1, 4, tzinfo=UTC)
GRADE = {"text": "您对供水服务是否满意？", "kind": "GRADE"}
ON_TIME = {"text": "维修是否及时？", "kind": "YES_NO"}
WAY = {"text": "怎样缴费？", "kind": "CHOICE", "options": ["营业厅", "手机"]}
WORDS = {"text": "有什么建议？", "kind": "TEXT"}
ROUND: dict[str, Any] = {
    "title": "第三季度供水回访",
    "purpose": "CALLS",
    "starts_on": "2022-07-04",
    "ends_on": "2022-07-15",
    "number": 6,
    "stratified_by": ["CATEGORY"],
    "questions": [GRADE, ON_TIME, WAY, WORDS],
}


def account_id(number: int) -> str:
    """Return the id of an account."""
    return str(UUID(int=number + 1, version=4))


def customer_id(number: int) -> str:
    """Return the id of the customer of an account."""
    return str(UUID(int=number + 100_001, version=4))


def facts(number: int, utility: str = "W-371502", **other: Any) -> dict[str, Any]:
    """Return what every event of an account says."""
    place = load_places().utility(utility)
    return {
        "account_id": account_id(number),
        "customer_id": customer_id(number),
        "district": place.district,
        "utility": utility,
        "supply": Supply(place.service),
        "category": Category.RES,
        "market_subject": False,
        "price_class": PriceClass.RESIDENT,
        "small_or_micro": None,
        "state": AccountState.ACTIVE,
        "complete": True,
        "occurred_at": OPENED,
        "recorded_at": OPENED,
        "actor": None,
        "actor_unit": None,
        **other,
    }


def opened(number: int, utility: str = "W-371502", **other: Any) -> AccountEvent:
    """Return that an account was opened."""
    return AccountOpened(
        **facts(number, utility, **other),
        origin=Origin.CLERK,
        hookup_number=None,
        use="RESIDENTIAL",
        subject="PERSON",
        site_division=None,
        category_version="2022-1",
    )


async def tell(grievances: Running, messages: Iterable[Received]) -> None:
    """Let the service read events of the registry."""
    inbox = Inbox(grievances.service.database, grievances.clock, registry_accounts())
    await inbox.apply(list(messages))


async def open_accounts(grievances: Running, events: Iterable[AccountEvent]) -> None:
    """Let the service read that accounts were opened."""
    await tell(
        grievances,
        [received(event, str(event.account_id), 1, offset) for offset, event in enumerate(events)],
    )


async def running(grievances: Running, holder: Client, **other: Any) -> str:
    """Plan a round and draw its sample; return its path."""
    made = await holder.post("/rounds", ROUND | other, status=201)
    path = f"/rounds/{made.body['id']}"
    await holder.command(path, "sample")
    return path


async def interviews(client: Client, path: str) -> list[dict[str, Any]]:
    """Return who is asked in a round, as a client sees them."""
    listed = await client.get("/round-interviews", round_id=path.rpartition("/")[2], limit=200)
    return list(listed.body["items"])
