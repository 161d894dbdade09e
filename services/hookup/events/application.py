"""Events of an application, from its receipt to its acceptance."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import Field

from services.hookup.events.base import CustomerEvent, HookupEvent
from services.hookup.events.clock import DueTimes


class CaseSubmitted(CustomerEvent):
    """An application was received; stage ACCEPT runs from here."""

    event: ClassVar[str] = "case_submitted"
    declared_length_dm: int | None
    complete: bool
    # The number of the case of the same customer, service and site that was withdrawn or refused before.
    begun_anew_after: str | None = None
    apart_from: str | None = Field(
        default=None,
        description="The open case of the same customer, service and street from which this was declared separate",
    )


class CorrectionRequested(HookupEvent):
    """The applicant was asked, once, for everything that is missing; what it was stays with the case."""

    event: ClassVar[str] = "correction_requested"
    item_count: int
    again_count: int = Field(default=0, description="How much of it was on file already")
    answer_by: datetime


class CorrectionAnswered(HookupEvent):
    """The applicant answered the one correction."""

    event: ClassVar[str] = "correction_answered"


class CaseAccepted(HookupEvent):
    """The application was accepted (受理); the statutory clock runs from the receipt date."""

    event: ClassVar[str] = "case_accepted"
    receipt_date: date
    automatic: bool
    due: DueTimes


APPLICATION_EVENTS = (CaseSubmitted, CorrectionRequested, CorrectionAnswered, CaseAccepted)
