"""What the tests of bindings and authorisations share: who proves what, and who acts for whom."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.database.tables import outbox
from libs.common.policy import PolicyKind
from services.registry.domain.standing_limits import StandingLimits
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.standing_policy import STANDING_POLICY
from tests.services.registry.request_samples import citizen, opened
from tests.services.registry.samples import mobile, person
from tests.support.service import Client, Running

HALL = {"document_ref": "委托书2022-7"}


@dataclass(frozen=True)
class Someone:
    """A person with an account: the account as the clerk sees it, and the person's own client."""

    account: dict[str, Any]
    client: Client

    @property
    def id(self) -> str:
        """The id of the customer."""
        return str(self.account["customer_id"])


async def someone(registry: Running, serial: int) -> Someone:
    """A person on record who signs in under the real name."""
    account = await opened(registry, serial)
    return Someone(account, citizen(registry, account["customer_id"], f"citizen-{serial}"))


def at_level(registry: Running, customer_id: str, level: Assurance) -> Client:
    """A client with a customer's own token of a level."""
    scope = Scope(ScopeKind.CITIZEN, customer_id.upper())
    caller = Caller(customer_id.upper(), frozenset({"citizen"}), scope, channel="WECHAT", assurance=level)
    return registry.keep(Client(registry.app, registry.token(caller)))


def claim(serial: int, **more: Any) -> dict[str, Any]:
    """What proves that the account of `someone` is known."""
    proof = {"name": "王", "phone": mobile(5_000_000 + serial)} | more.pop("proof", {})
    return {"utility": "W-371502", "number": f"{serial:04d}", "proof": proof} | more


def authorisation(agent: int, /, **more: Any) -> dict[str, Any]:
    """An authorisation of `someone` as an agent until the end of July, to suspend and resume."""
    shown = {name: person(agent)[name] for name in ("kind", "name", "identifier")}
    return {
        "kind": "AGENT",
        "agent": shown,
        "matters": ["SUSPENSION", "RESUMPTION"],
        "last": "2022-07-31",
        **more,
    }


async def pair(registry: Running) -> tuple[Someone, Someone]:
    """Who has an account, and who acts for that one or binds it."""
    registry.lift_quotas()
    return await someone(registry, 1), await someone(registry, 2)


async def granted(holder: Someone, **more: Any) -> str:
    """An authorisation that a holder grants to `someone` of number 2; its path."""
    made = await holder.client.post("/authorisations", authorisation(2, **more), 201)
    return f"/authorisations/{made.body['id']}"


async def payloads(registry: Running, key: str) -> list[dict[str, Any]]:
    """What the events of a thing say, in order."""
    statement = select(outbox.c.payload).where(outbox.c.key == key).order_by(outbox.c.aggregate_seq)
    async with registry.service.database.reading() as connection:
        return [msgspec.json.decode(each) for each in (await connection.execute(statement)).scalars()]


def limited(registry: Running, monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Let the policy of the limits be another one, the other limits as they are by default."""
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    policy = rulebook.policy

    def other(kind: PolicyKind[Any], *day: Any) -> Any:
        return StandingLimits(**limits) if kind is STANDING_POLICY else policy(kind, *day)  # type: ignore[arg-type]  # numbers alone

    monkeypatch.setattr(rulebook, "policy", other)
