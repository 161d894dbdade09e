"""What every event of a case says; each feature's events build on it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from libs.common.events import EventPayload
from libs.common.places import Supply
from services.hookup.domain.values.entries import EntryMark
from services.hookup.domain.values.lengths import LengthClass


class HookupEvent(EventPayload):
    """What every hookup event says of its case."""

    service: ClassVar[str] = "hookup"

    case_id: str
    case_number: str
    district: str = Field(description="Division code of the reporting unit, as 371502")
    utility: str = Field(description="Code of the utility, as W-371502")
    supply: Supply
    channel: str
    customer_category: str
    length_class: LengthClass
    special: bool
    occurred_at: datetime = Field(description="When it happened, as who entered it claims")
    recorded_at: datetime | None = Field(
        default=None,
        description="When it was recorded, by our clock; null in events from before this was kept",
    )
    entry: EntryMark | None = Field(
        default=None,
        description="How an act with a claimed time was entered; null for what cannot be back-dated",
    )
    actor: str | None = Field(default=None, description="Id of who gave the command; null for the clock")
    actor_unit: str | None = Field(
        default=None,
        description="The actor's unit, as utility:W-371502, district:371502, city or citizen; null for the clock "
        "and in events from before this was kept",
    )
    on_behalf_of: str | None = Field(default=None, description="Id of the user for whom the actor acted")
    in_stead: bool = Field(default=False, description="Done by staff or an agent in the user's stead (代录)")


class CustomerEvent(HookupEvent):
    """An event that tells whose case it is, for who follows the customer: matters, ratings."""

    customer_id: UUID | None = Field(
        default=None,
        description="The customer in the registry; null where the case names it by another reference, and where an "
        "event from before it was kept does not tell",
    )
