"""Permit items as values, without the case on which they are filed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.hookup.domain.values.permit_items import Decision, PermitItem, PermitKind, PermitMode
from tests.services.hookup.domain.samples import at

# A Tuesday, before noon.
FILED = at("2022-07-05 11:00")


def permit_item(mode: PermitMode = PermitMode.APPROVAL, **fields: Any) -> PermitItem:
    """An item of a road that was filed and waits."""
    item = PermitItem(
        "road", "form-1", PermitKind.ROAD_EXCAVATION, "MUNICIPAL-371502", mode, FILED, "clerk-1", True
    )
    return replace(item, **fields)


def granted(moment: datetime, **fields: Any) -> PermitItem:
    """An ordinary item that was granted at an instant."""
    return permit_item(decision=Decision.GRANTED, decided_at=moment, **fields)
