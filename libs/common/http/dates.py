"""Dates as callers may give them."""

from datetime import date
from typing import Annotated

from pydantic import Field

CalendarDate = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))]
"""A date that a WorkCalendar spans: arithmetic at the ends of what a `date` can hold would overflow."""
