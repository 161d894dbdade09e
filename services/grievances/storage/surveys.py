"""Rows ↔ results of external surveys: each utility and district sees what names it, the city all."""

from typing import Final

from libs.common.aggregate import Actor
from libs.common.auth.callers import ScopeColumns
from libs.common.http.cursors import Keyset
from libs.common.store import Store
from services.grievances.domain.rules import Rules
from services.grievances.domain.surveys import Survey, SurveyTimer
from services.grievances.events.published.surveys import SURVEY_EVENT_NAMES, SURVEY_EVENTS
from services.grievances.storage.tables import survey

_s = survey.c
NEWEST: Final = Keyset(((_s.last_day, True), (_s.id, True)))

SURVEYS: Final[Store[Survey, Rules]] = Store(
    aggregate=Survey,
    table=survey,
    scopes=ScopeColumns(utility=_s.utility, district=_s.district, label="测评结果"),
    events={event.event: event for event in SURVEY_EVENTS},
    timer_kinds=tuple(SurveyTimer),
    missing="没有这项测评结果，或不在您的管辖范围内",
    identity=lambda item: {"number": item.number},
    derived=lambda item, _rules: {
        "last_day": item.result.last_day,
        "district": item.result.district,
        "utility": item.result.utility,
        "supply": item.result.supply,
    },
    envelope=lambda item: {
        "survey_id": item.id,
        "survey_number": item.number,
        "result_version": len(item.versions),
        "first_day": item.result.first_day,
        "last_day": item.result.last_day,
        "district": item.result.district,
        "utility": item.result.utility,
        "supply": item.result.supply,
        "sample": item.result.sample,
        "satisfied": item.result.satisfied,
        "score": item.result.score,
        "actor": item.actor and item.actor.subject,
        "actor_unit": item.actor and item.actor.unit,
    },
    actor_of=lambda _item, target, now: Actor(now, target.caller.subject, unit=target.caller.scope.unit),
    event_names=SURVEY_EVENT_NAMES,
)
