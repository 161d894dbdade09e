"""Response views of a case's events."""

from typing import Any

import msgspec
from sqlalchemy import Row

from services.hookup.domain.values.names import EVENT_NAMES
from services.hookup.events.base import HookupEvent
from services.hookup.http import models

# Fields of the case that every event repeats.
_OF_EVERY_EVENT = HookupEvent.model_fields.keys() - {"length_class"}


def case_event(row: Row[Any]) -> models.CaseEvent:
    """Show one event of a case, from its row of the outbox."""
    event = row.type.split(".")[-2]
    payload = msgspec.json.decode(row.payload)
    return models.CaseEvent(
        seq=row.aggregate_seq,
        event=event,
        name=EVENT_NAMES[event],
        at=row.created_at,
        # Events from before actors were stored have none.
        actor=payload.get("actor"),
        on_behalf_of=payload.get("on_behalf_of"),
        recorded_at=payload.get("recorded_at"),
        entry=payload.get("entry"),
        in_stead=payload.get("in_stead", False),
        particulars={name: value for name, value in payload.items() if name not in _OF_EVERY_EVENT},
    )
