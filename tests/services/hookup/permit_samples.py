"""Permits over HTTP: whose clients there are, what is sent, and cases to file for."""

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.stages import Stage
from tests.support.hookup import Answered, Client, Hookup, Json

ROAD = {"kind": "ROAD_EXCAVATION", "mode": "APPROVAL"}
DOCUMENT = {"document_ref": "OBJ-1"}
GRANTED = {"decision": "GRANTED", **DOCUMENT}
REFUSED = {"decision": "REFUSED", "reason": "NOT_SAFE", **DOCUMENT}
BASIS = "济南市优化营商环境条例第十五条"
DIG = {"sites": ["ROAD"]}
GREEN_DIG = {"sites": ["GREEN_LAND"]}
OBJECTION = {"reason": "MODE_NOT_DUE", **DOCUMENT}
EMERGENCY = {"reason": "PIPE_BURST", **DOCUMENT}


def clerk_of(hookup: Hookup, utility: str = "W-371502") -> Client:
    return hookup.client("clerk", ScopeKind.UTILITY, utility, subject=f"clerk-{utility}")


def citizen(hookup: Hookup) -> Client:
    return hookup.client("citizen", ScopeKind.CITIZEN, "C-1", subject="C-1")


def office(hookup: Hookup, name: str = "GREENING", district: str = "371502") -> Client:
    return hookup.client("authority", ScopeKind.AUTHORITY, f"{name}-{district}", subject=f"{name}-1")


def commitment(kind: str = "TREES", **more: object) -> Json:
    return {"kind": kind, "mode": "COMMITMENT", **more}


async def surveyed(client: Client, length_m: str = "42.0") -> str:
    """A case whose survey has begun, so that permits may be filed."""
    case_id = str((await client.submit(declared_length_m=length_m)).body["id"])
    await client.stage(case_id, Stage.SURVEY_DESIGN, "start")
    return case_id


async def file(client: Client, case_id: str, *items: Json, status: int = 200) -> Answered:
    return await client.act(case_id, "permits", {"items": list(items)}, status)


async def act_on(client: Client, item: str, what: str, body: Json, status: int = 200) -> Answered:
    """Read an item and decide or check it at the version that was read."""
    seen = await client.get(f"/permits/{item}")
    return await client.post(f"/permits/{item}/{what}", body, status, version=seen.etag)


async def events(client: Client, case_id: str) -> list[Json]:
    found: list[Json] = (await client.get(f"/hookups/{case_id}/events", limit=200)).body["items"]
    return found


BOTH = [
    {"supply": "WATER", "utility": "W-371502", "declared_length_m": "42.0"},
    {"supply": "GAS", "utility": "G-371502", "declared_length_m": "42.0"},
]
FORM = {
    "district": "371502",
    "channel": "ISHANDONG",
    "customer_ref": "C-1",
    "customer_category": "ENT",
    "site_division": "371502008000",
}


async def joint(hookup: Hookup, *more: Json) -> tuple[str, list[str]]:
    """A joint application whose surveys have begun, with agent-1 of the water utility; its id and its cases'."""
    manager = hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    await manager.put("/utilities/W-371502/agents", {"agents": ["agent-1"]}, version='"0"')
    made = (await citizen(hookup).post("/joint-applications", {**FORM, "services": [*BOTH, *more]}, 201)).body
    for each in made["cases"]:
        if each["length_class"] != "L0_NONE":
            await clerk_of(hookup, each["utility"]).stage(each["id"], Stage.SURVEY_DESIGN, "start")
    return made["id"], [each["id"] for each in made["cases"]]


def recorded(kind: str = "GREEN_LAND", mode: str = "RECORD", **more: object) -> Json:
    return {"kind": kind, "mode": mode, "basis": BASIS, **more}


async def before_works(client: Client) -> str:
    """A case whose survey is done and whose contract is under way: its works wait for the permits alone."""
    case_id = await surveyed(client)
    await client.stage(case_id, Stage.SURVEY_DESIGN, "completion")
    await client.stage(case_id, Stage.CONTRACT, "start")
    return case_id


async def at_work(client: Client, *items: Json) -> tuple[str, list[Json]]:
    """A case whose works have begun beside these permits, and the items that were filed."""
    case_id = await before_works(client)
    filed: list[Json] = (await file(client, case_id, *items)).body["permits"]
    await client.stage(case_id, Stage.EXTERNAL_WORKS, "start")
    return case_id, filed


async def named(client: Client, case_id: str, *names: str) -> list[str]:
    """Of what happened, the events of some names."""
    return [each["event"] for each in await events(client, case_id) if each["event"] in names]
