"""Requests by a right as callers see them, and what they wait for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.casework.http.work_lists import due_by_kind, task_fields
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.http.actions import Due
from services.registry.domain.requests.work import urgency_of
from services.registry.domain.rights_cases import (
    REFUSAL_NAMES,
    RIGHTS_KIND_NAMES,
    RIGHTS_STATE_NAMES,
    RightsCase,
    RightsState,
)
from services.registry.domain.rules import Rules
from services.registry.http.request_people import staff_view
from services.registry.http.rights_case_models import RightsCaseDetail, RightsCaseView, RightsTask
from services.registry.http.views import customer_details
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import customer


def rights_case_view(
    item: RightsCase, rules: Rules, now: datetime, caller: Caller | None = None
) -> RightsCaseView:
    """Return a request without particulars of the customer; to a citizen without who of the staff ended it."""
    outcome = item.outcome
    is_shown = caller is None or caller.scope.kind is not ScopeKind.CITIZEN
    return RightsCaseView(
        id=item.id,
        version=item.version,
        customer_id=item.customer_id,
        kind=item.kind,
        kind_name=RIGHTS_KIND_NAMES[item.kind],
        state=item.state,
        state_name=RIGHTS_STATE_NAMES[item.state],
        asked_at=item.asked_at,
        due_at=item.due_at,
        overdue=item.state is not RightsState.WITHDRAWN and not item.is_in_time(now),
        policy_version=item.policy_version,
        document_ref=item.document_ref,
        detail=item.detail,
        answer=outcome and outcome.text,
        ground_name=outcome and outcome.ground and REFUSAL_NAMES[outcome.ground],
        finished_at=outcome and outcome.at,
        finished_by=outcome.by if outcome and is_shown else None,
        work=_tasks(item, rules, now),
    )


async def rights_case_details(
    connection: AsyncConnection,
    items: Sequence[RightsCase],
    now: datetime,
    caller: Caller,
    rulebook: RuleBook,
) -> list[RightsCaseDetail]:
    """Return requests, each with its customer as the caller may see it."""
    ids = sorted({item.customer_id for item in items})
    rows = await connection.execute(CUSTOMERS.select().where(customer.c.id.in_(ids)))
    customers = [CUSTOMERS.read(row) for row in rows.mappings()]
    shown = {
        str(detail.id): detail for detail in await customer_details(connection, customers, caller, rulebook)
    }
    return [
        RightsCaseDetail(
            **dict(rights_case_view(item, rulebook.rules, now, caller)),
            customer_name=shown[item.customer_id].name,
            customer_state_name=shown[item.customer_id].state_name,
            finisher=staff_view(item.outcome.by if item.outcome else None, caller, rulebook.rules),
        )
        for item in items
    ]


def waiting_for(item: RightsCase, rules: Rules, now: datetime) -> dict[str, Due]:
    """Return the task that a request waits for, by its kind."""
    return due_by_kind(_tasks(item, rules, now))


def _tasks(item: RightsCase, rules: Rules, now: datetime) -> list[RightsTask]:
    task = item.task
    if task is None:
        return []
    return [RightsTask(**task_fields(task, urgency_of(task, rules, now), "办理并答复用户"))]
