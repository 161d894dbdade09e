"""The HTTP API of internal notes: models, views, and the commands of a kind of case."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from libs.casework.domain.notes import CORRECTABLE, MOST_MENTIONS, Note, Notes
from libs.casework.http.people import Names, PersonView, Subject, person_view
from libs.common.auth.callers import Caller, Role
from libs.common.clock import local
from libs.common.http.actions import Chosen, Offer
from libs.common.http.command import Given
from libs.common.http.commands import Commands
from libs.common.http.labels import NO_PERSONAL_DATA, Label
from libs.common.http.views import View

C = TypeVar("C", bound=Notes[Any, Any])

Text = Annotated[str, Field(min_length=1, max_length=500, examples=["现场已两次勘查，等待道路开挖许可。"])]

SUPERVISION: Final = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
"""The roles that read retracted notes, and retract those of others."""

# Characters of a note that tell it from others in a choice.
_EXCERPT: Final = 20


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WriteNote(_Request):
    """An internal note; no personal data."""

    text: Annotated[Text, Label("备注", hint=NO_PERSONAL_DATA)]
    mentions: Annotated[list[Subject], Label("提及", hint="被提及的人员将关注此件，并在“更新”中看到")] = (
        Field(default=[], max_length=MOST_MENTIONS)
    )


class CorrectNote(_Request):
    """The text that takes the place of the note's; no personal data."""

    text: Annotated[Text, Label("备注", hint=NO_PERSONAL_DATA)]


class RetractNote(_Request):
    """Why the note is retracted; no personal data."""

    reason: Annotated[
        str,
        Field(min_length=1, max_length=200, examples=["写错了报装件"]),
        Label("原因", hint=NO_PERSONAL_DATA),
    ]


class NoteView(View):
    """An internal note as its reader may see it."""

    id: str
    text: str | None = Field(description="Null where it was retracted and the reader does not supervise")
    written_at: datetime
    written_by: PersonView
    mentions: list[PersonView]
    corrected_at: datetime | None
    correctable_until: datetime | None = Field(
        description="Until when the reader may correct it; null if not"
    )
    retracted_at: datetime | None
    retracted_by: PersonView | None
    retraction_reason: str | None


class NotesView(View):
    """The internal notes of a case, the oldest first."""

    items: list[NoteView]


def note_views(case: Notes[Any, Any], caller: Caller, now: datetime, names: Names) -> list[NoteView]:
    """Return the views of a case's notes for one of the staff."""
    return [_note_view(note, caller, now, names) for note in case.notes]


def _note_view(note: Note, caller: Caller, now: datetime, names: Names) -> NoteView:
    retraction = note.retraction
    may_correct = note.may_correct(caller.subject, now)
    return NoteView(
        id=note.id,
        text=note.text if retraction is None or _supervises(caller) else None,
        written_at=note.written_at,
        written_by=person_view(note.written_by, names),
        mentions=[person_view(subject, names) for subject in note.mentions],
        corrected_at=note.corrected_at,
        correctable_until=note.written_at + CORRECTABLE if may_correct else None,
        retracted_at=retraction and retraction.at,
        retracted_by=retraction and person_view(retraction.by, names),
        retraction_reason=retraction and retraction.reason,
    )


def add_note_commands(
    commands: Commands[C, Any, Any],
    router: APIRouter,
    roles: Sequence[Role],
    group: str,
    people: Callable[[C, Given[Any, Any]], Chosen],
) -> None:
    """Add the commands of internal notes to a kind of case.

    `people` gives the choices of whom a note may mention, `group` is that under which user interfaces offer them.
    """
    edge = commands.store.aggregate.note_edge
    verb = partial(commands.verb, router)

    @verb(
        edge,
        "notes",
        "writeNote",
        "写内部备注",
        *roles,
        offer=Offer(group, choices={"mentions": people}),
        conflicts=False,
    )
    def write(case: C, body: WriteNote, at: Given[Any, Any]) -> None:
        """Write an internal note, which users and authorities never see; it conflicts with nobody, at any version."""
        case.write_note(at.new_id(), body.text, body.mentions, at.now, at.subject, at.rules)

    @verb(
        edge,
        "notes/{note_id}/correction",
        "correctNote",
        "更正内部备注",
        *roles,
        offer=Offer(group, targets={"note_id": _correctable}, otherwise="没有您刚写的、还可以更正的内部备注"),
    )
    def correct(case: C, note_id: UUID, body: CorrectNote, at: Given[Any, Any]) -> None:
        """Correct one's own note shortly after writing it."""
        case.correct_note(str(note_id), body.text, at.now, at.subject)

    @verb(
        edge,
        "notes/{note_id}/retraction",
        "retractNote",
        "撤回内部备注",
        *roles,
        offer=Offer(group, targets={"note_id": _retractable}, otherwise="没有您可以撤回的内部备注"),
    )
    def retract(case: C, note_id: UUID, body: RetractNote, at: Given[Any, Any]) -> None:
        """Retract a note: one's own, or any by who supervises, who go on reading it."""
        case.retract_note(str(note_id), body.reason, at.now, at.subject, supervises=_supervises(at.caller))


def _supervises(caller: Caller) -> bool:
    return not SUPERVISION.isdisjoint(caller.roles)


def _correctable(case: Notes[Any, Any], at: Given[Any, Any]) -> Chosen:
    return [_choice(note) for note in case.notes if note.may_correct(at.subject, at.now)]


def _retractable(case: Notes[Any, Any], at: Given[Any, Any]) -> Chosen:
    supervises = _supervises(at.caller)
    return [_choice(note) for note in case.notes if note.may_retract(at.subject, supervises=supervises)]


def _choice(note: Note) -> tuple[str, str]:
    return note.id, f"{local(note.written_at):%Y-%m-%d %H:%M} {note.text[:_EXCERPT]}"
