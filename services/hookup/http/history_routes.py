"""Routes of what happened: to one case, and to the cases that a person watches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query
from sqlalchemy import Row

from libs.casework.http.notes import NoteView, note_views
from libs.casework.http.people import PeopleView, PersonView
from libs.casework.http.updates import add_update_marks
from libs.casework.storage.history import history_of
from libs.common.auth.callers import OFFICIALS, Caller
from libs.common.http.auth import require
from libs.common.http.cursors import Page
from services.hookup.http.commands import Parts, Reader, Staff
from services.hookup.http.event_views import INTERNAL, NOTE_EVENTS, case_event, event_fields, people_of
from services.hookup.http.history_models import CaseEvent, Update, UpdatesPage
from services.hookup.http.people import AGENT, is_staff, names_of
from services.hookup.storage.cases import CASES
from services.hookup.storage.tables import UPDATES

router = APIRouter(prefix="/v1", tags=["报装"])

# More than any case has: a page of its people is read at once.
MOST_EVENTS: Final = 2_000


@router.get("/hookups/{case_id}/events", operation_id="listHookupEvents", summary="查看一个报装件的办理记录")
async def list_events(
    case_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[CaseEvent]:
    """List what happened to a case, in order, as it was published: to the staff who did it, to users which unit."""
    rows, following = await history_of(
        parts.database,
        CASES,
        str(case_id),
        caller.scope,
        limit=limit,
        cursor=cursor,
        without=frozenset() if is_staff(caller) else INTERNAL,
    )
    return Page(items=[case_event(row, caller, parts.rulebook.staff) for row in rows], next=following)


@router.get("/hookups/{case_id}/people", operation_id="listHookupPeople", summary="查看一个报装件的办理人员")
async def list_people(case_id: UUID, caller: Staff, parts: Parts) -> PeopleView:
    """List who did something about a case or is named in it, in the order of the acts: by name, or unit and role."""
    rows, _ = await history_of(
        parts.database, CASES, str(case_id), caller.scope, limit=MOST_EVENTS, cursor=None
    )
    people: dict[str, PersonView] = {}
    agents = set[str]()
    for row in rows:
        payload = msgspec.json.decode(row.payload)
        for person in people_of(payload, parts.rulebook.staff):
            people.setdefault(person.subject, person)
        if agent := payload.get("agent"):
            agents.add(agent)
    return PeopleView(
        items=[_as_agent(person) if person.subject in agents else person for person in people.values()]
    )


def _as_agent(person: PersonView) -> PersonView:
    return person if person.name else person.model_copy(update={"role": AGENT})


@router.get("/updates", operation_id="listUpdates", summary="查看关注件的更新")
async def list_updates(
    caller: Annotated[Caller, require(*OFFICIALS, of=CASES.scopes)],
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> UpdatesPage:
    """List what others did in the last 90 days to the cases that one watches, the newest first."""
    now = parts.clock.now()
    rows, following = await UPDATES.page(parts.database, CASES, caller, now, limit=limit, cursor=cursor)
    async with parts.database.reading() as connection:
        unread = await UPDATES.unread(connection, CASES, caller, now)
    notes = await _notes(rows, caller, parts, now)
    items = []
    for row in rows:
        payload = msgspec.json.decode(row.payload)
        items.append(
            Update(
                **event_fields(row, payload, caller, parts.rulebook.staff),
                position=row.seq,
                unread=row.is_unread,
                case_id=row.case_id,
                case_number=payload["case_number"],
                note=notes.get(payload.get("memo_id", "")),
            )
        )
    return UpdatesPage(items=items, next=following, unread=unread)


async def _notes(rows: Sequence[Row[Any]], caller: Caller, parts: Any, now: datetime) -> dict[str, NoteView]:
    """Return the notes that rows of updates are about, by their ids, as the caller may read them."""
    cases = await CASES.find_some(
        parts.database, {row.case_id for row in rows if row.type in NOTE_EVENTS}, caller.scope
    )
    return {
        note.id: note
        for case in cases
        for note in note_views(case, caller, now, names_of(case, parts.rulebook.staff))
    }


add_update_marks(router, UPDATES, CASES)
