"""Particulars shown whole: what is read of whom, exceptions that wait for a second person, and alarms on volume."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import uuid_utils
from sqlalchemy import insert, select, update

from libs.common.audit.tables import AuditTables
from libs.common.audit.volume import COUNTED, RevealLimits, excesses, reveals_of
from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from services.registry.domain.particulars import Particular
from services.registry.domain.reveals import BreakGlassState, Purpose, RevealPolicy, check_shown
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import Texts, accounts_texts, customers_texts
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import OVERSIGHT

_b = OVERSIGHT.break_glass.c


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose particulars are shown, and all of them that there are."""

    customer_id: str
    account_id: str | None
    texts: Texts


async def read_customer(uow: UnitOfWork, rulebook: RuleBook, customer_id: str, scope: Scope) -> Shown:
    """Return the particulars of a customer. Raises `not-found` and RuleError."""
    item = await CUSTOMERS.load(uow, customer_id, scope=scope)
    check_shown(item.state)
    texts = await customers_texts(uow.connection, rulebook.sealer, [item.id])
    return Shown(item.id, None, texts.get(item.id, {}))


async def read_account(uow: UnitOfWork, rulebook: RuleBook, account_id: str, scope: Scope) -> Shown:
    """Return the particulars of an account. Raises `not-found` and RuleError."""
    item = await ACCOUNTS.load(uow, account_id, scope=scope)
    owner = await CUSTOMERS.load(uow, item.customer_id)
    check_shown(owner.state)
    texts = await accounts_texts(uow.connection, rulebook.sealer, [item.id])
    return Shown(owner.id, item.id, texts.get(item.id, {}))


async def note_volume(
    uow: UnitOfWork, tables: AuditTables, actor: str, scope: Scope, policy: RevealPolicy
) -> None:
    """Raise an alarm where one more reveal, export or search of a street is too much; nothing is refused.

    Copies by a customer's right, files of requests and reports of imports are on record and not counted.
    """
    c = tables.entry.c
    # Concurrent reveals of one account wait for each other here, so that none of them passes a limit unseen.
    last = select(c.id).where(c.actor == actor, c.action.in_(COUNTED))
    await uow.connection.execute(last.order_by(c.recorded_at.desc(), c.id.desc()).limit(1).with_for_update())
    before = await reveals_of(uow.connection, tables, actor, uow.now, tuple(Purpose))
    for excess in excesses(before, 1, RevealLimits(policy.per_hour, policy.per_day)):
        await raise_alarm(uow, actor, scope, excess.window, excess.count, excess.limit)


async def raise_alarm(uow: UnitOfWork, actor: str, scope: Scope, period: str, count: int, most: int) -> None:
    """Raise an alarm on an account: within the period it had more than is in order."""
    row = {
        "id": str(uuid_utils.uuid7()),
        "actor": actor,
        "unit": scope.unit,
        "period": period,
        "count": count,
        "most": most,
        "raised_at": uow.now,
    }
    await uow.connection.execute(insert(OVERSIGHT.alarm), row)


async def note_exception(
    uow: UnitOfWork,
    caller: Caller,
    shown: Shown,
    fields: Collection[Particular],
    reason: str,
    policy: RevealPolicy,
) -> datetime:
    """Let an exception wait for a second person; return until when."""
    due_at = uow.now + policy.confirmed_within
    row = {
        "id": str(uuid_utils.uuid7()),
        "customer_id": shown.customer_id,
        "account_id": shown.account_id,
        "district": caller.scope.code if caller.scope.kind is ScopeKind.DISTRICT else "",
        "actor": caller.subject,
        "fields": sorted(fields),
        "reason": reason,
        "shown_at": uow.now,
        "due_at": due_at,
        "state": BreakGlassState.OPEN,
    }
    await uow.connection.execute(insert(OVERSIGHT.break_glass), row)
    return due_at


async def decide_exception(
    uow: UnitOfWork, exception_id: str, actor: str, caller: Caller, *, confirmed: bool, opinion: str | None
) -> None:
    """Confirm or contest an exception of `actor`, once. Raises RuleError."""
    if actor == caller.subject:
        raise RuleError("second-person", "应急访问须由另一人确认", "请由另一名督导人员或管理员确认")
    if not confirmed and not opinion:
        raise RuleError("opinion-missing", "有异议的须写明意见", "请填写意见", "opinion")
    decided = await uow.connection.execute(
        update(OVERSIGHT.break_glass)
        .where(_b.id == exception_id, _b.state == BreakGlassState.OPEN)
        .values(
            state=BreakGlassState.CONFIRMED if confirmed else BreakGlassState.CONTESTED,
            decided_by=caller.subject,
            decided_at=uow.now,
            opinion=opinion,
        )
    )
    if not decided.rowcount:
        raise RuleError("already-decided", "该应急访问已有结论", "请刷新后核对")
