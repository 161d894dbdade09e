"""What lists of grievances are narrowed by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func

from libs.common.auth.callers import Caller
from services.grievances.storage.tables import grievance

_g = grievance.c


def conditions(filters: Mapping[str, Any], caller: Caller, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions of filters by their names, those of columns and `open`, `overdue` and `mine`."""
    flags: Mapping[str, ColumnElement[bool]] = {
        "open": _g.finished_at.is_(None),
        "overdue": _g.reply_by < func.coalesce(_g.replied_at, _g.finished_at, now),
        "mine": _g.assignee == caller.subject,
    }
    return [
        _g[name] == value if name not in flags else flags[name] if value else flags[name].is_not(True)
        for name, value in filters.items()
    ]
