"""What an API gives of a thing's history and of a person's updates."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sqlalchemy import Row

from libs.casework.http.people import PersonView
from libs.common.http.fields import Whole


class UnitView(BaseModel):
    """The unit of who gave a command."""

    code: str = Field(examples=["utility:W-371502"])
    name: str = Field(examples=["东昌府区供水"])


class ChangeView(BaseModel):
    """What an event changed, each side as people read it; null where there was or is nothing."""

    name: str = Field(examples=["约定日期"])
    old: str | None = Field(examples=["2022-08-01"])
    new: str | None = Field(examples=["2022-08-15"])


class EventView(BaseModel):
    """Something that happened to a thing, as it was published; what every event of it repeats is left out."""

    seq: int = Field(examples=[7], description="Counts the thing's events from 1")
    event: str = Field(examples=["stage_completed"])
    name: str = Field(examples=["环节完成"])
    at: datetime = Field(description="When it happened, as claimed")
    recorded_at: datetime | None = Field(
        description="When it was recorded; null of events from before this was kept"
    )
    entry: str | None = Field(default=None, description="How an act with a claimed time was entered")
    actor: str | None = Field(
        description="Id of who gave the command; null for the clock, and where only the unit is shown"
    )
    person: PersonView | None = Field(
        default=None, description="Who gave the command, by name where it is known"
    )
    unit: UnitView | None = Field(
        default=None,
        description="The unit of who gave the command; null for the clock and of events from before this was kept",
    )
    on_behalf_of: str | None
    in_stead: bool = Field(description="Done in the user's stead (代录)")
    changes: list[ChangeView] = Field(
        default=[], description="Old and new values, as far as the event carries them"
    )
    particulars: dict[str, JsonValue] = Field(
        examples=[{"stage": "SURVEY_DESIGN", "elapsed_minutes": 1440, "working_minutes": 480}]
    )


class MarkUpdates(BaseModel):
    """Up to which position of the list the updates were seen."""

    model_config = ConfigDict(extra="forbid")

    up_to: Whole = Field(ge=0, le=2**63 - 1, examples=[4711])


class UnreadUpdates(BaseModel):
    """How many updates of a person are still unread."""

    unread: int = Field(examples=[3])


def event_fields(
    row: Row[Any], payload: Mapping[str, Any], names: Mapping[str, str], hidden: Collection[str]
) -> dict[str, Any]:
    """Return the fields of the view of an event, from its row of the outbox and its data.

    `names` are those of events; what is `hidden` is no particular: what every event repeats, or the reader may not
    see. Events from before a field was kept do not have it.
    """
    event = row.type.split(".")[-2]
    return {
        "seq": row.aggregate_seq,
        "event": event,
        "name": names[event],
        "at": row.created_at,
        "recorded_at": payload.get("recorded_at"),
        "actor": payload.get("actor"),
        "on_behalf_of": payload.get("on_behalf_of"),
        "in_stead": payload.get("in_stead", False),
        "particulars": {name: value for name, value in payload.items() if name not in hidden},
    }
