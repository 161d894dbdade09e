"""Rows ↔ specimens."""

from typing import Final

from services.sampling.domain import EVENT_NAMES, Specimen
from services.sampling.events.published import PUBLISHED
from services.sampling.storage.tables import specimen

from libs.common.auth.callers import ScopeColumns
from libs.common.calendars.workdays import BusinessCalendar
from libs.common.http.cursors import Keyset
from libs.common.store import Store

NEWEST: Final = Keyset(((specimen.c.opened_at, True), (specimen.c.id, True)))

SPECIMENS: Final[Store[Specimen, BusinessCalendar]] = Store(
    aggregate=Specimen,
    table=specimen,
    scopes=ScopeColumns(utility=specimen.c.utility, district=specimen.c.district, label="事项"),
    events={event.event: event for event in PUBLISHED},
    timer_kinds=(),
    missing="没有这个事项，或不在您的管辖范围内",
    identity=lambda item: {
        "district": item.district,
        "utility": item.utility,
        "opened_at": item.opened_at,
    },
    derived=lambda item, _rules: {"state": item.state},
    envelope=lambda item: {
        "specimen_id": item.id,
        "district": item.district,
        "utility": item.utility,
        "actor": item.actor and item.actor.subject,
    },
    event_names=EVENT_NAMES,
)
