"""What happened to a case, as the API shows it."""

from typing import Any

import msgspec
from sqlalchemy import Row

from services.hookup.domain.values.names import EVENT_NAMES
from services.hookup.events.base import HookupEvent
from services.hookup.http import models

# What each event repeats of its case.
_OF_EVERY_EVENT = HookupEvent.model_fields.keys() - {"length_class"}


def case_event(row: Row[Any]) -> models.CaseEvent:
    """Show one event of a case, from its row of the outbox."""
    event = row.type.split(".")[-2]
    told = msgspec.json.decode(row.payload)
    return models.CaseEvent(
        seq=row.aggregate_seq,
        event=event,
        name=EVENT_NAMES[event],
        at=row.created_at,
        # An event of a case that was there before actors were kept has none.
        actor=told.get("actor"),
        on_behalf_of=told.get("on_behalf_of"),
        recorded_at=told.get("recorded_at"),
        entry=told.get("entry"),
        in_stead=told.get("in_stead", False),
        particulars={name: value for name, value in told.items() if name not in _OF_EVERY_EVENT},
    )
