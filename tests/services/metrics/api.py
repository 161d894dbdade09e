"""Questions to the API of figures, and who asks them."""

from collections.abc import Callable
from typing import Any

import httpx

from libs.common.auth.callers import Scope, ScopeKind

ISSUER = "http://127.0.0.1:9000"
Client = Callable[[Scope], httpx.AsyncClient]


async def get(client: httpx.AsyncClient, path: str, **wanted: Any) -> Any:
    answer = await client.get(path, params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def figures(client: httpx.AsyncClient, *wanted: str, **narrowed: Any) -> list[dict[str, Any]]:
    """Return the rows of figures."""
    items = (await get(client, "/v1/figures/hookup", codes=wanted, **narrowed))["items"]
    assert all(set(item["figures"]) == set(wanted) for item in items)
    return list(items)


async def behind(client: httpx.AsyncClient, code: str, **wanted: Any) -> list[dict[str, Any]]:
    """Return all cases of a drill-down, a small page at a time."""
    cases: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await get(client, "/v1/drill-down/hookup", code=code, limit=50, **wanted, **cursor)
        cases += page["items"]
        if page["next"] is None:
            return cases
        cursor = {"cursor": page["next"]}


def only(item: dict[str, Any]) -> dict[str, str]:
    """Return what narrows a drill-down to the group of a row."""
    cell = codes(item)
    month = cell.pop("month", None)
    return cell | ({"month_from": month, "month_to": month} if month else {})


def codes(item: dict[str, Any]) -> dict[str, str]:
    return {name: label["code"] for name, label in item["group"].items()}


ROLES = {
    ScopeKind.UTILITY: "clerk",
    ScopeKind.DISTRICT: "supervisor",
    ScopeKind.CITY: "supervisor",
    ScopeKind.CHANNEL: "channel",
    ScopeKind.CITIZEN: "citizen",
    ScopeKind.AUTHORITY: "authority",
}
PATHS = (
    "/v1/figures/hookup?codes=closed",
    "/v1/board/hookup",
    "/v1/drill-down/hookup?code=closed",
    "/v1/definitions/hookup",
)
