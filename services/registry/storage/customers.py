"""Rows ↔ customers; who has an account at a utility or in a district is seen there, merged ones with who stays."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func

from libs.common.aggregate import Actor
from libs.common.auth.callers import Related, ScopeColumns
from libs.common.changes import Target
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from services.registry.domain.customers import Customer
from services.registry.domain.rules import Rules
from services.registry.events.published import CUSTOMER_EVENT_NAMES, CUSTOMER_EVENTS
from services.registry.storage.tables import account, customer

NEWEST: Final = Keyset(((customer.c.opened_at, True), (customer.c.id, True)))
OLDEST_SIZE: Final = Keyset(((customer.c.size_as_of, False), (customer.c.id, False)))


def _by_account(code: ColumnElement[str]) -> Related:
    return Related(code, account.c.customer_id == func.coalesce(customer.c.survivor, customer.c.id))


def actor_for(_aggregate: object, target: Target, now: datetime) -> Actor:
    """Return who a caller is to a customer or an account: staff of a unit, or the citizen."""
    return Actor(now, target.caller.subject, unit=target.caller.scope.unit)


CUSTOMERS: Final[Store[Customer, Rules]] = Store(
    aggregate=Customer,
    table=customer,
    scopes=ScopeColumns(
        utility=_by_account(account.c.utility),
        district=_by_account(account.c.district),
        owner=customer.c.owner,
        label="用户",
    ),
    events={event.event: event for event in CUSTOMER_EVENTS},
    timer_kinds=(),
    missing="没有这个用户，或不在您的管辖范围内",
    identity=lambda item: {
        "kind": item.kind,
        "owner": item.id.upper(),
        "opened_at": item.opened_at,
    },
    derived=lambda item, _rules: {
        "state": item.state,
        "size": item.size,
        "size_as_of": item.basis and item.basis.as_of,
        "merged_into": item.merged_into,
    },
    envelope=lambda item: {
        "customer_id": item.id,
        "kind": item.kind,
        "actor": item.actor and item.actor.subject,
        "actor_unit": item.actor and item.actor.unit,
    },
    actor_of=actor_for,
    event_names=CUSTOMER_EVENT_NAMES,
)
