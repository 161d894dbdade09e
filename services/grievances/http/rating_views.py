"""Ratings as callers may see them: signals and persons of the staff are the staff's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from libs.casework.domain.work import urgency_by
from libs.casework.http.history import ChangeView, EventView, event_fields
from libs.casework.http.people import Named, Names, PersonView, person_view, role_name, unit_name
from libs.casework.http.work_lists import by_urgency, due_by_kind, task_fields
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.clock import local
from libs.common.http.actions import Due
from libs.common.places import load_places
from services.grievances.domain.ratings import values as codes
from services.grievances.domain.ratings.parts import Appeal, CallBack
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.work import work_of
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import GRADE_NAMES, LEVEL_NAMES
from services.grievances.domain.values.kinds import KIND_NAMES
from services.grievances.domain.words import shown_words
from services.grievances.events.published.ratings import RATING_EVENT_NAMES, RatingEvent
from services.grievances.http import rating_models as models
from services.grievances.http.people import person_of
from services.grievances.usecases.ratings.read_integrity import Graded

REQUEST_NAMES: Mapping[str, str] = {
    "SUSPENSION": "报停",
    "RESUMPTION": "复用",
    "TRANSFER": "过户",
    "CLOSURE": "销户",
    "CHANGE": "信息变更",
}
"""Kinds of requests as the registry names them; one that is not known yet is shown by its code."""
_STAFF = frozenset({ScopeKind.UTILITY, ScopeKind.DISTRICT, ScopeKind.CITY})


def is_staff(caller: Caller) -> bool:
    """Tell whether a caller is of a utility, a district or the city."""
    return caller.scope.kind in _STAFF


def kind_name(service: str, kind: str) -> str:
    """Return what a kind of a service is called."""
    places = load_places()
    match service:
        case codes.RatedService.HOOKUP:
            supplies = {str(unit.service): places.service_name(unit.service) for unit in places.utilities()}
            return f"{supplies.get(kind, kind)}报装"
        case codes.RatedService.REQUEST:
            return REQUEST_NAMES.get(kind, kind)
    return {str(code): name for code, name in KIND_NAMES.items()}.get(kind, kind)


def rating_view(item: Rating, rules: Rules, now: datetime, caller: Caller) -> models.RatingView:
    """Return a rating without its acts."""
    return models.RatingView(**_rating(item, rules, now, caller))


def rating_detail(
    item: Rating, rules: Rules, now: datetime, caller: Caller, reasons: Mapping[str, str]
) -> models.RatingDetail:
    """Return a rating with its acts; `reasons` are the person's words by their ids."""
    names = _names(item, rules) if is_staff(caller) else None
    return models.RatingDetail(
        **_rating(item, rules, now, caller),
        grades=[
            models.GradeView(
                grade=grade.grade,
                grade_name=GRADE_NAMES[grade.grade],
                at=grade.at,
                channel=grade.channel,
                channel_name=codes.CHANNEL_NAMES[grade.channel],
                in_stead=grade.in_stead,
                reason=_shown(reasons.get(grade.words or ""), caller),
            )
            for grade in item.grades
        ],
        call_back=item.call_back and names and _call_back(item.call_back, names),
        rectification=item.rectification
        and models.RectificationView(
            due_at=item.rectification.due_at,
            done_at=item.rectification.done_at,
            text=item.rectification.text,
            overdue=item.rectification.overdue,
        ),
        appeal=item.appeal and names and _appeal(item.appeal, names),
    )


def linked_view(item: Rating) -> models.LinkedRating:
    """Return what the bearer of a link sees: nothing of the person, and no grade."""
    return models.LinkedRating(
        state=item.state,
        service_name=codes.SERVICE_NAMES[item.service],
        kind_name=kind_name(item.service, item.kind),
        thing_number=item.thing_number,
        utility_name=item.utility and load_places().utility(item.utility).name,
        served_on=local(item.served_at).date(),
        expires_at=item.expires_at,
    )


def waiting_for(item: Rating, rules: Rules, now: datetime) -> dict[str, Due]:
    """Return the tasks that a rating waits for, by their kinds."""
    return due_by_kind(_tasks(item, rules, now))


def event_view(row: Row[Any], caller: Caller, rules: Rules) -> EventView:
    """Return the view of an event; citizens see no persons of the staff."""
    payload = msgspec.json.decode(row.payload)
    fields = event_fields(row, payload, RATING_EVENT_NAMES, {*RatingEvent.model_fields, "deadlines"})
    changes = [
        ChangeView(
            name=codes.DEADLINE_NAMES[codes.RatingDeadline(move["kind"])],
            old=_wall(move["before"]),
            new=_wall(move["at"]),
        )
        for move in payload.get("deadlines", ())
    ]
    shows = is_staff(caller)
    actor = payload.get("actor")
    return EventView(
        **fields
        | {
            "actor": actor if shows or actor == caller.subject else None,
            "person": person_of(payload, rules) if shows else None,
            "changes": changes,
        }
    )


