"""Requests by a right that bring about every event that the service promises of them."""

from datetime import datetime, timedelta

from libs.common.aggregate import Actor
from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from libs.development.identity import identity
from services.registry.domain.rights_cases import RightsCase, RightsKind, RightsPolicy, RightsRefusal, due_of
from services.registry.domain.rules import Rules
from services.registry.storage.rights_cases import RIGHTS_CASES


def _case(number: int, kind: RightsKind, customer_id: str, at: datetime, policy: RightsPolicy) -> RightsCase:
    item = RightsCase(
        identity(f"rights/{number}"),
        customer_id,
        kind,
        at,
        due_of(at, policy),
        policy.version,
        f"OBJ-2025-{number:06d}",
        "用户来信提出",
    )
    item.actor = Actor(at, "u-W-371502", unit="utility:W-371502")
    item.open()
    return item


async def play(uow: UnitOfWork, customer_id: str, at: datetime, policy: RightsPolicy, rules: Rules) -> None:
    """Take four requests: one is done, one refused, one withdrawn, and one waits beyond its time."""
    kinds = (RightsKind.EXPLAIN, RightsKind.ERASE, RightsKind.COPY, RightsKind.CORRECT)
    done, refused, withdrawn, waiting = (
        _case(number, kind, customer_id, at, policy) for number, kind in enumerate(kinds, 1)
    )
    later = at + timedelta(days=3)
    for item in (done, refused, withdrawn):
        item.actor = Actor(later, "u-371502-hall", unit="district:371502")
    done.answer("u-371502-hall", "已书面说明类别的认定依据", later, is_carried_out=True)
    refused.refuse("u-371502-hall", RightsRefusal.RETAINED, "户尚在用，请先销户", later)
    withdrawn.withdraw("u-371502-hall", "用户来电撤回", later)
    waiting.actor = None
    waiting.catch_up(waiting.due_at + timedelta(days=1), rules)
    await RIGHTS_CASES.add(uow, [Addition(item, rules) for item in (done, refused, withdrawn, waiting)])
