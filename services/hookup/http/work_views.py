"""Response views of work lists."""

from datetime import datetime

from libs.casework.domain.work import Light
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import case_urgency
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.work import DUE_NAMES, DueOf, Whose
from services.hookup.http import models
from services.hookup.http.contact_views import work_views
from services.hookup.http.views import row_fields


def work_row(case: Case, rules: Rules, whose: Whose, now: datetime) -> models.WorkRow:
    """Return a case as a row of a work list; where both are due at once, the deadline is the case's."""
    items = work_views(case, rules, now)
    own = [item for item in items if item.whose is whose]
    # The most urgent first, so that the first one with a due time is due first.
    first = next((item for item in own if item.due_at), None)
    lights = [item.light for item in own]
    due_at, due_of, remaining = None, None, None
    if first is not None:
        due_at, due_of, remaining = first.due_at, first.due_of, first.remaining_minutes
    if own and case.running_due_at is not None:
        whole = case_urgency(case, rules, now)
        lights.append(whole.light)
        if due_at is None or case.running_due_at <= due_at:
            due_at, due_of, remaining = case.running_due_at, DueOf.CASE, whole.remaining
    return models.WorkRow.model_validate(
        {
            **row_fields(case, now),
            "work_due_at": due_at,
            "work_due_of": due_of,
            "work_due_of_name": due_of and DUE_NAMES[due_of],
            "remaining_minutes": remaining,
            "light": max(lights, key=list(Light).index, default=Light.GREEN),
            "work": items,
        }
    )
