"""What the hookup API gives of a case's history and of a person's updates."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.casework.http.people import PersonView
from libs.common.http.cursors import Page
from libs.common.http.fields import Whole
from services.hookup.domain.values.entries import EntryMark


class UnitView(BaseModel):
    """The unit of who gave a command."""

    code: str = Field(examples=["utility:W-371502"])
    name: str = Field(examples=["东昌府区供水"])


class ChangeView(BaseModel):
    """What an event changed, each side as people read it; null where there was or is nothing."""

    name: str = Field(examples=["约定日期"])
    old: str | None = Field(examples=["2022-08-01"])
    new: str | None = Field(examples=["2022-08-15"])


class CaseEvent(BaseModel):
    """Something that happened to a case, as it was published; the case's own number and place are left out.

    The staff see persons; the user and the app that applied see units.
    """

    seq: int = Field(
        examples=[7], description="Counts the case's events from 1; of what is internal the user sees none"
    )
    event: str = Field(examples=["stage_completed"])
    name: str = Field(examples=["环节完成"])
    at: datetime = Field(description="When it happened, as claimed")
    recorded_at: datetime | None = Field(
        description="When it was recorded; null of events from before this was kept"
    )
    entry: EntryMark | None = Field(description="How an act with a claimed time was entered")
    actor: str | None = Field(
        description="Id of who gave the command; null for the clock, and where only the unit is shown"
    )
    person: PersonView | None = Field(description="Who gave the command, by name where it is known")
    unit: UnitView | None = Field(
        description="The unit of who gave the command; null for the clock and of events from before this was kept"
    )
    on_behalf_of: str | None
    in_stead: bool = Field(description="Done in the user's stead (代录)")
    changes: list[ChangeView] = Field(description="Old and new values, as far as the event carries them")
    particulars: dict[str, JsonValue] = Field(
        examples=[{"stage": "SURVEY_DESIGN", "elapsed_minutes": 1440, "working_minutes": 480}]
    )


class Update(CaseEvent):
    """Something that happened to a case that one watches."""

    position: int = Field(
        examples=[4711], description="The place in the list; what is newer has a greater one"
    )
    unread: bool
    case_id: str = Field(examples=["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"])
    case_number: str = Field(examples=["W-371502-20220930-0001"])


class UpdatesPage(Page[Update]):
    """A page of a person's updates, and how many are unread in all."""

    unread: int = Field(examples=[3])


class MarkUpdates(BaseModel):
    """Up to which position of the list the updates were seen."""

    model_config = ConfigDict(extra="forbid")

    up_to: Whole = Field(ge=0, le=2**63 - 1, examples=[4711])


class UnreadUpdates(BaseModel):
    """How many updates of a person are still unread."""

    unread: int = Field(examples=[3])
