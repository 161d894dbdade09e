"""What the hookup API gives of a case's history and of a person's updates."""

from pydantic import Field

from libs.casework.http.history import ChangeView, EventView, UnitView
from libs.casework.http.notes import NoteView
from libs.casework.http.people import PersonView
from libs.common.http.cursors import Page
from services.hookup.domain.values.entries import EntryMark


class CaseEvent(EventView):
    """Something that happened to a case, as it was published; the case's own number and place are left out.

    The staff see persons; the user and the app that applied see units.
    """

    seq: int = Field(
        examples=[7], description="Counts the case's events from 1; of what is internal the user sees none"
    )
    entry: EntryMark | None = Field(description="How an act with a claimed time was entered")
    person: PersonView | None = Field(description="Who gave the command, by name where it is known")
    unit: UnitView | None = Field(
        description="The unit of who gave the command; null for the clock and of events from before this was kept"
    )
    changes: list[ChangeView] = Field(description="Old and new values, as far as the event carries them")


class Update(CaseEvent):
    """Something that happened to a case that one watches."""

    position: int = Field(
        examples=[4711], description="The place in the list; what is newer has a greater one"
    )
    unread: bool
    case_id: str = Field(examples=["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"])
    case_number: str = Field(examples=["W-371502-20220930-0001"])
    note: NoteView | None = Field(
        default=None, description="Of an internal note, as it reads now; the event does not tell it"
    )


class UpdatesPage(Page[Update]):
    """A page of a person's updates, and how many are unread in all."""

    unread: int = Field(examples=[3])
