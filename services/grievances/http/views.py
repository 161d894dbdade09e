"""Grievances as callers may see them."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row

from libs.casework.http.assignment import assignment_view
from libs.casework.http.contacts import QuestionView, UrgeView
from libs.casework.http.history import ChangeView, event_fields
from libs.casework.http.work_lists import by_urgency, due_by_kind, row_fields, task_fields
from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.clock import local
from libs.common.http.actions import Due
from libs.common.places import Geography, load_places
from services.grievances.domain.files import File
from services.grievances.domain.grams import Excerpt
from services.grievances.domain.grievance import Grievance, Origin
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.codes import (
    CYCLE_NAMES,
    DEADLINE_NAMES,
    OUTCOME_NAMES,
    TRIGGER_NAMES,
    CycleReason,
    Deadline,
)
from services.grievances.domain.values.kinds import (
    FILE_NAMES,
    KIND_NAMES,
    REPORTER_NAMES,
    SOURCE_NAMES,
    FileKind,
)
from services.grievances.domain.values.kinds import ReporterKind as Reporter
from services.grievances.domain.values.states import STATE_NAMES, WORK_NAMES, Turn
from services.grievances.domain.words import masked_name, masked_phone, shown_words
from services.grievances.domain.work import Work, urgency_of, work_of
from services.grievances.events.published import EVENT_NAMES
from services.grievances.events.published.base import GrievanceEvent
from services.grievances.http import models
from services.grievances.http.cycle_views import cycle_view, ledger_view, return_view
from services.grievances.http.people import names_of, person_of
from services.grievances.http.search_models import ExcerptView, FoundGrievance
from services.grievances.storage.words import Words

FILE_READERS: Final = (Role.WINDOW, Role.CLERK, Role.APPROVER, Role.SUPERVISOR)
"""The roles of the staff that may open the files of grievances."""
DESK: Final = frozenset({ScopeKind.DISTRICT, ScopeKind.CITY})
"""Who knows a reporter who asked to be kept confidential."""
_OFFICES = DESK | {ScopeKind.UTILITY}


def is_staff(caller: Caller) -> bool:
    """Tell whether a caller is of a utility, a district or the city."""
    return caller.scope.kind in _OFFICES


def knows_reporter(item: Grievance, caller: Caller) -> bool:
    """Tell whether a caller may know who told it: who told it, the desk, and a unit unless it is confidential."""
    if caller.scope.kind in DESK or not is_staff(caller):
        return True
    return item.reporter is not Reporter.CONFIDENTIAL


def may_open(item: Grievance, file: File, caller: Caller) -> bool:
    """Tell whether a caller may have a file: who works on it, and of the person's own who told it.

    A document or a voice names who told it: of the confidential a unit has the photos alone.
    """
    if file.erased_at is not None:
        return False
    if not is_staff(caller):
        return not file.is_evidence
    names = not file.is_evidence and file.kind is not FileKind.PHOTO
    return not caller.roles.isdisjoint(FILE_READERS) and (knows_reporter(item, caller) or not names)


def grievance_view(item: Grievance, rules: Rules, now: datetime, caller: Caller) -> models.GrievanceView:
    """Return a grievance without a word of what was told."""
    return models.GrievanceView(**_grievance(item, rules, now, caller))


def work_row(
    item: Grievance, rules: Rules, turn: Turn, now: datetime, caller: Caller
) -> models.GrievanceWorkRow:
    """Return a grievance as a row of a work list."""
    row = _grievance(item, rules, now, caller)
    return models.GrievanceWorkRow(**row, **row_fields(row["work"], turn))


def found_grievance(
    item: Grievance, rules: Rules, now: datetime, caller: Caller, shown: Excerpt
) -> FoundGrievance:
    """Return a grievance that was found by words, with what stands around the first of them."""
    around = ExcerptView(before=shown.before, match=shown.match, after=shown.after)
    return FoundGrievance(**_grievance(item, rules, now, caller), excerpt=around)


def waiting_for(item: Grievance, rules: Rules, now: datetime) -> dict[str, Due]:
    """Return the most urgent task of each kind that a grievance waits for."""
    return due_by_kind(_work(item, rules, now))


def grievance_detail(
    item: Grievance, rules: Rules, now: datetime, caller: Caller, told: Words | None, affected: int
) -> models.GrievanceDetail:
    """Return a grievance with what was told: whole to who told it, to others without numbers and links."""
    names = names_of(item, rules) if is_staff(caller) else None
    return models.GrievanceDetail(
        **_grievance(item, rules, now, caller),
        **_told(item, told, caller),
        ledger_number=item.origin.number if item.read_in and item.origin and names else None,
        has_order=item.order is not None,
        affected=affected,
        cycles=[cycle_view(cycle, rules, names) for cycle in item.cycles],
        returns=[return_view(entry) for entry in item.returns] if names else [],
        ledger=ledger_view(item.ledger, names) if item.ledger and names else None,
        files=[
            models.FileView(
                id=file.id,
                kind=file.kind,
                name=FILE_NAMES[file.kind],
                media_type=file.media_type,
                size=file.size,
                uploaded_at=file.uploaded_at,
                erased_at=file.erased_at,
                may_open=may_open(item, file, caller),
            )
            for file in item.files
        ],
        urges=[UrgeView.model_validate(urge) for urge in item.urges],
        questions=[QuestionView.model_validate(question) for question in item.questions],
        close_reason=item.close_reason,
        close_note=item.close_note,
        document_ref=item.document_ref if names else None,
        arose_from=_arose_from(item) if caller.scope.kind in DESK else None,
        supervised=[TRIGGER_NAMES[entry.trigger] for entry in item.supervised] if names else [],
    )


def _arose_from(item: Grievance) -> models.AroseFrom | None:
    """Return the visit, call or symposium that it was heard in; which customers are asked no unit knows."""
    match item.origin:
        case Origin(system=("ROUND" | "SYMPOSIUM") as kind, number=number):
            return models.AroseFrom(kind=kind, id=number.partition("/")[0])
    return None


def _told(item: Grievance, told: Words | None, caller: Caller) -> dict[str, str | None]:
    if told is None:
        return dict.fromkeys(("words", "place", "name", "phone"))
    if not is_staff(caller):
        return {"words": told.words, "place": told.place, "name": told.name, "phone": told.phone}
    knows = knows_reporter(item, caller)
    return {
        "words": shown_words(told.words),
        "place": told.place and shown_words(told.place),
        "name": masked_name(told.name) if told.name and knows else None,
        "phone": masked_phone(told.phone) if told.phone and knows else None,
    }


def event_view_fields(row: Row[Any], caller: Caller, rules: Rules) -> dict[str, Any]:
    """Return the fields of the view of an event; citizens see no persons of the staff."""
    payload, shows_persons = msgspec.json.decode(row.payload), is_staff(caller)
    fields = event_fields(row, payload, EVENT_NAMES, {*GrievanceEvent.model_fields, "deadlines"})
    actor = payload.get("actor")
    changes = [
        ChangeView(
            name=DEADLINE_NAMES[Deadline(move["kind"])], old=_wall(move["before"]), new=_wall(move["at"])
        )
        for move in payload.get("deadlines", ())
    ]
    shown = actor if shows_persons or actor == caller.subject else None
    person = person_of(payload, rules) if shows_persons else None
    return fields | {"changes": changes, "actor": shown, "person": person, "entry": payload.get("entry")}


def _wall(instant: str) -> str:
    return f"{local(datetime.fromisoformat(instant)):%Y-%m-%d %H:%M}"


def _work(item: Grievance, rules: Rules, now: datetime) -> list[models.GrievanceWorkView]:
    return by_urgency(_task(item, work, rules, now) for work in work_of(item))


def _task(item: Grievance, work: Work, rules: Rules, now: datetime) -> models.GrievanceWorkView:
    return models.GrievanceWorkView(
        **task_fields(work, urgency_of(work, rules, now), WORK_NAMES[work.kind]),
        about="" if item.cycle.reason is CycleReason.FIRST else CYCLE_NAMES[item.cycle.reason],
    )


def category_name(code: str, rules: Rules) -> str:
    """Return the names of a category and those above it; the code of one that today's tree does not have."""
    tree = rules.categories
    return " › ".join(part.name for part in tree.path(code)) if code in tree.categories else code


