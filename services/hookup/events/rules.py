"""Events of the rules that all cases share: the working calendar and the policies."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from libs.common.calendars.workdays import DayKind
from libs.common.events import EventPayload


class DaySetting(BaseModel):
    """A day as the calendar has it now."""

    model_config = ConfigDict(frozen=True)

    day: date
    is_workday: bool
    kind: DayKind
    holiday: str = Field(description="The holiday that it belongs to, in Chinese; empty where there is none")


class CalendarUpdated(EventPayload):
    """The working calendar was amended; its key is `calendar`, its number the version less one."""

    service: ClassVar[str] = "hookup"
    event: ClassVar[str] = "calendar_updated"
    version_of_calendar: int
    source_document: str
    days: list[date]
    year: int | None = Field(
        default=None,
        description="The year whose notice this is: it is settled, and what it does not name is plain",
    )
    settings: list[DaySetting] = Field(
        default=[],
        description="What each of the days is from now on: whoever keeps a copy of the calendar follows",
    )


class PolicyApproved(EventPayload):
    """A version of a policy was approved and is in force for its validity; key `policy-<policy>`, counted from 1.

    Versions that a release ships are in force without one.
    """

    service: ClassVar[str] = "hookup"
    event: ClassVar[str] = "policy_approved"
    policy: str = Field(examples=["hookup_limits"])
    policy_version: str = Field(examples=["2023-7"])
    valid_from: date
    valid_to: date | None = Field(description="The last day; null for one that the next version ends")
    source_document: str
    retroactive: bool = Field(description="It began before its approval; what was accepted keeps its version")


RULE_EVENTS = (CalendarUpdated, PolicyApproved)
