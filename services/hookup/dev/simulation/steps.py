"""A step of a simulated case: a command after a delay."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.hookup.dev.simulation.applications import CHANNEL

Case = Mapping[str, Any]
Body = Mapping[str, Any]
# The share of users who come to the counter, where the hall acts in their stead by a signed document.
COUNTER = 0.12


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of a case: a POST by a role after some working minutes; an empty path only waits.

    `over` is the path of the changed resource, whose version the command sends; empty without one. A step is entered
    `entered_after` so many working minutes, with the time at which it happened.
    """

    path: str
    role: str
    minutes: int
    body: Body | None = None
    over: str = ""
    entered_after: int = 0


def on_case(case: Case, verb: str, role: str, minutes: int, body: Body | None = None) -> Step:
    """Return a command on a case."""
    over = f"/v1/hookups/{case['id']}"
    return Step(f"{over}/{verb}", role, minutes, body, over)


def evidence_of(body: Body | None) -> str | None:
    """Return the document number that a body names as evidence, which is first uploaded as a file."""
    named: str | None = (body or {}).get("late_entry", body or {}).get("evidence_ref")
    return named


def scan_of(named: str) -> tuple[str, bytes]:
    """Return the name and the content of the file that shows a document."""
    return "scan.pdf", f"%PDF-1.7\n% {named}\n%%EOF\n".encode()


def with_evidence(body: Body, file_id: str) -> Body:
    """Return a body that names a file in place of that number."""
    if "late_entry" in body:
        return {**body, "late_entry": {**body["late_entry"], "evidence_ref": file_id}}
    return {**body, "evidence_ref": file_id}


def by_user(case: Case, verb: str, dice: random.Random, minutes: int, body: Body | None = None) -> Step:
    """Return a command that belongs to the user: in the app, or at the counter with a signed document."""
    role = hall(case) if dice.random() < COUNTER else user(case)
    if role != "channel":
        body = {"document_ref": f"QZ-{case['number']}", **(body or {})}
    return on_case(case, verb, role, minutes, body)


def user(case: Case) -> str:
    """Return the role that acts for the user: the app, or the hall if the user applied elsewhere."""
    return "channel" if case["channel"] == CHANNEL else hall(case)


def hall(case: Case) -> str:
    """Return the role of the hall's counter in a case's district."""
    return f"window-{case['district']}"


def clerk(case: Case) -> str:
    """Return the role of the clerks of a case's utility."""
    return f"clerk-{case['utility']}"


def on_permit(item: Case, verb: str, minutes: int, body: Body) -> Step:
    """Return a command on a permit item, by its authority."""
    over = f"/v1/permits/{item['id']}"
    return Step(f"{over}/{verb}", item["authority"], minutes, body, over)


def fate(case: Case, event: str) -> float:
    """Return a pseudo-random number from 0 to 1, the same for a case and event in every call."""
    return random.Random(f"{case['number']} {event}").random()


def helper(case: Case) -> str:
    """Return the role that helps the user: the case's agent if it is simulated, else a clerk.

    A joint application's agent may be of another utility, and does not see this case.
    """
    role = f"agent-{case['utility']}"
    return role if case["agent"] and case["agent"]["agent"] == f"m-{role}" else clerk(case)


def joint_helper(case: Case) -> str:
    """Return the role that files for a joint application: its agent for all cases, or a clerk for its own."""
    agent = str((case["agent"] or {}).get("agent", ""))
    return agent.removeprefix("m-") if agent.startswith("m-agent-") else clerk(case)


def begun(case: Case) -> set[str]:
    """Return the stages that were begun."""
    return {stage["stage"] for stage in case["stages"]}


def done(case: Case) -> set[str]:
    """Return the stages that are completed."""
    return {stage["stage"] for stage in case["stages"] if stage["completed_at"]}
