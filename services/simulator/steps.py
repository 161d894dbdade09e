"""A step of a case: a command that somebody gives after a while."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Case = Mapping[str, Any]
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next for a case: a POST by a role after some working minutes; an empty path only waits.

    `over` is the path of what is changed, whose version goes with the command; empty where none does.
    """

    path: str
    role: str
    minutes: int
    body: Body | None = None
    over: str = ""


def on_case(case: Case, verb: str, role: str, minutes: int, body: Body | None = None) -> Step:
    """Return a command on a case."""
    over = f"/v1/hookups/{case['id']}"
    return Step(f"{over}/{verb}", role, minutes, body, over)


def on_permit(item: Case, verb: str, minutes: int, body: Body) -> Step:
    """Return a command on a permit item, by its authority."""
    over = f"/v1/permits/{item['id']}"
    return Step(f"{over}/{verb}", item["authority"], minutes, body, over)


def fate(case: Case, what: str) -> float:
    """Return a number from 0 to 1 that is a case's own for good, however often it is looked at."""
    return random.Random(f"{case['number']} {what}").random()  # noqa: S311 - dice, not secrets


def helper(case: Case) -> str:
    """Return the role of who works for the user: the case's agent where the city plays it, else a clerk.

    A joint application's agent may be of another utility, and does not see this case.
    """
    role = f"agent-{case['utility']}"
    return role if case["agent"] and case["agent"]["agent"] == f"m-{role}" else "clerk"


def begun(case: Case) -> set[str]:
    """Return the stages that were begun."""
    return {each["stage"] for each in case["stages"]}


def done(case: Case) -> set[str]:
    """Return the stages that are completed."""
    return {each["stage"] for each in case["stages"] if each["completed_at"]}
