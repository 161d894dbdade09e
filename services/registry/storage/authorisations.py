"""Rows ↔ authorisations: seen by both sides, and by the units where the customer has an account."""

from typing import Final

from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.aggregate import Actor
from libs.common.auth.callers import Related, ScopeColumns
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from services.registry.domain.authorisations import Authorisation, AuthorisationState, AuthorisationTimer
from services.registry.domain.rules import Rules
from services.registry.events.standing import AUTHORISATION_EVENT_NAMES, AUTHORISATION_EVENTS
from services.registry.storage.requests import acting
from services.registry.storage.tables import STANDING, account

_a = STANDING.authorisation.c
NEWEST: Final = Keyset(((_a.granted_at, True), (_a.id, True)))
_of = STANDING.authorisation.alias()
_parties = union_all(
    select(_of.c.id, _of.c.owner.label("code")), select(_of.c.id, _of.c.agent_owner.label("code"))
).subquery()


def _by_account(code: ColumnElement[str]) -> Related:
    return Related(code, account.c.customer_id == _a.customer_id)


def _envelope(item: Authorisation) -> dict[str, object]:
    actor = item.actor or Actor(item.granted_at)
    return {
        "authorisation_id": item.id,
        "authorisation_kind": item.kind,
        "customer_id": item.customer_id,
        "agent_id": item.agent_id,
        "actor": actor.subject,
        "actor_unit": actor.unit,
        "on_behalf_of": actor.on_behalf_of,
        "in_stead": actor.in_stead,
    }


AUTHORISATIONS: Final[Store[Authorisation, Rules]] = Store(
    aggregate=Authorisation,
    table=STANDING.authorisation,
    scopes=ScopeColumns(
        utility=_by_account(account.c.utility),
        district=_by_account(account.c.district),
        owner=Related(_parties.c.code, _parties.c.id == _a.id),
        label="代办授权",
    ),
    events={event.event: event for event in AUTHORISATION_EVENTS},
    timer_kinds=tuple(AuthorisationTimer),
    missing="没有这项授权，或不在您的管辖范围内",
    identity=lambda item: {
        "kind": item.kind,
        "customer_id": item.customer_id,
        "owner": item.customer_id.upper(),
        "agent_owner": item.agent_id.upper(),
        "granted_at": item.granted_at,
        "valid_until": item.valid_until,
    },
    derived=lambda item, _rules: {"state": item.state},
    envelope=_envelope,
    actor_of=lambda item, target, now: acting(
        target.caller, now, item.customer_id, target.stead, target.document_ref
    ),
    event_names=AUTHORISATION_EVENT_NAMES,
)


async def granted(
    connection: AsyncConnection, *conditions: ColumnElement[bool], locked: bool = False
) -> list[Authorisation]:
    """Return the authorisations that were not ended and meet conditions on their rows, the oldest first.

    Whether one holds now its time says (`covers`). A `locked` one cannot be ended before this transaction ends.
    """
    statement = AUTHORISATIONS.select().where(_a.state == AuthorisationState.GRANTED, *conditions)
    statement = statement.order_by(_a.granted_at, _a.id)
    if locked:
        statement = statement.with_for_update(read=True)
    return [AUTHORISATIONS.read(row) for row in (await connection.execute(statement)).mappings()]
