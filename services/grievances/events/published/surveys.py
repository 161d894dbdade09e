"""Events of external surveys (第三方测评). Who surveyed and by which document stands on record, not in them."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from libs.common.events import EventPayload
from libs.common.places import Supply


class SurveyEvent(EventPayload):
    """What every event of a result says: the result that stands from now on."""

    service: ClassVar[str] = "grievances"

    survey_id: UUID
    survey_number: str = Field(description="As CP-371500-20221115-0001")
    result_version: int = Field(description="1 as it was entered, then each correction")
    first_day: date
    last_day: date
    district: str | None = Field(description="Division code; null of the whole city")
    utility: str | None = Field(description="Code of the utility; null of all")
    supply: Supply | None
    sample: int = Field(description="How many were asked")
    satisfied: int | None = Field(
        description="How many of them are satisfied; null where only a score is told"
    )
    score: int | None = Field(description="Hundredths of a point, of a hundred points: 9735 is 97.35")
    occurred_at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it came on record")
    actor: str | None = Field(default=None, description="Id of who gave the command")
    actor_unit: str | None = Field(default=None, description="The actor's unit, as city")


class SurveyEntered(SurveyEvent):
    """A result was entered."""

    event: ClassVar[str] = "survey_entered"


class SurveyCorrected(SurveyEvent):
    """A result was corrected; it replaces the one before."""

    event: ClassVar[str] = "survey_corrected"


SURVEY_EVENTS: Final = (SurveyEntered, SurveyCorrected)
SURVEY_EVENT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"survey_entered": "登记测评结果", "survey_corrected": "更正测评结果"}
)
