"""Response views of agents, notifications and work lists."""

from datetime import datetime

from libs.casework.domain.work import Urgency
from libs.casework.http.work_lists import by_urgency, due_by_kind, task_fields
from libs.common.http.actions import Due
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import is_gap_risk, urgency_of, work
from services.hookup.domain.values.event_names import EVENT_NAMES
from services.hookup.domain.values.names import PERMIT_NAMES, WORK_NAMES
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.staff import Staff
from services.hookup.domain.values.stages import STAGE_NAMES
from services.hookup.domain.values.timer_kinds import TimerKind
from services.hookup.domain.values.work import DUE_NAMES, Work, WorkKind
from services.hookup.http import contact_models as models
from services.hookup.http.people import agent_view
from services.hookup.http.permit_views import authority_name

_NOTIFICATION_NAMES = {
    TimerKind.DUE_REMINDER: EVENT_NAMES["due_reminder"],
    TimerKind.DUE_SOON: EVENT_NAMES["due_soon"],
    TimerKind.OVERDUE: EVENT_NAMES["case_overdue"],
}


def agency_view(case: Case, staff: Staff) -> models.AgencyView | None:
    """Return the view of the case's agent."""
    if case.agency is None:
        return None
    authorisation = case.agency.authorisation
    return models.AgencyView(
        agent=case.agency.agent,
        person=agent_view(case, case.agency.agent, staff),
        assigned_at=case.agency.assigned_at,
        automatic=case.agency.automatic,
        fee_fen=0,
        authorised_at=authorisation.given_at if authorisation else None,
        authorisation_ref=authorisation.document_ref if authorisation else None,
    )


def notification_views(case: Case) -> list[models.ToldView]:
    """Return the views of the notifications about the due time."""
    return [
        models.ToldView(
            kind=notice.kind,
            name=_NOTIFICATION_NAMES[TimerKind(notice.kind)],
            at=notice.at,
            whom=list(notice.whom),
        )
        for notice in case.told
    ]


def work_views(case: Case, rules: Rules, now: datetime) -> list[models.WorkView]:
    """Return the tasks of a case, the most urgent first."""
    return by_urgency([_work_view(item, urgency_of(item, rules, now), case) for item in work(case, rules)])


def waiting_for(case: Case, rules: Rules, now: datetime) -> dict[str, Due]:
    """Return the most urgent task of each kind that a case waits for."""
    return due_by_kind(work_views(case, rules, now))


def _work_view(item: Work, urgency: Urgency, case: Case) -> models.WorkView:
    return models.WorkView(
        **task_fields(item, urgency, WORK_NAMES[item.kind]),
        about=_about(item, case),
        due_of=item.due_of,
        due_of_name=DUE_NAMES[item.due_of],
        gap_risk=is_gap_risk(item, urgency),
    )


def _about(work_item: Work, case: Case) -> str:
    if work_item.item is not None:
        return f"{PERMIT_NAMES[work_item.item.kind]}（{authority_name(work_item.item.authority)}）"
    return (
        "、".join(STAGE_NAMES[stage] for stage in case.open_stages)
        if work_item.kind is WorkKind.STAGE
        else ""
    )
