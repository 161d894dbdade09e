"""What every event of a grievance says."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from libs.common.events import EventPayload
from libs.common.places import Supply
from services.grievances.domain.values.kinds import GrievanceKind, Source


class GrievanceEvent(EventPayload):
    """What every event of a grievance says: codes and times, no word of what was told and nothing of who told it."""

    service: ClassVar[str] = "grievances"

    grievance_id: UUID
    grievance_number: str = Field(description="As SQ-371502-20221115-0001")
    kind: GrievanceKind
    source: Source
    category: str = Field(description="Code of the category in the version of the tree that it names")
    category_version: str
    supply: Supply | None
    district: str = Field(description="Division code of the reporting unit, as 371502")
    utility: str | None = Field(description="Code of the utility that works on it, as W-371502")
    customer_id: UUID | None = Field(description="Id of the customer; null of who is not named to the units")
    received_at: datetime = Field(description="When the grievance came in")
    occurred_at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it came on record")
    actor: str | None = Field(default=None, description="Id of who gave the command; null for the clock")
    actor_unit: str | None = Field(default=None, description="The actor's unit, as utility:W-371502")
    in_stead: bool = Field(default=False, description="Done by staff in the stead of who told it (代录)")