def _wall(instant: str) -> str:
    return f"{local(datetime.fromisoformat(instant)):%Y-%m-%d %H:%M}"


def integrity_row(row: Graded) -> models.IntegrityRow:
    """Return the ratings of a unit, kind and grade."""
    return models.IntegrityRow(
        utility=row.utility,
        utility_name="主管部门直接办理" if row.utility is None else load_places().utility(row.utility).name,
        service=row.service,
        service_name=codes.SERVICE_NAMES[row.service],
        kind=row.kind,
        kind_name=kind_name(row.service, row.kind),
        grade=row.grade,
        grade_name=GRADE_NAMES[row.grade],
        rated=row.rated,
        called=row.called,
        suspect=row.suspect,
        excluded=row.excluded,
    )


def _shown(reason: str | None, caller: Caller) -> str | None:
    return reason if reason is None or not is_staff(caller) else shown_words(reason)


def _call_back(awaited: CallBack, names: Names) -> models.CallBackView:
    return models.CallBackView(
        cause=awaited.cause,
        cause_name=codes.CAUSE_NAMES[awaited.cause],
        due_at=awaited.due_at,
        ended_at=awaited.ended_at,
        overdue=awaited.overdue,
        calls=[
            models.RatingCallView(
                at=call.at,
                by=_person(call.by, call.unit, names),
                reached=call.reached,
                genuine=call.genuine,
                note=call.note,
            )
            for call in awaited.calls
        ],
    )


def _appeal(appeal: Appeal, names: Names) -> models.AppealView:
    return models.AppealView(
        ground=appeal.ground,
        ground_name=codes.APPEAL_NAMES[appeal.ground],
        reason=appeal.reason,
        asked_at=appeal.asked_at,
        review_by=appeal.review_by,
        state=appeal.state,
        state_name=codes.APPEAL_STATE_NAMES[appeal.state],
        overdue=appeal.overdue,
        decisions=[
            models.DecisionView(
                level_name=LEVEL_NAMES[decision.level],
                at=decision.at,
                by=_person(decision.by, decision.unit, names),
                granted=decision.granted,
                note=decision.note,
            )
            for decision in appeal.decisions
        ],
    )


def _person(subject: str, unit: str | None, names: Names) -> PersonView:
    return person_view(subject, names, unit and unit_name(unit), unit and role_name(unit))


def _names(item: Rating, rules: Rules) -> Names:
    def named(subject: str) -> Named | None:
        name = rules.staff.get(item.utility or "", {}).get(subject)
        return None if name is None else Named(name, load_places().utility(item.utility or "").name)

    return named


def _tasks(item: Rating, rules: Rules, now: datetime) -> list[models.RatingTask]:
    return by_urgency(
        models.RatingTask(
            **task_fields(
                work,
                urgency_by(work, now, rules.calendar, rules.process.hours),
                codes.RATING_WORK_NAMES[work.kind],
            )
        )
        for work in work_of(item)
    )


def _rating(item: Rating, rules: Rules, now: datetime, caller: Caller) -> dict[str, Any]:
    places, last, staff = load_places(), item.last, is_staff(caller)
    work = _tasks(item, rules, now) if staff else []
    signals = sorted(item.signals) if staff else []
    return {
        "id": item.id,
        "version": item.version,
        "state": item.state,
        "state_name": codes.RATING_STATE_NAMES[item.state],
        "service": item.service,
        "service_name": codes.SERVICE_NAMES[item.service],
        "thing_id": item.thing_id,
        "thing_number": item.thing_number,
        "cycle": item.cycle,
        "ending": item.ending,
        "ending_name": codes.ENDING_NAMES[item.ending],
        "kind": item.kind,
        "kind_name": kind_name(item.service, item.kind),
        "utility": item.utility,
        "utility_name": item.utility and places.utility(item.utility).name,
        "district": item.district,
        "district_name": places.division(item.district).name,
        "supply": item.supply,
        "supply_name": item.supply and places.service_name(item.supply),
        "served_at": item.served_at,
        "expires_at": item.expires_at,
        "grade": item.grade,
        "grade_name": item.grade and GRADE_NAMES[item.grade],
        "channel_name": last and codes.CHANNEL_NAMES[last.channel],
        "rated_at": last and last.at,
        "is_late": item.is_late,
        "is_bad": item.rectification is not None,
        "is_suspect": staff and item.is_suspect,
        "signals": signals,
        "signal_names": [codes.SIGNAL_NAMES[signal] for signal in signals],
        "is_excluded": item.is_excluded,
        "overdue": any(task.overdue for task in work),
        "work": work,
    }
