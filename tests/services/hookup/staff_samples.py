"""The staff of a utility and of the city over HTTP, and clients of each of them."""

from libs.common.auth.callers import ScopeKind
from tests.support.hookup import Client, Hookup, Json

UTILITY = "W-371502"
NAMES = {"clerk-1": "经办一", "clerk-2": "经办二", "agent-1": "帮办一"}


def member(subject: str, name: str, *, is_agent: bool = False) -> Json:
    return {"subject": subject, "name": name, "is_agent": is_agent}


OURS = [member(subject, name, is_agent=subject.startswith("agent")) for subject, name in NAMES.items()]


def head_of(hookup: Hookup, utility: str = UTILITY) -> Client:
    return hookup.client("approver", ScopeKind.UTILITY, utility, subject=f"head-{utility}")


def one_of_staff(hookup: Hookup, subject: str, utility: str = UTILITY) -> Client:
    return hookup.client(subject.partition("-")[0], ScopeKind.UTILITY, utility, subject=subject)


async def with_staff(hookup: Hookup, staff: list[Json] = OURS, utility: str = UTILITY) -> None:
    """List the people of a utility, and one of the city."""
    await head_of(hookup, utility).put(f"/utilities/{utility}/staff", {"staff": staff}, version='"0"')
    city = hookup.client("administrator", subject="city-1")
    seen = await city.get("/city/staff")
    await city.put("/city/staff", {"staff": [member("city-1", "市局督导")]}, version=seen.etag)
