"""The deadlines of a request in working days from its receipt."""

from datetime import datetime

from libs.common.calendars.workdays import BusinessCalendar, receipt_date
from services.registry.domain.requests.parts import Limits


def deadlines(received_at: datetime, limits: Limits, calendar: BusinessCalendar) -> tuple[datetime, datetime]:
    """Return until when a request is to be accepted and done; after close the receipt is on the next working day."""
    day = receipt_date(received_at, calendar)
    return (
        calendar.close_of(calendar.add_workdays(day, limits.accept)),
        calendar.close_of(calendar.add_workdays(day, limits.done)),
    )
