"""Months as callers write them, and the range of them that reports take."""

import re
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field

from services.hookup.domain.months import Months

_MONTH = r"^20\d{2}-(0[1-9]|1[0-2])$"


def _in_words(month: object) -> object:
    """Say in Chinese what is wrong with a month; the pattern is for programs."""
    if isinstance(month, str) and not re.fullmatch(_MONTH, month, re.ASCII):
        raise ValueError("月份应为“年-月”，如 2022-09", "请按此格式填写")
    return month


Month = Annotated[str, Field(pattern=_MONTH, examples=["2022-09"]), BeforeValidator(_in_words)]


async def _months(first_month: Annotated[Month, Query()], last_month: Annotated[Month, Query()]) -> Months:
    return Months.of(first_month, last_month)


MonthsAsked = Annotated[Months, Depends(_months)]
"""Both months included, at most 24. Raises RuleError otherwise."""
