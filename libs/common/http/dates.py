"""Types of dates, months and instants in requests: texts in ASCII digits, within the years of the calendar."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from libs.common.problems import FieldError

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _is_day(value: object) -> object:
    """Refuse anything but a date in text: pydantic would read a number as seconds since 1970."""
    if not isinstance(value, date | str) or (isinstance(value, str) and not _DAY.fullmatch(value)):
        raise ValueError("日期应为文本“年-月-日”，如 2022-09-30", "请按此格式填写")
    return value


def reversed_ranges(ranges: Mapping[str, tuple[date | None, date | None]]) -> Iterator[FieldError]:
    """Yield a fault of each range of days in a query that ends before it begins, beside its end."""
    for name, (first, last) in ranges.items():
        if first is not None and last is not None and first > last:
            rule = f"结束日期{last}早于开始日期{first}"
            yield FieldError(f"query.{name}_to", rule, "请对调两个日期，或改正其中一个", "reversed")


CalendarDate = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY), BeforeValidator(_is_day)]
"""A date that a WorkCalendar spans: arithmetic at the ends of what a `date` can hold would overflow."""


def _is_month(value: object) -> object:
    """Check a month with an error in Chinese; the schema's pattern is for programs."""
    if isinstance(value, str) and not re.fullmatch(_MONTH, value):
        raise ValueError("月份应为“年-月”，如 2022-09", "请按此格式填写")
    return value


Month = Annotated[str, Field(pattern=_MONTH, examples=["2022-09"]), BeforeValidator(_is_month)]


def _is_instant(value: object) -> object:
    """Refuse anything but an instant of RFC 3339: pydantic would read a number as seconds since 1970."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError(
            "时间应为带时区的文本，如 2022-09-30T08:00:00+08:00", "请写明日期、时间和时区，例如 +08:00"
        )
    return value


def _utc(instant: datetime) -> datetime:
    # Before the conversion to UTC, which would overflow at the ends of datetime's range.
    if not FIRST_DAY < instant.date() < LAST_DAY:
        raise ValueError(f"时间应在{FIRST_DAY.year}年至{LAST_DAY.year}年之间", "请核对年份")
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(_is_instant), AfterValidator(_utc)]
"""A point in time, in UTC."""
