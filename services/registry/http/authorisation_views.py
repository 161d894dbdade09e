"""Authorisations as callers may see them: the names of both sides masked, the document's number for staff alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Caller, ScopeKind
from services.registry.domain.authorisations import (
    AUTHORISATION_END_NAMES,
    AUTHORISATION_KIND_NAMES,
    AUTHORISATION_STATE_NAMES,
    Authorisation,
)
from services.registry.domain.masking import mask
from services.registry.domain.particulars import Particular, mask_kind
from services.registry.domain.requests.values import CHANNEL_NAMES, KIND_NAMES
from services.registry.domain.rules import Rules
from services.registry.http.authorisation_models import AuthorisationDetail, AuthorisationView
from services.registry.http.views import WITHHELD, is_withheld
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import customers_texts
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import customer


def authorisation_view(
    item: Authorisation, _rules: Rules, now: datetime, _caller: Caller
) -> AuthorisationView:
    """Return an authorisation without names."""
    return AuthorisationView(**_authorisation(item, now))


async def authorisation_details(
    connection: AsyncConnection,
    items: Sequence[Authorisation],
    now: datetime,
    caller: Caller,
    rulebook: RuleBook,
) -> list[AuthorisationDetail]:
    """Return authorisations with the names of both sides, masked."""
    ids = sorted({side for item in items for side in (item.customer_id, item.agent_id)})
    rows = (await connection.execute(CUSTOMERS.select().where(customer.c.id.in_(ids)))).mappings()
    known = {each.id: each for each in map(CUSTOMERS.read, rows)}
    texts = await customers_texts(connection, rulebook.sealer, ids)
    masks = rulebook.rules.masks

    def name_of(customer_id: str) -> str | None:
        name, side = texts.get(customer_id, {}).get(Particular.NAME), known[customer_id]
        if name is not None and is_withheld(side, caller):
            return WITHHELD
        kind = mask_kind(Particular.NAME, side.kind, side.paper, side.subject)
        return name if name is None or kind is None else mask(kind, name, masks)

    is_citizen = caller.scope.kind is ScopeKind.CITIZEN
    return [
        AuthorisationDetail(
            **_authorisation(item, now),
            customer_name=name_of(item.customer_id),
            agent_name=name_of(item.agent_id),
            document_ref=None if is_citizen else item.document_ref,
        )
        for item in items
    ]


def _authorisation(item: Authorisation, now: datetime) -> dict[str, Any]:
    return {
        "id": item.id,
        "version": item.version,
        "kind": item.kind,
        "kind_name": AUTHORISATION_KIND_NAMES[item.kind],
        "state": item.state,
        "state_name": AUTHORISATION_STATE_NAMES[item.state],
        "in_force": item.covers(now),
        "customer_id": item.customer_id,
        "agent_id": item.agent_id,
        "account_ids": list(item.account_ids),
        "matters": list(item.matters),
        "matter_names": "、".join(KIND_NAMES[matter] for matter in item.matters) or "仅查看",
        "valid_from": item.valid_from,
        "valid_until": item.valid_until,
        "channel": item.channel,
        "channel_name": CHANNEL_NAMES[item.channel],
        "by_document": item.document_ref is not None,
        "granted_at": item.granted_at,
        "ended_at": item.ended_at,
        "end_reason": item.end_reason,
        "end_reason_name": item.end_reason and AUTHORISATION_END_NAMES[item.end_reason],
    }
