"""Symposia as callers may see them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from libs.common.auth.callers import Caller
from libs.common.places import load_places
from services.grievances.domain.rules import Rules
from services.grievances.domain.symposia import SYMPOSIUM_STATE_NAMES, Symposium, SymposiumFile
from services.grievances.domain.values.kinds import FILE_NAMES
from services.grievances.http import symposium_models as models
from services.grievances.http.models import FileView
from services.grievances.usecases.prepare_round import CITY


def symposium_view(item: Symposium, _rules: Rules, _now: datetime, _caller: Caller) -> models.SymposiumView:
    """Return a symposium."""
    return models.SymposiumView(**fields_of(item))


def fields_of(item: Symposium) -> dict[str, Any]:
    """Return what every view of a symposium has."""
    return {
        "id": item.id,
        "number": item.number,
        "version": item.version,
        "title": item.title,
        "district": item.district,
        "unit_name": load_places().division(item.district or CITY).name,
        "state": item.state,
        "state_name": SYMPOSIUM_STATE_NAMES[item.state],
        "held_at": item.held_at,
        "place": item.place,
        "invited": item.invited,
        "attended": item.attended,
        "finding_count": len(item.findings),
        "submitted_count": sum(finding.grievance_id is not None for finding in item.findings),
        "closed_at": item.closed_at,
    }


def file_views(files: Iterable[SymposiumFile]) -> Iterable[FileView]:
    """Return files as those of grievances are shown."""
    return (
        FileView(
            id=file.id,
            kind=file.kind,
            name=FILE_NAMES[file.kind],
            media_type=file.media_type,
            size=file.size,
            uploaded_at=file.uploaded_at,
            may_open=True,
        )
        for file in files
    )
