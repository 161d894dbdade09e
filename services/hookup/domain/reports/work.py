"""The work list: what a case waits for, from whom, until when, and how urgent it is."""

from datetime import datetime

from libs.casework.domain.work import Urgency, urgency_by
from services.hookup.domain.case import Case
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.work import DueOf, Whose, Work, WorkKind


def work(case: Case, rules: Rules) -> list[Work]:
    """Return what a case waits for now."""
    return [item for part in case.parts_with("work_items") for item in part.work_items(case, rules)]


def urgency_of(item: Work, rules: Rules, now: datetime) -> Urgency:
    """Return how urgent a task is, in business hours."""
    return urgency_by(item, now, rules.calendar, rules.policy.business_hours)


def case_urgency(case: Case, rules: Rules, now: datetime) -> Urgency:
    """Return how urgent the case itself is, by its due time while that runs."""
    since = case.accepted_at or case.submitted_at
    whole = Work(WorkKind.STAGE, Whose.CLERK, since, case.running_due_at, due_of=DueOf.CASE)
    return urgency_of(whole, rules, now)


def is_gap_risk(item: Work, urgency: Urgency) -> bool:
    """Tell whether a hand-over risks a gap (空档风险): half of the time until the next stage must begin is used."""
    return item.kind is WorkKind.HAND_OVER and urgency.is_half_used
