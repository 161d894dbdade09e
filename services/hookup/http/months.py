"""The range of months that reports take."""

from typing import Annotated

from fastapi import Depends, Query

from libs.common.http.dates import Month
from services.hookup.domain.values.months import Months


async def _months(first_month: Annotated[Month, Query()], last_month: Annotated[Month, Query()]) -> Months:
    return Months.of(first_month, last_month)


MonthsAsked = Annotated[Months, Depends(_months)]
"""Both months included, at most 24. Raises RuleError otherwise."""
