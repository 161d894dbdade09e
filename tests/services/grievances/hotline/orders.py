"""Orders of the hotline as tests push them."""

from typing import Any

from libs.common.auth.callers import ScopeKind
from tests.support.service import Client, Running

ORDER: dict[str, Any] = {
    "number": "DH20220704000123",
    "version": 1,
    "received_at": "2022-07-04T08:30:00+08:00",
    "kind": "投诉",
    "category": "停水",
    "words": "小区昨天起停水，请打我电话 13800138000",
    "district": "东昌府区",
    "supply": "WATER",
    "name": "李女士",
    "phone": "13800138000",
    "place": "古楼街道某小区3号楼",
}


def hotline(grievances: Running) -> Client:
    """Return the hotline's machine account."""
    return grievances.client("hotline", ScopeKind.CHANNEL, "HOTLINE", subject="m-hotline")


def desk(grievances: Running) -> Client:
    """Return the hall of the district."""
    return grievances.client("window", ScopeKind.DISTRICT, "371502", subject="u-desk")


def city(grievances: Running) -> Client:
    """Return who supervises in the city."""
    return grievances.client("supervisor", ScopeKind.CITY, "", subject="u-city")


def clerk(grievances: Running) -> Client:
    """Return a clerk of the utility."""
    return grievances.client("clerk", ScopeKind.UTILITY, "W-371502", subject="u-clerk")


async def push(grievances: Running, answered: int = 200, /, **other: Any) -> dict[str, Any]:
    """Push a version of the order; return the answer."""
    return (await hotline(grievances).post("/hotline-orders", ORDER | other, answered)).body


async def taken(grievances: Running, **other: Any) -> str:
    """Push an order that is taken; return the path of its grievance."""
    answer = await push(grievances, **other)
    assert answer["state"] == "TAKEN", answer
    return f"/grievances/{answer['grievance_id']}"


async def work_on(grievances: Running, path: str) -> None:
    """Send a grievance to its unit, which signs and replies."""
    await desk(grievances).command(path, "dispatch", {"utility": "W-371502"})
    unit = clerk(grievances)
    await unit.command(path, "signature")
    if (await unit.get(path)).body["reporter"] != "ANONYMOUS":
        await unit.command(path, "contact", {"way": "PHONE"})
    await unit.command(path, "verification", {"finding": "二次供水设备停机", "reasonable": True})
    body = {"measures": ["REPAIRED"], "text": "设备已修好，供水已恢复。", "internal": "设备老旧，已报更新"}
    await unit.command(path, "reply", body)
