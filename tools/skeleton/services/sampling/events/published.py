"""The events that the sampling service promises. Ids, codes and times only: no personal data."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field
from services.sampling.domain import Result

from libs.common.events import EventPayload


class SpecimenEvent(EventPayload):
    """What every event says of its specimen."""

    service: ClassVar[str] = "sampling"

    specimen_id: UUID
    district: str = Field(description="Division code of the reporting unit, as 371502")
    utility: str = Field(description="Code of the utility, as W-371502")
    occurred_at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it came on record")
    actor: str | None = Field(default=None, description="Id of who gave the command; null for the clock")


class SpecimenOpened(SpecimenEvent):
    """A specimen was opened."""

    event: ClassVar[str] = "specimen_opened"

    finish_by: datetime = Field(description="Until when it is to be finished, by the working calendar")


class SpecimenFinished(SpecimenEvent):
    """A specimen ended with a result."""

    event: ClassVar[str] = "specimen_finished"

    result: Result


PUBLISHED: Final[tuple[type[EventPayload], ...]] = (SpecimenOpened, SpecimenFinished)
