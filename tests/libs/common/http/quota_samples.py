"""Quotas on a clock that the test moves, and callers that use them up."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.clock import ManualClock
from libs.common.http.quotas import POLICY, QUOTAS, Quotas
from libs.common.policy import PolicyVersion
from libs.common.policy_changes import PolicySet
from libs.common.problems import Problem

NOW = datetime(2022, 9, 30, 2, 0, tzinfo=UTC)
CITIZEN = Caller("u-citizen", frozenset({"citizen"}), Scope(ScopeKind.CITIZEN, "C-1"))
CLERK = Caller("u-clerk", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"))


class Ticks:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def version(*rules: dict[str, Any], name: str = "1", begins: date = date(2022, 1, 1)) -> PolicyVersion:
    return PolicyVersion(
        policy=POLICY,
        version=name,
        valid_from=begins,
        source_document="-",
        approved_by="-",
        approved_at=NOW,
        body={"rules": list(rules)},
    )


async def _never(*_: object) -> bool:
    return False


def shipping(folder: Path, rule: dict[str, Any]) -> PolicySet:
    """The policies of a service that ships one version, with one rule of quotas."""
    path = folder / "policies.yaml"
    path.write_text(f"[{version(rule).model_dump_json()}]")
    return PolicySet(path, (QUOTAS,), judged_by=_never, judged_since=_never)


def quotas(*rules: dict[str, Any], ticks: Ticks | None = None) -> Quotas:
    return Quotas(None, ManualClock(NOW), [version(*rules)] if rules else [], ticks or Ticks())


async def ask(of: Quotas, caller: Caller = CITIZEN, operation: str = "ask", method: str = "POST") -> None:
    if release := of.admit(caller, operation, method):
        release()


async def refusal(
    of: Quotas, caller: Caller = CITIZEN, operation: str = "ask", method: str = "POST"
) -> Problem:
    with pytest.raises(Problem) as raised:
        await ask(of, caller, operation, method)
    return raised.value