def _grievance(item: Grievance, rules: Rules, now: datetime, caller: Caller) -> dict[str, Any]:
    places, cycle, staff = load_places(), item.cycle, is_staff(caller)
    end = cycle.reply.at if cycle.reply else item.closed_at or now
    return {
        "id": item.id,
        "number": item.number,
        "version": item.version,
        "kind": item.kind,
        "kind_name": KIND_NAMES[item.kind],
        "source": item.source,
        "source_name": SOURCE_NAMES[item.source],
        "reporter": item.reporter,
        "reporter_name": REPORTER_NAMES[item.reporter],
        "category": item.category,
        "category_name": category_name(item.category, rules),
        "supply": item.supply,
        "supply_name": item.supply and places.service_name(item.supply),
        "district": item.district,
        "district_name": places.division(item.district).name,
        "site": item.site,
        "site_name": _street(places, item.site),
        "utility": item.utility,
        "utility_name": item.utility and places.utility(item.utility).name,
        "helpers": item.helpers,
        "customer_id": item.customer_id if knows_reporter(item, caller) else None,
        "account_id": item.account_id if knows_reporter(item, caller) else None,
        "state": item.state,
        "state_name": STATE_NAMES[item.state],
        "received_at": item.received_at,
        "reply_by": cycle.reply_by,
        "replied_at": cycle.reply and cycle.reply.at,
        "closed_at": item.closed_at,
        "overdue": cycle.overdue or (cycle.reply_by is not None and end > cycle.reply_by),
        "cycle": cycle.number,
        "cycle_name": CYCLE_NAMES[cycle.reason],
        "outcome_name": cycle.outcome and OUTCOME_NAMES[cycle.outcome],
        "in_ledger": None if item.ledger is None else item.ledger.is_open,
        "read_in_at": item.read_in and item.read_in.at,
        "clear_by": item.ledger and item.ledger.clear_by,
        "repeats": item.repeats if staff else None,
        "rating": item.rating and item.rating.score,
        "assignment": assignment_view(item, names_of(item, rules)) if staff else None,
        "note_count": len(item.notes) if staff else 0,
        "work": _work(item, rules, now) if staff else [],
    }


def _street(places: Geography, site: str | None) -> str | None:
    street = places.street(site) if site else None
    return None if street is None else street.name
