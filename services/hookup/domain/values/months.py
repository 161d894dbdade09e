"""Periods of whole months in Shanghai time, for reports."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Self

from libs.common.calendars.workdays import WorkCalendar
from libs.common.clock import midnight
from libs.common.rules import RuleError

MOST_MONTHS: Final = 24


@dataclass(frozen=True, slots=True)
class Months:
    """A half-open period from the first instant of a month, in UTC, to the end of another month."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, first: str, last: str) -> Self:
        """Return the months from `first` to `last`, both included, written as 2022-09.

        Raises RuleError for the wrong order and for more than `MOST_MONTHS`.
        """
        begin, final = (date.fromisoformat(f"{month}-01") for month in (first, last))
        count = (final.year - begin.year) * 12 + final.month - begin.month + 1
        if not 1 <= count <= MOST_MONTHS:
            raise RuleError(
                "range-invalid",
                f"起止月份应先后相接，且不超过{MOST_MONTHS}个月",
                "请改选起止月份",
                "last_month",
            )
        after = WorkCalendar.add_months(final, 1)
        return cls(midnight(begin), midnight(after))
