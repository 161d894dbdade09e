"""Agents, contacts and work as the API shows them."""

from datetime import datetime

from services.hookup.domain.case import Case, Rules
from services.hookup.domain.names import EVENT_NAMES, WORK_NAMES
from services.hookup.domain.timer_kinds import TimerKind
from services.hookup.domain.work import work
from services.hookup.http import contact_models as models

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


def guidance_views(case: Case) -> list[models.GuidanceView]:
    """Return the schemes that the user was advised on."""
    return [
        models.GuidanceView(document_ref=each.document_ref, given_at=each.given_at, given_by=each.given_by)
        for each in case.guidance
    ]


def urge_views(case: Case) -> list[models.UrgeView]:
    """Return the urges and their answers."""
    return [
        models.UrgeView(
            id=each.id,
            urged_at=each.urged_at,
            answer_by=each.answer_by,
            answered_at=each.answered_at,
            answer=each.answer,
            overdue=each.overdue,
        )
        for each in case.urges
    ]


def question_views(case: Case) -> list[models.QuestionView]:
    """Return the questions and their answers."""
    return [
        models.QuestionView(
            id=each.id,
            text=each.text,
            asked_at=each.asked_at,
            answer_by=each.answer_by,
            answered_at=each.answered_at,
            answer=each.answer,
        )
        for each in case.questions
    ]


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
            whose=each.whose,
            since=each.since,
            due_at=each.due_at,
            overdue=each.due_at is not None and each.due_at < now,
        )
        for each in work(case, rules)
    ]
    return sorted(found, key=lambda each: (each.due_at is None, each.due_at or each.since))
