"""Agents, contacts and work as the API shows them."""

from datetime import datetime

from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import work
from services.hookup.domain.values.names import EVENT_NAMES, PERMIT_NAMES, WORK_NAMES
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import STAGE_NAMES
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.work import Work, WorkKind
from services.hookup.http import contact_models as models
from services.hookup.http.permit_views import authority_name

_TOLD = {
    TimerKind.DUE_REMINDER: EVENT_NAMES["due_reminder"],
    TimerKind.DUE_SOON: EVENT_NAMES["due_soon"],
    TimerKind.OVERDUE: EVENT_NAMES["case_overdue"],
}


def agency_view(case: Case) -> models.AgencyView | None:
    """Return who helps the user."""
    if case.agency is None:
        return None
    given = case.agency.authorisation
    return models.AgencyView(
        agent=case.agency.agent,
        assigned_at=case.agency.assigned_at,
        automatic=case.agency.automatic,
        fee_fen=0,
        authorised_at=given.given_at if given else None,
        authorisation_ref=given.document_ref if given else None,
    )


def told_views(case: Case) -> list[models.ToldView]:
    """Return who was told of the case's date."""
    return [
        models.ToldView(kind=each.kind, name=_TOLD[TimerKind(each.kind)], at=each.at, whom=list(each.whom))
        for each in case.told
    ]


def work_views(case: Case, rules: Rules, now: datetime) -> list[models.WorkView]:
    """Return what there is to do on a case, the most urgent first."""
    found = [
        models.WorkView(
            kind=each.kind,
            name=WORK_NAMES[each.kind],
            about=_about(each, case),
            whose=each.whose,
            since=each.since,
            due_at=each.due_at,
            overdue=each.due_at is not None and each.due_at < now,
        )
        for each in work(case, rules)
    ]
    return sorted(found, key=lambda each: (each.due_at is None, each.due_at or each.since))


def _about(each: Work, case: Case) -> str:
    if each.item is not None:
        return f"{PERMIT_NAMES[each.item.kind]}（{authority_name(each.item.authority)}）"
    return "、".join(STAGE_NAMES[stage] for stage in case.open_stages) if each.kind is WorkKind.STAGE else ""
