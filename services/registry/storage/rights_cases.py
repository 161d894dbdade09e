"""Rows ↔ requests by a right in the own data; seen where the customer is seen, and by the customer."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.storage.work_lists import WorkLists
from libs.common.aggregate import Actor
from libs.common.auth.callers import Related, ScopeColumns
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from services.registry.domain.customers import CustomerState
from services.registry.domain.rights import Right
from services.registry.domain.rights_cases import RightsCase, RightsKind, RightsState, RightsTimer, RightsTurn
from services.registry.domain.rules import Rules
from services.registry.events.rights_cases import RIGHTS_CASE_EVENT_NAMES, RIGHTS_CASE_EVENTS
from services.registry.storage.tables import (
    account,
    customer,
    former_particulars,
    rights_case,
    rights_request,
)

_r = rights_case.c
NEWEST: Final = Keyset(((_r.asked_at, True), (_r.id, True)))


def _by_account(code: ColumnElement[str]) -> Related:
    # Who stands for the customer has the accounts, also after a merge.
    stands = select(customer.c.survivor).where(customer.c.id == _r.customer_id)
    survivor = stands.correlate(rights_case).scalar_subquery()
    return Related(code, account.c.customer_id == func.coalesce(survivor, _r.customer_id))


RIGHTS_CASES: Final[Store[RightsCase, Rules]] = Store(
    aggregate=RightsCase,
    table=rights_case,
    scopes=ScopeColumns(
        utility=_by_account(account.c.utility),
        district=_by_account(account.c.district),
        owner=_r.owner,
        label="个人信息权利请求",
    ),
    events={event.event: event for event in RIGHTS_CASE_EVENTS},
    timer_kinds=tuple(RightsTimer),
    missing="没有这项个人信息权利请求，或不在您的管辖范围内",
    identity=lambda item: {
        "customer_id": item.customer_id,
        "owner": item.customer_id.upper(),
        "kind": item.kind,
        "asked_at": item.asked_at,
        "due_at": item.due_at,
    },
    derived=lambda item, _rules: {"state": item.state, "finished_at": item.outcome and item.outcome.at},
    envelope=lambda item: {
        "case_id": item.id,
        "customer_id": item.customer_id,
        "actor": item.actor and item.actor.subject,
        "actor_unit": item.actor and item.actor.unit,
    },
    actor_of=lambda _item, target, now: Actor(now, target.caller.subject, unit=target.caller.scope.unit),
    event_names=RIGHTS_CASE_EVENT_NAMES,
)
RIGHTS_WORK: Final = WorkLists(
    RIGHTS_CASES,
    {RightsTurn.ANSWER: _r.due_at},
    members={RightsTurn.ANSWER: lambda _caller: _r.state == RightsState.OPEN},
)


async def is_carried_out(connection: AsyncConnection, item: RightsCase) -> bool:
    """Tell whether what is asked for has been done since; an explanation is the answer itself."""
    condition = _done(item.kind, item.customer_id, item.asked_at)
    return condition is None or bool(await connection.scalar(select(condition)))


def _done(kind: RightsKind, customer_id: str, since: datetime) -> ColumnElement[bool] | None:
    given, former = rights_request.c, former_particulars.c
    conditions: Any
    match kind:
        case RightsKind.COPY | RightsKind.TRANSFER:
            conditions = (
                given.customer_id == customer_id,
                given.kind == Right.COPY,
                given.refusal.is_(None),
                given.asked_at >= since,
            )
        case RightsKind.CORRECT:
            conditions = (former.subject == customer_id, former.replaced_at >= since)
        case RightsKind.RESTRICT:
            conditions = (customer.c.id == customer_id, customer.c.state == CustomerState.RESTRICTED)
        case RightsKind.ERASE:
            conditions = (customer.c.id == customer_id, customer.c.state == CustomerState.ERASED)
        case RightsKind.EXPLAIN:
            return None
    return exists().where(*conditions)
