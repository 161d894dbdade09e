"""Versions of policies, drafted by one administrator of the city and approved by another, through the API."""

from copy import deepcopy
from typing import Any
from uuid import uuid4

from services.hookup.domain.values.rules import LIMITS
from services.hookup.storage.rulebook import RuleBook
from tests.support.hookup import SHIPPED, Client, Hookup, Json

SOURCE = "聊城管字〔2022〕99号"
DRAFTS = f"/policies/{LIMITS}/drafts"


def body_of(policy: str = LIMITS, /, **changes: Any) -> Json:
    """The shipped body of a policy with changes; a name with dots leads into it, as `limit_days.WATER.L0_NONE`."""
    body: Json = deepcopy(SHIPPED[policy].body)
    for path, value in changes.items():
        *way, last = path.split(".")
        inner = body
        for part in way:
            inner = inner[part]
        inner[last] = value
    return body


def closing_at(close: str) -> Json:
    """The limits with business hours that end at another hour."""
    return body_of(business_hours=[["08:30:00", "12:00:00"], ["13:30:00", f"{close}:00"]])


def administrators(hookup: Hookup) -> tuple[Client, Client]:
    """Two administrators of the city."""
    return tuple(hookup.client("administrator", subject=f"administrator-{n}") for n in (1, 2))  # type: ignore[return-value]


def draft(body: Json, valid_from: str, version: str = "", **fields: Any) -> Json:
    """The body of a draft."""
    return {
        "version": version or f"v{uuid4().hex[:8]}",
        "valid_from": valid_from,
        "source_document": SOURCE,
        "body": body,
        **fields,
    }


async def bring_into_force(
    hookup: Hookup, body: Json, valid_from: str, policy: str = LIMITS, **fields: Any
) -> str:
    """Draft and approve a version; return its name."""
    drafter, approver = administrators(hookup)
    made = await drafter.post(f"/policies/{policy}/drafts", draft(body, valid_from, **fields), 201)
    await approver.post(f"/policy-drafts/{made.body['id']}/approval")
    return str(made.body["version"])


async def rulebook_of(hookup: Hookup) -> RuleBook:
    """The rules as another process reads them."""
    rulebook = RuleBook(hookup.service.database)
    await rulebook.reload()
    return rulebook
