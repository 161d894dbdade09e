"""Rows ↔ pairs of customers who may be one; seen where one of the two has an account."""

from typing import Final

from sqlalchemy import ColumnElement

from libs.common.aggregate import Actor
from libs.common.auth.callers import Related, ScopeColumns
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from services.registry.domain.pairs import Pair
from services.registry.domain.rules import Rules
from services.registry.events.pairs import PAIR_EVENT_NAMES, PAIR_EVENTS
from services.registry.storage.tables import account, duplicate_pair

LIKELIEST: Final = Keyset(((duplicate_pair.c.score, True), (duplicate_pair.c.id, False)))


def _by_account(code: ColumnElement[str]) -> Related:
    # After a merge its survivor has the accounts of both.
    return Related(code, account.c.customer_id.in_([duplicate_pair.c.first, duplicate_pair.c.second]))


PAIRS: Final[Store[Pair, Rules]] = Store(
    aggregate=Pair,
    table=duplicate_pair,
    scopes=ScopeColumns(
        utility=_by_account(account.c.utility), district=_by_account(account.c.district), label="疑似重复"
    ),
    events={event.event: event for event in PAIR_EVENTS},
    timer_kinds=(),
    missing="没有这对疑似重复用户，或都不在您的管辖范围内",
    identity=lambda item: {"first": item.first, "second": item.second},
    derived=lambda item, _rules: {"state": item.state, "score": item.score, "found_at": item.found_at},
    envelope=lambda item: {
        "pair_id": item.id,
        "first_id": item.first,
        "second_id": item.second,
        "actor": item.actor and item.actor.subject,
        "actor_unit": item.actor and item.actor.unit,
    },
    actor_of=lambda _item, target, now: Actor(now, target.caller.subject, unit=target.caller.scope.unit),
    event_names=PAIR_EVENT_NAMES,
)
